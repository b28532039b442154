"""The answer of a certificate beside the one that this version gives to the same texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from verifier.certify.check import Report
from verifier.certify.issue import certify, versions
from verifier.decide import decide


def compare(data: Mapping[str, Any], policy: Policy, report: Report) -> None:
    """Refuse what a certificate of a determination made anew would have otherwise.

    Another version may put things differently, so it is compared only with what this version itself has made.
    """
    if data["made_by"] != versions():
        theirs = ", ".join(f"{name} {number}" for name, number in sorted(data["made_by"].items()))
        report.open.append(f"that this version answers alike: the certificate was made by {theirs}")
        return
    case = read_case(policy, data["case"]["data"], data["case"]["name"])
    answer = decide(policy, case, data["readings"])
    anew = json.loads(json.dumps(certify(policy, case, answer).to_json()))
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
