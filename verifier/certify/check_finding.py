"""Checking certificates of findings: what is impossible is proved anew, and each case shown evaluated anew.

The conditions of a proof are those of the clauses and assumptions that it names; a condition of another name is one
that the rule asked about, and is taken from the rule itself. Where there is neither proof nor case, the words that a
finding is about are looked up in the texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.known import unknown_case
from verifier.certify import words
from verifier.certify.check import method_of
from verifier.certify.goal import Meets, completes, named, script, truth
from verifier.certify.report import Report, check_digest, check_texts, claims, leave_out, prove, read_shown
from verifier.certify.standing import KIND, standing
from verifier.lint.finding import Proof


def check_finding(data: Mapping[str, Any], policy: Policy, proofs: Sequence[Proof]) -> Report:
    """Check the certificate of a finding against a policy; `proofs` are those of the finding, as the rule makes them
    anew, with the conditions that it asks about."""
    report = Report()
    check_digest(data, report)
    check_texts(data, policy, report)
    if data["answer"].get("policy") != policy.id:
        report.refuse("answer.policy", f"the finding is not about `{policy.id}`")
    if report.refused:
        return report
    left = iter(proofs)
    for place, claim in claims(data):
        for part in _strange(claim):
            report.refuse(f"{place}.{part}", f"a claim of kind `{claim['kind']}` has none")
        match claim["kind"]:
            case "contradiction":
                _contradiction(policy, place, claim, next(left, Proof((), (), None)), report)
            case "shown":
                _shown(policy, place, claim, report)
            case "mends":
                _mends(policy, place, claim, report)
            case "stands":
                pass  # compared with what the texts have, all together
            case kind:
                report.refuse(f"{place}.kind", f"a finding has no claim of kind `{kind}`")
    _answer(data, report)
    _standing(data, policy, report)
    return report


def _strange(claim: Mapping[str, Any]) -> list[str]:
    """The parts of a claim that one of its kind has not: nobody would look at them."""
    own = {"contradiction": ("refutation", "needed"), "shown": ("witness",), "mends": ("witness",)}
    nothing: dict[str, object] = {"facts": None, "refutation": None, "witness": None, "needed": []}
    return [p for p, none in nothing.items() if p not in own.get(claim["kind"], ()) and claim[p] != none]


def _standing(data: Mapping[str, Any], policy: Policy, report: Report) -> None:
    """The words that a finding rests on stand where it says, if it rests on nothing else."""
    claimed = [(c["subject"], c["says"]) for _, c in claims(data) if c["kind"] == KIND]
    if len(claimed) < len(data["claims"]):
        if claimed:
            report.refuse("claims", "words are claimed beside a proof or a case")
        return
    found = [(c.subject, c.says) for c in standing(policy, data["answer"])]
    if claimed != found or any(says == words.stands(None) for _, says in found):
        report.refuse("claims", "the words that the finding is about do not stand where it says")
    else:
        report.read += len(found)


def _answer(data: Mapping[str, Any], report: Report) -> None:
    """The cases of the finding are those that the claims show, in its order."""
    answer = data["answer"]
    cases = [c.get("case") for c in answer.get("cases", ())] or [w for w in (answer.get("witness"),) if w is not None]
    repairs = [(", ".join(r.get("clauses", ())), r.get("witness")) for r in answer.get("repairs", ())]
    if cases != [c["witness"] for _, c in claims(data) if c["kind"] == "shown"]:
        report.refuse("answer.cases", "the cases are not those that the claims show")
    if repairs != [(c["subject"], c["witness"]) for _, c in claims(data) if c["kind"] == "mends"]:
        report.refuse("answer.repairs", "the repairs are not those that the claims show")


def _contradiction(own: Policy, place: str, claim: Mapping[str, Any], proof: Proof, report: Report) -> None:
    policy, asked, found = proof.world or own, dict(proof.conditions), claim["refutation"]
    if found is None:
        report.refuse(f"{place}.refutation", "nothing shows the claim")
        return
    conditions = [(name, named(policy, name, asked)) for name in found["named"]]
    unknown = [name for name, e in conditions if e is None]
    if unknown:
        report.refuse(f"{place}.refutation.named", f"neither the policy nor the rule has `{unknown[0]}`")
        return
    goal = Meets(tuple((name, e) for name, e in conditions if e is not None))
    if claim["says"] != words.impossible(goal, None):
        report.refuse(f"{place}.says", f"the claim is: {words.impossible(goal, None)}")
    nothing = unknown_case(policy)
    method = method_of(policy, nothing, {}, goal, found["lists"], f"{place}.refutation.lists", report)
    if method is None:
        return
    text, _ = script(policy, nothing, {}, goal, method)
    if text != found["script"]:
        report.refuse(f"{place}.refutation.script", "the script is not the one that the policy gives")
        return
    proved = prove(text, f"{place}.refutation", report)
    for i, needed in enumerate(claim["needed"]):
        where, name = f"{place}.needed[{i}]", needed["without"]
        if name not in found["named"]:
            report.refuse(f"{where}.without", f"the proof has no `{name}`")
            continue
        rest = Meets(tuple(c for c in goal.conditions if c[0] != name))
        _replay(policy, needed["case"], rest, f"{where}.case", report)
        if proved:
            leave_out(text, name, where, report)


def _replay(policy: Policy, data: object, goal: Meets, place: str, report: Report) -> None:
    case = read_shown(policy, data, place, report)
    if case is None:
        return
    if not completes(policy, unknown_case(policy), case) or truth(policy, case, {}, goal) is not True:
        report.refuse(place, f"evaluation does not bear out that {words.possible(goal)}")
    else:
        report.replayed += 1


def _shown(policy: Policy, place: str, claim: Mapping[str, Any], report: Report) -> None:
    case = read_shown(policy, claim["witness"], f"{place}.witness", report)
    if case is None:
        return
    outcome = evaluate(policy, case).outcome
    if claim["subject"] != (outcome or "open"):
        report.refuse(f"{place}.subject", f"the case has the outcome {outcome or 'open'}")
    elif claim["says"] != words.shown(outcome):
        report.refuse(f"{place}.says", f"the claim is: {words.shown(outcome)}")
    else:
        report.replayed += 1


def _mends(policy: Policy, place: str, claim: Mapping[str, Any], report: Report) -> None:
    case = read_shown(policy, claim["witness"], f"{place}.witness", report)
    if case is None:
        return
    fails = evaluate(policy, case).fails
    held = all(value_of(policy, a.condition, case) is True for a in policy.assumptions)
    failed = ", ".join(sorted(c for c, f in fails.items() if f is not False))
    if claim["says"] != words.mends(claim["subject"]):
        report.refuse(f"{place}.says", f"the claim is: {words.mends(claim['subject'])}")
    elif not held or failed != claim["subject"]:
        report.refuse(place, f"evaluation does not bear out that {claim['says']}")
    else:
        report.replayed += 1
