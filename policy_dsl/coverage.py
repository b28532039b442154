"""A source text cut into stretches: what quotes each, and which are demands that nothing encodes or sets aside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from policy_dsl.core import ir
from policy_dsl.sources import SMALLEST_GAP, offsets, quoted, trace


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a source text. The texts of all of them, joined, are the source.

    `by`: ids of the clauses and other statements that quote it, `omit` for what is set aside. `unencoded`: it belongs
    to a sentence that demands, allows or forbids, and nothing quotes it.
    """

    text: str
    by: tuple[str, ...]
    unencoded: bool


def stretches(policy: ir.Policy, source: ir.Source) -> tuple[Stretch, ...]:
    """The stretches of a source of the policy, in order; what is unencoded is what `policy_dsl.sources.trace` says."""
    text = source.text
    quotes = [(offsets(text, span), by) for span, by in quoted(policy) if span.file == source.path]
    demands = [(offsets(text, x.sentence.span), x) for x in trace(policy) if x.sentence.span.file == source.path]
    ends = {0, len(text), *(end for ends, _ in quotes for end in ends), *(end for ends, _ in demands for end in ends)}
    cuts = sorted(ends)
    out = []
    for start, end in pairwise(cuts):
        by = tuple(dict.fromkeys(name for (a, b), name in quotes if a <= start and end <= b))
        inside = [x for (a, b), x in demands if a <= start and end <= b and not by]
        words = len(re.findall(r"\w+", text[start:end]))
        left_over = any(not x.by or (x.gaps and words >= SMALLEST_GAP) for x in inside)
        out.append(Stretch(text[start:end], by, left_over))
    return tuple(out)
