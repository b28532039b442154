"""Random well-typed expressions of the language, as text.

Every compound stands in brackets, so that it fits wherever a value or a condition does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.generate.vocabulary import BOOLEAN, CODE, DATE, TEXT, Draw, Kind, Record, World

CONSTANT_DAYS = ("2024-02-29", "2024-01-31", "2023-12-31")


@dataclass(slots=True)
class Scope:
    """What can be named: facts, bound elements, definitions and clauses; and the next free number for a name."""

    world: World
    draw: Draw
    bound: list[tuple[str, Record | Kind]] = field(default_factory=list)
    truths: list[str] = field(default_factory=list)  # calls of definitions that are conditions
    numbers: list[str] = field(default_factory=list)  # plain numbers
    lengths: list[str] = field(default_factory=list)  # lengths in days
    sublists: list[tuple[str, Record | Kind]] = field(default_factory=list)
    record_truths: list[tuple[str, Record]] = field(default_factory=list)  # definitions with a record parameter
    clauses: list[str] = field(default_factory=list)
    names: int = 0

    def fresh(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def pick(self, items: list[str]) -> str:
        return self.draw(st.sampled_from(items))

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in


def paths(s: Scope, kind: Kind) -> list[str]:
    """Names of values of the kind: facts, bound values, and fields of bound elements."""
    out = [name for name, k in s.world.scalars if k == kind]
    for name, element in s.bound:
        if isinstance(element, Record):
            out += [f"{name}.{f}" for f, k in element.fields if k == kind]
        elif element == kind:
            out.append(name)
    return out


def _kinds(s: Scope) -> list[Kind]:
    """The kinds of which something can be named."""
    kinds = [k for _, k in s.world.scalars]
    for _, element in s.bound:
        kinds += [k for _, k in element.fields] if isinstance(element, Record) else [element]
    return list(dict.fromkeys(kinds))


def condition(s: Scope, depth: int) -> str:
    """A condition; `depth` limits how deeply others stand in it."""
    if depth <= 0 or s.chance(4):
        return _leaf(s)
    makers = [_logic, _logic, _not, _parts, _leaf_of_defined]
    if s.world.lists:
        makers += [_quantified, _quantified, _counted, _aggregate]
        if any(isinstance(e, Record) for _, e in s.world.lists):
            makers += [_values_of, _covered, _total]
    maker = s.draw(st.sampled_from(makers))
    return maker(s, depth - 1)


def _logic(s: Scope, depth: int) -> str:
    word = s.pick(["and", "or", "implies"])
    parts = [condition(s, depth) for _ in range(2 if word == "implies" or s.chance(2) else 3)]
    return f"({f' {word} '.join(parts)})"


def _not(s: Scope, depth: int) -> str:
    return f"(not {condition(s, depth)})"


def _parts(s: Scope, depth: int) -> str:
    parts = [condition(s, depth) for _ in range(s.draw(st.integers(2, 3)))]
    head = s.pick(["any", "all", "at least 1", f"at least {len(parts)}", "at most 1", "exactly 1"])
    if s.chance(2):
        parts = [f"p{i} : {p}" for i, p in enumerate(parts)]
    return f"({head} of ({', '.join(parts)}))"


def _leaf_of_defined(s: Scope, depth: int) -> str:
    known = list(s.truths) + [f"({c} is {n}met)" for c in s.clauses for n in ("", "not ")]
    for name, record in s.record_truths:
        known += [f"{name}({v})" for v, e in s.bound if e == record]
    known += [f"({x} >= 1)" for x in s.numbers]
    dates = paths(s, DATE)
    known += [f"({dates[-1]} within {x} before today)" for x in s.lengths]
    return s.pick(known) if known else condition(s, depth)


# ------------------------------------------------------------------ single comparisons


def _leaf(s: Scope) -> str:
    kind = s.draw(st.sampled_from(_kinds(s)))
    path = s.pick(paths(s, kind))
    match kind.base:
        case "boolean":
            return path
        case "date":
            return _dated(s)
        case "number":
            return _number(s, kind)
        case "enum" if kind.ordered and s.chance(2):
            return f"({path} {s.pick(['<', '<=', '>', '>='])} {s.pick(list(kind.words))})"
        case "code":
            words = [*CODE.words, "B*", "B1*"] if s.chance(2) else list(CODE.words)
            return f"({path} {s.pick(['in', 'not in'])} {_set(s, words)})" if s.chance(2) else _is(s, path, kind)
        case _:
            if kind != TEXT and s.chance(3):
                return f"({path} {s.pick(['in', 'not in'])} {_set(s, list(kind.words))})"
            return _is(s, path, kind)


def _set(s: Scope, words: list[str]) -> str:
    most = max(1, len(words) - 1)
    chosen = s.draw(st.lists(st.sampled_from(words), min_size=1, max_size=most, unique=True))
    return "{" + ", ".join(chosen) + "}"


def _is(s: Scope, path: str, kind: Kind) -> str:
    others = [p for p in paths(s, kind) if p != path]
    words = [f'"{w}"' for w in kind.words] if kind == TEXT else list(kind.words)
    right = s.pick(others) if others and s.chance(3) else s.pick(words)
    return f"({path} is {s.pick(['', 'not '])}{right})"


def _number(s: Scope, kind: Kind) -> str:
    known = paths(s, kind)
    path, literal = s.pick(known), s.pick(list(kind.literals))
    operator = s.pick(["<", "<=", ">", ">="])
    match s.draw(st.integers(0, 5)):
        case 0 if len(known) > 1:
            return f"({path} - {s.pick(known)} {operator} {literal})"
        case 1:
            return f"({path} {operator} 50% of {s.pick(known)})"
        case 2:
            return f"({kind.literals[0]} <= {path} < {literal})"
        case 3:
            return f"({path} is {s.pick(['', 'not '])}{literal})"
        case 4:
            return f"({path} + {literal} {operator} {s.pick(known)})"
        case _:
            return f"({path} {operator} {literal})"


def date(s: Scope) -> str:
    """A day."""
    known = paths(s, DATE)
    match s.draw(st.integers(0, 4)):
        case 0:
            return f"({s.pick(known)} {s.pick(['+', '-'])} {s.pick(list(s.world.days + s.world.months))})"
        case 1:
            return s.pick(list(CONSTANT_DAYS))
        case _:
            return s.pick(known)


def _dated(s: Scope) -> str:
    path = s.pick(paths(s, DATE))
    length = s.pick(list(s.world.days + s.world.months))
    side = s.pick(["before", "after"])
    match s.draw(st.integers(0, 6)):
        case 0:
            return f"({path} within {length} {side} {date(s)})"
        case 1:
            return f"({path} at {s.pick(['least', 'most'])} {length} {side} {date(s)})"
        case 2:
            return f"({date(s)} - {path} {s.pick(['<', '>='])} {s.pick(list(s.world.days))})"
        case 3:
            return f"({date(s)} - {length} < {path} <= {date(s)})"
        case 4:
            return f"({s.pick(['year', 'month', 'day'])}({path}) {s.pick(['<=', '>='])} {s.pick(['2', '12', '2024'])})"
        case 5:
            return f"({path} is {s.pick(['', 'not '])}{date(s)})"
        case _:
            return f"({path} {s.pick(['<', '<=', '>', '>='])} {date(s)})"


# ------------------------------------------------------------------ lists


def listed(s: Scope, depth: int, *, records: bool = False) -> tuple[str, Record | Kind]:
    """A list, fit to stand after `in`, and what it holds."""
    known = [(n, e) for n, e in (*s.world.lists, *s.sublists) if isinstance(e, Record) or not records]
    name, element = s.draw(st.sampled_from(known))
    if depth > 0 and s.chance(4):
        return f"({sublist(s, name, element, depth - 1)})", element
    return name, element


def sublist(s: Scope, source: str, element: Record | Kind, depth: int) -> str:
    """`those ...` or `latest ... by ...` of the list."""
    name = s.fresh()
    with_where = _where(s, name, element, depth)
    keys = ["start", "end"] if isinstance(element, Record) else []
    if keys and s.chance(2):
        count = s.pick(["", "", "2 "])
        return f"{s.pick(['latest', 'earliest'])} {count}{name} in {source}{with_where} by {name}.{s.pick(keys)}"
    where = with_where or f" where {inside(s, name, element, depth)}"
    return f"those {name} in {source}{where}"


def inside(s: Scope, name: str, element: Record | Kind, depth: int) -> str:
    """A condition in which the name stands for an element."""
    s.bound.append((name, element))
    text = condition(s, depth)
    s.bound.pop()
    return text


def _where(s: Scope, name: str, element: Record | Kind, depth: int) -> str:
    return f" where {inside(s, name, element, depth)}" if s.chance(3) else ""


def _quantified(s: Scope, depth: int) -> str:
    source, element = listed(s, depth)
    name = s.fresh()
    head = s.pick(["some", "every", "no", "at least 2", "at most 1", "exactly 1"])
    where = _where(s, name, element, depth - 1)
    if head != "every" and s.chance(5):
        return f"({head} {name} in {source}{where} exists)"
    return f"({head} {name} in {source}{where} has {inside(s, name, element, depth)})"


def _counted(s: Scope, depth: int) -> str:
    source, element = listed(s, depth)
    name = s.fresh()
    where = _where(s, name, element, depth)
    what = ""
    if s.chance(2):
        keys = [f"{name}.{f}" for f, _ in element.fields] if isinstance(element, Record) else [name]
        what = f"distinct {s.pick(keys)} for "
    return f"(count of ({what}{name} in {source}{where}) {s.pick(['<=', '>=', '<'])} {s.pick(['1', '2'])})"


def _aggregate(s: Scope, depth: int) -> str:
    source, element = listed(s, depth)
    name = s.fresh()
    fields = [(f"{name}.{f}", k) for f, k in element.fields] if isinstance(element, Record) else [(name, element)]
    numeric = [(p, k) for p, k in fields if k.base == "number"]
    if not numeric:
        return _quantified(s, depth)
    path, kind = s.draw(st.sampled_from(numeric))
    where = _where(s, name, element, depth)
    literal = s.pick(list(kind.literals))
    operator = s.pick(["<=", ">=", ">"])
    if s.chance(2):
        return f"(sum of ({path} for {name} in {source}{where}) {operator} {literal})"
    none = s.pick(list(kind.literals))
    end = s.pick(["highest", "lowest"])
    return f"({end} of ({path} for {name} in {source}{where}, {none} if none) {operator} {literal})"


def _covered(s: Scope, depth: int) -> str:
    source, element = listed(s, depth, records=True)
    name = s.fresh()
    where = _where(s, name, element, depth)
    operator, length = s.pick(["<=", ">="]), s.pick(list(s.world.days))
    return f"(days covered by ({name}.start to {name}.end for {name} in {source}{where}) {operator} {length})"


def _total(s: Scope, depth: int) -> str:
    source, element = listed(s, depth, records=True)
    name = s.fresh()
    where = _where(s, name, element, depth)
    operator, length = s.pick(["<", ">="]), s.pick(list(s.world.days))
    return f"(sum of ({name}.end - {name}.start for {name} in {source}{where}) {operator} {length})"


def _values_of(s: Scope, depth: int) -> str:
    source, element = listed(s, depth, records=True)
    assert isinstance(element, Record)
    name, value = s.fresh(), s.fresh()
    field_name, kind = s.draw(st.sampled_from(list(element.fields)))
    where = _where(s, name, element, depth)
    head = s.pick(["some", "every", "no"])
    held = inside(s, value, kind, depth)
    return f"({head} {value} of ({name}.{field_name} for {name} in {source}{where}) has {held})"


__all__ = ["BOOLEAN", "Scope", "condition", "date", "inside", "listed", "sublist"]
