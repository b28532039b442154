"""The order in which definitions are checked, and cycles among definitions and clauses."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence

from policy_dsl.core.report import Report
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

MET = "met "
Uses = Mapping[str, Sequence[tuple[str, Span]]]


def names_used(node: object, members: Collection[str]) -> Iterator[tuple[str, Span]]:
    """Every name that the statement uses as a value, call or list, with its place; a clause used is `met ID`.

    A word that is compared and is a member of some enumeration is taken for the member.
    """
    stack = [node]
    while stack:
        n = stack.pop()
        match n:
            case ast.Path():
                yield n.name, n.span
            case ast.Call():
                yield n.name.text, n.name.span
                stack.extend(reversed(n.arguments))
            case ast.Is(left=ast.Path(name=clause), right=ast.Path(name="met")):
                yield MET + clause, n.left.span
            case ast.Is() | ast.Chain():
                operands = (n.left, n.right) if isinstance(n, ast.Is) else n.operands
                stack.extend(o for o in reversed(operands) if not (isinstance(o, ast.Path) and o.name in members))
            case tuple():
                stack.extend(reversed(n))
            case Span() | ast.SetOf() | ast.Cell():
                pass
            case _ if dataclasses.is_dataclass(n):
                stack.extend(reversed([getattr(n, f.name) for f in dataclasses.fields(n)]))


def in_order(
    uses: Uses, places: Mapping[str, Span], kinds: Mapping[str, str], report: Report
) -> tuple[list[str], set[str]]:
    """The names so that each stands after what it uses, and those in or behind a cycle; cycles are reported."""
    done: set[str] = set()
    order: list[str] = []
    bad: set[str] = set()
    for start in uses:
        if start in done or start in bad:
            continue
        stack: list[tuple[str, Iterator[tuple[str, Span]]]] = [(start, iter(uses[start]))]
        on_path = {start: 0}
        while stack:
            name, rest = stack[-1]
            following = next(((n, s) for n, s in rest if n in uses and n not in done and n not in bad), None)
            if following is None:
                stack.pop()
                del on_path[name]
                if name in bad or any(n in bad for n, _ in uses[name]):
                    bad.add(name)
                else:
                    done.add(name)
                    order.append(name)
            elif following[0] in on_path:
                cycle = [n for n, _ in stack[on_path[following[0]] :]]
                _report_cycle(cycle, following[1], places, kinds, report)
                bad.update(cycle)
            else:
                on_path[following[0]] = len(stack)
                stack.append((following[0], iter(uses[following[0]])))
    return order, bad


def _report_cycle(
    cycle: Sequence[str], back: Span, places: Mapping[str, Span], kinds: Mapping[str, str], report: Report
) -> None:
    words = [n.removeprefix(MET) for n in cycle]
    shown = " → ".join(f"`{w}`" for w in [*words, words[0]])
    after = [*words[1:], words[0]]
    labels = [Label(places[n], f"`{w}` uses `{a}`") for n, w, a in zip(cycle, words, after, strict=True)]
    report.error(
        "cyclic-definition",
        f"the {kinds[cycle[0]]} `{words[0]}` rests on itself: {shown}",
        back,
        labels=labels[:6],
        help="say one of them without the others",
    )
