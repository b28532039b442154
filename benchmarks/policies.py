"""Generated policies of any size: a vocabulary, a source text and the policy that encodes it, the same on every run.

A policy is made of blocks of ten clauses, each block about one procedure. Clauses of all kinds take part: scales,
enumerations, windows of dates, courses with the days that they cover, lists that are counted, exclusions,
documentation, definitions, readings and tables. Every block has facts of its own and reads some that all share, such
as the day of the request. Some case is approved.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = """\
vocabulary generated "Generated facts"

codes CPT "Procedures" form "XXXXX"
  10001 "First procedure" from 2017-01-01
  10002 "Second procedure" from 2017-01-01
type Scale is integer 0 to 10
type Burden is none < mild < moderate < severe
type Care is therapy, medication, exercise, other
type Region is neck, back, knee, hip

record Course "A course of treatment"
  kind : Care
  start : date
  end : date
  helped : boolean

record Visit "A visit"
  date : date
  region : Region
  score : Scale

fact request.date : date advances
fact request.code : CPT fixed
fact request.region : Region fixed
fact patient.birth : date fixed
fact patient.pregnant : boolean protected
fact burden : Burden

always patient.birth <= request.date
"""


@dataclass(frozen=True, slots=True)
class _Block:
    """What a block adds to the vocabulary, its definitions, and its clauses: each an id, its sentence, its body."""

    vocabulary: str
    definitions: str
    clauses: tuple[tuple[str, str, str], ...]


def write(folder: Path, criteria: int, seed: int = 1) -> Path:
    """A policy with so many clauses, with what it needs, in the folder; gives the policy's file."""
    rng = random.Random(seed)
    blocks = [_block(rng, number) for number in range(-(-criteria // 10))]
    vocabulary = [_HEADER, *(b.vocabulary for b in blocks)]
    (folder / "generated.vocabulary").write_text("\n".join(vocabulary), encoding="utf-8")
    policy, source = zip(*_parts(blocks, criteria), strict=True)
    (folder / "source.txt").write_text("\n".join(source), encoding="utf-8")
    file = folder / "generated.policy"
    file.write_text("\n".join(policy), encoding="utf-8")
    return file


def _parts(blocks: list[_Block], criteria: int) -> Iterator[tuple[str, str]]:
    """The policy and its source side by side, part by part."""
    head = "The policy is for codes 10001 and 10002.\n"
    yield (
        'policy generated "A generated policy"\n  source "source.txt"\n  uses generated\n  applies\n'
        f"    | {head}    when request.code in {{10001, 10002}}\n",
        head,
    )
    left = criteria
    for number, block in enumerate(blocks):
        heading = f"Procedure {number}: all of the following is required."
        yield f'section p{number} "Procedure {number}"\n  | {heading}\n\n{block.definitions}', heading
        for name, sentence, body in block.clauses[:left]:
            yield f'{name} "Clause"\n  | {sentence}\n{body}\n', sentence
        left -= len(block.clauses)


def _block(rng: random.Random, n: int) -> _Block:
    name = f"p{n}"
    pain, rise, weeks = rng.randint(3, 7), rng.randint(1, 3), rng.randint(4, 12)
    days, months, visits = rng.choice((14, 30, 60, 90)), rng.choice((3, 6, 12)), rng.randint(1, 3)
    kinds = rng.sample(("therapy", "medication", "exercise"), 2)
    regions = rng.sample(("neck", "back", "knee"), 2)
    age, limit = rng.randint(12, 21), rng.randint(2, 4)
    vocabulary = f"""\
fact {name}.pain.before : Scale fixed "baseline of procedure {n}"
fact {name}.pain.now : Scale
fact {name}.exam.date : date
fact {name}.exam.complete : boolean
fact {name}.infected : boolean
fact {name}.letter : boolean
fact {name}.urgent : boolean
fact {name}.since : date fixed
fact {name}.courses : list of Course (at most 6)
fact {name}.visits : list of Visit (at most 6)

always {name}.exam.date <= request.date
always {name}.since <= request.date
always every course in {name}.courses has course.start <= course.end <= request.date
always every visit in {name}.visits has visit.date < request.date
"""
    definitions = f"""\
define {name}.recent(visit: Visit) "A recent visit" = visit.date within {months} months before request.date

define {name}.limit(region: Region) "Visits that are allowed" = table region
  when {regions[0]} : {limit}
  when any : {limit + 1}
"""
    clauses = (
        (
            f"criterion {name}.severity",
            f"In procedure {n} the pain score must be at least {pain} at baseline and must rise by {rise} points.",
            f"  require {name}.pain.before >= {pain}\n"
            f"  require {name}.pain.now - {name}.pain.before >= {rise} unless burden is severe",
        ),
        (
            f"criterion {name}.exam",
            f"In procedure {n} an examination must be dated within the past {days} days.",
            f"  require {name}.exam.date within {days} days before request.date",
        ),
        (
            f"criterion {name}.care",
            f"In procedure {n} at least {weeks} weeks of {kinds[0]} or {kinds[1]} must have been tried in vain.",
            f"  require days covered by (course.start to course.end for course in {name}.courses where\n"
            f"    (course.kind in {{{kinds[0]}, {kinds[1]}}} and not course.helped)) >= {weeks} weeks",
        ),
        (
            f"criterion {name}.visits",
            f"In procedure {n} at least {visits} recent visits are required.",
            f"  require at least {visits} visit in {name}.visits have {name}.recent(visit)",
        ),
        (
            f"criterion {name}.frequency",
            f"In procedure {n} visits to one region must not exceed the limit in 12 months.",
            f"  require count of (distinct visit.date for visit in {name}.visits where all of (\n"
            f"    visit.region is request.region, request.date - 12 months < visit.date)) <= "
            f"{name}.limit(request.region)",
        ),
        (
            f"exclusion {name}.infection",
            f"In procedure {n} patients with an infection are excluded.",
            f"  exclude when {name}.infected",
        ),
        (
            f"criterion {name}.duration",
            f"In procedure {n} symptoms must have lasted at least {weeks} weeks in adults.",
            f"  require\n"
            f'    reading adults "at the age of {age}" : {name}.since at least {weeks} weeks before request.date\n'
            f"      or not (patient.birth at least {age} years before request.date)\n"
            f'    reading everybody "at any age" : {name}.since at least {weeks} weeks before request.date',
        ),
        (
            f"documentation {name}.letter",
            f"In procedure {n} a letter and a complete examination are required.",
            f"  require {name}.letter and {name}.exam.complete",
        ),
        (
            f"criterion {name}.score",
            f"In procedure {n} the latest visit must show a score of at most {pain + 2}.",
            f"  require every visit in (latest v in {name}.visits by v.date) has visit.score <= {pain + 2}",
        ),
        (
            f"exclusion {name}.pregnancy",
            f"In procedure {n} pregnant patients are excluded unless the request is urgent.",
            f"  exclude when patient.pregnant unless {name}.urgent",
        ),
    )
    return _Block(vocabulary, definitions, clauses)
