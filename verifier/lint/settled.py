"""What in the encoding of a passage gives a vague term meaning, as far as names, titles, notes and numbers tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from verifier.lint.passages import Passage, entered
from verifier.lint.vague import Kind, Term

_SAYS_MORE = 3


@dataclass(frozen=True, slots=True)
class Settled:
    """What in the encoding gives a term meaning."""

    by: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A fact, a field or a member that bears the word, and that nothing explains."""

    by: str


@dataclass(frozen=True, slots=True)
class Open:
    """Nothing gives the term meaning."""


Meaning = Settled | Carried | Open


@dataclass(frozen=True, slots=True)
class _Named:
    """Something that is named or titled with a term, in words; `by_name`: its name says it, not its title alone."""

    words: str
    by_name: bool


def meaning(policy: ir.Policy, passage: Passage, term: Term) -> Meaning:
    """What the encoding of a passage gives the term, as far as names, notes and numbers tell."""
    nodes = list(entered(passage.conditions, policy))
    carried: str | None = None
    named = [found for node in nodes if (found := _named(policy, node, term)) is not None]
    if named:
        return Settled(min(named, key=lambda n: not n.by_name).words)
    for node in nodes:
        match _carrier(node, term):
            case (name, ""):
                carried = carried or name
            case (name, note):
                return Settled(f"the note on `{name}` ({note})")
            case None:
                pass
    if carried is not None:
        return Carried(carried)
    if term.kind == "condition":
        clause = passage.clause
        excused = clause.guard is not None or bool(policy.waivers_of(clause.id))
        excused = excused or any(d.unless is not None or _implies(d.condition) for d in passage.demands)
        return Settled("the condition of the clause") if excused else Open()
    measure = next((node for node in nodes if _measures(node, term.kind)), None)
    return Open() if measure is None else Settled(f"what is encoded in line {measure.span.line}")


def _named(policy: ir.Policy, node: ir.Expr, term: Term) -> _Named | None:
    """The definition, reading, part or set at this node whose name or title says the term."""
    match node:
        case ir.Call(definition=d) if _says_more(d, term):
            return _if_named("", d.name, d.title, term)
        case ir.Reading(options=options):
            found = (_if_named("the reading ", o.name, o.title, term) for o in options)
            return next((n for n in found if n is not None), None)
        case ir.Threshold(parts=parts):
            found = (_if_named("the part ", p.name, "", term) for p in parts if p.name)
            return next((n for n in found if n is not None), None)
        case ir.Member(set=ir.ValueSet(name=name)) if name:
            return _if_named("", name, next((s.title for s in policy.sets if s.name == name), ""), term)
        case _:
            return None


def _if_named(what: str, name: str, title: str, term: Term) -> _Named | None:
    if not term.named_in(f"{name} {title}"):
        return None
    return _Named(f"{what}`{name}`" + (f" ({title})" if title else ""), term.named_in(name))


def _says_more(definition: ir.Definition, term: Term) -> bool:
    """Whether a definition does more than hand on a fact that bears the term: it compares, or its title explains."""
    others = [w for w in re.findall(r"[^\W_]+", definition.title.lower()) if not w.startswith(term.stems)]
    return len(others) >= _SAYS_MORE or any(
        isinstance(n, ir.Compare | ir.Member | ir.Quantifier | ir.Call) for n in ir.walk(definition.body)
    )


def _carrier(node: ir.Expr, term: Term) -> tuple[str, str] | None:
    """The fact, field or member at this node that bears the term, and the note on it."""
    match node:
        case ir.FactValue(fact=fact) if term.named_in(fact.path.rpartition(".")[2]):
            return fact.path, fact.note
        case ir.FieldValue(field=field) if term.named_in(field.name):
            return f"{node.variable.name}.{field.name}", field.note
        case (
            ir.Compare(left=ir.Constant() as word, right=bearer) | ir.Compare(left=bearer, right=ir.Constant() as word)
        ):
            if isinstance(word.type, t.Enumeration) and isinstance(word.value, int):
                one = (word.type.members[word.value],)
                return _bearing(bearer, one if node.operator == "==" else word.type.members, term)
        case ir.Member(value=bearer, set=members) if isinstance(bearer.type, t.Enumeration):
            return _bearing(bearer, [bearer.type.members[m] for m in members.members if isinstance(m, int)], term)
        case _:
            pass
    return None


def _bearing(bearer: ir.Expr, words: Sequence[str], term: Term) -> tuple[str, str] | None:
    """The first of the words that a comparison admits which says the term, and the note on what is compared."""
    for word in words:
        if term.named_in(word):
            match bearer:
                case ir.FactValue(fact=fact):
                    return f"{fact.path} is {word}", fact.note
                case ir.FieldValue(variable=variable, field=field):
                    return f"{variable.name}.{field.name} is {word}", field.note
                case _:
                    return word, ""
    return None


def _measures(node: ir.Expr, kind: Kind) -> bool:
    """Whether the node measures what a term of the kind leaves open."""
    match node:
        case ir.Quantifier(kind="at least" | "at most" | "exactly", count=count):
            return kind == "count" and count > 1
        case ir.Quantifier(kind="some", count=1):
            return False
        case ir.Compare(left=left, right=right):
            sides = (left, right)
            counts = any(isinstance(s, ir.Count | ir.CountDistinct) for s in sides)
            numbers = any(isinstance(s, ir.Constant) and isinstance(s.type, t.Number) for s in sides)
            lengths = any(isinstance(s, ir.Constant) and isinstance(s.type, t.Days | t.Months) for s in sides)
            match kind:
                case "degree":
                    return numbers and not counts
                case "extent":
                    return (numbers or lengths) and not counts
                case "count":
                    return counts
                case "time":
                    return any(
                        isinstance(x, ir.Constant) and isinstance(x.type, t.Days | t.Months) for x in ir.walk(node)
                    )
                case _:
                    return False
        case _:
            return False


def _implies(condition: ir.Expr) -> bool:
    return isinstance(condition, ir.Or) and any(isinstance(o, ir.Not) for o in condition.operands)
