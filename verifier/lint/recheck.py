"""Findings examined again from what they show alone, with nothing of what led to them.

A finding is taken as a reader has it: its clauses and assumptions by name, its cases as JSON, its words with their
places. Cases are read by the reader of cases and decided by the reference evaluator; what a proof rules out is asked
anew of a solver that knows nothing of the analysis, as is each of its parts being needed. What of a finding has no
such content (an edit without effect, a value that nobody can have) is not examined beyond its names, words and cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from policy_dsl.case import read_case
from policy_dsl.core import ir
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Span
from policy_dsl.evaluate import evaluate
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, CaseError, unknown_case
from verifier.lint.demand import Applies, ClauseFails, ClauseHolds, Demand, Example, Holds, encode, is_met
from verifier.lint.finding import CoreItem, Finding, Words
from verifier.lint.parts import negation
from verifier.lint.program import Program
from verifier.lint.units import units
from verifier.smt.query import Completions, Impossible, Possible, Verdict
from verifier.smt.terms import conj

_WITHOUT = re.compile(r"^said of the policy without (.*), with which ")


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What of a finding was examined anew, and what did not come out as it says."""

    examined: tuple[str, ...]
    wrong: tuple[str, ...]


def recheck(policy: Policy, finding: Finding) -> Rechecked:
    """Examine a finding about the policy."""
    examined: list[str] = []
    wrong: list[str] = []
    for what, look in _LOOKS.items():
        said = list(look(policy, finding))
        if said:
            examined.append(what)
        wrong += [f"{what}: {problem}" for problem in said if problem]
    return Rechecked(tuple(examined), tuple(wrong))


# A look yields a text for each thing that it looked at: empty where that is as the finding says.


def _names(policy: Policy, finding: Finding) -> Iterator[str]:
    clauses = {c.id for c in policy.clauses}
    assumptions = {a.name for a in policy.assumptions}
    for kind, known, named in (("clause", clauses, finding.clauses), ("assumption", assumptions, finding.assumptions)):
        for name in named:
            yield "" if name in known else f"there is no {kind} `{name}`"
    for item in finding.core:
        known, named = (clauses, finding.clauses) if item.kind == "clause" else (assumptions, finding.assumptions)
        yield "" if item.id in known and item.id in named else f"`{item.id}` of the core is not named"


def _words(policy: Policy, finding: Finding) -> Iterator[str]:
    for item in finding.core:
        for words in item.words:
            yield _stand(policy, item, words)


def _stand(policy: Policy, item: CoreItem, words: Words) -> str:
    """Whether the words begin at their place; the reason for an assumption stands somewhere in its statement."""
    if item.kind == "assumption":
        own = next(a for a in policy.assumptions if a.name == item.id)
        return "" if own.because == words.text else f"`{item.id}` gives another reason"
    texts = [*policy.files, *((s.path, s.text) for s in policy.sources)]
    first = words.text.split()[0]
    for name, text in texts:
        if PurePath(name).name == PurePath(words.place.file).name:
            lines = text.splitlines()
            if words.place.line <= len(lines) and lines[words.place.line - 1][words.place.column - 1 :].startswith(
                first
            ):
                return ""
    return f"{words.place.file}:{words.place.line} does not begin with {first}"


def _cases(policy: Policy, finding: Finding) -> Iterator[str]:
    """Every case is one, has the outcome that is said of it, and repairs let theirs be approved."""
    spared = _set_aside(finding)
    readings = _choices(policy) if finding.rule in _OF_READINGS else ({},)
    for shown in finding.cases:
        said = [_has_outcome(policy, shown.case, shown.outcome, spared, chosen) for chosen in readings]
        yield "" if "" in said else said[0]
    for repair in finding.repairs:
        yield _has_outcome(policy, repair.witness, "approve", frozenset(repair.clauses))
    if finding.witness is not None and not finding.cases:
        yield _has_outcome(policy, finding.witness, _WITNESS_IS.get(finding.rule), spared)


def _choices(policy: Policy) -> tuple[dict[str, str], ...]:
    """The default readings, and every choice of one other reading."""
    return ({}, *({owner: name} for owner, names in policy.readings().items() for name in names[1:]))


def _set_aside(finding: Finding) -> frozenset[str]:
    """The clauses without which a finding is said."""
    found = [_WITHOUT.match(detail) for detail in finding.details]
    return frozenset(name for match in found if match for name in re.findall(r"`([^`]+)`", match[1]))


def _has_outcome(
    policy: Policy,
    data: Mapping[str, object],
    outcome: str | None,
    spared: frozenset[str],
    readings: Mapping[str, str] | None = None,
) -> str:
    try:
        case = read_case(policy, data)
    except CaseError as error:
        return f"not a case: {error}"
    evaluation = evaluate(policy, case, readings)
    if spared and outcome in ("approve", "deny", "pend"):
        fails = [f for c, f in evaluation.fails.items() if c not in spared]
        fails_some = outcome if outcome != "approve" and True in fails else "one that fails another clause"
        found = "approve" if all(f is False for f in fails) else fails_some
    else:
        found = evaluation.outcome or "open"
    wrong = outcome is not None and (found != outcome or (bool(spared) and evaluation.applies is not True))
    return f"a case said to be {outcome} is {found}" if wrong else ""


_OF_READINGS = ("material-reading",)
_WITNESS_IS = {"satisfiable": "approve"}


def _proof(policy: Policy, finding: Finding) -> Iterator[str]:
    """What the core rules out is impossible, and possible as soon as a part of the core is left out."""
    ask = _ASKED.get(finding.rule)
    asked = None if ask is None else ask(policy, finding)
    if asked is None:
        return
    about = frozenset(d.clause for d in asked if isinstance(d, ClauseFails)) | _owners(policy, finding, asked)
    core = [_as_demands(policy, item) for item in finding.core if item.kind == "assumption" or item.id not in about]
    answer = _together(policy, [*asked, *(d for part in core for d in part)])
    if not isinstance(answer, Impossible):
        yield f"the core can be met: {answer}"
        return
    yield "" if answer.covers(finding.bounds.scope) else f"shown for lists of up to {answer.scope} elements only"
    if not any("could not be shown that each" in detail for detail in finding.details):
        for i, part in enumerate(core):
            rest = [*asked, *(d for other in core if other is not part for d in other)]
            yield "" if isinstance(_together(policy, rest), Possible) else f"part {i} of the core is not needed"


def _proofs(policy: Policy, finding: Finding) -> Iterator[str]:
    """What the finding's proofs say is impossible is, and each part is needed; and the core names all that they rest
    on."""
    named = {f"{i.kind} {i.id}" for i in finding.core}
    for number, proof in enumerate(finding.proofs):
        world = proof.world or policy
        asked, needed = ([Holds(e) for _, e in part] for part in (proof.asked, proof.needed))
        answer = _together(world, [*asked, *needed])
        shown = isinstance(answer, Impossible) and answer.covers(proof.scope)
        yield "" if shown else f"what proof {number} rules out can be: {answer}"
        for i, (name, _) in enumerate(proof.needed):
            rest = _together(world, [*asked, *needed[:i], *needed[i + 1 :]])
            yield "" if isinstance(rest, Possible) else f"proof {number} does not need `{name}`"
            known = proof.world is not None or name.startswith("demand ") or name in named
            yield "" if known else f"the core lacks `{name}`, on which proof {number} rests"


def _as_demands(policy: Policy, item: CoreItem) -> list[Demand]:
    """What a part of the core demands: of a clause, what stands below the words that are shown."""
    if item.kind == "assumption":
        return [Holds(next(a.condition for a in policy.assumptions if a.name == item.id))]
    number = next(i for i, c in enumerate(policy.clauses) if c.id == item.id)
    shown = {w.text for w in item.words}
    own = units(Program(policy))[number]
    needed = [u for u in own if {q.text for q in u.quotes(policy.clauses[number])} <= shown]
    return [ClauseHolds(item.id)] if len(needed) == len(own) or not shown else [Holds(u.passes) for u in needed]


def _owners(policy: Policy, finding: Finding, asked: Iterable[Demand]) -> frozenset[str]:
    """The clause of which a single demand is asked: it is what the proof is about."""
    if not any(isinstance(d, Holds) for d in asked):
        return frozenset()
    return frozenset(c.id for c in policy.clauses if _within(finding.span, c.span))


def _together(policy: Policy, demands: list[Demand]) -> Verdict:
    """Whether a well-formed case that the policy applies to meets the demands, asked of a solver of its own."""
    evaluator = Evaluator(policy)
    everything: list[Demand] = [Applies(), *demands] if not any(isinstance(d, Example) for d in demands) else demands

    def replay(_evaluation: object, case: Case) -> bool:
        return all(is_met(evaluator, d, case) for d in everything)

    return Completions(policy, unknown_case(policy), {}).find(
        lambda encoding: conj(encode(d, encoding) for d in everything), replay
    )


def _check(policy: Policy, finding: Finding) -> Iterator[str]:
    """The witness of a check that fails is what the check says there is none of."""
    claim = next((c for c in policy.checks if c.span == finding.span), None)
    if finding.rule != "failed-check" or finding.witness is None or not isinstance(claim, ir.OutcomeCheck):
        return
    case = read_case(policy, finding.witness)
    yield "" if is_met(Evaluator(policy), Example(claim), case) else f"the case does not refute `{claim.name}`"


_Asked = Callable[[Policy, Finding], "list[Demand] | None"]


def _nothing(_policy: Policy, _finding: Finding) -> list[Demand] | None:
    """The core by itself cannot be met."""
    return []


def _failing(policy: Policy, finding: Finding) -> list[Demand] | None:
    """The clause at the finding's place fails, or one demand of it there, while the others of the clause hold."""
    for clause, own in zip(policy.clauses, units(Program(policy)), strict=True):
        if clause.span == finding.span:
            return [ClauseFails(clause.id)]
        failing = [u for u in own if u.span == finding.span]
        if failing:
            rest: list[Demand] = [Holds(u.passes) for u in own if u not in failing]
            return [*(Holds(negation(u.passes, u.span)) for u in failing[:1]), *rest]
    return None


def _example(policy: Policy, finding: Finding) -> list[Demand] | None:
    """An example of a check that there is none of."""
    claim = next((c for c in policy.checks if c.span == finding.span), None)
    if isinstance(claim, ir.OutcomeCheck) and claim.kind == "possibly" and finding.witness is None:
        return [Example(claim)]
    return None


_ASKED: dict[str, _Asked] = {
    "contradictory-clauses": _nothing,
    "redundant-criterion": _failing,
    "never-decisive": _failing,
    "unreachable-exclusion": _failing,
    "duplicate-condition": _failing,
    "failed-check": _example,
}
_LOOKS: dict[str, Callable[[Policy, Finding], Iterator[str]]] = {
    "names": _names,
    "words": _words,
    "cases": _cases,
    "proof": _proof,
    "proofs": _proofs,
    "check": _check,
}


def _within(inner: Span, outer: Span) -> bool:
    start = (outer.line, outer.column) <= (inner.line, inner.column)
    return (
        inner.file == outer.file and start and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
