"""A field of a record that nothing reads, though the records are read.

Family: hygiene

Reported iff some list of the record is read, and no clause, waiver, output, assumption or check reads the field of
any of them, directly or through definitions; and the same holds of all policies of the run that share the vocabulary.
Invariants do not count. Information.

Why it hurts: what is asked of each record and decides nothing is work for the one who fills it in. A date that is
never read is the sign of a window that was forgotten.

Fires: the date of a study is recorded, and no clause looks at it.

    policy example "An example"
      uses small

    criterion positive "A positive study"
      require some study in studies has study.positive

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    record Study "An examination with a result"
      day      : date
      positive : boolean

    fact request.date : date advances
    fact studies : list of Study (at most 4)

Does not fire: the date is read.

    policy example "An example"
      uses small

    criterion positive "A positive study"
      require some study in studies has
        (study.positive and study.day within 60 days before request.date)

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    record Study "An examination with a result"
      day      : date
      positive : boolean

    fact request.date : date advances
    fact studies : list of Study (at most 4)

Limits: lists alone; the fields of a record that is a single fact are facts of their own, see `unused-fact`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding
from verifier.lint.program import Program
from verifier.lint.usage import sharing, usage


def check(program: Program) -> Iterator[Finding]:
    """A finding for each vocabulary with fields that no policy of the run reads."""
    for file in dict.fromkeys(f.span.file for f in program.policy.facts):
        policies = sharing(program, file, lambda p: (f.span for f in p.facts))
        lists: set[str] = set()
        read: set[tuple[str, str]] = set()
        for policy in policies:
            _read(policy, lists, read)
        records = {f.type.element.name: f.type.element for f in program.policy.facts if isinstance(f.type, t.ListOf)}
        for record in records.values():
            own = [f for f in record.fields if f.span is not None and f.span.file == file]
            unread = [f for f in own if (record.name, f.name) not in read]
            if record.name in lists and unread and not record.bare:
                names = listing((f.name for f in unread), last="or")
                whom = f"`{program.policy.id}` does not read" if len(policies) == 1 else "none of the policies reads"
                place = unread[0].span
                assert place is not None
                yield Finding(
                    rule="unread-field",
                    severity=Severity.INFO,
                    policy=program.policy.id,
                    message=f"{whom} {names} of `{record.name}`",
                    span=place,
                )


def _read(policy: Policy, lists: set[str], read: set[tuple[str, str]]) -> None:
    """Add the records of which lists are read, and their fields that are."""
    for fact, field in usage(policy).places:
        type = policy.facts[fact].type
        if isinstance(type, t.ListOf):
            lists.add(type.element.name)
            if field is not None:
                read.add((type.element.name, type.element.fields[field].name))
