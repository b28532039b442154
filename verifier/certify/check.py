"""Checking certificates, apart from what made them: no encoder and no solver of the search has a part in it.

With the texts at hand, each script is made anew from them and compared, cvc5 answers it, and answers it again with
each named fact left out; each case is read strictly and evaluated. Without them, only the scripts are run and the
digest compared, and the report says what that leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policy_dsl.atoms import atoms, path, places, restrict
from policy_dsl.case import Case, CaseError, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.known import ListValue
from policy_dsl.readings import check_readings
from verifier.certify import words
from verifier.certify.certificate import digest
from verifier.certify.edits import edited
from verifier.certify.goal import Goal, HasAnother, HasOutcome, Method, Passes, completes, enough, script, truth
from verifier.certify.report import Report, check_digest, check_texts, claims, leave_out, prove, read_shown


def check_determination(
    data: Mapping[str, Any], policy: Policy, case: Case | None, readings: Mapping[str, str] | None
) -> Report:
    """Check the certificate of a determination against a policy, and against a case and readings if they are given."""
    report = Report()
    check_digest(data, report)
    check_texts(data, policy, report)
    if readings is not None and dict(readings) != data["readings"]:
        report.refuse("readings", f"the certificate is for {_shown(data['readings'])}, not {_shown(readings)}")
    for problem in check_readings(policy, data["readings"]):
        report.refuse(problem.path, problem.message)
    own = _case(data, policy, report)
    if own is not None and case is not None and case.values != own.values:
        report.refuse("case", "the certificate is for another case")
    if report.refused or own is None:
        return report
    subject = _Subject(policy, own, data["readings"], data, report)
    for place, claim in claims(data):
        _claim(subject, place, claim)
    _answer(subject)
    return report


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a certificate is about, once it is known to be about these texts."""

    policy: Policy
    case: Case
    readings: Mapping[str, str]
    data: Mapping[str, Any]
    report: Report


# ------------------------------------------------------------------ what it is about


def _case(data: Mapping[str, Any], policy: Policy, report: Report) -> Case | None:
    claimed = data["case"]
    if digest(claimed["data"]) != claimed["sha256"]:
        report.refuse("case.sha256", "the hash is not that of the case")
    try:
        return read_case(policy, claimed["data"], claimed["name"])
    except CaseError as error:
        report.refuse("case.data", str(error.problems[0]))
        return None


# ------------------------------------------------------------------ claims


def _claim(subject: _Subject, place: str, claim: Mapping[str, Any]) -> None:
    refuse, kind = subject.report.refuse, claim["kind"]
    goal = _goal(subject, claim)
    if goal is None:
        refuse(f"{place}.subject", f"the policy has no `{claim['subject']}`")
        return
    if (claim["facts"] is None) is (kind == "reason"):
        refuse(f"{place}.facts", "a reason rests on some of the facts, and nothing else does")
        return
    if claim["needed"] and kind not in ("reason", "repair"):
        refuse(f"{place}.needed", "only of a reason or a repair something is needed")
        return
    shows = kind in ("possible", "may pass")
    facts = None if claim["facts"] is None else tuple(claim["facts"])
    says = words.possible(goal) if shows else words.impossible(goal, facts)
    if claim["says"] != says:
        refuse(f"{place}.says", f"the claim is: {says}")
    if shows:
        _replay(subject, subject.case, claim["witness"], goal, f"{place}.witness")
    elif kind == "repair":
        _repair(subject, place, claim, goal)
    elif kind == "reason":
        _reason(subject, place, claim, goal)
    else:
        _refuted(subject, subject.case, claim, goal, place)


def _reason(subject: _Subject, place: str, claim: Mapping[str, Any], goal: Goal) -> None:
    """The facts are enough, and each that is said to be needed is: there is a case without it, and the script with
    its line taken out has an answer."""
    policy, report = subject.policy, subject.report
    known = {path(policy, a): a for a in atoms(policy, subject.case)}
    strange = [f for f in claim["facts"] if f not in known]
    if strange:
        report.refuse(f"{place}.facts", f"the case does not know `{strange[0]}`")
        return
    kept = {f: known[f] for f in claim["facts"]}
    there = places(subject.case, kept.values())
    case = restrict(policy, subject.case, kept.values())
    text = _refuted(subject, case, claim, goal, place)
    for i, needed in enumerate(claim["needed"]):
        name = needed["without"]
        if name not in kept:
            report.refuse(f"{place}.needed[{i}].without", f"the reason does not rest on `{name}`")
            continue
        rest = restrict(policy, subject.case, {a for f, a in kept.items() if f != name})
        _replay(subject, rest, needed["case"], goal, f"{place}.needed[{i}].case")
        if text is not None and _shape(rest) == _shape(case):
            leave_out(text, f"fact {path(policy, there[kept[name]])}", f"{place}.facts", report)


def _goal(subject: _Subject, claim: Mapping[str, Any]) -> Goal | None:
    name = claim["subject"]
    clauses = {c.id for c in subject.policy.clauses}
    match claim["kind"]:
        case "possible" | "excluded" if name in _OUTCOMES:
            return HasOutcome(name)
        case "outcome" | "repair" if name in _OUTCOMES:
            return HasAnother(name)
        case "fails" | "may pass" | "reason" if name in clauses:
            return Passes(name)
        case "reason" if name in _OUTCOMES:
            return HasAnother(name)
        case _:
            return None


_OUTCOMES = ("approve", "deny", "not_applicable", "pend")


def _refuted(subject: _Subject, known: Case, claim: Mapping[str, Any], goal: Goal, place: str) -> str | None:
    """The script, if it is the one that the texts give, and cvc5 proves it."""
    policy, report, found = subject.policy, subject.report, claim["refutation"]
    if found is None:
        report.refuse(f"{place}.refutation", "nothing shows the claim")
        return None
    method = method_of(policy, known, subject.readings, goal, found["lists"], f"{place}.refutation.lists", report)
    if method is None:
        return None
    text, names = script(policy, known, subject.readings, goal, method)
    if text != found["script"]:
        report.refuse(f"{place}.refutation.script", "the script is not the one that the policy and the case give")
    elif list(names) != found["named"]:
        report.refuse(f"{place}.refutation.named", "the names are not those of the script")
    elif prove(text, f"{place}.refutation", report):
        if found["cvc5"] != "unsat":
            report.refuse(f"{place}.refutation.cvc5", "cvc5 answers `unsat`")
        return text
    return None


def method_of(
    policy: Policy,
    case: Case,
    readings: Mapping[str, str],
    goal: Goal,
    lists: Mapping[str, Any],
    place: str,
    report: Report,
) -> Method | None:
    """How the script treats open lists, if that stands for lists of any length."""
    method = Method(lists["rest_of_any_length"], tuple(sorted(lists["further_elements"].items())))
    if method.tails:
        if not method.further:
            return method
        report.refuse(place, "a list has a rest of any length, or so many elements, not both")
        return None
    needed = enough(policy, case, readings, goal)
    if needed is not None and dict(needed.further) == dict(method.further):
        return needed
    report.refuse(place, "lists with so many further elements do not stand for all")
    return None


def _shape(case: Case) -> list[tuple[int, bool]]:
    """How many elements each list has, and whether it is open: knowing a field of an element is knowing that it
    exists, so leaving the field out can take more than its line out of a script."""
    return [(len(v.items), v.more) for v in case.values if isinstance(v, ListValue)]


def _repair(subject: _Subject, place: str, claim: Mapping[str, Any], goal: Goal) -> None:
    """The changes of one of the answer's repairs give the witness, and no part of them is enough."""
    policy, report = subject.policy, subject.report
    number = [p for p, c in claims(subject.data) if c["kind"] == "repair"].index(place)
    repairs = subject.data["answer"]["repairs"]
    if number >= len(repairs):
        report.refuse(place, "the answer has no such repair")
        return
    steps = [(c["path"], c["to"]) for c in repairs[number]["changes"]]
    data = subject.data["case"]["data"]
    if edited(policy, data, steps) != claim["witness"]:
        report.refuse(f"{place}.witness", "the changes do not lead to this case")
        return
    mended = read_shown(subject.policy, claim["witness"], f"{place}.witness", subject.report)
    if mended is None:
        return
    _refuted(subject, mended, claim, goal, place)
    by_path = {p: i for i, (p, _) in enumerate(steps)}
    for i, needed in enumerate(claim["needed"]):
        where = f"{place}.needed[{i}]"
        left_out = by_path.get(needed["without"])
        if left_out is None:
            report.refuse(where, f"the repair does not change `{needed['without']}`")
            continue
        partly = read_shown(
            subject.policy, edited(policy, data, steps[:left_out] + steps[left_out + 1 :]), where, subject.report
        )
        if partly is not None:
            _replay(subject, partly, needed["case"], goal, f"{where}.case")


def _replay(subject: _Subject, known: Case, data: object, goal: Goal, place: str) -> None:
    """The case is a completion of what is known, and evaluation says that it meets the goal."""
    other = read_shown(subject.policy, data, place, subject.report)
    if other is None:
        return
    if not completes(subject.policy, known, other):
        subject.report.refuse(place, "the case does not agree with what is known")
    elif truth(subject.policy, other, subject.readings, goal) is not True:
        subject.report.refuse(place, f"evaluation does not bear out that {words.possible(goal)}")
    else:
        subject.report.replayed += 1


# ------------------------------------------------------------------ the answer follows from the claims


def _answer(subject: _Subject) -> None:
    """Each part of the answer has the claims that it needs, and nothing is claimed that the answer does not say."""
    answer, report = subject.data["answer"], subject.report
    have: dict[str, list[str]] = {}
    for _, claim in claims(subject.data):
        have.setdefault(claim["kind"], []).append(claim["subject"])
    determined = answer["possible"] == [answer["outcome"]] and not answer["unsettled"]
    expected = {
        "outcome": [answer["outcome"]] if determined else [],
        "possible": list(answer["possible"]),
        "excluded": []
        if determined
        else [o for o in _OUTCOMES if o not in answer["possible"] and o not in answer["unsettled"]],
        "fails": answer["failed"],
        "reason": [r["clause"] if r["clause"] is not None else r["outcome"] for r in answer["reasons"]],
        "repair": [r["outcome"] for r in answer["repairs"]],
    }
    for kind, subjects in expected.items():
        if sorted(have.get(kind, [])) != sorted(subjects):
            report.refuse("answer", f"the claims of kind `{kind}` are not those that the answer needs")
    if not determined and answer["outcome"] != "pend":
        report.refuse("answer.outcome", "a case of several possible outcomes is `pend`")
    reasons = [[f["path"] for f in r["facts"]] for r in answer["reasons"]]
    if reasons != [c["facts"] for _, c in claims(subject.data) if c["kind"] == "reason"]:
        report.refuse("answer.reasons", "the facts are not those that the claims rest on")


def _shown(readings: Mapping[str, str]) -> str:
    return ", ".join(f"{k}={v}" for k, v in sorted(readings.items())) or "the default readings"
