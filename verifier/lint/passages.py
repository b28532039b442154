"""The passages of a policy: source words with the demands that stand below them, and where in the source a word is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.diagnostics import Span
from policy_dsl.sources import search


@dataclass(frozen=True, slots=True)
class Passage:
    """Source words of a clause, and the conditions that encode them: those of the demands from there to the next."""

    clause: ir.Clause
    quotes: tuple[ir.Quote, ...]
    demands: tuple[ir.Demand, ...]

    @property
    def conditions(self) -> tuple[ir.Expr, ...]:
        """The conditions of the demands and of what excuses from them."""
        return tuple(e for d in self.demands for e in (d.condition, d.unless) if e is not None)


def passages(policy: ir.Policy) -> Iterator[Passage]:
    """The passages of all clauses, in order. Demands without words above them belong to the words before."""
    for clause in policy.clauses:
        quotes: tuple[ir.Quote, ...] = ()
        demands: list[ir.Demand] = []
        for demand in clause.demands:
            if demand.quotes and quotes:
                yield Passage(clause, quotes, tuple(demands))
                demands = []
            quotes = demand.quotes or quotes
            demands.append(demand)
        if quotes:
            yield Passage(clause, quotes, tuple(demands))


def within(policy: ir.Policy, quote: ir.Quote, pattern: re.Pattern[str]) -> Iterator[tuple[str, Span]]:
    """What matches the pattern in the quoted words, each with its place: in the source, if the words stand there."""
    if quote.found is not None:
        yield from search(pattern, quote.found, policy.sources)
    else:
        yield from ((m.group(), quote.span) for m in pattern.finditer(quote.text))


def entered(exprs: Iterator[ir.Expr] | tuple[ir.Expr, ...], policy: ir.Policy) -> Iterator[ir.Expr]:
    """Every node of the expressions and of the definitions and clauses that they rest on, each of those once."""
    stack = list(reversed(tuple(exprs)))
    seen: set[tuple[str, str]] = set()
    while stack:
        node = stack.pop()
        yield node
        match node:
            case ir.Call(definition=definition) if ("definition", definition.name) not in seen:
                seen.add(("definition", definition.name))
                stack.append(definition.body)
            case ir.ClauseMet(clause=clause) if ("clause", clause) not in seen:
                seen.add(("clause", clause))
                stack += [d.condition for d in policy.clause(clause).demands]
            case _:
                pass
        stack.extend(reversed(ir.children(node)))
