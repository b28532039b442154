"""The examples of the rules' docstrings as files that can be checked and linted.

An example is the text of a policy. One that does not begin with the word `policy` is completed to one that uses
`VOCABULARY`, so that a rule can be shown in three lines. An example may consist of several files, each below a line
`-- NAME --`; the first text, if no such line is above it, is `example.policy`.
"""

from __future__ import annotations

import re

POLICY_FILE = "example.policy"
VOCABULARY_FILE = "example.vocabulary"
VOCABULARY = """\
vocabulary example "What the examples speak of"

type Age is integer 0 to 120
type Score is integer 0 to 10
type Impact is none < mild < moderate < severe
type Trend is improved, unchanged, worsened
type Region is upper, middle, lower
type Care is exercise, drugs, advice

codes Service form "XXXXX"
  50001 "the service, old code"  until 2024-12-31  replaced by 50002, 50003
  50002 "the service, guided"    from 2025-01-01
  50003 "the service, unguided"  from 2025-01-01
  50010 "another service"

record Visit "A visit at which the service was given"
  day    : date
  region : Region
  helped : boolean

record Course "A course of other care"
  kind       : Care
  start      : date
  end        : date
  documented : boolean true is better evidence

record Study "An examination with a result"
  day      : date
  positive : boolean

fact request.date : date advances
fact request.service : Service
fact request.region : Region
fact patient.age : Age protected fixed
fact patient.allergic : boolean fixed
fact patient.diabetic : boolean fixed
fact score.before : Score
fact score.now : Score higher is sicker
fact impact : Impact higher is sicker
fact trend : Trend
fact urgent : boolean
fact consent.signed : boolean true is better evidence
fact visits : list of Visit (at most 6)
fact courses : list of Course (at most 6)
fact studies : list of Study (at most 6) more is better evidence

always every visit in visits has visit.day <= request.date
always every course in courses has (course.start <= course.end and course.end <= request.date)
always every study in studies has study.day <= request.date
"""
"""What an example can speak of without a vocabulary of its own."""

_NAME = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
_HEAD = 'policy example "An example"\n  uses example\n'
_HEADERS = ("source", "uses", "extends", "effective", "applies")


def files(example: str) -> dict[str, str]:
    """The text of each file of an example, by name; `POLICY_FILE` is the policy to lint."""
    first, *named = _NAME.split(example)
    found = {POLICY_FILE: first} if first.strip() else {}
    found |= dict(zip(named[::2], named[1::2], strict=True))
    policy = found.get(POLICY_FILE, "")
    if not policy.startswith("policy"):
        gap = "" if policy.lstrip().startswith(_HEADERS) else "\n"
        found[POLICY_FILE] = _HEAD + gap + policy
    return {VOCABULARY_FILE: VOCABULARY, **found}
