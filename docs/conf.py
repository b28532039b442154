"""How Sphinx makes the site of these pages: `make docs`."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

project = "Policy verifier"
extensions = ["myst_parser", "highlighting", "pictures"]
exclude_patterns = ["_*", "pictures", "tutorial"]
nitpicky = True

myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}


def _as_from_here(app: Sphinx, relative_path: Path, parent: str, content: list[str]) -> None:
    """Links of the README start at its own folder; those of a page that includes it, at the folder of the page."""
    content[0] = re.sub(r"\]\(docs/", "](", content[0])
    content[0] = re.sub(r"\]\((?=(?:policies|verifier)/)", "](../", content[0])


def _rules_below_their_list(app: Sphinx, page: str, content: list[str]) -> None:
    """The list of rules is written by `verifier explain-rule`, which knows nothing of a site's navigation."""
    if page == "rules/README":
        content[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def _within_reach(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """What scrolls can be reached by keyboard, and headings of the navigation have a level."""
    for part, words, better in (
        ("body", "<pre>", '<pre tabindex="0">'),
        ("body", '<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
        ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
    ):
        if part in context:
            context[part] = context[part].replace(words, better)


def setup(app: Sphinx) -> None:
    """Add the links that only a site has, and what its theme leaves out."""
    app.connect("include-read", _as_from_here)
    app.connect("source-read", _rules_below_their_list)
    app.connect("html-page-context", _within_reach, priority=900)
