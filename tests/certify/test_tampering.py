"""A certificate whose text was changed in any place is refused, even where its digest was made to fit again."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.case import CaseError, read_case
from policy_dsl.load import load
from tests.cli.small import POLICY, folder
from verifier.certify.again import Rerun, compare, compare_finding
from verifier.certify.certificate import digest
from verifier.certify.check import check_determination
from verifier.certify.check_finding import check_finding
from verifier.certify.findings import certify_finding
from verifier.certify.issue import certify
from verifier.certify.read import read_certificate
from verifier.certify.report import Report, check_alone
from verifier.deciding import decide
from verifier.lint import lint

CASE = {
    "request": {"date": "2026-05-01"},
    "patient": {"grade": 3, "minor": False},
    "visits": {"items": [{"day": "2026-01-02", "side": "left"}], "more": True},
}
_CASE = re.compile(r"claims\.\d+\.needed\.\d+\.case")
Path_ = tuple[str | int, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, dict[str, Any]]:
    path = tmp_path_factory.mktemp("small")
    policy = load(folder(path, POLICY) / "small.policy")
    case = read_case(policy, CASE, "case")
    data = json.loads(json.dumps(certify(policy, case, decide(policy, case)).to_json()))
    return policy, case, data


def _check(policy: Any, data: dict[str, Any]) -> Report:
    report = check_determination(data, policy, None, None)
    if not report.refused:
        compare(data, policy, report)
    return report


def _leaves(data: Any, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(data, dict):
        for key in data:
            yield from _leaves(data[key], (*path, key))
        yield path
    elif isinstance(data, list):
        for i, item in enumerate(data):
            yield from _leaves(item, (*path, i))
        yield path
    else:
        yield path


def _changed(value: Any) -> list[Any]:
    """Other values that could stand in the place of this one."""
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value + 1, -value - 1]
        case str() if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return ["2026-05-02"]
        case str() if re.fullmatch("[0-9a-f]{64}", value):
            return [value[:-1] + ("0" if value[-1] != "0" else "1")]
        case str():
            return [value + "x", value[:-1], "approve"]
        case None:
            return ["x", []]
        case list():
            return [value[:-1], [*value, *value[:1]], value[::-1]]
        case dict():
            return [{**value, "extra": 1}, {k: v for k, v in value.items() if k != next(iter(value), None)}]
    raise TypeError(type(value))


def _tampered(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place once for each kind of place, changed in each of its ways."""
    seen = set()
    for path in _leaves(data):
        kind = tuple("[]" if isinstance(p, int) else p for p in path)
        if not path or kind in seen or path[0] in ("sha256", "made_by"):
            continue
        seen.add(kind)
        value = _at(data, path)
        for other in _changed(value):
            if other != value:
                new = copy.deepcopy(data)
                _at(new, path[:-1])[path[-1]] = other
                yield ".".join(map(str, path)), new


def _at(data: Any, path: Path_) -> Any:
    for step in path:
        data = data[step]
    return data


def test_what_was_not_changed_is_confirmed(made: tuple[Any, Any, dict[str, Any]]) -> None:
    policy, _, data = made
    assert read_certificate(json.dumps(data), "c") == data
    report = _check(policy, data)
    assert report.verdict == "confirmed", report
    assert report.proved == sum(c["refutation"] is not None for c in data["claims"]) > 2
    assert report.replayed > 2
    assert report.dropped > 0
    assert not check_alone(data).refused


def test_a_change_anywhere_breaks_the_digest(made: tuple[Any, Any, dict[str, Any]]) -> None:
    _, _, data = made
    tampered = list(_tampered(data))
    assert len(tampered) >= 200
    for place, new in tampered:
        body = {k: v for k, v in new.items() if k != "sha256"}
        assert digest(body) != data["sha256"], place


def test_a_change_with_a_digest_that_fits_is_refused_by_the_texts(made: tuple[Any, Any, dict[str, Any]]) -> None:
    policy, _, data = made
    for place, new in _tampered(data):
        new["sha256"] = digest({k: v for k, v in new.items() if k != "sha256"})
        try:
            read_certificate(json.dumps(new), "c")
        except CaseError:
            continue  # not even of the shape of a certificate
        assert _check(policy, new).refused, place


def test_a_certificate_is_for_one_case_one_reading_and_one_text(made: tuple[Any, Any, dict[str, Any]]) -> None:
    policy, case, data = made
    other = read_case(policy, {**CASE, "patient": {"grade": 2, "minor": False}}, "case")
    assert check_determination(data, policy, case, {}).refused == []
    assert check_determination(data, policy, other, {}).refused == ["case: the certificate is for another case"]
    assert "not grade=five" in check_determination(data, policy, case, {"grade": "five"}).refused[0]
    path = Path(policy.file)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(">= 4", ">= 3"), encoding="utf-8")
    refused = check_determination(data, load(path), case, {}).refused
    path.write_text(text, encoding="utf-8")
    assert any("is not the text that the certificate was made for" in r for r in refused)


# ------------------------------------------------------------------ certificates of findings

CLASH = """
exclusion high "High"
  exclude when patient.grade >= 3

check some "Some" : possibly approve
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[dict[str, Any]]]:
    path = tmp_path_factory.mktemp("clash")
    policy = load(folder(path, POLICY + CLASH) / "small.policy")
    findings = lint([policy]).found
    return policy, [json.loads(json.dumps(certify_finding(policy, f, [policy]).to_json())) for f in findings]


def _check_finding(policy: Any, data: dict[str, Any]) -> Report:
    finding = Rerun().find(data, policy, [])
    report = check_finding(data, policy, () if finding is None else finding.proofs)
    if not report.refused:
        compare_finding(data, policy, [], finding, report)
    return report


def test_findings_are_confirmed(found: tuple[Any, list[dict[str, Any]]]) -> None:
    policy, certificates = found
    assert {"contradictory-clauses", "failed-check"} <= {c["answer"]["rule"] for c in certificates}
    for data in certificates:
        assert read_certificate(json.dumps(data), "c") == data
        report = _check_finding(policy, data)
        assert report.verdict == "confirmed", report
    clash = next(c for c in certificates if c["answer"]["rule"] == "contradictory-clauses")
    report = _check_finding(policy, clash)
    assert (report.proved, report.dropped, report.replayed) == (1, 2, 4)


def test_a_changed_finding_is_refused(found: tuple[Any, list[dict[str, Any]]]) -> None:
    policy, certificates = found
    data = next(c for c in certificates if c["answer"]["rule"] == "contradictory-clauses")
    for place, new in _tampered(data):
        new["sha256"] = digest({k: v for k, v in new.items() if k != "sha256"})
        try:
            read_certificate(json.dumps(new), "c")
        except CaseError:
            continue
        report = _check_finding(policy, new)
        if report.refused or _CASE.search(place) is None:
            assert report.refused, place
        else:  # another case that shows the same: it was replayed like the first
            assert report.replayed == 4, place


# ------------------------------------------------------------------ elements of lists that a reason passes over

LEFT = """
exclusion left "Late on the left"
  exclude when some visit in visits has (visit.side is left and visit.day >= 2026-03-01)
"""


def test_a_reason_that_passes_over_an_element_is_confirmed_part_by_part(tmp_path: Path) -> None:
    policy = load(folder(tmp_path, POLICY + LEFT) / "small.policy")
    visits = [{"day": "2026-01-02", "side": "right"}, {"day": "2026-04-03", "side": "left"}]
    case = read_case(policy, {**CASE, "patient": {"grade": 6, "minor": False}, "visits": visits}, "case")
    data = json.loads(json.dumps(certify(policy, case, decide(policy, case)).to_json()))
    assert ["visits[1].day", "visits[1].side"] in [c["facts"] for c in data["claims"]]
    report = _check(policy, data)
    assert (report.verdict, report.dropped) == ("confirmed", 2), report


def test_what_is_needed_must_be_among_what_a_claim_rests_on(made: tuple[Any, Any, dict[str, Any]]) -> None:
    policy, _, data = made
    places = {c["kind"]: i for i, c in enumerate(data["claims"])}
    needed = [{"without": "patient.minor", "case": data["case"]["data"]}]
    for kind, place, says in (
        ("reason", "needed[0].without", "the reason does not rest on `patient.minor`"),
        ("fails", "needed", "only of a reason or a repair something is needed"),
    ):
        new = copy.deepcopy(data)
        new["claims"][places[kind]]["needed"] = needed
        new["sha256"] = digest({k: v for k, v in new.items() if k != "sha256"})
        assert f"claims[{places[kind]}].{place}: {says}" in _check(policy, new).refused
