"""Codes and texts as whole numbers, so that the solver sees order and equality only.

The strings that the policy or the case mentions have a number each. All other strings are told apart only by the
longest mentioned prefix that they begin with; each such class is a run of numbers, as long as there are strings in
it. The runs are laid out along the tree of prefixes, so that a prefix is one interval of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from policy_dsl.core import types as t
from policy_dsl.core.codes import is_code

_PLENTY = 10**9  # more strings than any encoding has terms
_PLACES = {
    "9": "0123456789",
    "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "X": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
}
_ANY_LENGTH = 20
_ANY_PLACE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."


@dataclass(frozen=True, slots=True)
class StringClass:
    """The strings of one class that nothing mentions: they have the numbers from `low` on, `size` of them."""

    prefix: str
    low: int
    size: int
    longer: tuple[str, ...]  # the mentioned prefixes that continue this one; their strings are not in the class


@dataclass(slots=True)
class Strings:
    """The numbers of the strings of one code system, or of texts."""

    kind: t.CodeSystem | t.Text
    numbers: dict[str, int] = field(default_factory=dict)
    classes: list[StringClass] = field(default_factory=list)
    runs: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def domain(self) -> tuple[int, int]:
        """The lowest and the highest number of a string."""
        return self.runs[""]

    def within(self, prefix: str) -> tuple[int, int]:
        """The lowest and highest number of a string with the prefix (high below low if there is none)."""
        return self.runs[prefix]

    def number(self, text: str) -> int:
        """The number of a mentioned string."""
        return self.numbers[text]

    def spell(self, wanted: Iterable[int]) -> dict[int, str]:
        """A string for each of the numbers; different numbers get different strings."""
        known = {n: text for text, n in self.numbers.items()}
        out: dict[int, str] = {}
        new = []
        for n in sorted(set(wanted)):
            if n in known:
                out[n] = known[n]
            else:
                new.append(n)
        for group in self.classes:
            members = [n for n in new if group.low <= n < group.low + group.size]
            out.update(zip(members, self._unmentioned(group), strict=False))
        return out

    def _unmentioned(self, group: StringClass) -> Iterator[str]:
        if isinstance(self.kind, t.Text):
            i = 0
            while True:
                i += 1
                if f"text-{i}" not in self.numbers:
                    yield f"text-{i}"
        listed = [e.code for e in self.kind.entries if e.code.startswith(group.prefix)]
        fit = [c for c in listed if c not in self.numbers and not c.startswith(group.longer)]
        yield from fit
        seen = frozenset(fit)
        for code in _spelled(self.kind.form, group.prefix, group.longer):
            if code not in self.numbers and code not in seen:
                yield code


def number_strings(kind: t.CodeSystem | t.Text, mentioned: Iterable[str], prefixes: Iterable[str]) -> Strings:
    """Number the strings of a kind, given the strings and the prefixes that are mentioned."""
    strings = Strings(kind)
    texts = sorted(set(mentioned))
    if isinstance(kind, t.CodeSystem):
        odd = [x for x in texts if not is_code(kind, x)]  # no case can hold these: numbers outside the domain
        strings.numbers.update({x: -1 - i for i, x in enumerate(odd)})
        texts = [x for x in texts if x not in strings.numbers]
    _lay_out(strings, "", sorted(set(prefixes)), texts, 0)
    return strings


def _lay_out(strings: Strings, prefix: str, below: list[str], texts: list[str], start: int) -> int:
    """Number the strings with the prefix from `start` on; the first number after them.

    `below`: the longer prefixes that continue it; `texts`: the mentioned strings that begin with it.
    """
    longer = [p for p in below if not any(p != q and p.startswith(q) for q in below)]
    at = start
    for text in texts:
        if not text.startswith(tuple(longer)):
            strings.numbers[text] = at
            at += 1
    size = _how_many(strings.kind, prefix) - sum(_how_many(strings.kind, p) for p in longer) - (at - start)
    size = min(size, _PLENTY)
    strings.classes.append(StringClass(prefix, at, size, tuple(longer)))
    at += size
    for p in longer:
        inside = [q for q in below if q != p and q.startswith(p)]
        at = _lay_out(strings, p, inside, [x for x in texts if x.startswith(p)], at)
    strings.runs[prefix] = (start, at - 1)
    return at


# ------------------------------------------------------------------ the strings of a form


def _shapes(form: str) -> list[str]:
    """The places of every full form of a code: one for each tail that can be left out."""
    shapes, places = [], ""
    for c in form.rstrip("]"):
        if c == "[":
            shapes.append(places)
        else:
            places += c
    return [*shapes, places]


def _how_many(kind: t.CodeSystem | t.Text, prefix: str) -> int:
    """The number of strings of the kind that begin with the prefix."""
    if isinstance(kind, t.Text):
        return 2 * _PLENTY
    if kind.form is None:
        return sum(len(_ANY_PLACE) ** (n - len(prefix)) for n in range(max(1, len(prefix)), _ANY_LENGTH + 1))
    total = 0
    for shape in _shapes(kind.form):
        choices = [_PLACES.get(c, c) for c in shape]
        if len(prefix) <= len(choices) and all(x in c for x, c in zip(prefix, choices, strict=False)):
            ways = 1
            for c in choices[len(prefix) :]:
                ways *= len(c)
            total += ways
    return total


def _spelled(form: str | None, prefix: str, avoid: tuple[str, ...]) -> Iterator[str]:
    """The codes of a form with the prefix that do not begin with what is to be avoided, shortest first."""
    lengths = range(max(1, len(prefix)), _ANY_LENGTH + 1)
    shapes = (
        [[_ANY_PLACE] * n for n in lengths] if form is None else [[_PLACES.get(c, c) for c in s] for s in _shapes(form)]
    )
    for choices in shapes:
        if len(prefix) <= len(choices) and all(x in c for x, c in zip(prefix, choices, strict=False)):
            yield from _filled(prefix, choices, avoid)


def _filled(code: str, choices: list[str], avoid: tuple[str, ...]) -> Iterator[str]:
    if code and avoid and code.startswith(avoid):
        return
    if len(code) == len(choices):
        yield code
        return
    for c in choices[len(code)]:
        yield from _filled(code + c, choices, avoid)
