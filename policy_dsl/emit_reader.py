"""The reading of a complete case as Python source: nested JSON in, one local name a fact out.

The lines take only what is plainly right, in its usual shape, and otherwise return None or raise TypeError,
KeyError or ValueError; what is wrong then is for `policy_dsl.case` to say. A fact that may be absent is None.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from policy_dsl.core import types as t
from policy_dsl.core.codes import is_code
from policy_dsl.core.ir import Policy, Value
from policy_dsl.emit import Emitter
from policy_dsl.scalars import DIGITS, Mistake, read_scalar

Tree = dict[str, "Tree | tuple[str, t.Scalar | t.ListOf]"]
"""Names as they nest; a leaf holds the local name to set, and the type."""


class NotTreeError(Exception):
    """A name is both a value and a prefix of another, which the quick reader does not handle."""


@dataclass(frozen=True, slots=True)
class _Reader:
    out: Emitter
    required: Collection[str]  # the local names that may not be absent

    def line(self, depth: int, text: str) -> None:
        self.out.lines.append("  " * depth + text)


def emit_reading(out: Emitter, policy: Policy, required: Collection[int], depth: int) -> None:
    """Lines, so many levels deep, that set `f0`, `f1`, ... from the dictionary named `data`."""
    tree = _tree([(f.path, f"f{f.index}", f.type) for f in policy.facts])
    reader = _Reader(out, frozenset(f"f{i}" for i in required))
    _group(reader, tree, "data", depth)


def day_number(days: dict[str, int], text: str) -> int:
    """The day that the text names, kept in `days`, which can hold no more than all days that there are."""
    value = read_scalar(t.Date(), text)
    if isinstance(value, Mistake):
        raise ValueError(text)
    days[text] = int(value)
    return int(value)


def _checked(kind: t.Scalar, data: object) -> Value:
    value = None if data is None else read_scalar(kind, data)
    if value is None or isinstance(value, Mistake):
        raise ValueError(data)
    return value


def _tree(leaves: Sequence[tuple[str, str, t.Scalar | t.ListOf]]) -> Tree:
    tree: Tree = {}
    for path, name, kind in leaves:
        *groups, last = path.split(".")
        node = tree
        for group in groups:
            inner = node.setdefault(group, {})
            if isinstance(inner, tuple):
                raise NotTreeError(path)
            node = inner
        if last in node:
            raise NotTreeError(path)
        node[last] = (name, kind)
    return tree


def _is_required(r: _Reader, node: Tree | tuple[str, t.Scalar | t.ListOf]) -> bool:
    return node[0] in r.required if isinstance(node, tuple) else any(_is_required(r, n) for n in node.values())


def _group(r: _Reader, tree: Tree, source: str, depth: int) -> None:
    """Read the object named `source`, which must hold all that is required and nothing unknown."""
    needed = [_is_required(r, node) for node in tree.values()]
    optional = [f" + ({key!r} in {source})" for key, must in zip(tree, needed, strict=True) if not must]
    size = f"{sum(needed)}{''.join(optional)}"
    r.line(depth, f"if type({source}) is not dict or len({source}) != {size}: return None")
    for (key, node), must in zip(tree.items(), needed, strict=True):
        raw = r.out.fresh("r")
        if isinstance(node, dict):
            r.line(depth, f"{raw} = {source}[{key!r}]" if must else f"{raw} = {source}.get({key!r}, {{}})")
            _group(r, node, raw, depth)
            continue
        name, kind = node
        if must:
            r.line(depth, f"{raw} = {source}[{key!r}]")
            _leaf(r, name, kind, raw, depth)
        else:
            r.line(depth, f"{raw} = {source}.get({key!r})")
            r.line(depth, f"if {raw} is None: {name} = None")
            r.line(depth, "else:")
            _leaf(r, name, kind, raw, depth + 1)


def _leaf(r: _Reader, name: str, kind: t.Scalar | t.ListOf, raw: str, depth: int) -> None:
    if not isinstance(kind, t.ListOf):
        _scalar(r, name, kind, raw, depth)
        return
    record = kind.element
    item = r.out.fresh("r")
    fields = [r.out.fresh("r") for _ in record.fields]
    r.line(depth, f"if type({raw}) is not list: return None")
    r.line(depth, f"{name} = []")
    r.line(depth, f"for {item} in {raw}:")
    inner = _Reader(r.out, frozenset(fields))
    if record.bare:
        _scalar(inner, fields[0], record.fields[0].type, item, depth + 1)
    else:
        tree = _tree([(f.name, n, f.type) for f, n in zip(record.fields, fields, strict=True)])
        _group(inner, tree, item, depth + 1)
    r.line(depth + 1, f"{name}.append(({', '.join(fields)},))")


def _scalar(r: _Reader, name: str, kind: t.Scalar, raw: str, depth: int) -> None:
    keep = r.out.keep
    match kind:
        case t.Boolean():
            r.line(depth, f"if {raw} is not True and {raw} is not False: return None")
            r.line(depth, f"{name} = {raw}")
        case t.Date():
            r.line(depth, f"{name} = days.get({raw}) or day_number(days, {raw})")
        case t.Enumeration(members=members):
            r.line(depth, f"{name} = {keep({m: i for i, m in enumerate(members)})}[{raw}]")
        case t.CodeSystem():
            r.line(depth, f"if type({raw}) is not str or not {keep(partial(is_code, kind))}({raw}): return None")
            r.line(depth, f"{name} = {raw}")
        case t.Text():
            r.line(depth, f"if type({raw}) is not str or not {raw}: return None")
            r.line(depth, f"{raw}.isascii() or {raw}.encode()")
            r.line(depth, f"{name} = {raw}")
        case t.Days() | t.Months() | t.Number():
            if isinstance(kind, t.Number) and kind.scale:
                r.line(depth, f"{name} = {keep(partial(_checked, kind))}({raw})")
                return
            low, high = (kind.low, kind.high) if isinstance(kind, t.Number) else (None, None)
            most = 10**DIGITS - 1
            low, high = max(-most, -most if low is None else low), min(most, most if high is None else high)
            r.line(depth, f"if type({raw}) is not int or not {low} <= {raw} <= {high}: return None")
            r.line(depth, f"{name} = {raw}")
        case _:
            assert_never(kind)
