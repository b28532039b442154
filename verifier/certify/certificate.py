"""The certificate as data: what is claimed, on what texts, and what shows it. Its JSON is described by a schema.

The digest covers everything else in the file, so that a changed byte shows even where the texts are not at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from policy_dsl.core import ir
from verifier.certify.goal import Method

VERSION = 1
TOOL = "policy-verifier"


@dataclass(frozen=True, slots=True)
class Refutation:
    """That no completion of a case meets a goal: the script says so, which cvc5 answers with `unsat`.

    `names` are the named assertions of the script. `answer` is what cvc5 said when the certificate was made; where
    that is not `unsat` the claim stands on this verifier alone.
    """

    method: Method
    script: str
    names: tuple[str, ...]
    answer: str

    def to_json(self) -> dict[str, object]:
        """The script with how it treats open lists."""
        return {
            "lists": self.method.to_json(),
            "script": self.script,
            "named": list(self.names),
            "cvc5": self.answer,
        }


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A case that shows that something named can not be left out: it has all but that, and the goal is met."""

    without: str
    case: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """What is left out, and the case."""
        return {"without": self.without, "case": dict(self.case)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim. `facts`: it rests on these alone, of all that the case knows (None: on all).

    It is shown by a `refutation`, or by a `witness` that can be replayed; `needed` shows that no fact or clause
    can be left out. `says` is the claim in words.
    """

    kind: str
    subject: str
    says: str
    facts: tuple[str, ...] | None = None
    refutation: Refutation | None = None
    witness: Mapping[str, object] | None = None
    needed: tuple[Counterexample, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The claim, keys in a fixed order."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "says": self.says,
            "facts": None if self.facts is None else list(self.facts),
            "refutation": None if self.refutation is None else self.refutation.to_json(),
            "witness": None if self.witness is None else dict(self.witness),
            "needed": [n.to_json() for n in self.needed],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is certified (`determination` or `finding`, with its JSON), of which texts, and the claims behind it.

    `linted` are the policies that were looked at together with the one of a finding, and `run` says how: by which
    mapping and baseline, on which day. Some findings rest on them.
    """

    kind: str
    policy: Mapping[str, object]
    versions: Mapping[str, str]
    readings: Mapping[str, str]
    case: Mapping[str, object] | None
    linted: tuple[Mapping[str, object], ...] = ()
    run: Mapping[str, object] | None = None
    answer: Mapping[str, object]
    claims: tuple[Claim, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        """The certificate, its digest last."""
        body: dict[str, object] = {
            "certificate": self.kind,
            "version": VERSION,
            "made_by": dict(self.versions),
            "policy": dict(self.policy),
            "readings": dict(self.readings),
            "case": None if self.case is None else dict(self.case),
            "linted": [dict(p) for p in self.linted],
            "run": None if self.run is None else dict(self.run),
            "answer": dict(self.answer),
            "claims": [c.to_json() for c in self.claims],
        }
        return {**body, "sha256": digest(body)}


def digest(data: object) -> str:
    """The SHA-256 of data as JSON with sorted keys, without white space, in UTF-8."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def policy_texts(policy: ir.Policy) -> dict[str, object]:
    """The policy by id and file, with the hash of each text that it was read from, sources among them."""
    files = [{"path": path, "sha256": _hash(text)} for path, text in policy.files]
    return {**policy_named(policy), "files": files}


def policy_named(policy: ir.Policy) -> dict[str, object]:
    """The policy by id, file and hash of all its texts."""
    return {"id": policy.id, "file": policy.file, "sha256": policy.sha256}


def case_of(name: str, data: Mapping[str, object]) -> dict[str, object]:
    """A case by name, with its data and their hash."""
    return {"name": name, "sha256": digest(data), "data": dict(data)}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
