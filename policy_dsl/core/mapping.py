"""Links between the facts of two policies: the conditions that tie a case of one to a case of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy_dsl.core import expressions, ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Assumption, Policy
from policy_dsl.core.joined import Joined, by_vocabulary, names
from policy_dsl.core.report import Report
from policy_dsl.core.world import NamedType, Scope, World
from policy_dsl.diagnostics import Diagnostic, Label, Span, has_errors, in_order
from policy_dsl.syntax import ast


@dataclass(frozen=True, slots=True)
class Links:
    """A checked mapping from one policy to another. `links` are conditions over the facts of both, numbered as
    `joined.by_vocabulary` numbers them for the two policies in this order."""

    name: str
    title: str
    links: tuple[Assumption, ...]
    span: Span


def check(
    block: ast.Mapping, first: Policy, second: Policy, texts: Mapping[str, str]
) -> tuple[Links | None, list[Diagnostic]]:
    """The mapping over the facts of the two policies, or None if it has errors; and its diagnostics, by place."""
    joined = by_vocabulary(first, second)
    report = Report(texts)
    world = World(report, facts=dict(_facts(first, second, joined)))
    for name, kind, span in _types(first, second):
        world.types.setdefault(name, NamedType(kind, span))
    _one_meaning(block, first, second, joined, report)
    if not block.items:
        report.error(
            "empty-mapping", "the mapping links nothing", block.name.span, help="write `link name : condition`"
        )
    seen: dict[str, Span] = {}
    links = []
    for item in block.items:
        if item.name.text in seen:
            report.error(
                "duplicate-name",
                f"two links are named `{item.name.text}`",
                item.name.span,
                labels=[Label(seen[item.name.text], "the first")],
                help="give each a name of its own",
            )
        seen.setdefault(item.name.text, item.name.span)
        condition = expressions.condition(Scope(world), item.condition)
        if condition is not None:
            title = item.title.text if item.title else ""
            because = f"a link of the mapping {block.name.text}"
            links.append(Assumption(item.name.text, title, because, condition, item.span))
    diagnostics = in_order(report.found)
    if has_errors(diagnostics):
        return None, diagnostics
    title = block.title.text if block.title else ""
    return Links(block.name.text, title, tuple(links), block.name.span), diagnostics


def _facts(first: Policy, second: Policy, joined: Joined) -> Iterator[tuple[str, ir.Fact]]:
    """The facts by each name that they have: their path if it is one fact's alone, and the path after the policy."""
    for fact in joined.facts:
        yield fact.path, fact
    for policy, places, name in zip((first, second), (joined.first, joined.second), names(first, second), strict=True):
        for own in policy.facts:
            yield f"{name}.{own.path}", joined.facts[places[own.index]]


def _types(first: Policy, second: Policy) -> Iterator[tuple[str, t.Scalar, Span]]:
    """The enumerations and code systems of both, by name; the second's with its policy's before where they clash."""
    seen: dict[str, t.Scalar] = {}
    for policy in (first, second):
        for fact in policy.facts:
            kinds = [f.type for f in fact.type.element.fields] if isinstance(fact.type, t.ListOf) else [fact.type]
            for kind in kinds:
                if isinstance(kind, t.Enumeration | t.CodeSystem):
                    name = kind.name if seen.setdefault(kind.name, kind) == kind else f"{policy.id}.{kind.name}"
                    yield name, kind, fact.span


def _one_meaning(block: ast.Mapping, first: Policy, second: Policy, joined: Joined, report: Report) -> None:
    """Report facts and code systems of one name that mean two things: a condition could not say which it means."""
    for fact in second.facts:
        place = joined.second[fact.index]
        if place < len(first.facts) and first.facts[place].type != fact.type:
            report.error(
                "types-apart",
                f"the two policies use versions of a vocabulary that differ in the fact `{fact.path}`",
                block.name.span,
                labels=[Label(first.facts[place].span, "in one"), Label(fact.span, "in the other")],
                help="let both use one version",
            )
    systems = {s.name: s for s in first.code_systems}
    for system in second.code_systems:
        if system.name in systems and systems[system.name].form != system.form:
            report.error(
                "types-apart",
                f"the two policies have code systems named `{system.name}` whose codes have different forms",
                block.name.span,
                help="rename one of the two",
            )
