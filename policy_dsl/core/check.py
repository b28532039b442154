"""The driver: parsed files to one checked policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from policy_dsl.core import acceptances, cycles, expressions, ir, lists
from policy_dsl.core import types as t
from policy_dsl.core.dates import day_of
from policy_dsl.core.declare import declare
from policy_dsl.core.depth import check_depth
from policy_dsl.core.inherit import Merged, merge
from policy_dsl.core.report import Report
from policy_dsl.core.statements import Rules, definition, no_source, quotes, rules
from policy_dsl.core.world import Scope, World
from policy_dsl.diagnostics import Diagnostic, Label, Span, has_errors, in_order
from policy_dsl.syntax import ast


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a policy is made of, read and parsed.

    `policies` has the base first and the policy itself last; `tables` maps the place where a code table is named
    to its file and text; `files` is every file read, with its text, in the order in which `sha256` takes them.
    """

    policies: tuple[ast.Policy, ...]
    vocabularies: tuple[ast.Vocabulary, ...]
    tables: Mapping[Span, tuple[str, str]]
    sources: tuple[ir.Source, ...]
    files: tuple[tuple[str, str], ...]
    sha256: str


def check(parts: Parts) -> tuple[ir.Policy | None, list[Diagnostic]]:
    """The policy, or None if it has errors; and its diagnostics, by place."""
    world = World(Report(dict(parts.files)))
    declare(world, parts.vocabularies, parts.tables)
    merged = merge(parts.policies, world.report)
    _enter(world, parts.vocabularies, merged)
    order, definitions, sets = _definitions(world, parts, merged)
    invariants = _conditions(
        world, [i.condition for v in parts.vocabularies for i in v.items if isinstance(i, ast.Always)]
    )
    applies = _conditions(world, [a.condition for a in merged.applies])
    no_source(world, merged, parts.policies[-1])
    found = rules(world, merged, parts.sources)
    applies_quotes = quotes(world, [q for a in merged.applies for q in a.quotes], parts.sources)
    effective = _effective(world, merged)
    accepted = acceptances.acceptances(world, merged, parts.policies[-1])
    _unused_sets(world)
    diagnostics = in_order(world.report.found)
    if has_errors(diagnostics):
        return None, diagnostics
    _nothing_lost(world, parts, merged, found, invariants, applies)
    written = parts.policies[-1]
    policy = ir.Policy(
        id=written.name.text,
        title=written.title.text if written.title else "",
        file=written.span.file,
        sha256=parts.sha256,
        facts=tuple(world.facts.values()),
        records=tuple(world.records()),
        code_systems=tuple(world.code_systems()),
        invariants=invariants,
        applies=applies,
        applies_quotes=applies_quotes,
        sections=found.sections,
        definitions=definitions,
        clauses=found.clauses,
        waivers=found.waivers,
        outputs=found.outputs,
        omissions=found.omissions,
        assumptions=found.assumptions,
        checks=found.checks,
        sources=parts.sources,
        effective=effective,
        base=parts.policies[-2].name.text if len(parts.policies) > 1 else None,
        files=parts.files,
        acceptances=accepted,
        sets=sets,
        types=tuple(ir.DeclaredType(n, n in world.used_types, declared.span) for n, declared in world.types.items()),
    )
    check_depth(policy, order, world.report)
    diagnostics = in_order(world.report.found)
    return None if has_errors(diagnostics) else policy, diagnostics


def _nothing_lost(
    world: World,
    parts: Parts,
    merged: Merged,
    found: Rules,
    invariants: Sequence[ir.Expr],
    applies: Sequence[ir.Expr],
) -> None:
    """Raise if a statement without an error is missing from the program: a policy less strict than its text."""
    written = [type(p.statement) for p in merged.placed]
    always = [i for v in parts.vocabularies for i in v.items if isinstance(i, ast.Always)]
    kept = [
        (ast.Clause, found.clauses),
        (ast.Waiver, found.waivers),
        (ast.Output, found.outputs),
        (ast.Assume, found.assumptions),
        (ast.Check, found.checks),
    ]
    lost = [kind.__name__ for kind, checked in kept if written.count(kind) != len(checked)]
    lost += ["Always"] if len(always) != len(invariants) else []
    lost += ["Applies"] if len(merged.applies) != len(applies) else []
    lost += ["Define"] if len(world.declared) != len(world.definitions) + len(world.sets) else []
    if lost:
        raise AssertionError(f"statements were lost without a diagnostic: {', '.join(lost)}")


def _enter(world: World, vocabularies: Sequence[ast.Vocabulary], merged: Merged) -> None:
    """Enter every definition, clause and section by name; names that clash are reported."""
    shared = [i for v in vocabularies for i in v.items if isinstance(i, ast.Define)]
    own = [p.statement for p in merged.placed if isinstance(p.statement, ast.Define)]
    for written in [*shared, *own]:
        name = written.name
        first = world.declared.get(name.text)
        fact = world.facts.get(name.text)
        if first is not None or fact is not None:
            where = first.name.span if first else fact.span if fact else name.span
            world.report.error(
                "duplicate-name",
                f"the definition `{name.text}` has the name of another" if first else f"`{name.text}` is a fact",
                name.span,
                labels=[Label(where, "declared here")],
                help="give each a name of its own",
            )
            continue
        world.declared[name.text] = written
        if isinstance(written.body, ast.SetOf):
            world.sets[name.text] = written
    world.clauses.update(
        {p.statement.name.text: p.statement for p in merged.placed if isinstance(p.statement, ast.Clause)}
    )
    world.sections.update(merged.sections)
    world.dropped.update({d.name.text: d for d in merged.drops if d.name.text not in world.clauses})
    for name_, section in merged.sections.items():
        if name_ in world.clauses:
            world.report.error(
                "duplicate-name",
                f"a clause has the name of the section `{name_}`",
                world.clauses[name_].name.span,
                labels=[Label(section.name.span, "the section")],
                help="give each a name of its own: both can be waived by name",
            )


# ------------------------------------------------------------------ definitions


def _definitions(
    world: World, parts: Parts, merged: Merged
) -> tuple[list[str], tuple[ir.Definition, ...], tuple[ir.NamedSet, ...]]:
    """Definitions and clauses by name, each after what it uses; the definitions as they are written; the sets."""
    order, bad = cycles.in_order(*_uses(world, merged), world.report)
    world.broken |= {b for b in bad if not b.startswith(cycles.MET)}
    scope = Scope(world)
    for name in order:
        if name.startswith(cycles.MET) or name in world.sets:
            continue
        written = world.declared[name]
        found = definition(scope, written, quotes(world, written.quotes, parts.sources))
        if found is None:
            world.broken.add(name)
        else:
            world.definitions[name] = found
    sets: list[ir.NamedSet] = []
    for name, written in world.sets.items():
        words = quotes(world, written.quotes, parts.sources)
        sets.append(ir.NamedSet(name, written.title.text if written.title else "", words, written.span))
        if written.parameters:
            world.report.error(
                "set-parameters",
                f"`{name}` is a set, which takes no parameters",
                written.name.span,
                help="remove the parameters",
            )
    definitions = tuple(world.definitions[n] for n in world.declared if n in world.definitions)
    return order, definitions, tuple(sets)


def _uses(world: World, merged: Merged) -> tuple[dict[str, list[tuple[str, Span]]], dict[str, Span], dict[str, str]]:
    """What each definition and clause uses, where each is named, and what each is."""
    members = {m for e in world.enumerations() for m in e.members}
    uses: dict[str, list[tuple[str, Span]]] = {}
    places: dict[str, Span] = {}
    kinds: dict[str, str] = {}
    for name, written in world.declared.items():
        uses[name] = list(cycles.names_used(written.body, members))
        places[name], kinds[name] = written.name.span, "definition"
    for placed in merged.placed:
        if isinstance(placed.statement, ast.Clause):
            key = cycles.MET + placed.statement.name.text
            guard = placed.section.guard if placed.section else None
            parts = (guard, placed.statement.guard, placed.statement.demands)
            uses[key] = list(cycles.names_used(parts, members))
            places[key], kinds[key] = placed.statement.name.span, "clause"
    for placed in merged.placed:
        if isinstance(placed.statement, ast.Waiver):
            lifted = {w.text for w in placed.statement.waives}
            for other in merged.placed:
                section = other.section.name.text if other.section else ""
                if isinstance(other.statement, ast.Clause) and lifted & {other.statement.name.text, section}:
                    key = cycles.MET + other.statement.name.text
                    uses[key] += cycles.names_used(placed.statement.condition, members)
    return uses, places, kinds


def _unused_sets(world: World) -> None:
    """Check the sets that nothing uses against the one type that fits all their items."""
    for name, written in world.sets.items():
        assert isinstance(written.body, ast.SetOf)
        if name in world.used_sets:
            continue
        types: list[t.Scalar] = [*world.code_systems(), *world.enumerations(), t.Number(), t.Text()]
        if not any(_fits(world, written.body, type) for type in types):
            world.report.error(
                "untyped-set",
                f"nothing tells what the members of `{name}` are",
                written.body.span,
                labels=[Label(written.name.span, "the set, which is not used")],
                help="use it after `in`, or write members of one enumeration or codes of one system",
            )


def _fits(world: World, body: ast.SetOf, type: t.Scalar) -> bool:
    trial = World(Report({}), types=world.types, facts=world.facts, declared=world.declared, ids=iter(()))
    found = lists.members(Scope(trial), body.items, type)
    return found is not None and not has_errors(trial.report.found)


# ------------------------------------------------------------------ the rest


def _conditions(world: World, written: Sequence[ast.Expr]) -> tuple[ir.Expr, ...]:
    found = (expressions.condition(Scope(world), c) for c in written)
    return tuple(c for c in found if c is not None)


def _effective(world: World, merged: Merged) -> tuple[date, date | None] | None:
    written = merged.effective
    if written is None:
        return None
    start = day_of(world.report, written.start, bounded=False)
    end = day_of(world.report, written.end, bounded=False) if written.end else None
    if start is None:
        return None
    if end is not None and end < start:
        world.report.error(
            "dates-reversed",
            "the policy ends before it takes effect",
            written.span,
            help="write the first day, then the last",
        )
    return start, end
