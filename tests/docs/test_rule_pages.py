"""docs/rules is what the rules say of themselves."""

from __future__ import annotations

from pathlib import Path

from verifier.lint.registry import rules
from verifier.render.rules import catalogue

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
HOW = "write it with: .venv/bin/verifier explain-rule --all --out docs/rules"


def test_the_pages_are_up_to_date() -> None:
    pages = catalogue(rules())
    assert sorted(p.name for p in FOLDER.iterdir()) == sorted(pages), f"remove what is no rule, and {HOW}"
    for name, text in pages.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: {HOW}"
