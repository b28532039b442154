"""What a group of cases has in common: a value of a fact, how its code begins, or that a list is empty or is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.codes import is_code
from policy_dsl.core.ir import Expr, Fact, Policy, Value
from policy_dsl.diagnostics import Span
from policy_dsl.known import Case, ListValue, unknown_case
from policy_dsl.relevance import facts_read, outcome_parts
from verifier.lint.parts import negation
from verifier.lint.subjects import Subject, choices, subjects
from verifier.smt.prepare import prepare


@dataclass(frozen=True, slots=True)
class HasValue:
    """A scalar fact has this value, one of few that it can have."""

    subject: Subject
    value: Value

    @property
    def fact(self) -> Fact:
        """The fact."""
        return self.subject.fact

    @property
    def shown_value(self) -> str:
        """The value in words."""
        return self.subject.shown(self.value)

    @property
    def shown(self) -> str:
        """The group in words, after `with`."""
        return f"`{self.subject.path}` {self.shown_value}"

    def condition(self, span: Span) -> Expr:
        """That a case is of the group."""
        return self.subject.equals(self.value, span)

    def held_by(self, case: Case) -> bool:
        """Whether a case is sure to be of the group."""
        return self.value in self.subject.values(case)

    def alone(self, policy: Policy) -> Case:
        """The case of which nothing else is known."""
        return self.subject.alone(policy, self.value)


@dataclass(frozen=True, slots=True)
class HasPrefix:
    """A scalar fact has a code that begins so; `code` is one of these."""

    subject: Subject
    prefix: str
    code: str

    @property
    def fact(self) -> Fact:
        """The fact."""
        return self.subject.fact

    @property
    def shown_value(self) -> str:
        """The codes in words."""
        return f"{self.prefix}*"

    @property
    def shown(self) -> str:
        """The group in words, after `with`."""
        return f"`{self.subject.path}` {self.shown_value}"

    def condition(self, span: Span) -> Expr:
        """That a case is of the group."""
        value = ir.FactValue(self.fact, self.subject.type, span)
        return ir.Member(value, ir.ValueSet((), (self.prefix,)), t.Boolean(), span)

    def held_by(self, case: Case) -> bool:
        """Whether a case is sure to be of the group."""
        return any(str(v).startswith(self.prefix) for v in self.subject.values(case))

    def alone(self, policy: Policy) -> Case:
        """The case of which nothing else is known than one of the codes."""
        return self.subject.alone(policy, self.code)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list has elements (`some`), or has none."""

    fact: Fact
    some: bool

    @property
    def shown(self) -> str:
        """The group in words, after `with`."""
        return f"{'some' if self.some else 'no'} `{self.fact.path}`"

    def condition(self, span: Span) -> Expr:
        """That a case is of the group."""
        kind = self.fact.type
        assert isinstance(kind, t.ListOf)
        element = ir.Variable("element", kind.element, -1 - self.fact.index)
        source, anything = ir.FactList(self.fact, kind, span), ir.And((), t.Boolean(), span)
        some = ir.Quantifier("some", 1, element, source, anything, t.Boolean(), span)
        return some if self.some else negation(some, span)

    def held_by(self, case: Case) -> bool:
        """Whether a case is sure to be of the group."""
        known = case.listed(self.fact.index)
        return bool(known.items) if self.some else not known.items and not known.more

    def alone(self, policy: Policy) -> Case:
        """The case of which nothing else is known."""
        kind = self.fact.type
        width = len(kind.element.fields) if isinstance(kind, t.ListOf) else 0
        known = ListValue(((None,) * width,), True) if self.some else ListValue((), False)
        return unknown_case(policy).with_value(self.fact.index, known)


Trait: TypeAlias = HasValue | HasPrefix | Listed


def traits(policy: Policy) -> Iterator[Trait]:
    """What groups of cases can have in common that the outcome depends on: values of scalar facts that are no
    numbers and the beginnings of their codes, by fact, then lists."""
    for subject in subjects(policy):
        if not isinstance(subject.fact.type, t.ListOf):
            yield from (HasValue(subject, value) for value in choices(policy, subject))
            yield from _prefixes(policy, subject)
    read = facts_read(policy, outcome_parts(policy), {})
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf) and fact.index in read:
            yield from (Listed(fact, some) for some in (True, False))


def _prefixes(policy: Policy, subject: Subject) -> Iterator[HasPrefix]:
    """The beginnings of codes that the policy tests for."""
    if isinstance(subject.type, t.CodeSystem):
        for prefix in prepare(policy).prefixes.get(subject.type.name, ()):
            code = _beginning(subject.type, prefix)
            if code is not None:
                yield HasPrefix(subject, prefix, code)


def _beginning(system: t.CodeSystem, prefix: str) -> str | None:
    """A code that begins so: one of the table, or else the shortest of the form."""
    places = [c for c in system.form or "" if c not in "[]"][len(prefix) :]
    longer = ("".join("0" if c in "9X" else c for c in places[:n]) for n in range(len(places) + 1))
    codes = [e.code for e in system.entries if e.code.startswith(prefix)]
    return next((code for code in (*codes, *(prefix + more for more in longer)) if is_code(system, code)), None)
