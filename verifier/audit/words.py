"""What the words of a payer stand for under a policy: reasons for clauses, what was asked for for facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.reason_codes import ReasonCodes
from verifier.audit.classify import Recorded

_GROUP = re.compile(r"(?:CO|OA|PI|PR)[- ]?(?=[A-Z0-9])", re.IGNORECASE)
"""The group code of an adjustment (X12 974) before the reason code, as in CO-50: it says who pays, not why."""
_PLACE = re.compile(r"\[\d*\]")


class Terms:
    """What words stand for under one policy, with its reason codes if it has any."""

    def __init__(self, policy: Policy, codes: ReasonCodes | None) -> None:
        every = dict.fromkeys(code for given in codes.clauses.values() for code in given) if codes else {}
        own = {c.id: (c.id,) for c in policy.clauses}
        self._clauses = own | {code: codes.clauses_of(code) for code in every if codes}
        self._folded = {name.casefold(): clauses for name, clauses in self._clauses.items()}
        self._facts: dict[str, str] = {}
        for fact in policy.facts:
            fields = fact.type.element.fields if isinstance(fact.type, t.ListOf) else ()
            for path in (fact.path, *(f"{fact.path}.{f.name}" for f in fields)):
                self._facts.setdefault(path, fact.path)

    def cited(self, reasons: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The clauses that each reason stands for, of those that stand for any: a clause for itself, a code for all
        that have it. Letters may be large or small, and a code may have its group before it."""
        found: dict[str, tuple[str, ...]] = {}
        for word in reasons:
            bare = _GROUP.sub("", word, count=1) if _GROUP.match(word) else word
            clauses = self._clauses.get(word) or self._folded.get(word.casefold()) or self._folded.get(bare.casefold())
            if clauses is not None:
                found[word] = clauses
        return found

    def understood(self, recorded: Recorded) -> Recorded:
        """The record with the facts that were asked for, of an element or a field the list, and apart from these the
        words that name none."""
        named = {word: self._facts.get(_PLACE.sub("", word)) for word in recorded.requested}
        facts = dict.fromkeys(path for path in named.values() if path is not None)
        return replace(recorded, requested=tuple(facts), unheard=tuple(w for w, path in named.items() if path is None))
