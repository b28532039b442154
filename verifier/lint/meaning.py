"""What a statement means, as a short fingerprint: the same as long as it decides the same way for the same reasons.

A fingerprint covers what the statement reads, however deep: definitions, clauses that it asks about, the waivers
that lift it, tables, the types and marks of facts, and the validity of the codes that it names. Places, titles, names
of definitions and variables and, unless asked for, source words are no part of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from hashlib import sha256

from policy_dsl.core import ir
from policy_dsl.core import types as t

_LENGTH = 8


class Meanings:
    """The fingerprints of the statements of a policy; each is computed once."""

    def __init__(self, policy: ir.Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[str, str], str] = {}

    def fingerprint(self, name: str, *, words: bool = False) -> str:
        """The fingerprint of all that has this name; with `words`, of its source words too. Raises KeyError if nothing
        has it."""
        policy = self._policy
        clauses = [c for c in policy.clauses if c.id == name]
        found: list[object] = [self._clause(c) for c in clauses]
        found += [self._definition(d) for d in policy.definitions if d.name == name]
        found += [(w.clauses, self._root(w.condition)) for w in policy.waivers if w.id == name]
        found += [(o.outcome, self._root(o.value)) for o in policy.outputs if o.name == name]
        found += [self._root(a.condition) for a in policy.assumptions if a.name == name]
        found += [self._check(c) for c in policy.checks if c.name == name]
        found += [(_fact(f), f.fixed, f.advances) for f in policy.facts if f.path == name]
        if not found:
            raise KeyError(name)
        if words:
            found += [self._words(name)]
        return _digest(found)

    def whole(self) -> str:
        """The fingerprint of the whole policy and its source texts."""
        return self._once(("policy", ""), self._all)

    def _all(self) -> object:
        p = self._policy
        named = (
            *(c.id for c in p.clauses),
            *(d.name for d in p.definitions),
            *(w.id for w in p.waivers),
            *(o.name for o in p.outputs),
            *(a.name for a in p.assumptions),
            *(c.name for c in p.checks),
            *(f.path for f in p.facts),
        )
        conditions = [self._root(e) for e in (*p.invariants, *p.applies)]
        omitted = [[q.text for q in o.quotes] for o in p.omissions]
        return ([(n, self.fingerprint(n, words=True)) for n in named], conditions, omitted, [s.text for s in p.sources])

    def _words(self, name: str) -> list[object]:
        p = self._policy
        clauses = [c for c in p.clauses if c.id == name]
        sections = [s for s in p.sections if s.id in {c.section for c in clauses}]
        quotes = [q.text for c in clauses for q in c.quotes]
        quotes += [q.text for d in p.definitions if d.name == name for q in d.quotes]
        quotes += [q.text for w in p.waivers if w.id == name for q in w.quotes]
        quotes += [q.text for o in p.outputs if o.name == name for q in o.quotes]
        titles = [c.title for c in clauses] + [s.title for s in sections]
        return [*titles, *quotes, *(q.text for s in sections for q in s.quotes)]

    def _clause(self, clause: ir.Clause) -> str:
        return self._once(("clause", clause.id), lambda: self._clause_parts(clause))

    def _clause_parts(self, clause: ir.Clause) -> object:
        waivers = [self._root(w.condition) for w in self._policy.waivers_of(clause.id)]
        demands = [(self._root(d.condition), self._root(d.unless), d.pends, d.discretionary) for d in clause.demands]
        return (clause.kind, self._root(clause.guard), demands, waivers)

    def _definition(self, definition: ir.Definition) -> str:
        return self._once(("definition", definition.name), lambda: self._definition_parts(definition))

    def _definition_parts(self, definition: ir.Definition) -> object:
        numbers = {v.id: i for i, v in enumerate(definition.parameters)}
        return ([_type(v.type) for v in definition.parameters], self._form(definition.body, numbers))

    def _check(self, check: ir.Check) -> object:
        match check:
            case ir.OutcomeCheck():
                return (check.kind, check.outcome, self._root(check.condition))
            case ir.MonotoneCheck():
                return ("raising", check.outcome, sorted(f.path for f in check.facts))

    def _once(self, key: tuple[str, str], parts: Callable[[], object]) -> str:
        if key not in self._known:
            self._known[key] = _digest(parts())
        return self._known[key]

    # -------------------------------------------------------------- expressions

    def _root(self, e: ir.Expr | None) -> object:
        return None if e is None else self._form(e, {})

    def _form(self, e: ir.Expr, numbers: dict[int, int]) -> object:
        """An expression as nested tuples of strings and numbers; variables are numbered as they come."""
        match e:
            case ir.Constant():
                return ("constant", e.value, _type(e.type), _codes(e.type, ir.ValueSet((e.value,))))
            case ir.FactValue() | ir.FactList():
                return _fact(e.fact)
            case ir.VariableValue() | ir.VariableRecord():
                return ("variable", numbers.setdefault(e.variable.id, len(numbers)))
            case ir.FieldValue():
                return ("field", numbers.setdefault(e.variable.id, len(numbers)), e.field.name, *_marked(e.field))
            case ir.Call():
                arguments = [self._form(a, numbers) for a in e.arguments]
                return ("call", self._definition(e.definition), arguments)
            case ir.ClauseMet():
                return ("met", self._clause(self._policy.clause(e.clause)))
            case ir.Reading():
                return ("reading", [self._form(o.value, numbers) for o in e.options])
            case ir.Threshold():
                return ("parts", e.kind, e.count, [self._form(p.condition, numbers) for p in e.parts])
            case ir.Member():
                return ("member", self._form(e.value, numbers), _set(e.set), _codes(_scalar(e.value), e.set))
            case ir.Table():
                keys = [self._form(k, numbers) for k in e.keys]
                rows = [
                    (
                        [c and (_set(c), _codes(_scalar(k), c)) for k, c in zip(e.keys, r.cells, strict=True)],
                        self._form(r.value, numbers),
                    )
                    for r in e.rows
                ]
                return ("table", keys, rows)
            case _:
                return (type(e).__name__, *self._fields(e, numbers))

    def _fields(self, e: ir.Expr, numbers: dict[int, int]) -> Iterator[object]:
        for field in dataclasses.fields(e):
            value = getattr(e, field.name)
            if field.name in ("span", "type"):
                continue
            if isinstance(value, ir.Variable):
                yield numbers.setdefault(value.id, len(numbers))
            elif isinstance(value, tuple):
                yield [self._form(part, numbers) for part in value]
            elif isinstance(value, ir.Expr):
                yield self._form(value, numbers)
            else:
                yield value


def _fact(fact: ir.Fact) -> object:
    return ("fact", fact.path, *_marked(fact))


def _marked(known: ir.Fact | t.Field) -> tuple[object, ...]:
    """The type of a fact or field, and its marks other than those that only matter to repairs."""
    direction = known.direction
    told = None if direction is None else (direction.rising, direction.sicker)
    return (_type(known.type), known.protected, told)


def _scalar(e: ir.Expr) -> object:
    return getattr(e, "type", None)


def _type(type: t.Type) -> object:
    """A type by what values it has; the name of a number's scale is no part of that."""
    match type:
        case t.Number():
            return ("number", type.low, type.high, type.scale, type.mark)
        case t.Enumeration():
            return ("enumeration", type.members, type.ordered)
        case t.CodeSystem():
            return ("codes", type.name, type.form)
        case t.Record():
            return ("record", type.name)
        case t.ListOf():
            return ("list", type.element.name)
        case _:
            return t.type_name(type)


def _set(values: ir.ValueSet) -> object:
    return (values.members, values.prefixes)


def _codes(type: object, values: ir.ValueSet) -> object:
    """When the listed codes among the values are valid, and what replaces them."""
    if not isinstance(type, t.CodeSystem):
        return ()
    meant = [e for e in type.entries if e.code in values.members or e.code.startswith(values.prefixes)]
    return [(e.code, str(e.valid_from), str(e.valid_until), e.replaced_by) for e in meant]


def _digest(parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:_LENGTH]
