from __future__ import annotations

import pytest

from policy_dsl.atoms import EXISTS, LENGTH, Atom, atoms, path, restrict, value
from policy_dsl.case import Case, ListValue, case_to_json, read_case, unknown_case
from tests.case.small import SMALL
from tests.case.test_read import GOOD

CASE = read_case(SMALL, GOOD, "good")


def test_the_atoms_are_what_is_known_in_order() -> None:
    found = atoms(SMALL, CASE)
    assert [path(SMALL, a) for a in found] == [
        "request.date",
        "request.code",
        "pain.current",
        "pain.baseline",
        "dose",
        "pregnant",
        "courses[0].kind",
        "courses[0].when.start",
        "courses[0].when.end",
        "courses[1]",
        "courses.length",
        "tags[0]",
        "tags[1]",
        "wait",
    ]
    assert sorted(found, key=lambda a: a) == list(found)
    assert [value(SMALL, CASE, a) for a in found[4:7]] == [25, False, 1]
    assert value(SMALL, CASE, Atom(6, None, LENGTH)) == 2


def test_a_restriction_knows_just_what_is_kept() -> None:
    pain, end, length = Atom(2), Atom(6, 0, 2), Atom(6, None, LENGTH)
    assert restrict(SMALL, CASE, []) == unknown_case(SMALL, "good")
    assert case_to_json(SMALL, restrict(SMALL, CASE, [pain])) == {"pain": {"current": 7}}
    assert restrict(SMALL, CASE, [end]).listed(6).more
    assert len(restrict(SMALL, CASE, [end]).listed(6).items) == 1
    assert restrict(SMALL, CASE, [length]).listed(6) == ListValue(((None, None, None),) * 2, False)


def test_what_is_not_known_has_no_value() -> None:
    for atom in (Atom(7, None, LENGTH), Atom(6, 1, 0), Atom(6, 5, 0)):
        with pytest.raises(ValueError, match="not known"):
            value(SMALL, CASE, atom)


def test_an_element_of_which_nothing_is_known_exists() -> None:
    case = unknown_case(SMALL)
    values = list(case.values)
    values[6] = ListValue(((None, None, None), (None, None, 25)), True)
    case = Case(tuple(values))
    found = atoms(SMALL, case)
    assert found == (Atom(6, 0, EXISTS), Atom(6, 1, 2))
    assert [path(SMALL, a) for a in found] == ["courses[0]", "courses[1].when.end"]
    assert value(SMALL, case, found[0]) is True
    assert restrict(SMALL, case, found[:1]).listed(6) == ListValue(((None, None, None),), True)
