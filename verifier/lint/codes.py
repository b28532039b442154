"""The codes that a policy names, where, and what the vocabulary's table says of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from verifier.lint.finding import Suggestion


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A code, or a prefix of codes, that the policy names: its places, the clauses and definitions that name it, and
    its row in the table, if it has one. `place` is the first one."""

    code: str
    prefix: bool
    system: t.CodeSystem
    entry: t.CodeEntry | None
    place: Span
    clauses: tuple[str, ...]


def named_codes(policy: ir.Policy) -> tuple[NamedCode, ...]:
    """Every code that decides something, once, in order of system and code; checks and assumptions are left out."""
    entries = {s.name: {e.code: e for e in s.entries} for s in policy.code_systems}
    texts = {file: text.splitlines() for file, text in policy.files}
    found: dict[tuple[str, str, bool], tuple[t.CodeSystem, Span, dict[str, None]]] = {}
    sets = {s.name: s.span for s in policy.sets}
    for owner, root in _owned(policy):
        for system, code, prefix, span in _codes(root, sets):
            _, _, owners = found.setdefault((system.name, code, prefix), (system, _place(texts, span, code), {}))
            owners[owner] = None
    uses = _users(policy)
    return tuple(
        NamedCode(
            code, prefix, system, None if prefix else entries[name].get(code), place, _clauses(policy, owners, uses)
        )
        for (name, code, prefix), (system, place, owners) in sorted(found.items(), key=lambda item: item[0])
    )


def period(policy: ir.Policy) -> tuple[date | None, date | None]:
    """The first and the last day on which the policy is in force; None where it does not say."""
    return policy.effective or (None, None)


def succeeded(policy: ir.Policy, named: NamedCode, by: Sequence[str], *, keep: bool) -> Suggestion | None:
    """The edit that puts other codes where the policy writes this one, or beside it; None where the place has no
    room for several."""
    line = next((x.splitlines()[named.place.line - 1] for f, x in policy.files if f == named.place.file), "")
    if not by or line[named.place.column - 1 : named.place.end_column - 1] != named.code:
        return None
    before = line[: named.place.column - 1].rstrip()
    codes = [named.code, *by] if keep else list(by)
    why = f"{', '.join(by)} took the place of {named.code}"
    if before.endswith(("{", ",")):
        return Suggestion(named.place, ", ".join(codes), why)
    if len(codes) == 1:
        return Suggestion(named.place, codes[0], why)
    if before.endswith(" is"):
        start = replace(named.place, column=len(before) - 1)
        return Suggestion(start, f"in {{{', '.join(codes)}}}", why)
    return None


def _owned(policy: ir.Policy) -> Iterator[tuple[str, ir.Expr]]:
    """Every expression that can decide an outcome or an output, with the clause or definition that it stands in."""
    yield from (("", e) for e in policy.applies)
    for definition in policy.definitions:
        yield definition.name, definition.body
    for clause in policy.clauses:
        parts = (clause.guard, *(e for d in clause.demands for e in (d.condition, d.unless)))
        yield from ((clause.id, e) for e in parts if e is not None)
    for waiver in policy.waivers:
        yield from ((clause, waiver.condition) for clause in waiver.clauses)
    yield from (("", o.value) for o in policy.outputs)


def _codes(root: ir.Expr, sets: Mapping[str, Span]) -> Iterator[tuple[t.CodeSystem, str, bool, Span]]:
    for node in ir.walk(root):
        match node:
            case ir.Constant(type=t.CodeSystem() as system, value=value):
                yield system, str(value), False, node.span
            case ir.Member(value=value, set=members) if isinstance(value.type, t.CodeSystem):
                yield from _members(value.type, members, sets.get(members.name, node.span))
            case ir.Table(keys=keys, rows=rows):
                for row in rows:
                    for key, cell in zip(keys, row.cells, strict=True):
                        if isinstance(key.type, t.CodeSystem) and cell is not None:
                            yield from _members(key.type, cell, row.span)
            case _:
                pass


def _members(system: t.CodeSystem, members: ir.ValueSet, span: Span) -> Iterator[tuple[t.CodeSystem, str, bool, Span]]:
    yield from ((system, str(m), False, span) for m in members.members)
    yield from ((system, m, True, span) for m in members.prefixes)


def _place(texts: dict[str, list[str]], span: Span, code: str) -> Span:
    """Where the code is written within a stretch of a file; the stretch itself, if a set is only named there."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(code)}(?![\w.-])")
    lines = texts.get(span.file, [])
    for number in range(span.line, min(span.end_line, len(lines)) + 1):
        match = pattern.search(lines[number - 1], span.column - 1 if number == span.line else 0)
        if match is not None:
            return Span(span.file, number, match.start() + 1, number, match.end() + 1)
    return span


def _users(policy: ir.Policy) -> dict[str, list[str]]:
    """The clauses that call each definition, directly or through others."""
    called = {d.name: _called(d.body) for d in policy.definitions}
    users: dict[str, list[str]] = {}
    for owner, root in _owned(policy):
        if owner and owner not in called:
            stack = sorted(_called(root))
            seen: set[str] = set()
            while stack:
                name = stack.pop()
                if name not in seen:
                    seen.add(name)
                    users.setdefault(name, []).append(owner)
                    stack += sorted(called.get(name, ()))
    return users


def _called(root: ir.Expr) -> set[str]:
    return {n.definition.name for n in ir.walk(root) if isinstance(n, ir.Call)}


def _clauses(policy: ir.Policy, owners: dict[str, None], users: dict[str, list[str]]) -> tuple[str, ...]:
    named = {c for owner in owners for c in (owner, *users.get(owner, ()))}
    return tuple(c.id for c in policy.clauses if c.id in named)
