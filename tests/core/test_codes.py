from __future__ import annotations

import pytest

from policy_dsl.core.codes import form_problem, is_code, is_prefix
from policy_dsl.core.types import CodeSystem


def system(form: str | None) -> CodeSystem:
    return CodeSystem("S", "", form, ())


@pytest.mark.parametrize("form", ["99999", "XXXXX", "A99[.X[X[X[X]]]]", "A9999", "99-99", "9[9]", "99.9[-A9]"])
def test_forms(form: str) -> None:
    assert form_problem(form) is None


@pytest.mark.parametrize("form", ["", "[9]", "9[9", "9]", "9[]", "9[[9]]", "9[9]9", "9[9][9]", "9]9["])
def test_what_is_no_form(form: str) -> None:
    assert form_problem(form) is not None


@pytest.mark.parametrize(
    ("form", "code", "expected"),
    [
        ("99999", "62311", True),
        ("99999", "6231", False),
        ("99999", "6231A", False),
        ("XXXXX", "J1030", True),
        ("XXXXX", "j1030", False),
        ("A99[.X[X]]", "M54", True),
        ("A99[.X[X]]", "M54.1", True),
        ("A99[.X[X]]", "M54.16", True),
        ("A99[.X[X]]", "M54.", False),
        ("A99[.X[X]]", "M54.161", False),
        (None, "A-1.b", False),
        (None, "A-1.B", True),
        (None, "", False),
        (None, "A" * 21, False),
        ("99999", "٣٣٣٣٣", False),
    ],
)
def test_codes_have_the_form(form: str | None, code: str, expected: bool) -> None:
    assert is_code(system(form), code) is expected


@pytest.mark.parametrize(
    ("form", "prefix", "expected"),
    [
        ("A99[.X[X]]", "M", True),
        ("A99[.X[X]]", "M54.", True),
        ("A99[.X[X]]", "M54.161", False),
        ("A99[.X[X]]", "5", False),
        ("99999", "", False),
        (None, "M5", True),
    ],
)
def test_prefixes_have_the_form(form: str | None, prefix: str, expected: bool) -> None:
    assert is_prefix(system(form), prefix) is expected
