"""Marks on facts and on the fields of records: what advice may change, what is protected, which way is worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from policy_dsl.core import types as t
from policy_dsl.core.report import listing
from policy_dsl.core.world import World
from policy_dsl.syntax import ast

_RISING = MappingProxyType(
    {
        "higher": True,
        "lower": False,
        "later": True,
        "earlier": False,
        "true": True,
        "false": False,
        "more": True,
        "fewer": False,
    }
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a fact or field; what each means is said at `ir.Fact`."""

    protected: bool = False
    fixed: bool = False
    advances: bool = False
    direction: t.Direction | None = None

    def of_part(self, field: t.Field) -> Marks:
        """The marks of a field of what has these: those of the whole, and its own."""
        return Marks(
            self.protected or field.protected,
            self.fixed or field.fixed,
            self.advances or field.advances,
            field.direction,
        )


def read(world: World, written: Sequence[ast.Mark], type: t.Type) -> Marks:
    """The marks of a fact or field of that type; what does not fit is reported."""
    words: set[str] = set()
    direction: t.Direction | None = None
    for mark in written:
        if isinstance(mark, ast.Direction):
            direction = _directed(world, direction, mark, type)
        elif mark.text in words:
            world.report.warn("repeated-mark", f"`{mark.text}` is written twice", mark.span, help="remove one")
        else:
            words.add(mark.text)
    return Marks("protected" in words, "fixed" in words, "advances" in words, direction)


def _directed(world: World, first: t.Direction | None, mark: ast.Direction, type: t.Type) -> t.Direction | None:
    """The first direction, or where there is none yet, this one; None if it does not fit the type."""
    words = f"{mark.pole.text} is {'sicker' if mark.sicker else 'better evidence'}"
    poles = _poles(type)
    if first is not None:
        world.report.error(
            "two-directions",
            f"`{words}` is a second direction",
            mark.span,
            help=f"remove one of the two: `{first.words}` is the first",
        )
    elif not poles:
        world.report.error(
            "no-direction",
            f"`{words}` cannot be said of a {_kind(type)}",
            mark.span,
            help="mark a number, a date, a boolean, an ordered enumeration or a list",
        )
    elif mark.pole.text not in poles:
        world.report.error(
            "no-direction",
            f"`{mark.pole.text}` cannot be said of a {_kind(type)}",
            mark.pole.span,
            help=f"write {listing(poles, last='or')}",
        )
    else:
        return t.Direction(_RISING[mark.pole.text], mark.sicker, words)
    return first


def _poles(type: t.Type) -> tuple[str, ...]:
    """The words for the two ends of a type's values; none where they have no order."""
    match type:
        case t.Number() | t.Enumeration(ordered=True):
            return ("higher", "lower")
        case t.Date():
            return ("later", "earlier")
        case t.Boolean():
            return ("true", "false")
        case t.ListOf():
            return ("more", "fewer")
        case _:
            return ()


def _kind(type: t.Type) -> str:
    match type:
        case t.Number():
            return "number"
        case t.Enumeration(ordered=ordered):
            return "word of an ordered enumeration" if ordered else "word of an enumeration without an order"
        case t.CodeSystem():
            return "code"
        case t.Record():
            return "record"
        case t.ListOf():
            return "list"
        case _:
            return t.type_name(type)
