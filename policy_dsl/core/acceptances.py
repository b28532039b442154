"""The findings that an author accepts: ast to IR. Which findings there are is not known here."""

from __future__ import annotations

from collections.abc import Sequence

from policy_dsl.core import ir
from policy_dsl.core.dates import day_of
from policy_dsl.core.inherit import Merged
from policy_dsl.core.report import did_you_mean
from policy_dsl.core.world import World
from policy_dsl.diagnostics import Label
from policy_dsl.syntax import ast


def acceptances(world: World, merged: Merged, policy: ast.Policy) -> tuple[ir.Acceptance, ...]:
    """The statements in order. One of a base falls away with what it names; one of the policy's own is then wrong."""
    own = {id(item) for item in policy.items}
    names = _names(world, merged)
    found = []
    for placed in merged.placed:
        if not isinstance(placed.statement, ast.Waive):
            continue
        written = placed.statement
        inherited = id(written) not in own
        missing = [n for n in written.on if n.text not in names]
        if inherited and missing:
            continue
        _report(world, missing, names)
        _report_repeats(world, written)
        until = day_of(world.report, written.until, bounded=False) if written.until else None
        found.append(
            ir.Acceptance(
                rule=written.rule.text,
                on=tuple(n.text for n in written.on),
                because=written.because.text,
                until=until,
                fingerprint=written.fingerprint.text if written.fingerprint else "",
                inherited=inherited,
                span=written.span,
            )
        )
    return tuple(found)


def _names(world: World, merged: Merged) -> frozenset[str]:
    """What a finding can name: clauses, definitions, waivers, outputs, assumptions, checks and facts."""
    placed = [p.statement for p in merged.placed]
    named = [s.name.text for s in placed if not isinstance(s, ast.Omit | ast.Waive)]
    return frozenset((*named, *world.declared, *world.facts))


def _report(world: World, missing: Sequence[ast.Name], names: frozenset[str]) -> None:
    for name in missing:
        world.report.error(
            "unknown-name",
            f"there is nothing named `{name.text}` that a finding could be about",
            name.span,
            help=did_you_mean(name.text, names, "name a clause, definition, assumption, check or fact"),
        )


def _report_repeats(world: World, written: ast.Waive) -> None:
    first: dict[str, ast.Name] = {}
    for name in written.on:
        before = first.setdefault(name.text, name)
        if before is not name:
            world.report.error(
                "duplicate-name",
                f"`{name.text}` is named twice",
                name.span,
                labels=[Label(before.span, "the first")],
                help="remove one of the two",
            )
