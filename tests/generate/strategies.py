"""Random policies and cases for property tests.

`policies()` draws a checked policy that uses every construct of the language now and then; `sources()` the text it
was made from. `complete_cases(policy)` and `partial_cases(policy)` draw well-formed cases, biased to where answers
turn: days at the ends of months and around leap days, equal days, limits of ranges, empty lists.
"""

from __future__ import annotations

from datetime import date as day

from hypothesis import assume
from hypothesis import strategies as st

from policy_dsl.case import Case, ListValue
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import has_errors
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import RecordValue, unknown_case
from policy_dsl.load import load_text
from tests.generate.expressions import Scope, condition, date, inside, listed, sublist
from tests.generate.vocabulary import DAYS, Draw, Record, World, worlds

# ------------------------------------------------------------------ policies


@st.composite
def sources(draw: Draw, *, depth: int = 2, lists: int = 2, clauses: int = 4, wide: bool = False) -> str:
    """The text of a vocabulary and a policy; `lists` limits its lists and `depth` how its conditions nest; `wide` has
    numbers and lengths as large as they may be."""
    world = draw(worlds(lists=lists, wide=wide))
    return f"{world.text}\n{_policy(draw, world, 'drawn', depth, clauses)}"


@st.composite
def pairs(draw: Draw, *, depth: int = 2, lists: int = 2, clauses: int = 4) -> tuple[ir.Policy, ir.Policy]:
    """Two checked policies over one vocabulary, with clauses and definitions of the same names."""
    world = draw(worlds(lists=lists))
    first, second = (_policy(draw, world, name, depth, clauses) for name in ("drawn", "other"))
    return checked(f"{world.text}\n{first}"), checked(f"{world.text}\n{second}")


def _policy(draw: Draw, world: World, name: str, depth: int, clauses: int) -> str:
    s = Scope(world, draw)
    lines = [f"policy {name}", "  uses world"]
    if s.chance(2):
        lines.append(f"  applies when {condition(s, 1)}")
    for i in range(draw(st.integers(0, 4))):
        lines += _definition(s, f"d{i}", depth)
    if s.chance(3):
        lines.append(f"section first {_guard(s)}".rstrip())
    waived = condition(s, 1) if s.chance(3) else ""  # drawn before there are clauses: it may not rest on them
    for i in range(draw(st.integers(1, clauses))):
        lines += _clause(s, f"c.{i}", depth)
        s.clauses.append(f"c.{i}")
    if waived:
        lines += ["waiver lifted", f"  waive {s.pick(s.clauses)} when {waived}"]
    lines += _rest(s)
    return "\n".join(lines) + "\n"


@st.composite
def policies(draw: Draw, *, depth: int = 2, lists: int = 2, clauses: int = 4, wide: bool = False) -> ir.Policy:
    """A checked policy."""
    return checked(draw(sources(depth=depth, lists=lists, clauses=clauses, wide=wide)))


def checked(text: str) -> ir.Policy:
    """The one policy of the text, which must have no errors."""
    found = load_text(text, "drawn.policy")
    assert not has_errors(found.diagnostics), f"{found.diagnostics}\n{text}"
    return found.policies[0]


def _guard(s: Scope) -> str:
    return f"when {condition(s, 1)}" if s.chance(3) else ""


def _body(s: Scope, depth: int, *, readings: bool) -> str:
    if readings and s.chance(5):
        return f"\n    reading one : {condition(s, depth)}\n    reading two : {condition(s, depth)}"
    return condition(s, depth)


def _definition(s: Scope, name: str, depth: int) -> list[str]:
    makers = [_truth, _truth, _table]
    if s.world.lists:
        makers += [_sublist, _number]
    records = [e for _, e in s.world.lists if isinstance(e, Record)]
    if records:
        makers += [_about_record, _length]
    return s.draw(st.sampled_from(makers))(s, name, depth)


def _truth(s: Scope, name: str, depth: int) -> list[str]:
    line = f"define {name} = {_body(s, depth, readings=True)}"
    s.truths.append(name)
    return [line]


def _table(s: Scope, name: str, depth: int) -> list[str]:
    """A table of plain numbers over an enumeration or a truth value, with or without a parameter."""
    keys = [(n, k) for n, k in s.world.scalars if k.base == "enum"]
    if not keys:
        return _truth(s, name, depth)
    fact, kind = s.draw(st.sampled_from(keys))
    first, *others = kind.words
    rows = [f"  when {first} : {s.pick(['0', '1', '2'])}"]
    rows.append(f"  when {s.pick([' or '.join(others), 'any'])} : {s.pick(['0', '1', '2'])}")
    if s.chance(2):
        s.numbers.append(f"{name}({fact})")
        s.numbers.append(f"{name}({first})")
        return [f"define {name}(key: {kind.name}) = table key", *rows]
    s.numbers.append(name)
    return [f"define {name} = table {fact}", *rows]


def _sublist(s: Scope, name: str, depth: int) -> list[str]:
    source, element = listed(s, 0)
    line = f"define {name} = {sublist(s, source, element, depth - 1)}"
    s.sublists.append((name, element))
    return [line]


def _number(s: Scope, name: str, depth: int) -> list[str]:
    source, element = listed(s, 1)
    x = s.fresh()
    where = f" where {inside(s, x, element, depth - 1)}" if s.chance(2) else ""
    s.numbers.append(name)
    return [f"define {name} = count of ({x} in {source}{where})"]


def _about_record(s: Scope, name: str, depth: int) -> list[str]:
    records = [e for _, e in s.world.lists if isinstance(e, Record)]
    record = s.draw(st.sampled_from(records))
    line = f"define {name}(a{name}: {record.name}) = {inside(s, f'a{name}', record, depth)}"
    s.record_truths.append((name, record))
    return [line]


def _length(s: Scope, name: str, depth: int) -> list[str]:
    source, _ = listed(s, 1, records=True)
    x = s.fresh()
    s.lengths.append(name)
    return [f"define {name} = days covered by ({x}.start to {x}.end for {x} in {source})"]


def _clause(s: Scope, name: str, depth: int) -> list[str]:
    kind = s.pick(["criterion", "criterion", "documentation", "exclusion"])
    lines = [f"{kind} {name} {_guard(s)}".rstrip()]
    readings = True
    for _ in range(s.draw(st.integers(1, 2))):
        body = _body(s, depth, readings=readings and kind != "exclusion")
        readings = readings and "reading" not in body
        unless = f" unless {condition(s, 1)}" if s.chance(4) else ""
        if kind == "exclusion":
            lines.append(f"  {s.pick(['', '', 'may '])}exclude when {body}{unless}")
        else:
            pends = " otherwise pend" if kind == "criterion" and s.chance(4) else ""
            lines.append(f"  require {body}{unless}{pends}")
    return lines


def _rest(s: Scope) -> list[str]:
    lines = []
    if s.chance(2):
        lines.append(f"output until : date on {s.pick(['approve', 'deny', 'pend'])} = {date(s)}")
    if s.chance(4):
        lines.append(f'assume world_so "so" because "it is" that {condition(s, 1)}')
    if s.chance(4):
        lines.append(f"check claimed : never {s.pick(['approve', 'deny'])} when {condition(s, 1)}")
    return lines


# ------------------------------------------------------------------ cases

ANCHORS = [
    day(2024, 2, 29),
    day(2023, 2, 28),
    day(2024, 1, 31),
    day(2024, 3, 31),
    day(2023, 12, 31),
    day(2024, 3, 1),
    day(2023, 3, 1),
]
OFFSETS = [0, 0, 0, 1, -1, -6, -7, -8, -29, -30, -31, -59, -60, -61, -366]
days = st.builds(lambda a, b: a.toordinal() + b, st.sampled_from(ANCHORS), st.sampled_from(OFFSETS))
CODES = ("B1", "B1.2", "C3", "Z9")
TEXTS = ("a", "b", "c")


def values(kind: t.Scalar) -> st.SearchStrategy[ir.Value]:
    """Values of a type that `sources` uses."""
    match kind:
        case t.Boolean():
            return st.booleans()
        case t.Date():
            return days
        case t.Enumeration(members=members):
            return st.integers(0, len(members) - 1)
        case t.CodeSystem():
            return st.sampled_from(CODES)
        case t.Text():
            return st.sampled_from(TEXTS)
        case t.Number(low=low, high=high):
            return st.integers(low or 0, high if high is not None else 5)
        case t.Days() | t.Months():
            return st.integers(-2, 62)


def wide_values(kind: t.Scalar) -> st.SearchStrategy[ir.Value]:
    """Values of a type, mostly at the ends of its range."""
    match kind:
        case t.Date():
            ends = (t.FIRST_DAY, t.FIRST_DAY + 1, t.FIRST_DAY + 31, t.LAST_DAY - 31, t.LAST_DAY - 1, t.LAST_DAY)
            return st.one_of(st.sampled_from(ends), days)
        case t.Number(low=low, high=high) if low is not None and high is not None and high - low > 9:
            ends = (low, low + 1, (low + high) // 2, (low + high) // 2 + 1, high - 1, high)
            return st.one_of(st.sampled_from(ends), st.integers(low, high))
        case _:
            return values(kind)


def _holes(strategy: st.SearchStrategy[ir.Value], partial: bool) -> st.SearchStrategy[ir.Value | None]:
    return st.one_of(st.none(), strategy, strategy) if partial else strategy


LENGTHS = (0, 1, 2, 3, 7, 64, 300)
"""Lengths of lists in wide cases, up to and beyond what lists are declared to hold."""


def _case(draw: Draw, policy: ir.Policy, *, partial: bool, longest: int, wide: bool) -> Case:
    drawn = wide_values if wide else values
    start = unknown_case(policy)
    found: list[ir.Value | ListValue | None] = list(start.values)
    for fact in policy.facts:
        if not isinstance(fact.type, t.ListOf):
            found[fact.index] = draw(_holes(drawn(fact.type), partial))
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            items = []
            length = draw(st.sampled_from(LENGTHS) if wide and not partial else st.integers(0, longest))
            for _ in range(min(length, longest)):
                item: RecordValue = tuple(draw(_holes(drawn(f.type), partial)) for f in fact.type.element.fields)
                if _fits(policy, tuple(found), fact.index, item):
                    items.append(item)
            items += [items[i % len(items)] for i in range(length - len(items))] if wide and items else []
            found[fact.index] = ListValue(tuple(items), partial and draw(st.integers(0, 2)) == 0)
    case = Case(tuple(found))
    assume(not broken_invariants(policy, case))
    return case


def _fits(policy: ir.Policy, known: tuple[ir.Value | ListValue | None, ...], fact: int, item: RecordValue) -> bool:
    """Whether the element breaks no invariant by itself."""
    alone = (*known[:fact], ListValue((item,), True), *known[fact + 1 :])
    return not broken_invariants(policy, Case(alone))


# The policies below stand in closures, not in arguments of strategies, which Hypothesis would print.


def complete_cases(policy: ir.Policy, *, longest: int = 3, wide: bool = False) -> st.SearchStrategy[Case]:
    """Well-formed cases in which everything is known; `longest` limits the lists. `wide`: values at the ends of their
    ranges, and lists of up to 300 elements, of which so many are drawn and the others like these."""
    return st.composite(lambda draw: _case(draw, policy, partial=False, longest=longest, wide=wide))()


def partial_cases(policy: ir.Policy, *, longest: int = 2, wide: bool = False) -> st.SearchStrategy[Case]:
    """Cases with unknown facts, fields and lengths; none breaks an invariant for certain. `wide`: at the ends."""
    return st.composite(lambda draw: _case(draw, policy, partial=True, longest=longest, wide=wide))()


def readings(policy: ir.Policy) -> st.SearchStrategy[dict[str, str]]:
    """A choice of readings, maybe of none."""
    known = {owner: st.sampled_from(names) for owner, names in policy.readings().items()}
    return st.fixed_dictionaries({}, optional=known)


__all__ = [
    "ANCHORS",
    "CODES",
    "DAYS",
    "OFFSETS",
    "TEXTS",
    "World",
    "checked",
    "complete_cases",
    "pairs",
    "partial_cases",
    "policies",
    "readings",
    "sources",
    "values",
]
