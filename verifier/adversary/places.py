"""Where in a policy an edit can be made, and what each edit makes of the policy."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.diagnostics import Span
from verifier.adversary.edits import Edit, constant, edits
from verifier.lint.program import Program
from verifier.lint.rewrite import Rewriter
from verifier.lint.variant import reach

APPLIES = "applies"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A node of a policy. `owner` is the clause, definition or waiver that it stands in, or `applies`; `clauses`
    are those whose meaning it has part in, by number; `text` is what the author wrote there, numbered where that
    stands for several nodes."""

    owner: str
    node: Expr
    clauses: frozenset[int]
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """A policy with one place edited. `number` tells it from the others of the policy."""

    number: int
    place: Place
    edit: Edit

    @property
    def name(self) -> str:
        """What was edited and how, in words."""
        return f"{self.place.owner}: `{self.place.text}`: {self.edit.says}"

    def replace(self, node: Expr) -> Expr | None:
        """What stands in the place of a node: see `Rewriter`."""
        return self.edit.becomes if node is self.place.node else None


def places(program: Program) -> Iterator[Place]:
    """Every node of the clauses, waivers, definitions and of `applies`, in the policy's order."""
    policy, reached = program.policy, reach(program)
    texts = {name: text.splitlines() for name, text in policy.files}

    def each(owner: str, root: Expr, clauses: frozenset[int]) -> Iterator[Place]:
        nodes = list(_walk(root))
        alike = Counter((n.span, type(n)) for n in nodes)  # `within` has both its ends in one place
        seen: Counter[tuple[Span, type[Expr]]] = Counter()
        for node in nodes:
            key = (node.span, type(node))
            seen[key] += 1
            which = f" [{seen[key]}]" if alike[key] > 1 else ""
            yield Place(owner, node, clauses, _text(texts, node.span) + which)

    for e in policy.applies:
        yield from each(APPLIES, e, frozenset(program.clauses))
    for clause in policy.clauses:
        roots = [d.condition for d in clause.demands] + [d.unless for d in clause.demands if d.unless is not None]
        if clause.guard is not None:
            roots.append(clause.guard)
        for root in roots:
            yield from each(clause.id, root, reached.clauses[clause.id])
    for waiver in policy.waivers:
        lifted = frozenset[int]().union(*(reached.clauses[c] for c in waiver.clauses))
        yield from each(waiver.id, waiver.condition, lifted)
    for definition in policy.definitions:
        if reached.definitions.get(definition.name):
            yield from each(definition.name, definition.body, reached.definitions[definition.name])


def mutants(program: Program) -> tuple[Mutant, ...]:
    """Every edit of every place, and every demand, guard, waiver and clause dropped."""
    found = [(p, e) for p in places(program) for e in edits(p.node)]
    found += list(dropped(program))
    return tuple(Mutant(i, place, edit) for i, (place, edit) in enumerate(found))


def mutated(policy: Policy, mutant: Mutant) -> Policy:
    """The policy with the edit made, to be evaluated."""
    return rewritten(policy, mutant.replace)


def rewritten(policy: Policy, replace: Callable[[Expr], Expr | None]) -> Policy:
    """The policy with nodes of its clauses, waivers and of `applies` replaced: see `Rewriter`."""
    rewriter = Rewriter(policy, replace, "~")
    clauses = tuple(
        dataclasses.replace(
            c,
            guard=None if c.guard is None else rewriter.expr(c.guard),
            demands=tuple(
                dataclasses.replace(
                    d,
                    condition=rewriter.expr(d.condition),
                    unless=None if d.unless is None else rewriter.expr(d.unless),
                )
                for d in c.demands
            ),
        )
        for c in policy.clauses
    )
    waivers = tuple(dataclasses.replace(w, condition=rewriter.expr(w.condition)) for w in policy.waivers)
    applies = tuple(rewriter.expr(e) for e in policy.applies)
    return dataclasses.replace(policy, clauses=clauses, waivers=waivers, applies=applies)


def dropped(program: Program) -> Iterator[tuple[Place, Edit]]:
    """A demand that always passes, a guard that always holds, a waiver that never does."""
    policy, reached = program.policy, reach(program)
    texts = {name: text.splitlines() for name, text in policy.files}
    for clause in policy.clauses:
        clauses = reached.clauses[clause.id]
        for demand in clause.demands:
            never = clause.kind == "exclusion"
            place = Place(clause.id, demand.condition, clauses, _text(texts, demand.condition.span))
            yield place, Edit("dropped", constant(not never, demand.condition), "dropped")
            if demand.unless is not None:
                place = Place(clause.id, demand.unless, clauses, _text(texts, demand.unless.span))
                yield place, Edit("dropped", constant(False, demand.unless), "no `unless`")
        if clause.guard is not None:
            place = Place(clause.id, clause.guard, clauses, _text(texts, clause.guard.span))
            yield place, Edit("dropped", constant(True, clause.guard), "no `when`")
    for waiver in policy.waivers:
        lifted = frozenset[int]().union(*(reached.clauses[c] for c in waiver.clauses))
        place = Place(waiver.id, waiver.condition, lifted, _text(texts, waiver.condition.span))
        yield place, Edit("dropped", constant(False, waiver.condition), "no waiver")


def _walk(root: Expr) -> Iterator[Expr]:
    """The expression and its parts, of a reading the default one: the others take no part in a decision."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(ir.children(node)[:1] if isinstance(node, ir.Reading) else ir.children(node))


def _text(texts: dict[str, list[str]], span: Span) -> str:
    """What the author wrote, on one line."""
    lines = texts.get(span.file, [])[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(" ".join(line for line in lines if not line.lstrip().startswith("|")).split())
