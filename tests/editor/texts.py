"""Texts in memory that the tests of the editor read, and places in them marked with `@`."""

from __future__ import annotations

from pathlib import Path

from policy_dsl.files import DISK
from verifier.editing.buffers import Buffers
from verifier.editing.snapshot import Snapshot, snapshot

FOLDER = Path("/nowhere")
POLICY, VOCABULARY, SOURCE = (str(FOLDER / name) for name in ("knee.policy", "knee.vocabulary", "knee.txt"))
KNEE_VOCABULARY = """\
vocabulary knee "Facts"

codes CPT "Procedures" form "XXXXX"
  62322 "Epidural" from 2017-01-01
  62323 "Epidural, imaged"
type NRS is integer 0 to 10
type Side is left, right
type Care is exercise, drug

record Course "A course of treatment"
  kind : Care "what was done"
  start : date
  end : date

fact request.date : date advances "the day of the request"
fact request.code : CPT fixed
fact request.side : Side
fact pain.now : NRS higher is sicker "after treatment"
fact courses : list of Course (at most 4)
"""
KNEE_SOURCE = """\
The pain must be at least 4 points.
At least 6 weeks of exercise must have been tried.
Only the left side is covered.
"""
KNEE = """\
policy knee "The knee"
  source "knee.txt"
  uses knee

define long(course: Course) "A long course" = course.end - course.start >= 6 weeks

criterion pain "Enough pain"
  | The pain must be at least 4 points.
  require pain.now >= 4

criterion tried
  | At least 6 weeks of exercise must have been tried.
  require some course in courses has (course.kind is exercise and long(course))

criterion side
  require
    reading strict "left" : request.side is left
    reading loose "any" : request.side in {left, right}

exclusion again
  exclude when pain is not met
"""


def read(text: str = KNEE, file: str = POLICY, last: Snapshot | None = None, **others: str) -> Snapshot:
    """What is known of a text beside the vocabulary and the source, or what stands in for them."""
    texts = {VOCABULARY: others.get("vocabulary", KNEE_VOCABULARY), SOURCE: KNEE_SOURCE, POLICY: KNEE}
    return snapshot(file, text, Buffers({**texts, file: text}, DISK), last=last)


def marked(text: str) -> tuple[str, int, int]:
    """A text without its `@`, and the place that it marked."""
    before, after = text.split("@")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def at(text: str, word: str, into: int = 0) -> tuple[int, int]:
    """The place of the first occurrence of a word, that many characters into it."""
    return marked(text[: text.index(word) + into] + "@")[1:]
