"""Whatever is done to a policy, checking it gives diagnostics and never an exception."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from policy_dsl.diagnostics import has_errors, render
from policy_dsl.load import load_text

HERE = Path(__file__).parent
TOKEN = re.compile(r'"[^"\n]*"|\$?[\w.]+[%*]?|\n|[^\w\s]|[ \t]+')


@cache
def pieces(name: str) -> tuple[str, ...]:
    return tuple(TOKEN.findall((HERE / name).read_text(encoding="utf-8")))


@cache
def words(name: str) -> tuple[int, ...]:
    return tuple(i for i, p in enumerate(pieces(name)) if not p.isspace())


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good policy with a few tokens replaced by others of the same file, swapped, repeated or taken out."""
    name = "good/everything.policy"
    tokens = list(pieces(name))
    places = st.sampled_from(words(name))
    for _ in range(draw(st.integers(1, 4))):
        at, other = draw(places), draw(places)
        match draw(st.sampled_from(["replace", "swap", "repeat", "remove"])):
            case "replace":
                tokens[at] = tokens[other]
            case "swap":
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "repeat":
                tokens[at] = f"{tokens[at]} {tokens[at]}"
            case _:
                tokens[at] = ""
    return "".join(tokens)


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_mutated_policies(text: str) -> None:
    checked = load_text(text, "everything.policy", HERE / "good")
    render(checked.diagnostics, checked.sources)
    assert bool(checked.policies) != has_errors(checked.diagnostics)
    for d in checked.diagnostics:
        lines = checked.sources[d.span.file].splitlines()
        assert 1 <= d.span.line <= d.span.end_line <= max(1, len(lines))
        assert d.message and not d.message.endswith(".")
