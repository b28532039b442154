"""The answer of a certificate beside the one that this version gives to the same texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from verifier.certify.findings import certify_finding
from verifier.certify.issue import certify, versions
from verifier.certify.report import Report
from verifier.certify.run import run_of
from verifier.decide import decide
from verifier.lint import Choice, lint, rules
from verifier.lint.finding import Finding


def compare(data: Mapping[str, Any], policy: Policy, report: Report) -> None:
    """Refuse what a certificate of a determination made anew would have otherwise.

    Another version may put things differently, so it is compared only with what this version itself has made.
    """
    if _another_version(data, report):
        return
    case = read_case(policy, data["case"]["data"], data["case"]["name"])
    answer = decide(policy, case, data["readings"])
    if not data["answer"]["reasons"] and not data["answer"]["repairs"]:  # as of `decide --brief`, or there are none
        short = decide(policy, case, data["readings"], brief=True)
        answer = short if json.loads(json.dumps(short.to_json())) == data["answer"] else answer
    _compare(data, certify(policy, case, answer).to_json(), report)


def same_finding(data: Mapping[str, Any], policy: Policy, linted: Sequence[Policy]) -> Finding | None:
    """The finding of a certificate, found anew: the one with the same words at the same place."""
    answer = data["answer"]
    listed = [policy, *linted]
    slug = str(answer.get("rule"))
    own = next((r for r in rules() if r.slug == slug), None)
    choices = {p.id: Choice(select=frozenset({slug})) for p in listed}
    try:
        run = run_of(data["run"])
        between = [] if own is None or own.check_between is None else run.pairs(listed)
        if own is not None and own.review is not None:  # it looks at what the others find
            between, choices = run.pairs(listed), {}
        found = lint(listed, between=between, choices=choices, today=run.day).found
    except ValueError:
        return None
    return next(
        (f for f in found if (f.message, f.to_json()["span"]) == (answer.get("message"), answer.get("span"))), None
    )


def compare_finding(
    data: Mapping[str, Any], policy: Policy, linted: Sequence[Policy], finding: Finding | None, report: Report
) -> None:
    """Refuse a certificate of a finding if it is not found, or comes out otherwise, when it is looked for anew."""
    if _another_version(data, report):
        return
    if finding is None:
        report.refuse("answer", "the finding is not found in the policy")
    else:
        anew = certify_finding(policy, finding, linted, run_of(data["run"]))
        _compare(_without_cases(data), _without_cases(anew.to_json()), report)


def _without_cases(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a finding says and proves, without the cases that show it: others show it too, and which one is found
    first depends on what was looked for before. Those of the certificate are replayed for themselves."""
    answer = data["answer"]
    repairs = [{**r, "witness": None} for r in answer["repairs"]]
    cases = [{**c, "case": None} for c in answer["cases"]]
    proofs = [
        {**c, "needed": [n["without"] for n in c["needed"]]} for c in data["claims"] if c["kind"] == "contradiction"
    ]
    return {**data, "answer": {**answer, "witness": None, "repairs": repairs, "cases": cases}, "claims": proofs}


def _another_version(data: Mapping[str, Any], report: Report) -> bool:
    if data["made_by"] == versions():
        return False
    theirs = ", ".join(f"{name} {number}" for name, number in sorted(data["made_by"].items()))
    report.open.append(f"that this version answers alike: the certificate was made by {theirs}")
    return True


def _compare(data: Mapping[str, Any], made: Mapping[str, object], report: Report) -> None:
    anew = json.loads(json.dumps(made))
    for place, told, found in _differences({**data, "sha256": ""}, {**anew, "sha256": ""}, ""):
        report.refuse(place, f"the certificate has {_short(told)}, and made anew it has {_short(found)}")


def _differences(told: Any, found: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(told, dict) and isinstance(found, dict):
        for key in sorted({*told, *found}):
            inner = f"{place}.{key}" if place else key
            yield from _differences(told.get(key), found.get(key), inner)
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        for i, (a, b) in enumerate(zip(told, found, strict=True)):
            yield from _differences(a, b, f"{place}[{i}]")
    elif told != found or type(told) is not type(found):
        yield place, told, found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
