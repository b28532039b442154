"""A policy over its base: items in place, replaced, dropped and added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from policy_dsl.core.report import Report, did_you_mean
from policy_dsl.diagnostics import Label
from policy_dsl.syntax import ast

Statement = ast.Define | ast.Clause | ast.Waiver | ast.Output | ast.Omit | ast.Assume | ast.Check | ast.Waive


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement and the section that it stands in."""

    statement: Statement
    section: ast.Section | None


@dataclass(slots=True)
class Merged:
    """A policy with all that it inherits; `gone` are statements of a base that a later policy replaced or dropped."""

    sources: list[ast.Source] = field(default_factory=list)
    effective: ast.Effective | None = None
    applies: list[ast.Applies] = field(default_factory=list)
    sections: dict[str, ast.Section] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    drops: list[ast.Drop] = field(default_factory=list)
    gone: list[tuple[Statement, str]] = field(default_factory=list)


def merge(policies: Sequence[ast.Policy], report: Report) -> Merged:
    """The policies, base first, as one."""
    merged = Merged()
    for i, policy in enumerate(policies):
        _headers(merged, policy, report)
        _statements(merged, policy, i > 0, report)
    return merged


def _headers(merged: Merged, policy: ast.Policy, report: Report) -> None:
    merged.sources += [i for i in policy.items if isinstance(i, ast.Source)]
    applies = [i for i in policy.items if isinstance(i, ast.Applies)]
    merged.applies = applies or merged.applies
    dates = [i for i in policy.items if isinstance(i, ast.Effective)]
    for second in dates[1:]:
        report.error(
            "duplicate-name",
            "a policy has one `effective` line",
            second.span,
            labels=[Label(dates[0].span, "the first")],
            help="remove one of the two",
        )
    merged.effective = dates[0] if dates else merged.effective


def name_of(statement: Statement) -> ast.Name | None:
    """The name that a statement is known by."""
    return None if isinstance(statement, ast.Omit | ast.Waive) else statement.name


def kind_of(statement: Statement) -> str:
    """What a statement is, in the author's words."""
    match statement:
        case ast.Define():
            return "definition"
        case ast.Clause(kind=kind):
            return kind if kind != "documentation" else "documentation demand"
        case ast.Assume():
            return "assumption"
        case _:
            return type(statement).__name__.lower()


def _space(statement: Statement) -> str:
    """Statements of one name space cannot share a name; an output may come once for each outcome."""
    match statement:
        case ast.Define() | ast.Clause() | ast.Waiver():
            return "rule"
        case ast.Output(outcome=outcome):
            return f"output on {outcome.text}"
        case _:
            return kind_of(statement)


def _statements(merged: Merged, policy: ast.Policy, derived: bool, report: Report) -> None:
    inherited = {id(p.statement) for p in merged.placed}
    open_again = set(merged.sections)
    section: ast.Section | None = None
    for item in policy.items:
        match item:
            case ast.Section():
                section = _section(merged, item, open_again, report)
            case ast.Drop():
                _drop(merged, item, derived, report)
            case (
                ast.Define()
                | ast.Clause()
                | ast.Waiver()
                | ast.Output()
                | ast.Omit()
                | ast.Assume()
                | ast.Check()
                | ast.Waive()
            ):
                _add(merged, Placed(item, section), policy, inherited, derived, report)
            case ast.Source() | ast.Uses() | ast.Extends() | ast.Effective() | ast.Applies():
                pass


def _section(merged: Merged, item: ast.Section, open_again: set[str], report: Report) -> ast.Section:
    """The section; one of the base's can be opened again, once, by its bare name."""
    name = item.name.text
    first = merged.sections.get(name)
    if first is None:
        merged.sections[name] = item
        return item
    if name not in open_again:
        report.error(
            "duplicate-id",
            f"the section `{name}` is declared twice",
            item.name.span,
            labels=[Label(first.name.span, "first declared here")],
            help="put its clauses together",
        )
    elif item.guard is not None or item.quotes:
        report.error(
            "section-of-base",
            f"the section `{name}` is the base's, which says when it holds",
            item.name.span,
            labels=[Label(first.name.span, "in the base")],
            help=f"write `section {name}` alone to add clauses to it, or name a new section",
        )
    open_again.discard(name)
    return first


def _place(merged: Merged, space: str, name: str) -> int | None:
    for i, p in enumerate(merged.placed):
        n = name_of(p.statement)
        if n is not None and n.text == name and _space(p.statement) == space:
            return i
    return None


def _add(
    merged: Merged, placed: Placed, policy: ast.Policy, inherited: set[int], derived: bool, report: Report
) -> None:
    statement = placed.statement
    name = name_of(statement)
    if name is None:
        merged.placed.append(placed)
        return
    at = _place(merged, _space(statement), name.text)
    swap = isinstance(statement, ast.Define | ast.Clause) and statement.replaces
    if swap:
        _swap(merged, placed, name, at, inherited, derived, policy, report)
    elif at is None:
        merged.placed.append(placed)
    else:
        first = merged.placed[at].statement
        first_name = name_of(first)
        from_base = id(first) in inherited
        can_replace = isinstance(statement, ast.Define | ast.Clause)
        words = "criterion" if isinstance(statement, ast.Clause) else "define"
        if isinstance(statement, ast.Clause):
            words = statement.kind
        hint = "give each a name of its own"
        if from_base:
            hint = f"write `{words} {name.text} replaces`" if can_replace else f"write `drop {name.text}` first"
        report.error(
            "duplicate-id",
            f"the {kind_of(statement)} `{name.text}` has the name of another {kind_of(first)}"
            if kind_of(statement) == kind_of(first)
            else f"the {kind_of(statement)} `{name.text}` has the name of a {kind_of(first)}",
            name.span,
            labels=[Label(first_name.span if first_name else first.span, "in the base" if from_base else "the first")],
            help=hint,
        )


def _swap(
    merged: Merged,
    placed: Placed,
    name: ast.Name,
    at: int | None,
    inherited: set[int],
    derived: bool,
    policy: ast.Policy,
    report: Report,
) -> None:
    old = None if at is None else merged.placed[at]
    replaceable = old is not None and type(old.statement) is type(placed.statement)
    if at is None or old is None or not replaceable or id(old.statement) not in inherited:
        names = [n.text for p in merged.placed if id(p.statement) in inherited and (n := name_of(p.statement))]
        hint = did_you_mean(name.text, names, "leave out `replaces`") if derived else "leave out `replaces`"
        message = f"the base has no {kind_of(placed.statement)} `{name.text}` to replace"
        if not derived:
            message = f"`{name.text}` replaces nothing: this policy extends no other"
        report.error("nothing-to-replace", message, name.span, help=hint)
        if at is None:
            merged.placed.append(placed)
        return
    merged.gone.append((old.statement, f"replaced by `{policy.name.text}`"))
    merged.placed[at] = Placed(placed.statement, placed.section or old.section)


def _drop(merged: Merged, item: ast.Drop, derived: bool, report: Report) -> None:
    named = [p for p in merged.placed if (n := name_of(p.statement)) is not None and n.text == item.name.text]
    if not derived or not named:
        names = [n.text for p in merged.placed if (n := name_of(p.statement)) is not None]
        report.error(
            "nothing-to-drop",
            f"the base has nothing named `{item.name.text}`" if derived else "this policy extends no other",
            item.name.span,
            help=did_you_mean(item.name.text, names, "name a clause of the base") if derived else "remove the clause",
        )
        return
    merged.drops.append(item)
    merged.gone += [(p.statement, item.because.text) for p in named]
    merged.placed = [p for p in merged.placed if p not in named]


def quotes_of(statement: Statement) -> tuple[ast.Quote, ...]:
    """The source words of a statement."""
    match statement:
        case ast.Clause(demands=demands):
            return tuple(q for d in demands for q in d.quotes)
        case ast.Assume() | ast.Check() | ast.Waive():
            return ()
        case _:
            return statement.quotes
