"""Pieces of HTML for the page: they say what the text pages say, well-formed and escaped."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from tests.cli.small import POLICY, folder
from tests.html.reading import outline
from verifier import explain, load
from verifier.compare.difference import difference
from verifier.lint import lint
from verifier.next_question import next_question
from verifier.render.difference import difference_page
from verifier.render.html.determination import determination_piece
from verifier.render.html.difference import difference_piece
from verifier.render.html.findings import findings_piece
from verifier.render.page import to_text

NEW = POLICY.replace(">= 4 ", ">= 3 ").replace("patient.grade >= 4", "patient.grade >= 3").replace(
    "exclude when patient.minor", "exclude when patient.minor and patient.grade < 9"
)  # fmt: skip

CHECK = '\ncheck somebody "Somebody can be approved" : possibly approve\n'


@pytest.fixture
def policies(tmp_path: Path) -> tuple[Policy, Policy]:
    base = folder(tmp_path)
    (base / "new.policy").write_text(NEW.replace('"Grade"', '"<Grade> & co"') + CHECK, encoding="utf-8")
    return load(base / "small.policy"), load(base / "new.policy")


def _words(html: str) -> list[str]:
    return re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", html)))


def test_a_difference_says_what_its_text_page_says(policies: tuple[Policy, Policy]) -> None:
    found = difference(*policies)
    made = difference_piece(found)
    outline(made)
    text = to_text(difference_page(found), 100, False).split("\n\n", 1)[1]
    missing = {w for w in re.findall(r"\w+", text) if w not in _words(made)}
    assert missing <= {"the", "source", "words", "are", "same"}, missing  # said in other words
    assert "&lt;Grade&gt; &amp; co" in made


def test_findings_are_told_with_their_cases(policies: tuple[Policy, Policy]) -> None:
    policy = policies[1]
    found = lint([policy]).found
    made = findings_piece(policy, found)
    outline(made)
    for finding in found:
        assert finding.message in unescape(made)


def test_a_determination_links_to_what_it_speaks_of(policies: tuple[Policy, Policy]) -> None:
    policy = policies[1]
    open_ = explain(policy, {"patient": {"grade": 6}, "visits": [{}, {}]})
    made = determination_piece(open_, next_question(open_))
    assert next_question(open_) == "patient.minor"
    assert 'href="#fact-patient.minor"' in made
    unseen = determination_piece(explain(policy, {"patient": {"grade": 6, "minor": False}}), None)
    assert 'href="#fact-visits"' in unseen
    assert "{" not in unescape(unseen), "values of lists are in words"
    denied = explain(policy, {"patient": {"grade": 1}})
    made = determination_piece(denied, None)
    assert 'href="#clause-grade"' in made
    assert "&lt;Grade&gt;" in made
    assert next_question(denied) is None


def test_cases_that_one_version_alone_can_state_are_shown(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, new = folder(tmp_path / "old"), folder(tmp_path / "new")
    wider = (new / "small.vocabulary").read_text(encoding="utf-8").replace("0 to 10", "0 to 12")
    (new / "small.vocabulary").write_text(wider, encoding="utf-8")
    found = difference(load(old / "small.policy"), load(new / "small.policy"))
    assert found.stated_by_one
    made = difference_piece(found)
    outline(made)
    assert "Stated by the new version alone, which finds them approved:" in made
