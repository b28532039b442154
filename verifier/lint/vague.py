"""Vague terms: the list, and where they stand in quoted words that do not explain them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast, get_args

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from verifier.lint.passages import Passage, entered, within

Kind = Literal["degree", "extent", "time", "count", "judgement", "condition"]
_LENGTH = r"\d+(?:\.\d+)?[\s-]*(?:calendar\s+|business\s+|consecutive\s+)?(?:hour|day|week|month|year)s?\b"
_SENTENCE_END = re.compile(r"[.;]\s")
_DEFINED = re.compile(r"\b(?:defined\s+as|meaning|means|namely|that\s+is|including)\b|\bi\.e\.", re.IGNORECASE)
_DEFINIENDUM = re.compile(r"(?:\s+and\s+\w+)?,?\s+(?:only\s+)?(?:when|if)\b", re.IGNORECASE)
_CODED = re.compile(r"[^.;,()]{0,50}\(([^()]*)\)")
_CODE = re.compile(r"[\w.]*\w")
_MEASURE = re.compile(r"[^.;,]{0,50}?(?:[≥≤<>=]\s*)?\d")


@dataclass(frozen=True, slots=True)
class Term:
    """A vague term: what matches it, and the stems of its words."""

    pattern: re.Pattern[str]
    kind: Kind
    stems: tuple[str, ...]

    def named_in(self, words: str) -> bool:
        """Whether a name or a title says the term."""
        found = re.findall(r"[^\W_]+", words.lower())
        return all(any(w.startswith(stem) for w in found) for stem in self.stems)


@dataclass(frozen=True, slots=True)
class Terms:
    """The list, and one pattern that matches any of it; `exact` are phrases that only look like a term."""

    terms: tuple[Term, ...]
    any: re.Pattern[str]
    exact: re.Pattern[str]

    def term(self, words: str) -> Term:
        """The term that these words, which the pattern matched, are."""
        return next(term for term in self.terms if term.pattern.fullmatch(words))


def load_terms() -> Terms:
    """The list that is packaged with the rules. Raises ValueError if a kind in it is unknown."""
    text = resources.files("verifier.lint").joinpath("data", "vague_terms.txt").read_text("utf-8")
    terms: list[Term] = []
    written: list[str] = []
    exact: list[str] = []
    kind: Kind | None = None
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("["):
            if line.strip("[]") not in get_args(Kind):
                raise ValueError(f"vague_terms.txt: {line} is no kind of term")
            kind = cast(Kind, line.strip("[]"))
        elif line.startswith("not "):
            exact.append(line.removeprefix("not "))
        elif line and not line.startswith("#"):
            assert kind is not None
            stems = tuple(_stem(word) for word in line.replace("-", " ").split())
            terms.append(Term(_pattern([line]), kind, stems))
            written.append(line)
    return Terms(tuple(terms), _pattern(sorted(written, key=len, reverse=True)), _pattern(exact))


def _stem(word: str) -> str:
    return word.rstrip("*").removesuffix("ly").removesuffix("e")


def _pattern(terms: list[str]) -> re.Pattern[str]:
    written = (re.escape(term).replace(r"\ ", r"\s+").replace(r"\*", r"\w*") for term in terms)
    return re.compile(rf"\b(?:{'|'.join(written)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term in quoted words: as written there, where, and whether the sentence says what it means."""

    term: Term
    words: str
    quote: ir.Quote
    place: Span
    explained: bool


def occurrences(policy: ir.Policy, terms: Terms, passage: Passage) -> Iterator[Occurrence]:
    """The terms in the words of a passage, in order."""
    codes = _codes(policy, passage)
    for quote in passage.quotes:
        exact = [(place.line, place.column) for _, place in within(policy, quote, terms.exact)]
        for words, place in within(policy, quote, terms.any):
            if (place.line, place.column) not in exact:
                term = terms.term(words)
                shown = " ".join(words.split())
                yield Occurrence(term, shown, quote, place, _explained(term, words, quote.text, codes))


def _codes(policy: ir.Policy, passage: Passage) -> frozenset[str]:
    """The codes, and beginnings of codes, that the encoding of a passage tests for."""
    sets = [n for n in entered(passage.conditions, policy) if isinstance(n, ir.Member)]
    coded = [n.set for n in sets if isinstance(n.value.type, t.CodeSystem)]
    return frozenset(str(code) for s in coded for code in (*s.members, *s.prefixes))


def _explained(term: Term, words: str, text: str, codes: frozenset[str]) -> bool:
    """Whether the sentence says what the term means, by a definition, a list, a measure or, of a part of a name, the
    code in brackets behind it that the encoding tests for."""
    match = re.search(re.sub(r"\s+", r"\\s+", re.escape(words).replace(r"\ ", " ")), text)
    if match is None:
        return False
    start = max((m.end() for m in _SENTENCE_END.finditer(text, 0, match.start())), default=0)
    end = next((m.start() for m in _SENTENCE_END.finditer(text, match.end())), len(text))
    rest = text[match.end() : end]
    if term.kind != "condition" and (_DEFINED.search(rest) or _DEFINIENDUM.match(rest)):
        return True
    coded = _CODED.match(rest)
    if term.kind != "condition" and coded is not None and codes.intersection(_CODE.findall(coded.group(1))):
        return True
    match term.kind:
        case "time":
            return re.search(_LENGTH, text[start:end]) is not None
        case "extent":
            return _MEASURE.match(rest) is not None
        case "degree" | "count":
            measure = _MEASURE.match(rest)
            return measure is not None and re.match(_LENGTH, rest[measure.end() - 1 :]) is None
        case "judgement" | "condition":
            return False
