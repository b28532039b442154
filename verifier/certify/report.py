"""What a check of a certificate finds, and the parts of a check that do not depend on what is certified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policy_dsl.case import Case, CaseError, read_case
from policy_dsl.core.ir import Policy
from verifier.certify.certificate import digest, policy_texts
from verifier.certify.confirm import ScriptError, ask
from verifier.certify.script import symbol


@dataclass(slots=True)
class Report:
    """What a check found. `refused`: what does not agree, each with its place; `unsettled`: what cvc5 could not tell
    within its limit; `open`: what cannot be checked without the texts or with this version.

    `proved` scripts were answered `unsat`, `dropped` were answered `sat` with a named fact left out, and `replayed`
    cases evaluate as claimed. `read` words were found where they are said to stand.
    """

    refused: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    proved: int = 0
    dropped: int = 0
    replayed: int = 0
    read: int = 0

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.refused:
            return "refused"
        if self.unsettled:
            return "not settled"
        return "confirmed in part" if self.open else "confirmed"

    def refuse(self, place: str, what: str) -> None:
        """Note that something does not agree."""
        self.refused.append(f"{place}: {what}" if place else what)


def check_alone(data: Mapping[str, Any]) -> Report:
    """Check a certificate without the texts that it is about; `data` has passed `read_certificate`."""
    report = Report()
    check_digest(data, report)
    for place, claim in claims(data):
        refutation = claim["refutation"]
        if refutation is not None:
            prove(refutation["script"], f"{place}.refutation", report)
    report.open += [
        "that the scripts say what the policy says",
        "that the cases come out as claimed",
        "that the answer follows from the claims",
    ]
    return report


def claims(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The claims, each with its place."""
    for i, claim in enumerate(data["claims"]):
        yield f"claims[{i}]", claim


def check_digest(data: Mapping[str, Any], report: Report) -> None:
    """The digest is that of everything else in the certificate."""
    body = {k: v for k, v in data.items() if k != "sha256"}
    if digest(body) != data["sha256"]:
        report.refuse("sha256", "the certificate was changed after it was made: the digest does not fit")


def check_texts(data: Mapping[str, Any], policy: Policy, report: Report) -> None:
    """The policy, with every text that it was read from, is the one certified."""
    claimed, found = data["policy"], policy_texts(policy)
    if claimed["id"] != policy.id:
        report.refuse("policy.id", f"the certificate is for `{claimed['id']}`, not `{policy.id}`")
        return
    theirs = {f["path"]: f["sha256"] for f in claimed["files"]}
    for file in found["files"]:  # type: ignore[attr-defined]
        before = theirs.pop(file["path"], None)
        if before is None:
            report.refuse("policy.files", f"the policy reads `{file['path']}`, which the certificate does not name")
        elif before != file["sha256"]:
            report.refuse("policy.files", f"`{file['path']}` is not the text that the certificate was made for")
    for name in sorted(theirs):
        report.refuse("policy.files", f"the policy does not read `{name}`")
    if not report.refused and claimed != found:
        report.refuse("policy", "the policy is not the one that the certificate was made for")


def leave_out(text: str, name: str, place: str, report: Report) -> None:
    """With the line of that name taken out, the script has an answer."""
    line = f":named {symbol(name)})"
    rows = text.splitlines()
    left = [row for row in rows if line not in row]
    if len(left) == len(rows):
        raise ValueError(f"the script names nothing `{name}`")
    answer = _ask("\n".join(left), place, report)
    if answer == "unsat":
        report.refuse(place, f"`{name}` is not needed")
    elif answer == "sat":
        report.dropped += 1
    elif answer is not None:
        report.unsettled.append(f"{place}: cvc5 does not settle whether `{name}` is needed")


def prove(text: str, place: str, report: Report) -> bool:
    """Whether cvc5 answers the script with `unsat`."""
    answer = _ask(text, place, report)
    if answer == "unsat":
        report.proved += 1
    elif answer == "sat":
        report.refuse(place, "cvc5 finds the script satisfiable: it does not show the claim")
    elif answer is not None:
        report.unsettled.append(f"{place}: cvc5 reached its limit")
    return answer == "unsat"


def _ask(text: str, place: str, report: Report) -> str | None:
    try:
        return ask(text)
    except ScriptError as error:
        report.refuse(place, f"cvc5 cannot read the script: {error}")
        return None


def read_shown(policy: Policy, data: object, place: str, report: Report) -> Case | None:
    """A case that the certificate shows, read strictly; None, and refused, if it is none of this policy."""
    try:
        return read_case(policy, data)
    except CaseError as error:
        report.refuse(place, f"not a case of this policy: {error.problems[0]}")
        return None
