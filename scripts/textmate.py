"""Write the colours of VS Code, a TextMate grammar, from the words of the language.

What a word stands for is left to the language server, which colours over this; here are only words and marks.
`.venv/bin/python scripts/textmate.py` writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from policy_dsl.core.declare import PLAIN
from policy_dsl.core.ir import OUTCOMES
from policy_dsl.syntax.machine import HEADS, PARTS, UNITS, keywords

FILE = Path(__file__).parent.parent / "editors/vscode/syntaxes/policy.tmLanguage.json"

# A word of the language is one only as a whole, and not where it is the name of a field or part of a longer name.
_BEFORE, _AFTER = r"(?<![\w.])", r"(?![\w.]|\s*:(?!\s*$))"


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=lambda w: (-len(w), w))) + ")"


def _rule(name: str, match: str) -> dict[str, object]:
    return {"name": f"{name}.policy", "match": match}


def grammar() -> dict[str, object]:
    """The grammar as JSON."""
    words = {w for w in keywords() if w[0].isalpha()}
    inside = words - HEADS - PARTS
    patterns = [
        _rule("comment.line.number-sign", "#.*$"),
        _rule("string.unquoted.quote", r"\|.*$"),
        _rule("string.quoted.double", '"[^"]*"'),
        _rule("constant.numeric.date", r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"),
        _rule("constant.numeric.money", r"\$[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"),
        _rule("constant.other.code", r"\b(?:[A-Z]+[0-9]{2}[A-Z0-9]*(?:\.[A-Z0-9]+)+|[0-9]+[A-Z][A-Z0-9]*)(?!\w)"),
        _rule("constant.numeric", r"(?<![\w.])[0-9]+(?:\.[0-9]+)?%?(?![\w.])"),
        _rule("keyword.control", rf"^\s*{_any(HEADS | PARTS)}{_AFTER}"),
        _rule("keyword.other.unit", rf"{_BEFORE}{_any(UNITS)}{_AFTER}"),
        _rule("constant.language", rf"{_BEFORE}{_any([*OUTCOMES, 'true', 'false', 'met'])}{_AFTER}"),
        _rule("support.type", rf"{_BEFORE}{_any(PLAIN)}{_AFTER}"),
        _rule("keyword.operator.word", rf"{_BEFORE}{_any(inside | PARTS)}{_AFTER}"),
        _rule("keyword.operator", r"<=|>=|≤|≥|[<>=+-]"),
        _rule("entity.name.type", r"(?<![\w.])[A-Z]\w*(?![\w.])"),
        _rule("variable.other", r"[A-Za-z_]\w*(?:\.\w+)*"),
    ]
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Policy",
        "scopeName": "source.policy",
        "patterns": patterns,
    }


def text() -> str:
    """The grammar as the file has it."""
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
