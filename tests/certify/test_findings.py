"""What each rule finds in its own example is certified, and confirmed by what knows nothing of how it was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from tests.lint.recheck import of_example, run_of_example
from verifier.certify.again import Rerun, compare_finding
from verifier.certify.certificate import digest
from verifier.certify.check_finding import check_finding
from verifier.certify.findings import certify_finding
from verifier.certify.read import read_certificate
from verifier.certify.report import Report
from verifier.lint.recheck import recheck
from verifier.lint.registry import Rule, rule, rules

OF_WORDS = {
    "expired-code",
    "idle-assumption",
    "lapsed-waiver",
    "mixed-polarity",
    "no-recency",
    "open-list",
    "replaced-code",
    "shadowed-name",
    "stale-omission",
    "uncoded-clause",
    "unencoded-text",
    "unevidenced-criterion",
    "unknown-code",
    "unneeded-document",
    "unread-field",
    "unused-definition",
    "unused-fact",
    "unused-type",
    "unused-waiver",
    "vague-term",
}
"""Rules that, at least in their example, look at the text and its names: nothing about cases is to be proved there."""


def _report(data: dict[str, object], policies: list[Policy]) -> Report:
    policy = next(p for p in policies if p.id == data["answer"]["policy"])  # type: ignore[index]
    others = [p for p in policies if p is not policy]
    finding = Rerun().find(data, policy, others)
    report = check_finding(data, policy, () if finding is None else finding.proofs)
    if not report.refused:
        compare_finding(data, policy, others, finding, report)
    return report


@pytest.mark.parametrize("looked_for", rules(), ids=lambda r: r.slug)
def test_what_a_rule_finds_is_confirmed(tmp_path: Path, looked_for: Rule) -> None:
    policies, found = of_example(tmp_path, looked_for, looked_for.documented.part("Fires").examples[0])
    assert found
    for finding in found:
        policy = next(p for p in policies if p.id == finding.policy)
        made = certify_finding(policy, finding, policies, run_of_example(tmp_path)).to_json()
        data = read_certificate(json.dumps(made), "c")
        assert {c["kind"] for c in data["claims"]} != {"stands"} or looked_for.slug in OF_WORDS, finding.message
        report = _report(data, policies)
        assert report.verdict == "confirmed", (finding.message, report)
        assert report.proved + report.replayed + report.read > 0
        assert recheck(policy, finding).wrong == (), finding.message


@pytest.mark.parametrize("slug", ["unused-fact", "vague-term"])
def test_words_that_stand_elsewhere_are_refused(tmp_path: Path, slug: str) -> None:
    (policy, *_), (finding, *_) = of_example(tmp_path, rule(slug), rule(slug).documented.part("Fires").examples[0])
    data = json.loads(json.dumps(certify_finding(policy, finding, [policy]).to_json()))
    for claims in ([], [{**data["claims"][0], "says": "there stands: another word"}]):
        changed = {**data, "claims": claims}
        changed["sha256"] = digest({k: v for k, v in changed.items() if k != "sha256"})
        assert check_finding(changed, policy, ()).refused == [
            "claims: the words that the finding is about do not stand where it says"
        ]
