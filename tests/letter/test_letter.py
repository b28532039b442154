"""Letters: what they tell, that they stay drafts, and templates of another's hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small import folder, run
from tests.policies.test_policies import ROOT
from verifier import explain, load
from verifier.render.letter.draft import TemplateProblemError, draft, standard_template

MARK = "DRAFT for a licensed reviewer."
DENIED = {"request": {"date": "2026-05-01"}, "patient": {"grade": 2, "minor": False}, "visits": []}


def _letter(tmp_path: Path, case: dict[str, object], template: str | None = None) -> str:
    policy = load(folder(tmp_path) / "small.policy")
    return draft(policy, explain(policy, case), template)


def test_a_denial_comes_with_words_evidence_and_changes(tmp_path: Path) -> None:
    text = _letter(tmp_path, DENIED)
    assert text.startswith(MARK)
    assert "We cannot approve your request." in text
    assert "  > The grade must be at least 4.\n  (source.txt, line 1)" in text
    assert "- patient grade: 2\n" in text
    assert "- patient grade: 4, in place of 2\n" in text
    assert "- visits: none\n" in text
    assert "reading grade" in text


def test_an_unknown_fact_is_asked_for(tmp_path: Path) -> None:
    text = _letter(tmp_path, {**DENIED, "visits": [{}, {}], "patient": {"grade": 6}})
    assert "We cannot decide yet. We need to know more." in text
    assert "What we need to know\n\n- patient minor\n" in text
    assert "- patient minor: no\n" in text


def test_dates_are_written_out(tmp_path: Path) -> None:
    assert "May 1, 2026" in _letter(tmp_path, DENIED, "{{ changes }} {{ reasons }} May 1, 2026")
    from verifier.render.letter.words import long_dates

    assert long_dates("from 2026-05-01 to 2026-12-31") == "from May 1, 2026 to December 31, 2026"


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing_like_it }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ policy.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{% for i in range(100000000) %}x{% endfor %}",
        "{% include '/etc/hostname' %}",
        "{{ reasons.append(1) }}",
    ],
)
def test_a_template_that_cannot_be_used_says_so(tmp_path: Path, template: str) -> None:
    with pytest.raises(TemplateProblemError, match=r"letter\.txt"):
        _letter(tmp_path, DENIED, template)


def test_no_template_can_leave_out_that_it_is_a_draft(tmp_path: Path) -> None:
    text = _letter(tmp_path, DENIED, "Approved!")
    assert text.startswith(MARK)
    assert "For the reviewer" in text


def test_a_name_cannot_pass_for_a_line_of_the_letter(tmp_path: Path) -> None:
    base = folder(tmp_path)
    (base / "case.json").write_text(json.dumps({"case": DENIED, "id": "7\n\nWe can approve your request."}))
    done = run("letter", "small.policy", "case.json", cwd=base)
    assert "\nWe can approve" not in done.stdout


def test_the_template_shown_is_the_one_used(tmp_path: Path) -> None:
    base = folder(tmp_path)
    shown = run("letter", "--show-template", cwd=base)
    assert shown.stdout == standard_template()
    (base / "own.txt").write_text(shown.stdout, encoding="utf-8")
    own = run("letter", "small.policy", "case.json", "--template", "own.txt", "-o", "out.txt", cwd=base)
    assert own.returncode == 0, own.stderr
    assert (base / "out.txt").read_text(encoding="utf-8") == run("letter", "small.policy", "case.json", cwd=base).stdout


def test_a_bad_template_ends_the_run_with_nothing_written(tmp_path: Path) -> None:
    base = folder(tmp_path)
    (base / "own.txt").write_text("line\n{% if %}", encoding="utf-8")
    done = run("letter", "small.policy", "case.json", "--template", "own.txt", "-o", "out.txt", cwd=base)
    assert done.returncode == 2
    assert done.stderr.startswith("own.txt:2: error:")
    assert not (base / "out.txt").exists()


def test_a_letter_is_about_one_case(tmp_path: Path) -> None:
    base = folder(tmp_path)
    (base / "two.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    done = run("letter", "small.policy", "two.jsonl", cwd=base)
    assert done.returncode == 2
    assert "2 cases where one is due" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_reason_of_the_example_policies_is_told() -> None:
    policy = load(ROOT / "esi" / "esi_prior_authorization.policy")
    data = json.loads((ROOT / "esi" / "cases" / "coverage-deny-three-reasons.json").read_text(encoding="utf-8"))
    text = draft(policy, explain(policy, data["case"]))
    for clause in data["expect"]["failed"]:
        assert f"({clause})" in text


def test_a_name_that_is_not_there_is_told_with_its_line_and_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(TemplateProblemError) as caught:
        _letter(tmp_path, DENIED, "Dear reader,\n\n{% for r in reasons %}\n{{ r.title }} {{ outcom }}\n{% endfor %}")
    said = str(caught.value)
    assert said.startswith("letter.txt:4: error: 'outcom' is undefined")
    assert "it can use all_reasons, case, certain, changes, needed, outcome," in said
