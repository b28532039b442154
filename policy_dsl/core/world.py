"""What a policy can name: the tables that declarations fill and expressions read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.report import Report
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast


@dataclass(frozen=True, slots=True)
class NamedType:
    """A declared type and where."""

    type: t.Scalar | t.Record
    span: Span


@dataclass(slots=True)
class World:
    """Everything that can be named in one policy.

    `broken` holds names whose declaration has an error: uses of them are passed over in silence. `declared` is
    every definition as written, `definitions` those checked so far, `sets` the definitions that are sets of
    values.
    """

    report: Report
    types: dict[str, NamedType] = field(default_factory=dict)
    facts: dict[str, ir.Fact] = field(default_factory=dict)
    declared: dict[str, ast.Define] = field(default_factory=dict)
    definitions: dict[str, ir.Definition] = field(default_factory=dict)
    sets: dict[str, ast.Define] = field(default_factory=dict)
    clauses: dict[str, ast.Clause] = field(default_factory=dict)
    sections: dict[str, ast.Section] = field(default_factory=dict)
    dropped: dict[str, ast.Drop] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    used_sets: set[str] = field(default_factory=set)
    used_types: set[str] = field(default_factory=set)
    owned_readings: dict[str, Span] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def enumerations(self) -> list[t.Enumeration]:
        """The enumerations, in order of declaration."""
        return [n.type for n in self.types.values() if isinstance(n.type, t.Enumeration)]

    def code_systems(self) -> list[t.CodeSystem]:
        """The code systems, in order of declaration."""
        return [n.type for n in self.types.values() if isinstance(n.type, t.CodeSystem)]

    def records(self) -> list[t.Record]:
        """The records, in order of declaration."""
        return [n.type for n in self.types.values() if isinstance(n.type, t.Record)]


@dataclass(frozen=True, slots=True)
class Bound:
    """A variable in scope and where its name is written. Names bound in error have no variable."""

    variable: ir.Variable | None
    span: Span


@dataclass(frozen=True, slots=True)
class Scope:
    """The world and the variables in sight; `owner` is the clause or definition that is being read."""

    world: World
    owner: str | None = None
    variables: Mapping[str, Bound] = field(default_factory=dict)

    @property
    def report(self) -> Report:
        """Where diagnostics go."""
        return self.world.report

    def bind(self, name: ast.Name, type: t.Scalar | t.Record | None) -> tuple[Scope, ir.Variable | None]:
        """The scope with a variable more. A name that hides another is an error; the variable is bound anyway."""
        self._refuse_shadowing(name)
        variable = None if type is None else ir.Variable(name.text, type, next(self.world.ids))
        bound = {**self.variables, name.text: Bound(variable, name.span)}
        return replace(self, variables=bound), variable

    def _refuse_shadowing(self, name: ast.Name) -> None:
        word = name.text
        if "." in word:
            self.report.error(
                "dotted-variable", f"`{word}` cannot be bound: a variable is one word", name.span, help="drop the dots"
            )
            return
        hidden = self._hidden_by(word)
        if hidden is not None:
            what, span = hidden
            self.report.error(
                "shadowed-name",
                f"`{word}` already names a {what}",
                name.span,
                labels=[Label(span, f"the {what}")],
                help="choose another name for the variable",
            )

    def _hidden_by(self, word: str) -> tuple[str, Span] | None:
        if word in self.variables:
            return "variable", self.variables[word].span
        if word in self.world.declared:
            return "definition", self.world.declared[word].name.span
        for path, fact in self.world.facts.items():
            if path == word or path.startswith(word + "."):
                return "fact", fact.span
        return None
