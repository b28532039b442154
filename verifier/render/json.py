"""JSON for programs: keys in the order given, text as it is, one form for every command."""

from __future__ import annotations

import json


def pretty(value: object) -> str:
    """The value over several lines, indented by two."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def line(value: object) -> str:
    """The value on one line without needless blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
