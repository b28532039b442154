"""Two windows force an order of events that the text does not ask for.

Family: time

Reported iff one clause accepts a date only within a length before a day, other clauses need courses that cover more
days than that and end by the same day, or a date that lies further before it, and no clause speaks of both: then
what is dated before the beginning of the second can never count for the first. Of a clause that is waived or called
for under a condition only, it is said of those to whom it applies. Information.

Why it hurts: the patient was examined, then treated, and the treatment failed: the natural order. But treatment takes
longer than the examination stays fresh, so that it never counts and has to be done again.

Fires: a study counts for 60 days, and care takes 12 weeks.

    criterion recent "A recent study"
      require some study in studies has study.day within 60 days before request.date

    criterion care "Twelve weeks of care"
      require days covered by (c.start to c.end for c in courses) >= 12 weeks

Does not fire: the study counts for half a year.

    criterion recent "A recent study"
      require some study in studies has study.day within 180 days before request.date

    criterion care "Twelve weeks of care"
      require days covered by (c.start to c.end for c in courses) >= 12 weeks

Limits: never above information: a text may well want the examination last. Windows in constant lengths only, and
no fixed date as the beginning, which nobody chooses. Default readings. The proof is arithmetic: days covered within a
window are no more than the window has, however many courses there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Severity
from policy_dsl.relevance import clause_parts
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core, items, proof
from verifier.lint.finding import Bounds, Finding, of_clause
from verifier.lint.parts import clause_idle, negation
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.lint.variant import reach
from verifier.lint.windows import Window, windows
from verifier.smt.query import proved

_BOOLEAN = t.Boolean()


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What must have begun at least `length` days before a day, by the clauses and assumptions of `core`, and `where`,
    if not in every case; `covered`: the courses that take so long, else `window`: the date and the day."""

    name: str
    words: str
    length: int
    clauses: frozenset[int]
    core: Core
    where: str
    covered: ir.DaysCovered | None = None
    window: Window | None = None


def check(program: Program) -> Iterator[Finding]:
    """A finding for each window and each beginning that it cannot reach behind."""
    given = context(program)
    recent = [w for w in windows(program) if w.within]
    if not recent or given is None:
        return
    beginnings = list(_beginnings(program, given))
    for window in recent:
        own = window.clauses & given.clauses
        for beginning in beginnings:
            apart = own and not beginning.clauses & window.clauses and beginning.length > window.length
            if apart and _same_day(program, window, beginning):
                yield _finding(program, window, beginning, given)


def _beginnings(program: Program, given: Context) -> Iterator[_Beginning]:
    """What the clauses of some approval always need to have begun before a day."""
    reached = reach(program)
    for window in windows(program):
        chosen = isinstance(window.when, ir.FactValue) and not window.when.fact.fixed
        if not window.within and chosen:
            for found, where in _needed(program, window.node, given, window.clauses):
                yield _Beginning(window.name, window.words, window.length, window.clauses, found, where, window=window)
    for clause in program.policy.clauses:
        for node in (n for part in clause_parts(program.policy, clause.id) for n in ir.walk(part)):
            match node:
                case ir.Compare(left=ir.Constant(value=int(days)), right=ir.DaysCovered() as covered):
                    own = reached.clauses[clause.id]
                    for found, where in _needed(program, node, given, own):
                        name, words = _list_of(covered.source), f"{days} days"
                        yield _Beginning(name, words, days, own, found, where, covered=covered)
                case _:
                    continue


def _needed(
    program: Program, condition: ir.Compare, given: Context, clauses: frozenset[int]
) -> Iterator[tuple[Core, str]]:
    """What makes a closed condition hold in every case that is approved, if it does; or else in those to which the
    one clause applies that it stands in, and that they are meant."""
    free = {n.variable.id for n in ir.walk(condition) if isinstance(n, ir.VariableValue | ir.FieldValue)}
    bound = {n.variable.id for n in ir.walk(condition) if isinstance(n, ir.Filter | ir.DaysCovered)}
    if free - bound:
        return
    fails = program.holds(negation(condition, condition.span))
    asked = [(frozenset({fails}), "")]
    for clause in (program.policy.clauses[c] for c in clauses if len(clauses) == 1):
        if clause.guard is not None or program.policy.waivers_of(clause.id):
            applies = program.holds(negation(clause_idle(program.policy, clause), clause.span))
            asked.append((frozenset({fails, applies}), f", where `{clause.id}` applies"))
    approved = samples(program, given).approved
    for demands, where in asked:
        if any(program.meets(demands, case) for case in approved):
            continue
        found = core(program, demands, given.demands)
        if isinstance(found, Core) and found.demands & frozenset(program.clauses):
            yield found, where
            return


def _same_day(program: Program, window: Window, beginning: _Beginning) -> bool:
    """Whether both lie before the same day: the window's is the other's, or no course ends after it."""
    if beginning.window is not None:
        return beginning.window.anchor == window.anchor
    later = _later(program, window, beginning)
    key = ("later than the day", later)
    return bool(later) and program.once(key, lambda: proved(program.together(later)))


def _later(program: Program, window: Window, beginning: _Beginning) -> frozenset[int]:
    """That some course ends after the window's day; nothing if no courses are meant."""
    covered = beginning.covered
    if covered is None:
        return frozenset()
    key = ("later courses", id(covered), window.anchor.index)  # many windows lie before one day
    return program.once(key, lambda: frozenset({program.holds(_some_later(window, covered))}))


def _some_later(window: Window, covered: ir.DaysCovered) -> Expr:
    day = ir.FactValue(window.anchor, t.Date(), window.node.span)
    after = ir.Compare("<", day, covered.end, _BOOLEAN, window.node.span)
    return ir.Quantifier("some", 1, covered.variable, covered.source, after, _BOOLEAN, window.node.span)


def _finding(program: Program, window: Window, beginning: _Beginning, given: Context) -> Finding:
    policy, demands = program.policy, beginning.core.demands
    own, later = window.clauses & given.clauses, _later(program, window, beginning)
    return Finding(
        rule="impossible-order",
        severity=Severity.INFO,
        policy=policy.id,
        message=f"`{window.name}` counts for {window.words} and `{beginning.name}` takes at least {beginning.words}: "
        f"what is dated before `{beginning.name}` began can never count{beginning.where}",
        span=window.node.span,
        clauses=program.names(own | demands, program.clauses),
        assumptions=program.names(demands, program.assumptions),
        core=(*(of_clause(policy.clauses[c]) for c in sorted(own - demands)), *items(program, demands)),
        bounds=Bounds(beginning.core.scope),
        proofs=(
            beginning.core.proof(program),
            *((proof(program, later, frozenset(), None),) if later else ()),
        ),
        details=given.notes,
    )


def _list_of(source: Expr) -> str:
    """The list that a source is taken from."""
    return next((n.fact.path for n in ir.walk(source) if isinstance(n, ir.FactList)), "a list")
