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
from policy_dsl.core.ir import Fact, Policy, Value
from policy_dsl.emitter import Emitter, Loop, Unread
from policy_dsl.scalars import DIGITS, Mistake, read_scalar

_CODES = 65_536
Tree = dict[str, "Tree | tuple[str, t.Scalar | t.ListOf]"]
"""Names as they nest; a leaf holds the local name to set, and the type."""


class NotTreeError(Exception):
    """A name is both a value and a prefix of another, which the quick reader does not handle."""


@dataclass(frozen=True, slots=True)
class _Reader:
    out: Emitter
    required: Collection[str]  # the local names that may not be absent
    lines: list[str]

    def line(self, depth: int, text: str) -> None:
        self.lines.append(" " * depth + text)


def emit_reading(out: Emitter, policy: Policy, required: Collection[int]) -> None:
    """The head of a function, which sets `f0`, `f1`, ... from the dictionary named `data`; lists are `l2`, `l3`, ...

    A required list is left to be read in the loop over it.
    """
    names = [local(f) for f in policy.facts]
    tree = _tree([(f.path, name, f.type) for f, name in zip(policy.facts, names, strict=True)])
    _group(_Reader(out, frozenset(names[i] for i in required), out.head), tree, "data", 0)


def local(fact: Fact) -> str:
    """The local name of a fact."""
    return f"{'l' if isinstance(fact.type, t.ListOf) else 'f'}{fact.index}"


class Days(dict[object, int]):
    """Days by the text that names them, read when first asked for; there can be no more than all days that there are.

    Raises ValueError for what is not the text of a day.
    """

    def __missing__(self, text: object) -> int:
        value = None if text is None else read_scalar(t.Date(), text)
        if value is None or isinstance(value, Mistake):
            raise ValueError(text)
        self[text] = day = int(value)
        return day


@dataclass(slots=True)
class _Codes(dict[object, str]):
    """The codes of a system that were met, up to a number. Raises ValueError for what is not one."""

    system: t.CodeSystem

    def __missing__(self, text: object) -> str:
        if type(text) is not str or not is_code(self.system, text):
            raise ValueError(text)
        if len(self) < _CODES:
            self[text] = text
        return text


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
        if must and isinstance(node, tuple) and not isinstance(node[1], t.ListOf):
            _scalar(r, node[0], node[1], f"{source}[{key!r}]", depth)
            continue
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
    r.line(depth, f"if type({raw}) is not list: return None")
    item, element, record = r.out.fresh("r"), r.out.element(name), kind.element
    fields = [f"{element}_{i}" for i in range(len(record.fields))]
    inner = _Reader(r.out, frozenset(fields), [])
    if record.bare:
        _scalar(inner, fields[0], record.fields[0].type, item, 0)
    else:
        _group(inner, _tree([(f.name, n, f.type) for f, n in zip(record.fields, fields, strict=True)]), item, 0)
    loop, unread = Loop(name, element, len(fields)), Unread(raw, item, inner.lines)
    if name in r.required:
        r.out.loops[name], r.out.unread[name] = loop, unread
    else:
        for line in loop.reading(unread, kept=True):
            r.line(depth, line)


def _scalar(r: _Reader, name: str, kind: t.Scalar, raw: str, depth: int) -> None:
    match kind:
        case t.Boolean():
            r.line(depth, f"{name} = {raw}")
            r.line(depth, f"if {name} is not True and {name} is not False: return None")
        case t.Date():
            r.line(depth, f"{name} = days[{raw}]")
        case t.Enumeration(members=members):
            r.line(depth, f"{name} = {r.out.share(id(kind), {m: i for i, m in enumerate(members)})}[{raw}]")
        case t.CodeSystem():
            r.line(depth, f"{name} = {r.out.share(id(kind), _Codes(kind))}[{raw}]")
        case t.Text():
            r.line(depth, f"{name} = {raw}")
            r.line(depth, f"if type({name}) is not str or not {name}: return None")
            r.line(depth, f"{name}.isascii() or {name}.encode()")
        case t.Days() | t.Months() | t.Number():
            if isinstance(kind, t.Number) and kind.scale:
                r.line(depth, f"{name} = {r.out.share(id(kind), partial(_checked, kind))}({raw})")
                return
            low, high = (kind.low, kind.high) if isinstance(kind, t.Number) else (None, None)
            most = 10**DIGITS - 1
            low, high = max(-most, -most if low is None else low), min(most, most if high is None else high)
            r.line(depth, f"{name} = {raw}")
            r.line(depth, f"if type({name}) is not int or not {low} <= {name} <= {high}: return None")
        case _:
            assert_never(kind)
