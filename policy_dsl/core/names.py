"""What a word means: variable, fact, definition, member of an enumeration, code."""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import arithmetic as units
from policy_dsl.core import calls, codes, ir
from policy_dsl.core import types as t
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.core.world import Scope
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

_TRUTH = {"true": True, "false": False}


def is_flexible(scope: Scope, node: ast.Expr) -> bool:
    """Whether the meaning of a value hangs on what it stands beside: a member, a code, a literal."""
    match node:
        case ast.Number() | ast.Code() | ast.TextValue():
            return True
        case ast.Path(name=word):
            return word in _TRUTH or not _denotes(scope, word)
        case _:
            return False


def _denotes(scope: Scope, word: str) -> bool:
    world = scope.world
    head = word.partition(".")[0]
    return head in scope.variables or any(word in table for table in (world.facts, world.declared, world.broken))


def path(scope: Scope, node: ast.Path, expected: t.Type | None) -> ir.Expr | None:
    """What the name stands for. None, with a report, if it stands for nothing that fits."""
    word, span = node.name, node.span
    member = constant(scope, word, span, expected) if expected is not None else None
    if not _denotes(scope, word) or word in _TRUTH:
        return member or _unknown(scope, node, expected)
    written = scope.world.declared.get(word)
    if member is not None and written is not None and (written.parameters or word in scope.world.sets):
        return member
    value = named(scope, node)
    if member is None or value is None:
        return value
    if not units.like(value.type, member.type):
        return member
    scope.report.error(
        "ambiguous-name",
        f"`{word}` is both a member of `{t.type_name(member.type)}` and a value of that type",
        span,
        help="rename the fact, definition or variable",
    )
    return None


def named(scope: Scope, node: ast.Path) -> ir.Expr | None:
    """The variable, fact or definition of that name."""
    word, span, world = node.name, node.span, scope.world
    if word.partition(".")[0] in scope.variables:
        return _variable(scope, node)
    if word in world.broken:
        return None
    if word in world.facts:
        fact = world.facts[word]
        if isinstance(fact.type, t.ListOf):
            return ir.FactList(fact, fact.type, span)
        return ir.FactValue(fact, fact.type, span)
    if word in world.sets:
        scope.report.error(
            "set-as-value",
            f"`{word}` is a set of values, not a value",
            span,
            labels=[Label(world.sets[word].name.span, "the set")],
            help=f"a set is used after `in`: `x in {word}`",
        )
        return None
    return calls.call(scope, ast.Call(ast.Name(word, span), (), span))


def _variable(scope: Scope, node: ast.Path) -> ir.Expr | None:
    head, _, rest = node.name.partition(".")
    variable = scope.variables[head].variable
    if variable is None:
        return None
    if not isinstance(variable.type, t.Record):
        if not rest:
            return ir.VariableValue(variable, variable.type, node.span)
        scope.report.error(
            "no-fields",
            f"`{head}` is {units.noun(variable.type)}, which has no fields",
            node.span,
            labels=[Label(scope.variables[head].span, "bound here")],
            help=f"write `{head}`",
        )
        return None
    fields = {f.name: f for f in variable.type.fields}
    if variable.type.bare and not rest:
        rest = "value"
    if rest in fields and not (variable.type.bare and node.name != head):
        return ir.FieldValue(variable, fields[rest], fields[rest].type, node.span)
    if not rest:
        return ir.VariableRecord(variable, variable.type, node.span)
    if variable.type.bare:
        scope.report.error(
            "no-fields",
            f"an element of this list is {units.noun(fields['value'].type)}, which has no fields",
            node.span,
            help=f"write `{head}`",
        )
        return None
    world = scope.world.types.get(variable.type.name)
    scope.report.error(
        "unknown-field",
        f"`{variable.type.name}` has no field `{rest}`",
        node.span,
        labels=[Label(world.span, "the record")] if world else [],
        help=did_you_mean(rest, fields, f"its fields are {listing(fields)}"),
    )
    return None


# ------------------------------------------------------------------ members and codes


def constant(scope: Scope, word: str, span: Span, expected: t.Type | None) -> ir.Constant | None:
    """The member or code of the expected type that the word is, if it is one; reports nothing."""
    match expected:
        case t.Enumeration(members=members) if word in members:
            return ir.Constant(members.index(word), expected, span)
        case t.CodeSystem() if codes.is_code(expected, word) and _looks_like_code(scope, expected, word):
            return ir.Constant(word, expected, span)
        case t.Boolean() if word in _TRUTH:
            return ir.Constant(_TRUTH[word], expected, span)
        case _:
            return None


def _looks_like_code(scope: Scope, system: t.CodeSystem, word: str) -> bool:
    """A name that means something else is not taken for a code unless the vocabulary lists it."""
    return not _denotes(scope, word) or any(e.code == word for e in system.entries)


def code(scope: Scope, text: str, span: Span, expected: t.CodeSystem) -> ir.Constant | None:
    """The code of that system; a wrong form is an error, one that a listing vocabulary lacks a warning."""
    if not codes.is_code(expected, text):
        scope.report.error(
            "code-form",
            f"`{text}` is not a code of `{expected.name}`",
            span,
            help=f"a code of `{expected.name}` has {codes.form_words(expected)}",
        )
        return None
    return ir.Constant(text, expected, span)


def code_literal(scope: Scope, node: ast.Number | ast.Code | ast.TextValue, expected: t.Type | None) -> ir.Expr | None:
    """A literal that is a code where a code is due."""
    text = node.digits if isinstance(node, ast.Number) else node.text
    if isinstance(node, ast.Code) and text.endswith("*"):
        scope.report.error(
            "prefix-as-value", f"`{text}` stands for many codes", node.span, help=f"write `x in {{{text}}}`"
        )
        return None
    if isinstance(expected, t.CodeSystem):
        return code(scope, text, node.span, expected)
    assert isinstance(node, ast.Code)
    systems = systems_of(scope, text)
    if len(systems) == 1:
        return code(scope, text, node.span, systems[0])
    scope.report.error(
        "wrong-type" if expected is not None else "untyped-code",
        f"`{text}` is a code, and nothing here tells of which code system"
        if expected is None
        else f"`{text}` is a code where {units.noun(expected)} is due",
        node.span,
        help="compare it with a fact or field whose type is a code system",
    )
    return None


def systems_of(scope: Scope, text: str) -> list[t.CodeSystem]:
    """The code systems that list the code, or else those whose form it has."""
    systems = scope.world.code_systems()
    listed = [s for s in systems if any(e.code == text for e in s.entries)]
    return listed or [s for s in systems if codes.is_code(s, text)]


# ------------------------------------------------------------------ unknown names


def _unknown(scope: Scope, node: ast.Path, expected: t.Type | None) -> ir.Expr | None:
    word, span, world = node.name, node.span, scope.world
    if isinstance(expected, t.CodeSystem):
        return code(scope, word, span, expected)
    owners = [e for e in world.enumerations() if word in e.members]
    if isinstance(expected, t.Enumeration | t.Text):
        unknown_member(scope, node, expected)
    elif len(owners) == 1 and expected is None:
        return ir.Constant(owners[0].members.index(word), owners[0], span)
    elif owners:
        _misplaced_member(scope, node, owners, expected)
    elif [f for f in world.facts if f.startswith(word + ".")]:
        parts = [f for f in world.facts if f.startswith(word + ".")]
        scope.report.error(
            "not-a-fact", f"`{word}` is a group of facts", span, help=f"name one of them: {listing(parts, last='or')}"
        )
    elif word in world.clauses:
        scope.report.error(
            "clause-as-value",
            f"`{word}` is a clause, not a value",
            span,
            labels=[Label(world.clauses[word].name.span, "the clause")],
            help=f"write `{word} is met` or `{word} is not met`",
        )
    elif word in world.dropped:
        scope.report.error(
            "dropped-name",
            f"`{word}` is dropped",
            span,
            labels=[Label(world.dropped[word].span, "dropped here")],
            help="replace what refers to it too",
        )
    else:
        scope.report.error(
            "unknown-name",
            f"nothing is named `{word}`",
            span,
            help=did_you_mean(word, _names(scope), "declare it as a fact in the vocabulary, or define it"),
        )
    return None


def unknown_member(scope: Scope, node: ast.Path, type: t.Scalar) -> None:
    """Report a word that is not a value of the type."""
    word, declared = node.name, scope.world.types.get(t.type_name(type))
    labels = [Label(declared.span, "the type")] if declared else []
    match type:
        case t.Enumeration(name=name, members=members):
            message = f"`{word}` is not a member of `{name}`"
            help = did_you_mean(word, members, f"its members are {listing(members)}")
        case t.CodeSystem(name=name):
            message = f"`{word}` is not a code of `{name}`"
            help = f"a code of `{name}` has {codes.form_words(type)}"
        case _:
            message = f"`{word}` is a word, where {units.noun(type)} is due"
            help = f'write it in quotation marks: "{word}"' if isinstance(type, t.Text) else "write the value itself"
    scope.report.error("unknown-member", message, node.span, labels=labels, help=help)


def unknown_clause(scope: Scope, name: ast.Name, *, sections: bool = False) -> None:
    """Report a name that is not a clause (or section, where one would do)."""
    world = scope.world
    if name.text in world.dropped:
        scope.report.error(
            "dropped-name",
            f"the clause `{name.text}` is dropped",
            name.span,
            labels=[Label(world.dropped[name.text].span, "dropped here")],
            help="replace or drop what refers to it too",
        )
        return
    inside = [c for c in world.clauses if c.startswith(name.text + ".")]
    hint = f"name one of {listing(inside)}" if inside else "name a criterion, documentation or exclusion of this policy"
    options = [*world.clauses, *(world.sections if sections else ())]
    scope.report.error(
        "unknown-clause",
        f"there is no clause `{name.text}`",
        name.span,
        help=hint if inside else did_you_mean(name.text, options, hint),
    )


def _misplaced_member(scope: Scope, node: ast.Path, owners: list[t.Enumeration], expected: t.Type | None) -> None:
    names = listing([o.name for o in owners])
    if expected is None:
        scope.report.error(
            "ambiguous-member",
            f"`{node.name}` is a member of {names}, and nothing here tells of which",
            node.span,
            help="compare it with a fact or field of the type that is meant",
        )
        return
    several = "write every comparison in full, or `x in {a, b}`" if isinstance(expected, t.Boolean) else ""
    scope.report.error(
        "wrong-type",
        f"`{node.name}` is a member of {names}, where {units.noun(expected)} is due",
        node.span,
        help=several or f"name {units.noun(expected)}",
    )


def _names(scope: Scope) -> Iterator[str]:
    for name, bound in scope.variables.items():
        yield name
        if bound.variable is not None and isinstance(bound.variable.type, t.Record) and not bound.variable.type.bare:
            yield from (f"{name}.{f.name}" for f in bound.variable.type.fields)
    yield from scope.world.facts
    yield from scope.world.declared
    for e in scope.world.enumerations():
        yield from e.members
