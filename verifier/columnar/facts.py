"""The facts of a policy as columns: values ready to compute with, and which rows hold something unusable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as it

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.columnar import values
from verifier.columnar.bounds import LONGEST
from verifier.columnar.stages import Stages, placeholder
from verifier.filling import end

Field = Callable[[it.Value], it.Value]
"""From an element of a list to the value of one of its fields, as the column holds it."""


@dataclass(frozen=True, slots=True)
class ScalarColumn:
    """Where a scalar fact stands."""

    raw: it.Value


@dataclass(frozen=True, slots=True)
class ListColumn:
    """Where a list stands: the array; per field how to get it (None: there is no such field, so it is unknown); and
    whether there may be further elements, if a column tells."""

    raw: it.ArrayValue
    fields: tuple[Field | None, ...]
    more: it.BooleanValue | None = None


Layout = Mapping[int, ScalarColumn | ListColumn]
"""The columns of the facts that the table has, by `Fact.index`."""


@dataclass(frozen=True, slots=True)
class Elements:
    """A list of a row; a null array has no elements. `more`: there may be further elements (never null)."""

    array: it.ArrayValue
    fields: tuple[Field, ...]
    more: it.BooleanValue


@dataclass(slots=True)
class Facts:
    """What is known of each fact of a row."""

    policy: Policy
    layout: Layout
    form: values.Form
    stages: Stages
    scalars: dict[int, it.Value] = field(default_factory=dict)
    lists: dict[int, Elements] = field(default_factory=dict)
    wrong: dict[int, it.BooleanValue] = field(default_factory=dict)
    depth: int = 0

    def scalar(self, index: int) -> it.Value:
        """The value of a scalar fact."""
        if index not in self.scalars:
            self.scalars[index] = self._read_scalar(index)
        return self.scalars[index]

    def listed(self, index: int) -> Elements:
        """The elements of a list."""
        if index not in self.lists:
            self.lists[index] = self._read_list(index)
        return self.lists[index]

    def unusable(self) -> it.BooleanValue:
        """Whether some column of the row holds what is no value of its fact."""
        for fact in self.policy.facts:
            if fact.index in self.layout:
                _ = self.listed(fact.index) if isinstance(fact.type, t.ListOf) else self.scalar(fact.index)
        return reduce(or_, self.wrong.values()) if self.wrong else ibis.literal(False)

    @contextmanager
    def element(self, array: it.ArrayValue) -> Iterator[ops.Argument]:
        """A name for an element of the array, while what is computed of it is made: the same in all functions that
        stand equally deep in others, so that the same function is the same expression."""
        kind = array.type()
        assert isinstance(kind, dt.Array)
        self.depth += 1
        try:
            yield placeholder(f"e{self.depth}", kind.value_type)
        finally:
            self.depth -= 1

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Not in the function of a list, for a while: elements have the names that they have there."""
        self.depth, depth = 0, self.depth
        try:
            yield
        finally:
            self.depth = depth

    def mapped(self, array: it.ArrayValue, body: Callable[[it.Value], it.Value]) -> it.ArrayValue:
        """What is made of each element."""
        with self.element(array) as name:
            return ops.ArrayMap(arg=array, body=body(name.to_expr()), param=name, index=None).to_expr()

    def filtered(self, array: it.ArrayValue, body: Callable[[it.Value], it.BooleanValue]) -> it.ArrayValue:
        """The elements for which the condition is true."""
        with self.element(array) as name:
            return ops.ArrayFilter(arg=array, body=body(name.to_expr()), param=name, index=None).to_expr()

    def _read_scalar(self, index: int) -> it.Value:
        kind = self.policy.facts[index].type
        assert not isinstance(kind, t.ListOf)
        column = self.layout.get(index)
        if column is None:
            return values.unknown(kind)
        assert isinstance(column, ScalarColumn)
        read = values.read(kind, column.raw, self.form)
        if read.wrong is None:
            return read.value
        wrong = self.wrong[index] = self.stages.keep(ibis.coalesce(read.wrong, False))
        return self.stages.keep(ibis.ifelse(wrong, values.unknown(kind), read.value) if read.guarded else read.value)

    def _read_list(self, index: int) -> Elements:
        kind = self.policy.facts[index].type
        assert isinstance(kind, t.ListOf)
        record = kind.element
        column = self.layout.get(index)
        if column is None:
            nothing = ibis.null(dt.Array(dt.Struct({"_": dt.boolean})))
            column = ListColumn(nothing, (None,) * len(record.fields))
        assert isinstance(column, ListColumn)
        array, more = column.raw, column.raw.isnull()
        if column.more is not None:
            more = more | ibis.coalesce(column.more, ibis.literal(False))
        if index in self.layout:
            wrong = ibis.coalesce((array.length() > LONGEST) | self._any_wrong(record, column), False)
            wrong = self.wrong[index] = self.stages.keep(wrong)
            array = self.stages.keep(ibis.ifelse(wrong, ibis.null(array.type()), array))
        return Elements(array, tuple(map(self._field, record.fields, column.fields)), self.stages.keep(more))

    def _field(self, field: t.Field, getter: Field | None) -> Field:
        if getter is None:
            return lambda _: values.unknown(field.type)
        return lambda element: values.read(field.type, getter(element), self.form).value

    def _any_wrong(self, record: t.Record, column: ListColumn) -> it.BooleanValue:
        """Whether some element is null, or a field of it unusable; null of an unknown list."""

        def wrong(element: it.Value) -> it.BooleanValue:
            fields = [(f.type, get(element)) for f, get in zip(record.fields, column.fields, strict=True) if get]
            parts = [values.read(kind, value, self.form).wrong for kind, value in fields]
            return ibis.coalesce(reduce(or_, [p for p in parts if p is not None], element.isnull()), False)

        return self.mapped(column.raw, wrong).contains(True)


@dataclass(frozen=True, slots=True)
class Filled:
    """The facts with an end of its range in place of what is unknown, and no further elements: see
    `verifier.filling`."""

    known: Facts
    low: bool

    @property
    def stages(self) -> Stages:
        """The columns that these facts are computed from."""
        return self.known.stages

    def scalar(self, index: int) -> it.Value:
        """The value of a scalar fact."""
        kind = self.known.policy.facts[index].type
        assert not isinstance(kind, t.ListOf)
        return self._filled(kind, self.known.scalar(index))

    def listed(self, index: int) -> Elements:
        """The elements of a list."""
        kind = self.known.policy.facts[index].type
        assert isinstance(kind, t.ListOf)
        known = self.known.listed(index)
        fields = zip(kind.element.fields, known.fields, strict=True)
        return Elements(known.array, tuple(self._field(f.type, get) for f, get in fields), ibis.literal(False))

    def element(self, array: it.ArrayValue) -> AbstractContextManager[ops.Argument]:
        """See `Facts`."""
        return self.known.element(array)

    def outside(self) -> AbstractContextManager[None]:
        """See `Facts`."""
        return self.known.outside()

    def mapped(self, array: it.ArrayValue, body: Callable[[it.Value], it.Value]) -> it.ArrayValue:
        """See `Facts`."""
        return self.known.mapped(array, body)

    def filtered(self, array: it.ArrayValue, body: Callable[[it.Value], it.BooleanValue]) -> it.ArrayValue:
        """See `Facts`."""
        return self.known.filtered(array, body)

    def _field(self, kind: t.Scalar, get: Field) -> Field:
        return lambda element: self._filled(kind, get(element))

    def _filled(self, kind: t.Scalar, value: it.Value) -> it.Value:
        low_or_high = end(kind, self.low)
        return value if low_or_high is None else ibis.coalesce(value, constant(kind, low_or_high))


def constant(kind: t.Scalar, value: bool | int | str) -> it.Value:
    """A value of the language, as columns hold it."""
    if isinstance(kind, t.Enumeration):
        return ibis.literal(kind.members[int(value)])
    if isinstance(kind, t.Boolean):
        return ibis.literal(bool(value))
    if isinstance(kind, t.Date):
        value = int(value) - values.EPOCH
    return ibis.literal(value, type=values.data_type(kind))
