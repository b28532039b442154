"""The same demand stands in two clauses, perhaps with another window, bound or set.

Family: decorative

Reported iff two single demands of different clauses are alike but for their constants, and, over well-formed cases
that the policy applies to, one of them implies the other. A warning if the two differ in what follows (one denies,
the other may deny or pends) or in a constant; for information where a text merely repeats itself.

Why it hurts: two windows for one document, or a denial in one place and a request for papers in another, are two
answers to one question. The patient is told one of them; the auditor finds the other. And who edits one of the two
changes nothing, or not what was meant.

Fires: the same letter of consent denies in one clause and pends in another; and of two windows the wider is idle.

    criterion consent "Consent"
      require consent.signed

    documentation papers "Papers"
      require consent.signed

    criterion recent "A recent examination"
      require some study in studies has study.day within 30 days before request.date

    criterion examined "An examination"
      require some other in studies has other.day within 60 days before request.date

Does not fire: each is said once.

    criterion consent "Consent"
      require consent.signed

    criterion recent "A recent examination"
      require some study in studies has study.day within 30 days before request.date

Limits: alike means of the same form after definitions are written out and the order of `and` and `or` is set aside.
The same demand in another form is `redundant-criterion`. Of more than 30 demands that are alike, the first 30 are
compared. Default readings. What is reported here is not reported again as redundant or never decisive.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.alike import Force, Repeat, force, repeats
from verifier.lint.core import Core, core
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.program import Program
from verifier.lint.units import proof, units
from verifier.lint.wording import counted, listed
from verifier.smt.query import shortest


def check(program: Program) -> Iterator[Finding]:
    """A finding for each two clauses that say the same."""
    found = repeats(program)
    pairs: dict[tuple[int, int], list[Repeat]] = {}
    for repeat in found.found:
        pairs.setdefault((repeat.again.clause, repeat.first.clause), []).append(repeat)
    for (again, first), said in pairs.items():
        yield _finding(program, again, first, said)
    for a, b, reason in found.unsettled:
        ids = (program.policy.clauses[a.clause].id, program.policy.clauses[b.clause].id)
        yield undecided(program.policy, f"whether {listed(ids)} say the same", reason, b.span, ids)


def _finding(program: Program, again: int, first: int, said: list[Repeat]) -> Finding:
    policy = program.policy
    clauses = policy.clauses[again], policy.clauses[first]
    forces = {(force(clauses[0], r.again), force(clauses[1], r.first)) for r in said}
    turns = next(((a, b) for a, b in sorted(forces) if a != b), None)
    same = all(r.same for r in said)
    subject = _part(program, again, len({r.again.place for r in said}))
    verb = "says" if len({r.again.place for r in said}) == 1 or subject.startswith("`") else "say"
    return Finding(
        rule="duplicate-condition",
        severity=Severity.INFO if same and turns is None else Severity.WARNING,
        policy=policy.id,
        message=f"{subject} {verb} again what `{clauses[1].id}` says"
        + ("" if same else ", but with another limit, which decides nothing")
        + ("" if turns is None else _turn(*turns)),
        span=said[0].again.span if len(said) < len(units(program)[again]) else clauses[0].span,
        clauses=tuple(sorted(c.id for c in clauses)),
        core=proof(program, frozenset(), [u for r in said for u in (r.again, r.first)]),
        bounds=Bounds(shortest(r.scope for r in said)),
        proofs=tuple(p.proof(program) for r in said for p in _implied(program, r)),
    )


def _implied(program: Program, said: Repeat) -> Iterator[Core]:
    """That the demand said again holds wherever the first one does."""
    asked, first = frozenset({said.again.fails(program)}), frozenset({said.first.number(program)})
    found = core(program, asked, first)
    if isinstance(found, Core):
        yield found


def _part(program: Program, clause: int, number: int) -> str:
    name = f"`{program.policy.clauses[clause].id}`"
    return name if number == len(units(program)[clause]) else f"{counted(number, 'demand')} of {name}"


def _turn(again: Force, first: Force) -> str:
    does = {"deny": "denies", "may deny": "only may deny", "pend": "pends"}
    return f", but {does[again]} where that {does[first].replace('only ', '')}"
