"""What the words of a payer stand for under a policy: reasons for clauses, what was asked for for facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.audit.classify import Recorded

_GROUP = re.compile(r"(?:CO|OA|PI|PR)[- ]?(?=[A-Z0-9])", re.IGNORECASE)
"""The group code of an adjustment (X12 974) before the reason code, as in CO-50: it says who pays, not why."""
_PLACE = re.compile(r"\[\d*\]")


def cited(reasons: Sequence[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The clauses that each reason stands for, of those that stand for any. `known` has them by clause and code;
    letters may be large or small, and a code may have its group before it."""
    folded = {name.casefold(): clauses for name, clauses in known.items()}
    found: dict[str, tuple[str, ...]] = {}
    for word in reasons:
        bare = _GROUP.sub("", word, count=1) if _GROUP.match(word) else word
        clauses = known.get(word) or folded.get(word.casefold()) or folded.get(bare.casefold())
        if clauses is not None:
            found[word] = clauses
    return found


def understood(recorded: Recorded, policy: Policy) -> Recorded:
    """The record with the facts that were asked for, and apart from these the words that name none."""
    named = {word: _fact(word, policy) for word in recorded.requested}
    facts = dict.fromkeys(path for path in named.values() if path is not None)
    return replace(recorded, requested=tuple(facts), unheard=tuple(w for w, path in named.items() if path is None))


def _fact(word: str, policy: Policy) -> str | None:
    """The fact that is named, or the list of which an element or a field is."""
    path = _PLACE.sub("", word)
    for fact in policy.facts:
        if path == fact.path:
            return fact.path
        if isinstance(fact.type, t.ListOf) and path in {f"{fact.path}.{f.name}" for f in fact.type.element.fields}:
            return fact.path
    return None
