"""The answer of a certificate beside the one that this version gives to the same texts."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic
from verifier.certify.findings import certify_finding
from verifier.certify.issue import certify, versions
from verifier.certify.report import Report
from verifier.certify.run import run_of
from verifier.deciding import decide
from verifier.lint import Choice, lint, rules
from verifier.lint.finding import Finding


def compare(data: Mapping[str, Any], policy: Policy, report: Report, rerun: Rerun | None = None) -> None:
    """Refuse what a certificate of a determination made anew would have otherwise.

    Another version may put things differently, so it is compared only with what this version itself has made.
    """
    if not _another_version(data, report):
        _compare(data, (rerun or Rerun()).decided(data, policy), report)


class Rerun:
    """What is found and decided anew. Rules that found something are run once, together, for all certificates
    of one run over the same policies; a case is decided once."""

    def __init__(self, certificates: Iterable[Mapping[str, Any]] = ()) -> None:
        self._wanted: dict[str, set[str]] = {}
        self._found: dict[Hashable, tuple[Finding, ...]] = {}
        self._decided: dict[Hashable, dict[str, object]] = {}
        for data in certificates:
            self._want(data)

    def find(
        self, data: Mapping[str, Any], policy: Policy, linted: Sequence[Policy], warnings: Sequence[Diagnostic] = ()
    ) -> Finding | None:
        """The finding of a certificate, found anew: the one with the same words at the same place.

        `warnings` are those of checking the files of the policies.
        """
        answer = data["answer"]
        listed = [policy, *linted]
        key = (self._want(data), *(p.sha256 for p in listed))
        if key not in self._found:
            self._found[key] = _found(listed, self._wanted[key[0]], data["run"], warnings)
        said = (answer.get("rule"), answer.get("message"), answer.get("span"))
        return next((f for f in self._found[key] if (f.rule, f.message, f.to_json()["span"]) == said), None)

    def decided(self, data: Mapping[str, Any], policy: Policy) -> dict[str, object]:
        """The certificate of the determination of the same case, made anew: a brief one if this one may be."""
        brief = not data["answer"]["reasons"] and not data["answer"]["repairs"]  # or there are none
        told = json.dumps([data["case"], data["readings"], data["answer"] if brief else None], sort_keys=True)
        key = (policy.sha256, told)
        if key not in self._decided:
            case = read_case(policy, data["case"]["data"], data["case"]["name"])
            answer = decide(policy, case, data["readings"])
            if brief:
                short = decide(policy, case, data["readings"], brief=True)
                answer = short if json.loads(json.dumps(short.to_json())) == data["answer"] else answer
            self._decided[key] = certify(policy, case, answer).to_json()
        return self._decided[key]

    def _want(self, data: Mapping[str, Any]) -> str:
        """The run of the certificate, whose rule is known to be wanted from now on."""
        run = json.dumps([data["policy"], data["linted"], data["run"]], sort_keys=True)
        wanted = self._wanted.setdefault(run, set())
        slug = str(data["answer"].get("rule"))
        if slug not in wanted:
            wanted.add(slug)
            self._found.clear()
        return run


def _found(
    listed: Sequence[Policy], slugs: Set[str], run: Mapping[str, Any], warnings: Sequence[Diagnostic]
) -> tuple[Finding, ...]:
    """What these rules find in the policies; nothing if the run that a certificate tells of cannot be."""
    own = {r.slug: r for r in rules()}
    # Some look at what the others find, and what could not be settled is told by whichever asks for it.
    everything = any(slug not in own or own[slug].review is not None for slug in slugs)
    paired = everything or any(own[slug].check_between is not None for slug in slugs)
    choices = {} if everything else {p.id: Choice(select=frozenset(slugs)) for p in listed}
    try:
        how = run_of(run)
        between = how.pairs(listed) if paired else []
        return lint(listed, warnings, between=between, choices=choices, today=how.day).found
    except ValueError:
        return ()


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
