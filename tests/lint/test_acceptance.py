"""Findings that the author accepts, and what makes an acceptance lapse."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import PolicyError
from policy_dsl.load import load
from tests.cli.small import folder
from verifier.lint import Choice, Finding, lint
from verifier.lint.acceptance import named, written
from verifier.lint.meaning import Meanings
from verifier.lint.registry import rule

BASE = """\
policy p "P"
  uses small

define high(limit: Grade) = patient.grade >= limit

criterion grade "Grade"
  require high(4)

exclusion low "Not a high grade"
  exclude when grade is met

criterion visits "Visits"
  require every visit in visits has (some other in visits has other.day <= visit.day)

assume grown "Grown" because "so" that not patient.minor

check c : never approve when patient.minor
"""
TODAY = date(2026, 5, 1)


def _policy(path: Path, text: str, name: str = "p.policy") -> Policy:
    folder(path)
    (path / name).write_text(text, encoding="utf-8")
    return load(path / name)


def _found(policy: Policy, today: date | None = TODAY) -> dict[str, Finding]:
    return {f.rule: f for f in lint([policy], today=today).found}


def _waive(path: Path, because: str = "so it is", until: date | None = None) -> str:
    clash = _found(_policy(path, BASE))["contradictory-clauses"]
    assert clash.names == ("grade", "low")
    return "\n" + written(clash.rule, clash.names, because, until, clash.fingerprint) + "\n"


def test_an_accepted_finding_is_kept_and_does_not_count(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE + _waive(tmp_path))
    found = lint([policy], today=TODAY)
    clash = next(f for f in found.found if f.rule == "contradictory-clauses")
    assert clash.waived is not None
    assert clash.waived.because == "so it is"
    assert clash.to_json()["waived"] == {
        "because": "so it is",
        "until": None,
        "span": {"file": str(tmp_path / "p.policy"), "line": 19, "column": 1},
    }
    assert not lint([policy], only=[rule("contradictory-clauses")], today=TODAY).at_warning_or_above


SAME = {
    "a title": ('"Grade"', '"The grade"'),
    "a definition's name": ("high(", "higher("),
    "a parameter's name": ("limit", "bound"),
    "a statement before it": ("define", "define unused = 3\n\ndefine"),
    "another clause": ("other.day <= visit.day", "other.day < visit.day"),
    "a comment": ("criterion grade", "# why\ncriterion grade"),
}
OTHER = {
    "a number": ("high(4)", "high(5)"),
    "a definition": ("patient.grade >=", "patient.grade >"),
    "a clause that it reads": ("require high(4)", "require high(4) otherwise pend"),
    "a waiver that lifts it": (
        'criterion visits "Visits"',
        "waiver w\n  waive low when patient.minor and not patient.minor\n\ncriterion visits",
    ),
    "a guard": ('criterion grade "Grade"', 'criterion grade "Grade" when patient.grade >= 0 or patient.minor'),
}


@pytest.mark.parametrize("change", sorted(SAME))
def test_what_means_the_same_leaves_it_standing(tmp_path: Path, change: str) -> None:
    old, new = SAME[change]
    changed = BASE.replace(old, new)
    assert changed != BASE
    found = _found(_policy(tmp_path, changed + _waive(tmp_path)))
    assert found["contradictory-clauses"].waived is not None
    assert "lapsed-waiver" not in found


@pytest.mark.parametrize("change", sorted(OTHER))
def test_a_change_of_meaning_makes_it_lapse(tmp_path: Path, change: str) -> None:
    old, new = OTHER[change]
    changed = BASE.replace(old, new)
    assert changed != BASE
    found = _found(_policy(tmp_path, changed + _waive(tmp_path)))
    clash = found["contradictory-clauses"]
    assert clash.waived is None
    assert any("has lapsed" in d and "changed since" in d for d in clash.details)
    assert "changed since" in found["lapsed-waiver"].message


def test_it_says_which_clause_changed(tmp_path: Path) -> None:
    changed = BASE.replace("exclude when grade is met", "exclude when grade is met or patient.minor")
    found = _found(_policy(tmp_path, changed + _waive(tmp_path)))
    assert "lapsed: `low` has changed since" in found["lapsed-waiver"].message


def test_the_vocabulary_is_part_of_the_meaning(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE + _waive(tmp_path))
    before = Meanings(policy).fingerprint("grade"), Meanings(policy).fingerprint("visits")
    vocabulary = tmp_path / "small.vocabulary"
    vocabulary.write_text(vocabulary.read_text().replace("0 to 10", "0 to 9"), encoding="utf-8")
    after = load(tmp_path / "p.policy")
    assert Meanings(after).fingerprint("grade") != before[0]
    assert Meanings(after).fingerprint("visits") == before[1]


def test_the_last_day_is_still_one(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE + _waive(tmp_path, until=TODAY))
    assert _found(policy, TODAY)["contradictory-clauses"].waived is not None
    over = _found(policy, date(2026, 5, 2))
    assert over["contradictory-clauses"].waived is None
    assert "it ended on 2026-05-01" in over["lapsed-waiver"].message
    assert _found(policy, None)["contradictory-clauses"].waived is None


def test_a_lapsed_one_suggests_the_statement_of_today(tmp_path: Path) -> None:
    lapsed = _found(_policy(tmp_path, BASE + '\nwaive contradictory-clauses on grade, low because "x" as "0"\n'))
    suggestion = lapsed["lapsed-waiver"].suggestion
    assert suggestion is not None
    again = _found(_policy(tmp_path, BASE + "\n" + suggestion.replacement + "\n"))
    assert again["contradictory-clauses"].waived is not None


def test_one_that_names_more_accepts_what_names_less(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE)
    fingerprint = "-".join(
        Meanings(policy).fingerprint(n) for n in ("c", "low", "grade", "grown", "patient.grade", "high")
    )
    more = (
        'waive contradictory-clauses on c, low, grade, grown, patient.grade, high because "x" as "'
        + fingerprint
        + '"\n'
    )
    assert _found(_policy(tmp_path, f"{BASE}\n{more}"))["contradictory-clauses"].waived is not None
    fewer = f'waive contradictory-clauses on low because "x" as "{Meanings(policy).fingerprint("low")}"\n'
    found = _found(_policy(tmp_path, f"{BASE}\n{fewer}"))
    assert found["contradictory-clauses"].waived is None
    assert "unused-waiver" in found


def test_one_of_a_rule_that_was_not_run_is_not_unused(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE + '\nwaive failed-check on c because "x"\n')
    assert "unused-waiver" in _found(policy)
    chosen = {"p": Choice(ignore=frozenset({"failed-check"}))}
    assert "unused-waiver" not in {f.rule for f in lint([policy], choices=chosen).found}


def test_a_base_s_goes_with_what_it_names_and_lapses_in_silence(tmp_path: Path) -> None:
    text = (BASE + _waive(tmp_path)).replace('policy p "P"', 'policy base "P"')
    _policy(tmp_path, text, "base.policy")
    derived = _found(_policy(tmp_path, 'policy q "Q"\n  extends base\n', "q.policy"))
    assert derived["contradictory-clauses"].waived is not None
    replaced = 'policy q "Q"\n  extends base\n\ncriterion grade replaces\n  require high(5)\n'
    changed = _found(_policy(tmp_path, replaced, "q.policy"))
    assert changed["contradictory-clauses"].waived is None
    assert "lapsed-waiver" not in changed
    dropped = 'policy q "Q"\n  extends base\n\ndrop low because "x"\n'
    policy = _policy(tmp_path, dropped, "q.policy")
    assert policy.acceptances == ()
    assert "unused-waiver" not in _found(policy)


def test_names_of_another_policy_are_not_asked_for(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE)
    clash = _found(policy)["contradictory-clauses"]
    finding = dataclasses.replace(clash, clauses=("low", "elsewhere.1"), assumptions=("foreign",))
    assert named(policy, finding) == ("low",)
    check = policy.checks[0].span
    assert named(policy, dataclasses.replace(clash, clauses=(), span=check)) == ("c",)
    assert named(policy, dataclasses.replace(clash, clauses=(), span=policy.facts[1].span)) == ("patient.grade",)


def test_an_unknown_rule_is_a_mistake(tmp_path: Path) -> None:
    policy = _policy(tmp_path, BASE + '\nwaive contradictory-clause on grade because "x"\n')
    with pytest.raises(PolicyError) as error:
        lint([policy])
    assert str(error.value).startswith(f"{tmp_path}/p.policy:19:1: error: [unknown-rule] there is no rule")
    assert "did you mean `contradictory-clauses`" in str(error.value)


def test_variables_are_told_apart_by_where_they_stand(tmp_path: Path) -> None:
    before = 'criterion other "Other"\n  require every v in visits has (some w in visits has w.day < v.day)\n\n'
    clause = (
        "define same(a: Visit, side: Side) = a.side is side\n\n"
        'criterion sides "Sides"\n'
        "  require every side of (visit.side for visit in visits) has (some visit in visits has same(visit, side))\n"
    )
    turned = clause.replace("has same(visit, side)", "has (some x in visits has same(x, side))")
    texts = [BASE + "\n" + clause, BASE + "\n" + before + clause, BASE + "\n" + turned]
    first, second, third = (Meanings(_policy(tmp_path, t)).fingerprint("sides") for t in texts)
    assert first == second
    assert first != third
