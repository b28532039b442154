"""Change certificates of the example policies in every field and see that each change is refused:

    .venv/bin/python -m benchmarks.tamper [--bytes]

Certificates of determinations and of findings are made and must be confirmed as they are. Then each field of the
schema is changed in each way that its kind allows, with the digest left as it was and with a digest that fits again,
and each certificate is checked against the policies' texts. Prints, for each field, how many changes were made, how
many were refused (as no certificate, by the digest, by the texts), and how many were confirmed in part: a certificate
of another version is, and the check says that it did not compare the answer with its own. `--bytes` also changes each
byte of one certificate, and checks it with and without the texts. Ends with 1 if a change was confirmed, or refused
without the name of a place.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_dsl.case import CaseError, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from verifier.certify import report
from verifier.certify.again import Rerun, compare, compare_finding
from verifier.certify.certificate import digest
from verifier.certify.check import check_determination
from verifier.certify.check_finding import check_finding
from verifier.certify.confirm import ask
from verifier.certify.findings import certify_finding
from verifier.certify.issue import certify
from verifier.certify.read import read_certificate
from verifier.certify.report import Report, check_alone, check_digest
from verifier.deciding import decide
from verifier.lint import lint

ROOT = Path(__file__).parent.parent
POLICIES = ROOT / "policies/esi"
CASES = ("claim-partial-history-unknown", "claim-deny-three-levels-add-on-alone")
RULES = ("contradictory-clauses", "calendar-sensitive", "unread-field")
PLACE = re.compile(r"^(sha256|certificate|version|made_by|policy|readings|case|linted|run|answer|claims)\b")
Step = str | int


@dataclass(slots=True)
class Counts:
    """What came of the changes of one field. `in_part`: said to be by another version, and confirmed but for that."""

    made: int = 0
    no_certificate: int = 0
    by_digest: int = 0
    by_texts: int = 0
    in_part: int = 0
    confirmed: int = 0
    unnamed: int = 0


@dataclass(slots=True)
class Tried:
    """A certificate with the policy that it is about, and the policy as it is looked for again."""

    name: str
    policy: Policy
    data: dict[str, Any]
    rerun: Rerun = field(default_factory=Rerun)

    def check(self, data: dict[str, Any]) -> Report:
        """The check of a certificate against the texts, as `verifier check-certificate` makes it."""
        if data["certificate"] == "finding":
            finding = self.rerun.find(data, self.policy, ())
            checked = check_finding(data, self.policy, () if finding is None else finding.proofs)
            if not checked.refused:
                compare_finding(data, self.policy, (), finding, checked)
            return checked
        checked = check_determination(data, self.policy, None, None)
        if not checked.refused:
            compare(data, self.policy, checked, self.rerun)
        return checked


def made() -> Iterator[Tried]:
    """The certificates: determinations, and one finding of each of some rules."""
    paid = load(POLICIES / "esi_reimbursement.policy")
    for name in CASES:
        text = json.loads((POLICIES / f"cases/{name}.json").read_text(encoding="utf-8"))
        case = read_case(paid, text["case"], name)
        readings = text.get("readings", {})
        yield _tried(name, paid, certify(paid, case, decide(paid, case, readings)).to_json())
    for policy in (load(POLICIES / "esi_prior_authorization.policy"), paid):
        found = {f.rule: f for f in lint([policy]).found if f.rule in RULES}
        for rule in sorted(found):
            yield _tried(f"{policy.id} {rule}", policy, certify_finding(policy, found[rule], [policy]).to_json())


def _tried(name: str, policy: Policy, data: dict[str, object]) -> Tried:
    return Tried(name, policy, read_certificate(json.dumps(data), name))


def tampered(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field, by name, with the certificate changed there: the first of its kind and the last, in every way."""
    places: dict[str, list[tuple[Step, ...]]] = {}
    for path in _places(data):
        places.setdefault(_field(path), []).append(path)
    for name, paths in places.items():
        for path in dict.fromkeys((paths[0], paths[-1])):
            for other in _others(_at(data, path)):
                new = copy.deepcopy(data)
                _at(new, path[:-1])[path[-1]] = other
                yield name, new


def _places(data: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if path:
        yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from _places(value, (*path, key))


def _field(path: tuple[Step, ...]) -> str:
    """The field of the schema: places of lists are alike, and so are the facts of cases."""
    text = "".join("[]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    return re.sub(
        r"((?:witness|needed\[\]\.case|cases\[\]\.case|case\.data|example|from|to|value))\b[.\[].*", r"\1", text
    )


def _others(value: Any) -> list[Any]:
    """Other values that could stand in the place of this one."""
    match value:
        case bool():
            found: list[Any] = [not value]
        case int() | float():
            found = [value + 1, -value - 1]
        case str() if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            found = ["2026-05-02", "1999-12-31"]
        case str() if re.fullmatch("[0-9a-f]{64}", value):
            found = [value[:-1] + ("0" if value[-1] != "0" else "1")]
        case str():
            found = [value + "x", value[:-1], "approve"]
        case None:
            found = ["x", []]
        case list():
            found = [value[:-1], [*value, *value[:1]], value[::-1]]
        case dict():
            found = [{**value, "extra": 1}, {k: v for k, v in value.items() if k != next(iter(value), None)}]
        case _:
            raise TypeError(type(value))
    return [other for other in found if other != value or type(other) is not type(value)]


def _at(data: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def run(tried: Tried, counts: dict[str, Counts]) -> None:
    """Change the certificate everywhere, each change with the digest as it was and with one that fits."""
    for name, new in tampered(tried.data):
        count = counts.setdefault(name, Counts())
        for fits in (False, True) if name != "sha256" else (False,):
            if fits:
                new["sha256"] = digest({k: v for k, v in new.items() if k != "sha256"})
            count.made += 1
            _count(tried, name, new, count)


def _count(tried: Tried, name: str, new: dict[str, Any], count: Counts) -> None:
    try:
        read_certificate(json.dumps(new), "c")
    except CaseError:
        count.no_certificate += 1
        return
    alone = check_alone(new) if new["sha256"] == tried.data["sha256"] or name == "sha256" else None
    if alone is not None:
        count.by_digest += bool(alone.refused)
        count.confirmed += not alone.refused
        count.unnamed += not all(PLACE.match(line) for line in alone.refused)
        return
    found = tried.check(new)
    if found.refused:
        count.by_texts += 1
        count.unnamed += not all(PLACE.match(line) for line in found.refused)
    elif name.startswith("made_by.") and found.verdict == "confirmed in part":
        count.in_part += 1
    else:
        count.confirmed += 1
        print(f"    CONFIRMED {tried.name}: {name}", flush=True)


def brief() -> Tried:
    """A determination without reasons and repairs, as one that is short."""
    paid = load(POLICIES / "esi_reimbursement.policy")
    name = CASES[1]
    case = read_case(paid, json.loads((POLICIES / f"cases/{name}.json").read_text(encoding="utf-8"))["case"], name)
    return _tried(name, paid, certify(paid, case, decide(paid, case, brief=True)).to_json())


def flipped(tried: Tried) -> Counter[str]:
    """What comes of each byte of the certificate's file changed, without the texts and, where that finds nothing,
    with them."""
    text = (json.dumps(tried.data, ensure_ascii=False, indent=2) + "\n").encode()
    found: Counter[str] = Counter()
    for place, byte in enumerate(text):
        changed = bytes((*text[:place], byte ^ 1, *text[place + 1 :]))
        try:
            data = read_certificate(changed.decode(), "c")
        except (CaseError, UnicodeDecodeError):
            found["no certificate"] += 1
            continue
        if data == tried.data:
            found["says the same"] += 1
        elif _digest_breaks(data) and tried.check(data).refused:
            found["refused by the digest"] += 1
        else:
            found["CONFIRMED"] += 1
    return found


def _digest_breaks(data: dict[str, Any]) -> bool:
    """Whether the check without the texts refuses the certificate for its digest, whatever else it would say."""
    alone = Report()
    check_digest(data, alone)
    return any(line.startswith("sha256: ") for line in alone.refused)


def main() -> int:
    """Change everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", action="store_true", help="also change each byte of one certificate")
    options = parser.parse_args()
    report.ask = functools.cache(ask)  # most changes leave most scripts as they are, and cvc5 answers alike each time
    counts: dict[str, Counts] = {}
    certificates = list(made())
    for tried in certificates:
        first = tried.check(tried.data)
        if first.verdict != "confirmed":
            print(f"{tried.name}: {first.verdict}: {first.refused or first.unsettled}")
            return 1
        run(tried, counts)
        print(f"{tried.name}: confirmed, and changed", file=sys.stderr, flush=True)
    total = _table(counts, len(certificates))
    wrong = total.confirmed + total.unnamed
    if options.bytes:
        short = brief()
        flips = flipped(short)
        print(f"\nbytes of the brief {short.name} changed: " + ", ".join(f"{n} {w}" for w, n in sorted(flips.items())))
        wrong += flips["CONFIRMED"]
    return 1 if wrong else 0


def _table(counts: dict[str, Counts], certificates: int) -> Counts:
    columns = ("made", "no_certificate", "by_digest", "by_texts", "in_part", "confirmed", "unnamed")
    print(f"{'field':48}" + "".join(f"{c.replace('_', ' '):>16}" for c in columns))
    total = Counts()
    for name, count in sorted(counts.items()):
        print(f"{name:48}" + "".join(f"{getattr(count, c):16}" for c in columns))
        for c in columns:
            setattr(total, c, getattr(total, c) + getattr(count, c))
    print(f"{'all':48}" + "".join(f"{getattr(total, c):16}" for c in columns))
    refused = total.no_certificate + total.by_digest + total.by_texts
    print(
        f"\n{certificates} certificates confirmed; {total.made} changed in {len(counts)} fields: {refused} refused, "
        f"{total.in_part} confirmed in part, as of another version, {total.confirmed} confirmed though changed, "
        f"{total.unnamed} refused without a place"
    )
    return total


if __name__ == "__main__":
    sys.exit(main())
