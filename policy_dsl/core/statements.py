"""Clauses, waivers, outputs and the other statements of a policy: ast to IR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy_dsl import sources as texts
from policy_dsl.core import bodies, expressions, ir
from policy_dsl.core import types as t
from policy_dsl.core.arithmetic import BOOLEAN, rescaled
from policy_dsl.core.calls import BUILT_IN
from policy_dsl.core.declare import named_type
from policy_dsl.core.inherit import Merged, Placed, quotes_of
from policy_dsl.core.names import unknown_clause
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.core.world import Scope, World
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

_ADVICE = "copy the words from the source; a bare `|` line parts two passages"


@dataclass(frozen=True, slots=True)
class Rules:
    """The statements of a policy, checked; what has an error is left out."""

    sections: tuple[ir.Section, ...]
    clauses: tuple[ir.Clause, ...]
    waivers: tuple[ir.Waiver, ...]
    outputs: tuple[ir.Output, ...]
    omissions: tuple[ir.Omission, ...]
    assumptions: tuple[ir.Assumption, ...]
    checks: tuple[ir.Check, ...]


def rules(world: World, merged: Merged, sources: Sequence[ir.Source]) -> Rules:
    """Everything but the definitions, in order of writing."""
    scope = Scope(world)
    guards = {
        name: expressions.condition(scope, section.guard)
        for name, section in merged.sections.items()
        if section.guard is not None
    }
    clauses, waivers, outputs, omissions, assumptions, checks = [], [], [], [], [], []
    for placed in merged.placed:
        match placed.statement:
            case ast.Clause() as s:
                clauses.append(_clause(scope, placed, s, guards, sources))
            case ast.Waiver() as s:
                waivers.append(_waiver(scope, s, merged.placed, sources))
            case ast.Output() as s:
                outputs.append(_output(scope, s, sources))
            case ast.Omit() as s:
                omissions.append(ir.Omission(_set_aside(s.quotes, sources), s.because.text, None, s.span))
            case ast.Assume() as s:
                assumptions.append(_assumption(scope, s))
            case ast.Check() as s:
                checks.append(_check(scope, s))
            case ast.Define():
                pass
    sections = tuple(
        ir.Section(s.name.text, s.title.text if s.title else "", quotes(world, s.quotes, sources), s.span)
        for s in merged.sections.values()
    )
    return Rules(
        sections,
        tuple(c for c in clauses if c is not None),
        tuple(w for w in waivers if w is not None),
        tuple(o for o in outputs if o is not None),
        (*omissions, *_gone(merged, sources)),
        tuple(a for a in assumptions if a is not None),
        tuple(c for c in checks if c is not None),
    )


# ------------------------------------------------------------------ quotes


def quotes(world: World, written: Sequence[ast.Quote], sources: Sequence[ir.Source]) -> tuple[ir.Quote, ...]:
    """The quotations with their places in the sources; one that no source has is an error."""
    return tuple(_quote(world, q, sources) for q in written)


def _set_aside(written: Sequence[ast.Quote], sources: Sequence[ir.Source]) -> tuple[ir.Quote, ...]:
    """Quotations that nothing rests on: one that no source has any longer is not an error."""
    return tuple(ir.Quote(q.text, q.span, texts.find(q.text, sources)) for q in written)


def _quote(world: World, written: ast.Quote, sources: Sequence[ir.Source]) -> ir.Quote:
    found = texts.find(written.text, sources)
    if found is None and sources:
        near = texts.nearest(written.text, sources)
        labels = [Label(near.span, "the nearest passage")] if near else []
        passage = near.text if near and len(near.text) <= 200 else near.text[:190] + " ..." if near else ""
        world.report.error(
            "quote-not-found",
            "these words are not in the source",
            written.span,
            labels=labels,
            help=f"did you mean `{passage}`" if near else _ADVICE,
        )
    return ir.Quote(written.text, written.span, found)


def no_source(world: World, merged: Merged, policy: ast.Policy) -> None:
    """Report quotations in a policy that names no source to look them up in."""
    from_sections = [q for s in merged.sections.values() for q in s.quotes]
    found = [q for p in merged.placed for q in quotes_of(p.statement)] + from_sections
    if found and not merged.sources:
        world.report.error(
            "no-source",
            "words are quoted, and the policy names no source",
            min(q.span for q in found),
            labels=[Label(policy.name.span, "the policy")],
            help='name the text that they come from: `source "sources/policy.txt"`',
        )


def _gone(merged: Merged, sources: Sequence[ir.Source]) -> list[ir.Omission]:
    """What a later policy dropped or replaced, as omissions: their words are accounted for."""
    drops = {d.name.text: d for d in merged.drops}
    found = []
    for statement, because in merged.gone:
        if isinstance(statement, ast.Clause | ast.Waiver | ast.Output | ast.Define):
            drop = drops.get(statement.name.text)
            words = (*(drop.quotes if drop else ()), *quotes_of(statement))
            span = drop.span if drop else statement.span
            found.append(ir.Omission(_set_aside(words, sources), because, statement.name.text, span))
    return found


# ------------------------------------------------------------------ clauses


def _clause(
    scope: Scope,
    placed: Placed,
    written: ast.Clause,
    guards: dict[str, ir.Expr | None],
    sources: Sequence[ir.Source],
) -> ir.Clause | None:
    inner = Scope(scope.world, owner=written.name.text)
    section = placed.section.name.text if placed.section else ""
    own = expressions.condition(inner, written.guard) if written.guard is not None else None
    demands = [_demand(inner, d, sources) for d in written.demands]
    sound = [d for d in demands if d is not None]
    failed = (written.guard is not None and own is None) or (section in guards and guards[section] is None)
    if failed or len(sound) < len(demands):
        return None
    both = [g for g in (guards.get(section), own) if g is not None]
    guard = None if not both else both[0] if len(both) == 1 else ir.And(tuple(both), BOOLEAN, both[1].span)
    title = written.title.text if written.title else ""
    return ir.Clause(written.kind, written.name.text, title, section, guard, tuple(sound), written.span)


def _demand(scope: Scope, written: ast.Demand, sources: Sequence[ir.Source]) -> ir.Demand | None:
    words = quotes(scope.world, written.quotes, sources)
    condition = bodies.condition(scope, written.body)
    unless = expressions.condition(scope, written.unless) if written.unless is not None else None
    pends = written.otherwise is not None
    if written.otherwise is not None and written.otherwise.text != "pend":
        scope.report.error(
            "bad-otherwise",
            f"a requirement that fails cannot `{written.otherwise.text}`",
            written.otherwise.span,
            help="write `otherwise pend`, or nothing: what fails denies",
        )
    if condition is None or (written.unless is not None and unless is None):
        return None
    return ir.Demand(condition, unless, pends, written.discretionary, words, written.span)


def _waiver(
    scope: Scope, written: ast.Waiver, placed: Sequence[Placed], sources: Sequence[ir.Source]
) -> ir.Waiver | None:
    words = quotes(scope.world, written.quotes, sources)
    condition = expressions.condition(scope, written.condition)
    waived: list[str] = []
    for name in written.waives:
        found = [name.text] if name.text in scope.world.clauses else []
        if name.text in scope.world.sections:
            inside = [p.statement for p in placed if p.section is not None and p.section.name.text == name.text]
            found += [c.name.text for c in inside if isinstance(c, ast.Clause)]
        if not found:
            unknown_clause(scope, name, sections=True)
        waived += found
    if condition is None or not waived:
        return None
    title = written.title.text if written.title else ""
    return ir.Waiver(written.name.text, title, tuple(dict.fromkeys(waived)), condition, words, written.span)


# ------------------------------------------------------------------ outputs, assumptions, checks


def _outcome(scope: Scope, name: ast.Name) -> ir.Outcome | None:
    for outcome in ir.OUTCOMES:
        if outcome == name.text:
            return outcome
    scope.report.error(
        "unknown-outcome",
        f"`{name.text}` is not an outcome",
        name.span,
        help=did_you_mean(name.text, ir.OUTCOMES, f"the outcomes are {listing(ir.OUTCOMES)}"),
    )
    return None


def _output(scope: Scope, written: ast.Output, sources: Sequence[ir.Source]) -> ir.Output | None:
    words = quotes(scope.world, written.quotes, sources)
    outcome = _outcome(scope, written.outcome)
    type = named_type(scope.world, written.type.name, computed=True)
    if written.type.is_list or isinstance(type, t.Record):
        scope.report.error(
            "output-type", "an output is one value", written.type.span, help="give it the type of a single value"
        )
        type = None
    value = bodies.body(scope, written.body, type)
    if value is None or type is None or outcome is None:
        return None
    if expressions.expect(scope, value, type, f"the output `{written.name.text}`") is None:
        return None
    if isinstance(type, t.Number) and isinstance(value.type, t.Number):
        value = rescaled(value, max(type.scale, value.type.scale))
    kept = value.type if isinstance(type, t.Number) else type
    assert not isinstance(kept, t.Record | t.ListOf)
    return ir.Output(written.name.text, outcome, value, kept, words, written.span)


def _assumption(scope: Scope, written: ast.Assume) -> ir.Assumption | None:
    condition = expressions.condition(scope, written.condition)
    if condition is None:
        return None
    return ir.Assumption(written.name.text, written.title.text, written.because.text, condition, written.span)


def _check(scope: Scope, written: ast.Check) -> ir.Check | None:
    title = written.title.text if written.title else ""
    outcome = _outcome(scope, written.claim.outcome)
    match written.claim:
        case ast.OutcomeClaim(kind=kind, condition=claimed):
            condition = expressions.condition(scope, claimed) if claimed is not None else None
            if outcome is None or (claimed is not None and condition is None):
                return None
            return ir.OutcomeCheck(written.name.text, title, kind, outcome, condition, written.span)
        case ast.MonotoneClaim(adds=adds, facts=names):
            facts = [_growing(scope, n, adds) for n in names]
            sound = tuple(f for f in facts if f is not None)
            if outcome is None or len(sound) < len(facts):
                return None
            return ir.MonotoneCheck(written.name.text, title, sound, outcome, written.span)


def _growing(scope: Scope, name: ast.Name, adds: bool) -> ir.Fact | None:
    """The fact of that name if it can be raised, or (`adds`) added to."""
    fact = scope.world.facts.get(name.text)
    if fact is None:
        if name.text not in scope.world.broken:
            scope.report.error(
                "unknown-name",
                f"there is no fact `{name.text}`",
                name.span,
                help=did_you_mean(name.text, scope.world.facts, "name a fact of the vocabulary"),
            )
        return None
    match fact.type:
        case t.Number() | t.Date() | t.Enumeration(ordered=True) if not adds:
            return fact
        case t.ListOf() if adds:
            return fact
        case _ if adds:
            scope.report.error(
                "not-a-list",
                f"nothing can be added to `{name.text}`: it is one value",
                name.span,
                labels=[Label(fact.span, "the fact")],
                help=f"name a list, or write `raising {name.text}`",
            )
            return None
        case t.ListOf():
            scope.report.error(
                "no-order",
                f"`{name.text}` cannot be raised: it is a list",
                name.span,
                labels=[Label(fact.span, "the fact")],
                help=f"write `adding to {name.text}`",
            )
            return None
        case _:
            scope.report.error(
                "no-order",
                f"`{name.text}` cannot be raised: its values have no order",
                name.span,
                labels=[Label(fact.span, "the fact")],
                help="name a fact that is a number, a date or of an ordered enumeration",
            )
            return None


# ------------------------------------------------------------------ definitions


def definition(scope: Scope, written: ast.Define, words: tuple[ir.Quote, ...]) -> ir.Definition | None:
    """The definition with its parameters bound; None if it has an error."""
    inner = Scope(scope.world, owner=written.name.text)
    if written.name.text in BUILT_IN:
        scope.report.error(
            "reserved-name", f"`{written.name.text}` is built in", written.name.span, help="choose another name"
        )
    parameters: list[ir.Variable] = []
    failed = False
    seen: dict[str, Span] = {}
    for p in written.parameters:
        variable: ir.Variable | None = None
        type = named_type(scope.world, p.type.name, computed=True)
        if p.type.is_list:
            scope.report.error(
                "list-parameter", f"`{p.name.text}` cannot be a list", p.type.span, help="name the list in the body"
            )
            type = None
        if p.name.text in seen:
            scope.report.error(
                "duplicate-name",
                f"two parameters are named `{p.name.text}`",
                p.name.span,
                labels=[Label(seen[p.name.text], "the first")],
                help="rename one of the two",
            )
            type = None
        else:
            inner, variable = inner.bind(p.name, type)
        seen.setdefault(p.name.text, p.name.span)
        failed = failed or variable is None
        parameters += [] if variable is None else [variable]
    body = bodies.body(inner, written.body, None)
    if body is None or failed:
        return None
    if isinstance(body.type, t.Record):
        return None
    _warn_unused(scope, written, parameters, body)
    title = written.title.text if written.title else ""
    return ir.Definition(
        name=written.name.text,
        parameters=tuple(parameters),
        body=body,
        type=body.type,
        title=title,
        quotes=words,
        span=written.span,
    )


def _warn_unused(scope: Scope, written: ast.Define, parameters: Sequence[ir.Variable], body: ir.Expr) -> None:
    used = {
        node.variable.id
        for node in ir.walk(body)
        if isinstance(node, ir.VariableValue | ir.FieldValue | ir.VariableRecord)
    }
    for parameter, p in zip(parameters, written.parameters, strict=True):
        if parameter.id not in used:
            scope.report.warn(
                "unused-parameter",
                f"`{written.name.text}` does not use its parameter `{p.name.text}`",
                p.name.span,
                help="remove it, or use it",
            )
