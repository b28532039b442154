"""What can be done at a place: mend a mistake, accept a finding, quote the source, pick a reading.

A mend of a mistake is tried before it is offered: the text that it gives must no longer have the mistake.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core import ir
from policy_dsl.diagnostics import Diagnostic, Severity, Span
from policy_dsl.sources import find, nearest, trace
from policy_dsl.syntax import ast
from policy_dsl.syntax.machine import UNITS
from verifier.editing.edits import Edit, apply
from verifier.editing.problems import Acceptable, Problem
from verifier.editing.snapshot import Snapshot, covers
from verifier.lint.acceptance import written

_MEANT = re.compile(r"did you mean `([^`]+)`")
_WRITE = re.compile(r"^write `([^`]+)`")
_WIDTH = 112
_OFFERED = 5
_SHOWN = 60

Retry = Callable[[str], Snapshot]
"""The snapshot of the same file with another text."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, with its edits. `mends` is the problem that it ends; `accepts` what it would accept: the edits
    then leave the reason open, which must be written before the text can be read."""

    title: str
    kind: Literal["quickfix", "refactor"]
    edits: tuple[Edit, ...]
    mends: Problem | None = None
    accepts: Acceptable | None = None


def actions(snapshot: Snapshot, span: Span, problems: Sequence[Problem], retry: Retry) -> list[Action]:
    """What can be done in a stretch that has these problems."""
    found: list[Action] = []
    for problem in problems:
        if problem.span.file != snapshot.file or not _meet(problem.span, span):
            continue
        found += _mends(snapshot, problem, retry)
        if problem.fix is not None and problem.fix.span.file == snapshot.file:
            edit = Edit(problem.fix.span, problem.fix.replacement)
            found.append(Action(_titled(edit, problem.fix.why), "quickfix", (edit,), problem))
        if problem.acceptable is not None:
            found += _acceptance(snapshot, problem, problem.acceptable)
    found += _readings(snapshot, span, retry)
    found += _quotes(snapshot, span)
    return found


def _meet(one: Span, other: Span) -> bool:
    return (one.line, one.column) <= (other.end_line, other.end_column) and (other.line, other.column) <= (
        one.end_line,
        one.end_column,
    )


def _titled(edit: Edit, why: str) -> str:
    what = f"Write `{_short(edit.text)}`" if edit.text else "Remove this"
    return f"{what}: {why}" if why else what


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 4] + " ..."


# ------------------------------------------------------------------ mistakes


def _mends(snapshot: Snapshot, problem: Problem, retry: Retry) -> Iterator[Action]:
    mistake = next((d for d in snapshot.diagnostics if _is(d, problem)), None)
    if mistake is None:
        return
    for edit in _candidates(snapshot, mistake):
        if _mended(snapshot, retry(apply(snapshot.text, [edit])), mistake):
            yield Action(_titled(edit, ""), "quickfix", (edit,), problem)


def _is(diagnostic: Diagnostic, problem: Problem) -> bool:
    return (diagnostic.slug, diagnostic.span, diagnostic.message) == (problem.slug, problem.span, problem.message)


def _candidates(snapshot: Snapshot, mistake: Diagnostic) -> Iterator[Edit]:
    """The edits that the help of a mistake speaks of."""
    meant, write = _MEANT.search(mistake.help), _WRITE.search(mistake.help)
    if mistake.slug == "quote-not-found":
        parts = snapshot.parts(mistake.span.line)
        words = " ".join(x.strip().removeprefix("|").strip() for x in snapshot.words(mistake.span).splitlines())
        near = nearest(words, parts.sources) if parts is not None else None
        if near is not None:
            yield Edit(mistake.span, _quote(near.text, mistake.span.column - 1).lstrip())
    elif mistake.slug == "missing-unit":
        yield from (Edit(mistake.span, f"{snapshot.words(mistake.span)} {u}") for u in sorted(UNITS) if u.endswith("s"))
    elif meant is not None:
        yield Edit(mistake.span, meant.group(1))
        head, dot, _ = snapshot.words(mistake.span).partition(".")
        if dot:
            yield Edit(mistake.span, f"{head}.{meant.group(1)}")
    elif write is not None and "..." not in write.group(1):
        yield Edit(mistake.span, write.group(1))


def _mended(before: Snapshot, after: Snapshot, mistake: Diagnostic) -> bool:
    """Whether a mistake is gone, and the text can be read as far as before at least."""
    start = (mistake.slug, mistake.span.line, mistake.span.column)
    if any((d.slug, d.span.line, d.span.column) == start for d in after.diagnostics):
        return False
    if len(after.parsed.diagnostics) > len(before.parsed.diagnostics):
        return False
    return mistake in before.parsed.diagnostics or _errors(after) < _errors(before)


def _errors(snapshot: Snapshot) -> int:
    return sum(d.severity is Severity.ERROR for d in snapshot.diagnostics)


# ------------------------------------------------------------------ findings


def _acceptance(snapshot: Snapshot, problem: Problem, acceptable: Acceptable) -> Iterator[Action]:
    edit = acceptance(snapshot, acceptable, None)
    if edit is not None:
        yield Action(f"Accept `{acceptable.rule}`, with a reason", "quickfix", (edit,), problem, acceptable)


def acceptance(snapshot: Snapshot, acceptable: Acceptable, because: str | None) -> Edit | None:
    """The edit that accepts a finding: at the end of its policy, or in the place of an earlier statement about the
    same. Without a reason, the statement lacks it and cannot be read. None if the policy is not in this file."""
    policies = [b for b in snapshot.parsed.file.blocks if isinstance(b, ast.Policy)]
    policy = next((p for p in policies if p.name.text == acceptable.policy), None)
    if policy is None:
        return None
    text = written(acceptable.rule, acceptable.names, because or "", None, acceptable.fingerprint)
    if because is None:
        text = text.replace('because ""', "because", 1)
    for item in policy.items:
        old = isinstance(item, ast.Waive) and item.rule.text == acceptable.rule
        if old and isinstance(item, ast.Waive) and {n.text for n in item.on} == set(acceptable.names):
            return Edit(item.span, text)
    end = policy.span
    return Edit(Span(end.file, end.end_line, end.end_column, end.end_line, end.end_column), f"\n\n{text}")


# ------------------------------------------------------------------ readings


def _readings(snapshot: Snapshot, span: Span, retry: Retry) -> Iterator[Action]:
    for owner, readings in _blocks(snapshot):
        here = next((r for r in readings.readings if covers(r.span, span.line, span.column)), None)
        if here is None:
            continue
        keep = Edit(readings.span, snapshot.words(here.value.span))
        name = here.name.text
        if _errors(retry(apply(snapshot.text, [keep]))) <= _errors(snapshot):
            yield Action(f"Read `{owner}` as `{name}` only", "refactor", (keep,))
        first = readings.readings[0]
        if here is not first:
            edits = (Edit(first.span, snapshot.words(here.span)), Edit(here.span, snapshot.words(first.span)))
            yield Action(f"Read `{owner}` as `{name}` by default", "refactor", edits)


def _blocks(snapshot: Snapshot) -> Iterator[tuple[str, ast.Readings]]:
    """The readings of the text, with the name of what they belong to."""
    for block in snapshot.parsed.file.blocks:
        for item in block.items:
            bodies: Sequence[ast.Body] = ()
            if isinstance(item, ast.Clause):
                bodies = [d.body for d in item.demands]
            elif isinstance(item, ast.Define | ast.Output):
                bodies = [item.body]
            if isinstance(item, ast.Clause | ast.Define | ast.Output):
                yield from ((item.name.text, b) for b in bodies if isinstance(b, ast.Readings))


# ------------------------------------------------------------------ quotes


def _quotes(snapshot: Snapshot, span: Span) -> Iterator[Action]:
    """For a demand without source words, sentences of the source that nothing quotes."""
    item = snapshot.statement(span.line, span.column)
    if not isinstance(item, ast.Clause):
        return
    demand = next((d for d in item.demands if covers(d.span, span.line, span.column)), None)
    policy = next((p for p in snapshot.good if any(c.id == item.name.text for c in p.clauses)), None)
    if demand is None or demand.quotes or policy is None or not policy.sources:
        return
    start = demand.span
    place = Span(start.file, start.line, start.column, start.line, start.column)
    for sentence in _unquoted(snapshot, policy, start):
        text = f"{_quote(sentence, start.column - 1).lstrip()}\n{' ' * (start.column - 1)}"
        yield Action(f"Quote the source: {_short(sentence)}", "refactor", (Edit(place, text),))


def _unquoted(snapshot: Snapshot, policy: ir.Policy, place: Span) -> list[str]:
    """The sentences that nothing quotes: those after the last quote above the place first."""
    above = [
        found
        for block in snapshot.parsed.file.blocks
        for item in block.items
        if isinstance(item, ast.Clause)
        for demand in item.demands
        for quote in demand.quotes
        if quote.span < place and (found := find(quote.text, policy.sources)) is not None
    ]
    free = [x.sentence for x in trace(policy) if not x.by]
    after = [s for s in free if above and s.span > above[-1]]
    return [s.text for s in (*after, *(s for s in free if s not in after))][:_OFFERED]


def _quote(text: str, margin: int) -> str:
    """Source words as `|` lines."""
    head = " " * margin + "| "
    wrapped = textwrap.wrap(" ".join(text.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(head + x for x in wrapped)
