"""A Python function under construction: its lines, and the objects that they refer to by name.

The lines stand in four parts, each of which may use those before it: the `head`, which sets a local name for each
scalar fact; `early` names, which rest on these alone; `loops`, in which lists are read, and what is asked of them is
gathered in the same pass; and the other `lines`. Every name is a letter and a number, which tells what it is:

    f scalar fact   l list of facts   k kept object   e early value or function   v, u element of a list
    w other variable   q what a loop gathers   h later value or function   c clause   r raw value

The fields of an element `v4` are the names `v4_0`, `v4_1`, ...
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen

_NAME = re.compile(r"\b([a-z])[0-9]+(?:_[0-9]+)?\b")
_EARLY = frozenset("fkevuw")
_LIST = re.compile(r"l([0-9]+)")


@dataclass(slots=True)
class Loop:
    """One pass over a list: what is set before it, done for each element, and done after it."""

    source: str
    variable: str
    width: int  # the fields of an element
    before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The loop in Python."""
        fields = "".join(f"{self.variable}_{i}, " for i in range(self.width))
        return self._around(f"for {self.variable} in {self.source}:", [f"{fields}= {self.variable}"])

    def reading(self, unread: Unread, kept: bool) -> list[str]:
        """The loop over a list that has not been read: it reads each element first, and keeps the list if asked to."""
        fields = "".join(f"{self.variable}_{i}, " for i in range(self.width))
        whole = re.compile(rf"\b{self.variable}\b")
        each = [*unread.lines]
        if kept or any(map(whole.search, self.body)):
            each.append(f"{self.variable} = ({fields})")
        if kept:
            each.append(f"{self.source}.append({self.variable})")
        start = [f"{self.source} = []"] if kept else []
        return [*start, *self._around(f"for {unread.item} in {unread.raw}:", each)]

    def _around(self, header: str, each: list[str]) -> list[str]:
        return [*self.before, header, *(f" {line}" for line in [*each, *self.body]), *self.after]


@dataclass(frozen=True, slots=True)
class Unread:
    """A list in the data, by its name, and the lines that read an element into the names of its fields."""

    raw: str
    item: str
    lines: list[str]


@dataclass(slots=True)
class Emitter:
    """The function under construction."""

    policy: Policy
    readings: Mapping[str, str]
    objects: dict[str, object] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    unread: dict[str, Unread] = field(default_factory=dict)
    loops: dict[str, Loop] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    emitted: dict[Hashable, str] = field(default_factory=dict)
    names: int = 0
    _free: dict[int, frozenset[int]] = field(default_factory=dict)

    def gathering(self) -> list[str]:
        """The lines that come before the other ones."""
        later = "\n".join([*self.lines, *(a for loop in self.loops.values() for a in loop.after)])
        used = {name for name in self.unread if re.search(rf"\b{name}\b", later)}
        each = [
            loop.reading(self.unread[name], name in used) if name in self.unread else loop.lines()
            for name, loop in self.loops.items()
        ]
        return [*self.head, *self.early, *(line for lines in each for line in lines)]

    def fresh(self, letter: str) -> str:
        """A name that nothing else has."""
        self.names += 1
        return f"{letter}{self.names}"

    def keep(self, value: Hashable) -> str:
        """The name of an object that the lines use; equal ones share it."""
        return self.share((type(value), value), value)

    def share(self, about: Hashable, value: object) -> str:
        """The name of the object that is kept about this; the value if there is none yet."""
        key = ("object", about)
        if key not in self.emitted:
            self.emitted[key] = self.fresh("k")
            self.objects[self.emitted[key]] = value
        return self.emitted[key]

    def named(self, text: str) -> str:
        """A name for the value of an expression without variables; equal texts share it."""
        if text.isidentifier():
            return text
        key = ("value", text)
        if key not in self.emitted:
            early = rests_on_facts(text)
            self.emitted[key] = name = self.fresh("e" if early else "h")
            (self.early if early else self.lines).append(f"{name} = {text}")
        return self.emitted[key]

    def function(self, parameters: Sequence[str], body: Sequence[str]) -> str:
        """The name of a function with these parameters and lines, and no other variables."""
        early = rests_on_facts("\n".join(body))
        name = self.fresh("e" if early else "h")
        where = self.early if early else self.lines
        where += [f"def {name}({', '.join(parameters)}):", *(f" {line}" for line in body)]
        return name

    def element(self, source: str) -> str:
        """The name of the elements of a list in the loop over it."""
        listed = _LIST.fullmatch(source)
        return f"v{listed[1]}" if listed else self.fresh("u")

    def gather(self, loop: Loop, uses: Sequence[str]) -> None:
        """Run the loop: in one pass with others over the same list, if all the texts that it uses allow that."""
        if not _LIST.fullmatch(loop.source) or not all(map(rests_on_facts, uses)):
            self.lines += loop.lines()
            return
        shared = self.loops.setdefault(loop.source, Loop(loop.source, loop.variable, loop.width))
        shared.before += loop.before
        shared.body += loop.body
        shared.after += loop.after

    def free(self, e: Expr) -> frozenset[int]:
        """The variables that the expression takes from around it, by `Variable.id`; of a reading the chosen option."""
        if id(e) not in self._free:
            self._free[id(e)] = self._free_anew(e)
        return self._free[id(e)]

    def _free_anew(self, e: Expr) -> frozenset[int]:
        match e:
            case ir.VariableValue() | ir.VariableRecord() | ir.FieldValue():
                return frozenset({e.variable.id})
            case ir.Reading():
                return self.free(chosen(e, self.readings))
            case ir.Quantifier() | ir.Filter() | ir.Extremes() | ir.CountDistinct() | ir.Total():
                outside, inside = [e.source], [*ir.children(e)[1:]]
            case ir.Extremum():
                outside, inside = [e.source, e.default], [e.value]
            case ir.DaysCovered():
                outside, inside = [e.source], [e.start, e.end]
            case ir.Let():
                outside, inside = [e.value], [e.body]
            case _:
                return frozenset[int]().union(*map(self.free, ir.children(e)))
        bound = frozenset[int]().union(*map(self.free, inside)) - {e.variable.id}
        return bound.union(*map(self.free, outside))


def rests_on_facts(text: str) -> bool:
    """Whether the text uses nothing but scalar facts, kept objects, early names and variables.

    A quoted constant that looks like another name makes it False, which costs speed and no more.
    """
    return all(letter in _EARLY for letter in _NAME.findall(text))
