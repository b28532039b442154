"""How policies were linted: what they were looked at together by, and on which day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from policy_dsl.mappings import load_mapping
from verifier.lint.between import Between, pairs


@dataclass(frozen=True, slots=True)
class Run:
    """The files of the mapping and of the baseline, if there is one, and the day by which acceptances end, if they do.

    `day` as `today` of `lint`.
    """

    mapping: str | None = None
    baseline: str | None = None
    day: date | None = None

    def to_json(self) -> dict[str, object]:
        """All three, files with their hashes. Raises PolicyError or OSError if a file cannot be read."""
        from verifier.certify.certificate import policy_named  # what a run says needs none of it unless it is kept

        text = None if self.mapping is None else Path(self.mapping).read_bytes()
        return {
            "mapping": None if text is None else {"file": self.mapping, "sha256": hashlib.sha256(text).hexdigest()},
            "baseline": None if self.baseline is None else policy_named(load(self.baseline)),
            "day": None if self.day is None else self.day.isoformat(),
        }

    def pairs(self, policies: Sequence[Policy]) -> list[Between]:
        """The pairs of policies to look at together. Raises PolicyError or JoinError."""
        mapped = () if self.mapping is None else load_mapping(self.mapping, policies)
        floor = None if self.baseline is None else load(self.baseline)
        return [Between(pair) for pair in pairs(policies, mapped, floor)]


def run_of(data: Mapping[str, Any]) -> Run:
    """What the certificate of a finding says of it. Raises ValueError if the day is none."""
    mapping, baseline = (None if part is None else str(part["file"]) for part in (data["mapping"], data["baseline"]))
    return Run(mapping, baseline, None if data["day"] is None else date.fromisoformat(data["day"]))
