"""Codes and texts as numbers: prefixes are intervals, classes have their exact size, what is spelled is well-formed."""

from __future__ import annotations

import itertools

import pytest

from policy_dsl.core import types as t
from policy_dsl.core.codes import is_code
from verifier.smt.strings import number_strings

SMALL = t.CodeSystem("S", "", "A9[.9]", ())
CLINICAL = t.CodeSystem("C", "", "A9X[.X[X[X[X]]]]", ())
FREE = t.CodeSystem("F", "", None, ())
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def all_small() -> list[str]:
    short = [a + d for a in LETTERS for d in "0123456789"]
    return short + [c + "." + d for c in short for d in "0123456789"]


@pytest.mark.parametrize(
    ("mentioned", "prefixes"),
    [([], []), (["A1"], ["A1"]), (["A1", "B2.3", "Z9"], ["A", "A1", "A1.", "B2.3", "Q"]), (["A1.0"], ["A1.0", "A1.1"])],
)
def test_a_finite_form_is_numbered_exactly(mentioned: list[str], prefixes: list[str]) -> None:
    strings = number_strings(SMALL, mentioned, prefixes)
    low, high = strings.domain
    codes = strings.spell(range(low, high + 1))
    assert sorted(codes.values()) == sorted(all_small())
    for text in mentioned:
        assert codes[strings.number(text)] == text
    for prefix in prefixes:
        first, last = strings.within(prefix)
        assert {codes[n] for n in range(first, last + 1)} == {c for c in all_small() if c.startswith(prefix)}


@pytest.mark.parametrize("system", [CLINICAL, FREE, t.CodeSystem("P", "", "99999", ())])
def test_what_is_spelled_is_new_well_formed_and_of_its_class(system: t.CodeSystem) -> None:
    mentioned = [c for c in ("M54.16", "M54", "62311", "A00.1") if is_code(system, c)]
    prefixes = [p for p in ("M54.1", "M5", "M54.16", "6231", "A00.1") if system.form != "99999" or p.isdigit()]
    strings = number_strings(system, mentioned, prefixes)
    wanted = [group.low + k for group in strings.classes for k in range(min(group.size, 5))]
    spelled = strings.spell(wanted)
    assert sorted(spelled) == sorted(wanted)
    assert len(set(spelled.values())) == len(wanted)
    for n, code in spelled.items():
        assert is_code(system, code)
        assert code not in mentioned
        for prefix in prefixes:
            first, last = strings.within(prefix)
            assert code.startswith(prefix) == (first <= n <= last)


def test_a_prefix_without_codes_is_empty() -> None:
    strings = number_strings(t.CodeSystem("P", "", "99", ()), ["12"], ["1", "12"])
    assert strings.within("12") == (strings.number("12"), strings.number("12"))


def test_listed_codes_are_preferred() -> None:
    entries = tuple(
        t.CodeEntry(code, "", None, None, (), None)  # type: ignore[arg-type]
        for code in ("B7", "C1")
    )
    strings = number_strings(t.CodeSystem("S", "", "A9[.9]", entries), ["C1"], ["B"])
    assert strings.spell([strings.within("B")[0]]) == {strings.within("B")[0]: "B7"}


def test_a_code_out_of_form_is_no_value() -> None:
    strings = number_strings(SMALL, ["A1", "nonsense"], [])
    low, _ = strings.domain
    assert strings.number("nonsense") < low


def test_texts_are_all_different() -> None:
    strings = number_strings(t.Text(), ["x", "text-1"], [])
    low, _ = strings.domain
    spelled = strings.spell(range(low, low + 6))
    assert len(set(spelled.values())) == 6
    assert set(itertools.islice(spelled.values(), 2)) == {"x", "text-1"}
