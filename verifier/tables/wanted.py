"""What is looked for in a table: the facts of policies, each with the type of its column, and columns to be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.core.report import did_you_mean, listing, nearest
from verifier.tables.errors import TableError, TableProblem

if TYPE_CHECKING:
    import pyarrow as pa

MORE = ".more"
"""What the name of a list's column has after it where a column says whether there may be further elements."""
PROBLEM = "_problem"
"""The column of a table that was made from text: why a row cannot be read; null where it can."""
_DIGITS = 18  # of a number with decimal places


@dataclass(frozen=True, slots=True)
class Wanted:
    """The facts by path, and the names of other columns that are kept. `clashing` are facts of which two policies have
    different types, so that text cannot be read as either."""

    facts: Mapping[str, t.Scalar | t.ListOf]
    kept: tuple[str, ...] = ()
    clashing: tuple[str, ...] = ()

    def kind(self, name: str) -> t.Scalar | t.ListOf | None:
        """The type of a column that holds a fact, or says of a list whether there is more; None for any other."""
        if name in self.facts:
            return self.facts[name]
        listed = self.facts.get(name.removesuffix(MORE)) if name.endswith(MORE) else None
        return t.Boolean() if isinstance(listed, t.ListOf) else None

    def column(self, name: str) -> pa.DataType | None:
        """The type of a column in a table made from text; None for one that is not read."""
        import pyarrow as pa

        kind = self.kind(name)
        if kind is not None:
            return arrow_type(kind)
        return pa.string() if name in self.kept else None

    @property
    def names(self) -> list[str]:
        """All columns that are read, if the table has them."""
        more = (f"{path}{MORE}" for path, kind in self.facts.items() if isinstance(kind, t.ListOf))
        return list(dict.fromkeys((*self.facts, *more, *self.kept)))

    @property
    def groups(self) -> frozenset[str]:
        """The dotted beginnings of paths, which may be structures."""
        return groups_of(self.facts)


def groups_of(paths: Iterable[str]) -> frozenset[str]:
    """The dotted beginnings of paths."""
    return frozenset(path[:i] for path in paths for i, c in enumerate(path) if c == ".")


def wanted(policies: Sequence[Policy], kept: Sequence[str] = ()) -> Wanted:
    """The facts that any of the policies has."""
    facts: dict[str, t.Scalar | t.ListOf] = {}
    clashing: dict[str, None] = {}
    for fact in (f for p in policies for f in p.facts):
        if arrow_type(facts.setdefault(fact.path, fact.type)) != arrow_type(fact.type):
            clashing[fact.path] = None
    return Wanted(facts, tuple(kept), tuple(clashing))


def check_names(
    names: Sequence[str], asked: Wanted, place: str, ignored: Sequence[str] = (), noun: str = "fact"
) -> None:
    """Raise TableError for names that look like slips for facts, for columns that are not there, and without a fact."""
    problems: list[TableProblem] = []
    for name in (n for n in (*asked.kept, *ignored) if n not in names):
        help = did_you_mean(name, names, f"the columns are {listing(names)}")
        problems.append(TableProblem(place, f"there is no column `{name}`", help))
    groups = asked.groups
    facts = [n for n in names if asked.kind(n) is not None or n in groups]
    if not facts:
        help = f"the {noun}s are {listing(asked.facts)}"
        problems.append(TableProblem(place, f"no column is a {noun} of the policy", help))
    free = [path for path in asked.facts if path not in names]
    for name in names:
        if name in facts or name in asked.kept or name in ignored:
            continue
        near = nearest(name, free)
        if near is not None:
            help = f"did you mean `{near}`? if not, say `--ignore {name}`"
            problems.append(TableProblem(place, f"column `{name}` is no {noun} of the policy", help))
    if problems:
        raise TableError(problems)


def arrow_type(kind: t.Scalar | t.ListOf) -> pa.DataType:
    """The type of the column of a fact or a field."""
    import pyarrow as pa

    match kind:
        case t.ListOf(element=record):
            if record.bare:
                return pa.list_(arrow_type(record.fields[0].type))
            return pa.list_(pa.struct([pa.field(f.name, arrow_type(f.type)) for f in record.fields]))
        case t.Boolean():
            return pa.bool_()
        case t.Date():
            return pa.date32()
        case t.Number(scale=scale) if scale:
            return pa.decimal128(_DIGITS, scale)
        case t.Number() | t.Days() | t.Months():
            return pa.int64()
        case t.Enumeration() | t.CodeSystem() | t.Text():
            return pa.string()
        case _:
            assert_never(kind)
