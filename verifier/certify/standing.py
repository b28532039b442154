"""What a finding without proof and without case rests on: words of the texts, each at its place.

Claims are made of the finding as JSON, so that they are the same when a certificate is made and when it is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from policy_dsl.core.ir import Policy, Source
from policy_dsl.diagnostics import Span
from policy_dsl.sources import occurrences
from verifier.certify import words
from verifier.certify.certificate import Claim

KIND = "stands"


def standing(policy: Policy, answer: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claims: of the words of its clauses and assumptions, or, where it shows none, of what stands at its place."""
    found = [_quoted(policy, item, said) for item in answer["core"] for said in item["words"]]
    claims = found or [_at(policy, answer["span"])]
    return tuple({(c.subject, c.says): c for c in claims}.values())


def _quoted(policy: Policy, item: Mapping[str, Any], said: Mapping[str, Any]) -> Claim:
    place, quote = said["source"], str(said["quote"])
    if "assumption" in item:
        stands = any((a.name, a.because) == (item["assumption"], quote) for a in policy.assumptions)
    else:
        stands = any(_begins(text, place, quote) for text in _texts(policy, place))
    return _claim(place, quote if stands else None)


def _at(policy: Policy, place: Mapping[str, Any]) -> Claim:
    """The rest of the line at the place."""
    for text in _texts(policy, place):
        lines = text.text.splitlines()
        if place["line"] <= len(lines):
            return _claim(place, lines[place["line"] - 1][place["column"] - 1 :].strip())
    return _claim(place, None)


def _claim(place: Mapping[str, Any], quote: str | None) -> Claim:
    subject = f"{PurePath(place['file']).name}:{place['line']}:{place['column']}"
    return Claim(kind=KIND, subject=subject, says=words.stands(quote))


def _texts(policy: Policy, place: Mapping[str, Any]) -> Iterator[Source]:
    """The texts of the file's name, as the policy read them."""
    nowhere = Span("", 1, 1, 1, 1)
    for text in (*(Source(path, text, nowhere) for path, text in policy.files), *policy.sources):
        if PurePath(text.path).name == PurePath(place["file"]).name:
            yield text


def _begins(text: Source, place: Mapping[str, Any], quote: str) -> bool:
    """Whether the words begin at the place, as quotations are found in sources; above a clause, line by line."""
    if any((s.line, s.column) == (place["line"], place["column"]) for s in occurrences(quote, (text,))):
        return True
    lines = text.text.splitlines()[place["line"] - 1 :]
    rest = " ".join([lines[0][place["column"] - 1 :], *lines[1:]]) if lines else ""
    return " ".join(rest.replace("|", " ").split()).startswith(" ".join(quote.split()))
