"""Random vocabularies with small domains, as text and as data for drawing expressions."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

Draw = st.DrawFn
DAYS = ("0 days", "1 day", "6 days", "1 week", "30 days", "60 days")
MONTHS = ("1 month", "2 months", "12 months", "1 year")
LONG_DAYS = ("0 days", "1 day", "36500 days", "73048 days", "73049 days", "99999 days")
LONG_MONTHS = ("1 month", "1200 months", "200 years", "201 years")


@dataclass(frozen=True, slots=True)
class Kind:
    """A scalar type: `base` is what it is, `words` its members (or codes), `literals` numbers as they are written."""

    name: str
    base: str  # boolean, date, text, number, enum, code
    words: tuple[str, ...] = ()
    ordered: bool = False
    literals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    fields: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True, slots=True)
class World:
    """Facts by name; a list is of a record, or of a scalar kind."""

    scalars: tuple[tuple[str, Kind], ...]
    lists: tuple[tuple[str, Record | Kind], ...]
    text: str
    days: tuple[str, ...] = DAYS
    months: tuple[str, ...] = MONTHS


BOOLEAN = Kind("boolean", "boolean")
DATE = Kind("date", "date")
TEXT = Kind("text", "text", ("a", "b"))
CODE = Kind("Code", "code", ("B1", "B1.2", "C3"))
_CODES = 'codes Code "codes" form "A9[.9]"\n  B1 "one"\n  B1.2 "one two" until 2020-12-31 replaced by B1\n'


@st.composite
def _numbers(draw: Draw, name: str) -> tuple[Kind, str]:
    low = draw(st.sampled_from([0, 0, 1]))
    high = low + draw(st.integers(1, 5))
    shape = draw(st.sampled_from(["integer", "integer", "integer", "decimal", "percent", "money"]))
    if shape == "decimal":
        literals = tuple(f"{v // 2}.{v % 2 * 5}" for v in range(2 * low, 2 * high + 1))
        return Kind(name, "number", literals=literals), f"type {name} is decimal {low}.0 to {high}.0"
    before, after = {"percent": ("", "%"), "money": ("$", "")}.get(shape, ("", ""))
    literals = tuple(f"{before}{v}{after}" for v in range(low, high + 1))
    written = (literals[0], literals[-1]) if shape == "money" else (str(low), str(high))
    return Kind(name, "number", literals=literals), f"type {name} is {shape} {written[0]} to {written[1]}"


@st.composite
def _wide_numbers(draw: Draw, name: str) -> tuple[Kind, str]:
    """As many digits as a number may have, before the point or after it."""
    scale = draw(st.sampled_from([0, 0, 2, 5, 9]))
    most = draw(st.sampled_from([10**15 - 1, 10**15 - 1, 2**31, 2**31 - 1, 2**32]))
    steps = (0, 1, most // 2, most // 2 + 1, most - 1, most)
    literals = tuple(f"{v // 10**scale}.{v % 10**scale:0{scale}}" if scale else str(v) for v in steps)
    shape = "decimal" if scale else "integer"
    return Kind(name, "number", literals=literals), f"type {name} is {shape} {literals[0]} to {literals[-1]}"


@st.composite
def _enums(draw: Draw, name: str) -> tuple[Kind, str]:
    ordered = draw(st.booleans())
    words = tuple(f"{name.lower()}_{w}" for w in ("low", "mid", "high", "top")[: draw(st.integers(2, 4))])
    return Kind(name, "enum", words, ordered), f"type {name} is {(' < ' if ordered else ', ').join(words)}"


@st.composite
def worlds(draw: Draw, *, lists: int = 2, wide: bool = False) -> World:
    """A vocabulary named `world`, of up to so many lists. `wide`: numbers of up to 15 digits, and lengths beyond all
    days."""
    lines = ["vocabulary world", _CODES]
    numbers, enums = [], []
    for name in ("Score", "Level")[: draw(st.integers(1, 2))]:
        kind, line = draw((_wide_numbers if wide else _numbers)(name))
        numbers.append(kind)
        lines.append(line)
    for name in ("Sort", "Grade")[: draw(st.integers(1, 2))]:
        kind, line = draw(_enums(name))
        enums.append(kind)
        lines.append(line)
    kinds = [BOOLEAN, DATE, *numbers, *enums, CODE, TEXT]
    scalars = [("today", DATE), *((f"x{k.name.lower()}", k) for k in draw(_some(kinds, 2)))]
    scalars += [(f"y.{k.name.lower()}", k) for k in draw(_some([BOOLEAN, DATE, *numbers], 0))]
    found: list[tuple[str, Record | Kind]] = []
    for name in ("rows", "visits")[: draw(st.integers(0, lists))]:
        fields = [("start", DATE), ("end", DATE), *((f"f_{k.name.lower()}", k) for k in draw(_some(kinds, 1, 3)))]
        record = Record(f"{name.capitalize()}Record", tuple(fields))
        found.append((name, record))
        lines += [f"record {record.name}", *(f"  {f} : {k.name}{_mark(draw)}" for f, k in fields)]
    if draw(st.integers(0, 3)) == 0:
        found.append(("plain", draw(st.sampled_from([*numbers, *enums, CODE, TEXT, DATE]))))
    for fact, kind in scalars:
        lines.append(f"fact {fact} : {kind.name}{_mark(draw)}")
    for fact, element in found:
        bound = draw(st.sampled_from(["", " (at most 2)", " (at most 3)"]))
        lines.append(f"fact {fact} : list of {element.name}{bound}")
    lines += [x for x in _invariants(scalars, found) if draw(st.booleans())]
    lengths = (LONG_DAYS, LONG_MONTHS) if wide else (DAYS, MONTHS)
    return World(tuple(scalars), tuple(found), "\n".join(lines) + "\n", *lengths)


def _mark(draw: Draw) -> str:
    return draw(st.sampled_from(["", "", " fixed", " protected"]))


def _some(kinds: list[Kind], least: int, most: int | None = None) -> st.SearchStrategy[list[Kind]]:
    return st.lists(st.sampled_from(kinds), min_size=least, max_size=most or len(kinds), unique_by=lambda k: k.name)


def _invariants(scalars: list[tuple[str, Kind]], lists: list[tuple[str, Record | Kind]]) -> list[str]:
    out = [f"always every z in {name} has z.start <= z.end" for name, e in lists if isinstance(e, Record)]
    out += [f"always every z in {name} has z.end <= today" for name, e in lists if isinstance(e, Record)]
    out += [f"always {name} <= today" for name, kind in scalars if kind is DATE and name != "today"]
    flags = [name for name, kind in scalars if kind is BOOLEAN]
    if flags and lists:
        out.append(f"always {flags[0]} implies (some z in {lists[0][0]} exists)")
    return out
