"""Expressions of a policy with some of their nodes replaced: the same condition said of another case, or of an edit.

What a definition or a clause says is rewritten where it is used; a definition that comes out changed gets a name of
its own, so that both forms can stand side by side in one policy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core.ir import Definition, Expr, Policy
from verifier.lint.parts import clause_met

_HOLDERS = (ir.NamedPart, ir.TableRow, ir.ReadingOption)  # what holds expressions and is none


class Rewriter:
    """Rewrites expressions of one policy.

    `replace` gives what a node is replaced by, as it stands (it is not looked into again), or None to leave the node
    and look into its parts. `mark` ends the names of definitions that come out changed.
    """

    def __init__(self, policy: Policy, replace: Callable[[Expr], Expr | None], mark: str) -> None:
        self._policy = policy
        self._replace = replace
        self._mark = mark
        self._definitions: dict[str, Definition] = {}

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions that came out changed so far, under their new names."""
        return tuple(d for old, d in self._definitions.items() if d.name != old)

    def expr(self, e: Expr) -> Expr:
        """The expression rewritten; the very same one if nothing in it is replaced."""
        new = self._replace(e)
        if new is not None:
            return new
        match e:
            case ir.ClauseMet(clause=clause):
                spelt_out = clause_met(self._policy, self._policy.clause(clause))
                rewritten = self.expr(spelt_out)
                return e if rewritten is spelt_out else rewritten
            case ir.Call(definition=definition):
                called = self._definition(definition)
                moved: ir.Call = self._parts(e)
                return moved if called is definition else dataclasses.replace(moved, definition=called)
            case _:
                return self._parts(e)  # type: ignore[no-any-return]

    def _definition(self, definition: Definition) -> Definition:
        if definition.name not in self._definitions:
            body = self.expr(definition.body)
            self._definitions[definition.name] = (
                definition
                if body is definition.body
                else dataclasses.replace(definition, name=definition.name + self._mark, body=body)
            )
        return self._definitions[definition.name]

    def _parts(self, node: Any) -> Any:
        """The node with every expression in it rewritten; loops stand here so that a level takes few frames."""
        changes: dict[str, Any] = {}
        for field in dataclasses.fields(node):
            old = new = getattr(node, field.name)
            if isinstance(old, ir.Expr):
                new = self.expr(old)
            elif isinstance(old, tuple):
                parts = []
                for x in old:
                    if isinstance(x, ir.Expr):
                        parts.append(self.expr(x))
                    else:
                        parts.append(self._parts(x) if isinstance(x, _HOLDERS) else x)
                new = tuple(parts) if any(a is not b for a, b in zip(parts, old, strict=True)) else old
            if new is not old:
                changes[field.name] = new
        return dataclasses.replace(node, **changes) if changes else node
