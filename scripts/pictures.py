"""Pictures of the page on the site: each in light and in dark, or a sentence where there was no browser to take them.

A page says `![what it shows](pictures/NAME-light.png)`; `make docs` has the pictures taken by `tests/browser`.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

_LIGHT, _DARK = "-light.png", "-dark.png"


class BothSchemes(SphinxTransform):
    """Comes before Sphinx looks for the files of pictures, and complains of those that are not there."""

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        """Put the dark picture beside each light one, or words in its place."""
        for image in list(self.document.findall(nodes.image)):
            uri = image["uri"]
            if not uri.startswith("pictures/") or not uri.endswith(_LIGHT):
                continue
            dark = uri.removesuffix(_LIGHT) + _DARK
            if all((Path(self.env.srcdir) / u).is_file() for u in (uri, dark)):
                image["classes"].append("only-light")
                other = image.deepcopy()
                other["uri"], other["classes"] = dark, ["only-dark"]
                image.parent.insert(image.parent.index(image) + 1, other)
            else:
                words = f"[{image['alt']}: no picture, since there was no browser to take it.]"
                image.replace_self(nodes.emphasis("", words))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add it to Sphinx."""
    app.add_transform(BothSchemes)
    return {"parallel_read_safe": True}
