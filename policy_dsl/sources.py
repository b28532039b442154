"""Source texts: where quoted words stand, which sentences demand something, and what quotes each of them.

Words are looked up with the differences folded that copying a text makes. What is folded, and nothing else:
white space (any run of it is one space), curly and straight quotation marks, all dashes, the ellipsis and three
dots, invisible characters, the markdown marks `*`, `` ` `` and `__`, `#` before a heading, and what begins a list
item: a bullet, or a number or letter with a dot or bracket. Capitals count, and a quotation begins and ends at
the end of a word.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from policy_dsl.core import ir
from policy_dsl.diagnostics import Span

_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        **dict.fromkeys("*`\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    }
)
_ITEM = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|(?:[-*•‣◦·▪–—]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)])(?=[ \t]))?[ \t]*")
_RULE = re.compile(r"[ \t]*([=\-*_#~])\1{2,}[ \t]*")
_HEADING = re.compile(r"\s*(?:\*\*[^*]+\*\*:?|[A-Z0-9][A-Z0-9 &/,()\-]{3,}:?)\s*")
_RUN_IN = re.compile(r"\s*\*\*[^*\n]+(?::\*\*|\*\*:)\s+")
_SENTENCE_END = re.compile(r"[.!?;][\"')\]”’*]*(?=\s)")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "vs.", "no.", "dr.", "mr.", "ms.", "approx.", "incl.", "inc.", "cf.", "fig.")
NORMATIVE = tuple(
    """
    must / shall / should / may / only / require / requires / required / requirement / requirements / exclude
    / excludes / excluded / no more than / not more than / no sooner than / no later than / at least / at most
    / minimum / maximum / cannot / can not / not covered / is covered / are covered / will / limited to / limit
    / up to / prohibited / denied / deny / eligible / necessary / allowed / contraindicated / need / needs / needed
    / mandatory / mandated / unless / except / valid for / do not apply / does not apply
    """.strip()
    .replace("\n    ", " ")
    .split(" / ")
)
_NORMATIVE = re.compile(r"\b(?:" + "|".join(re.escape(w) for w in NORMATIVE) + r")\b", re.IGNORECASE)
_NEAR = 0.5
SMALLEST_GAP = 3
"""Of how many words a stretch is at least that nothing quotes, to count as left over."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or list item of a source; `normative` if it has a word that demands, allows or forbids."""

    text: str
    span: Span
    normative: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """A normative sentence and what quotes it: ids of clauses and other statements, `omit` for what is set aside.

    `gaps` are the stretches of three or more words that nothing quotes.
    """

    sentence: Sentence
    by: tuple[str, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Folded:
    text: str
    offsets: tuple[int, ...]  # where each folded character stands in the source


# ------------------------------------------------------------------ looking words up


def find(quote: str, sources: Sequence[ir.Source]) -> Span | None:
    """Where the words stand in the first source that has them; None if none does."""
    return next(occurrences(quote, sources), None)


def occurrences(quote: str, sources: Sequence[ir.Source]) -> Iterator[Span]:
    """Every place where the words stand, source by source."""
    for source in sources:
        for markers in (True, False):
            wanted = _fold(quote, markers).text
            folded = _fold(source.text, markers)
            at = _find_words(folded.text, wanted) if wanted else -1
            found = at >= 0
            while at >= 0:
                yield _span(source, folded.offsets[at], folded.offsets[at + len(wanted) - 1] + 1)
                at = _find_words(folded.text, wanted, at + 1)
            if found:
                break


def search(pattern: re.Pattern[str], place: Span, sources: Sequence[ir.Source]) -> Iterator[tuple[str, Span]]:
    """What matches the pattern within a stretch of a source, each with its place."""
    for source in sources:
        if source.path == place.file:
            for match in pattern.finditer(source.text, *offsets(source.text, place)):
                yield match.group(), _span(source, *match.span())
            return


def nearest(quote: str, sources: Sequence[ir.Source]) -> Sentence | None:
    """The sentence of the sources most like the words, if one is near."""
    wanted = _fold(quote, True).text
    best: tuple[float, Sentence] | None = None
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for source in sources:
        for sentence in sentences(source.text, source.path):
            matcher.set_seq1(_fold(sentence.text, True).text)
            floor = best[0] if best else _NEAR
            if matcher.real_quick_ratio() > floor and matcher.quick_ratio() > floor and matcher.ratio() > floor:
                best = (matcher.ratio(), sentence)
    return best[1] if best else None


def _find_words(text: str, wanted: str, start: int = 0) -> int:
    """The first place from `start` where the words stand and are not part of longer words; -1 if there is none."""
    at = text.find(wanted, start)
    while at >= 0:
        end = at + len(wanted)
        cut_before = at > 0 and text[at - 1].isalnum() and wanted[0].isalnum()
        cut_after = end < len(text) and text[end].isalnum() and wanted[-1].isalnum()
        if not cut_before and not cut_after:
            return at
        at = text.find(wanted, at + 1)
    return -1


@lru_cache(maxsize=64)
def _fold(text: str, drop_markers: bool) -> _Folded:
    """The text folded, and where each character came from; list markers are kept unless they are to be dropped."""
    out: list[str] = []
    offsets: list[int] = []
    for start, line in _lines(text):
        if _RULE.fullmatch(line):
            continue
        marker = _ITEM.match(line) if drop_markers else None
        skip = marker.end() if marker else 0
        for i, c in enumerate(line[skip:], start + skip):
            for folded in c.translate(_SAME):
                if folded.isspace():
                    if out and out[-1] != " ":
                        out.append(" ")
                        offsets.append(i)
                else:
                    out.append(folded)
                    offsets.append(i)
        if out and out[-1] != " ":
            out.append(" ")
            offsets.append(start + len(line))
    joined, offsets = _without("".join(out), offsets, "__")
    stripped = joined.rstrip()
    return _Folded(stripped, tuple(offsets[: len(stripped)]))


def _without(text: str, offsets: list[int], mark: str) -> tuple[str, list[int]]:
    kept = [i for i in range(len(text)) if text[i : i + 2] != mark and text[max(i - 1, 0) : i + 1] != mark]
    return "".join(text[i] for i in kept), [offsets[i] for i in kept]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, line.rstrip("\r\n")
        start += len(line)


@lru_cache(maxsize=64)
def _starts(text: str) -> tuple[int, ...]:
    return tuple(start for start, _ in _lines(text)) or (0,)


def _span(source: ir.Source, start: int, end: int) -> Span:
    return _span_of(source.text, source.path, start, end)


def _span_of(text: str, file: str, start: int, end: int) -> Span:
    starts = _starts(text)
    line, last = bisect_right(starts, start) - 1, bisect_right(starts, max(start, end - 1)) - 1
    return Span(file, line + 1, start - starts[line] + 1, last + 1, end - starts[last] + 1)


def offsets(text: str, span: Span) -> tuple[int, int]:
    """Where a stretch of a text begins and ends, counted in characters from 0."""
    starts = _starts(text)
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1


# ------------------------------------------------------------------ sentences


def sentences(text: str, file: str = "") -> list[Sentence]:
    """The sentences, headings and list items of a text, in order; `file` names it in their spans.

    A blank line, a heading, a rule and the start of a list item end a sentence as a full stop does. A heading, one
    in bold type before a sentence too, demands nothing itself.
    """
    found = []
    for start, end, heading in _blocks(text):
        for first, last in [(start, end)] if heading else _split(text, start, end):
            words = " ".join(text[first:last].split())
            if any(c.isalnum() for c in words):
                normative = not heading and _NORMATIVE.search(_fold(words, True).text) is not None
                found.append(Sentence(words, _span_of(text, file, first, last), normative))
    return found


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Stretches that no sentence crosses the ends of, without list markers; and whether each is a heading."""
    start: int | None = None
    end = 0
    for at, line in _lines(text):
        marker = _ITEM.match(line)
        skip = marker.end() if marker else 0
        rest, rest_at = line[skip:], at + skip
        heading = _HEADING.fullmatch(rest) is not None or line.lstrip().startswith("#")
        blank = not line.strip() or _RULE.fullmatch(line) is not None
        if start is not None and (heading or blank or line[:skip].strip()):
            yield start, end, False
            start = None
        if blank:
            continue
        if heading:
            yield rest_at, at + len(line), True
            continue
        run_in = _RUN_IN.match(rest) if start is None else None
        if run_in:
            yield rest_at, rest_at + len(run_in.group().rstrip()), True
            rest_at += run_in.end()
        start = rest_at if start is None else start
        end = at + len(line)
    if start is not None:
        yield start, end, False


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for stop in _SENTENCE_END.finditer(text, start, end):
        words = text[first : stop.start() + 1].lower()
        if words.endswith(_ABBREVIATIONS) or re.search(r"(?:^|\s)(?:[a-z]|\d+)\.$", words):
            continue
        yield first, stop.end()
        first = stop.end() + len(text[stop.end() : end]) - len(text[stop.end() : end].lstrip())
    if text[first:end].strip():
        yield first, first + len(text[first:end].rstrip())


# ------------------------------------------------------------------ tracing


def trace(policy: ir.Policy) -> tuple[Traced, ...]:
    """Every normative sentence of the policy's sources, in order, with what quotes it and what nothing quotes."""
    found = list(quoted(policy))
    out = []
    for source in policy.sources:
        places = [(offsets(source.text, q), by) for q, by in found if q.file == source.path]
        for sentence in sentences(source.text, source.path):
            if sentence.normative:
                out.append(_traced(source.text, sentence, places))
    return tuple(out)


def _traced(text: str, sentence: Sentence, places: Sequence[tuple[tuple[int, int], str]]) -> Traced:
    start, end = offsets(text, sentence.span)
    inside = [((a, b), by) for (a, b), by in places if a < end and start < b]
    gaps, at = [], start
    for (a, b), _ in sorted(inside):
        gaps.append(text[at : max(at, a)])
        at = max(at, b)
    gaps.append(text[at:end] if at < end else "")
    words = tuple(" ".join(g.split()) for g in gaps if len(re.findall(r"\w+", g)) >= SMALLEST_GAP)
    return Traced(sentence, tuple(dict.fromkeys(by for _, by in inside)), words)


def quoted(policy: ir.Policy) -> Iterator[tuple[Span, str]]:
    """The place of each quotation that was found, and the id of what quotes it."""

    def placed(quotes: Sequence[ir.Quote], by: str) -> Iterator[tuple[Span, str]]:
        yield from ((q.found, by) for q in quotes if q.found is not None)

    for clause in policy.clauses:
        yield from placed(clause.quotes, clause.id)
    yield from placed(policy.applies_quotes, "applies")
    for section in policy.sections:
        yield from placed(section.quotes, section.id)
    for definition in policy.definitions:
        yield from placed(definition.quotes, definition.name)
    for named in policy.sets:
        yield from placed(named.quotes, named.name)
    for waiver in policy.waivers:
        yield from placed(waiver.quotes, waiver.id)
    for output in policy.outputs:
        yield from placed(output.quotes, output.name)
    for omission in policy.omissions:
        yield from placed(omission.quotes, f"drop {omission.drops}" if omission.drops else "omit")
