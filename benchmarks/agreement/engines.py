"""What each engine says of cases, held against the reference evaluator; a difference comes out in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from policy_dsl.case import CaseError, case_to_json
from policy_dsl.compiled import compile_policy
from policy_dsl.core.ir import OUTCOMES, Outcome, Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case
from tests.smt.pinned import pins, unknown_encoding
from verifier.certify.confirm import ask
from verifier.certify.goal import HasAnother, HasOutcome, Method, script
from verifier.outcomes import settle
from verifier.smt.limit import Limit
from verifier.smt.query import Completions
from verifier.smt.solve import Solver
from verifier.smt.terms import neg

_QUICK = Limit(2_000_000, (0, 1, 2, 4))
_CVC5 = 500_000
Answer = tuple[bool, str]
"""Whether the engine has answered, and the difference in words, if there is one."""


def by_compiled(policy: Policy, readings: Mapping[str, str]) -> Callable[[Case], Answer]:
    """The compiled policy: outcome, failed clauses and outputs of a complete case."""
    quick = compile_policy(policy, readings)

    def check(case: Case) -> Answer:
        answer, reference = quick(case_to_json(policy, case)), evaluate(policy, case, readings)
        if answer is None:
            return True, "the compiled policy does not answer a complete case"
        failed = () if reference.outcome == "not_applicable" else tuple(k for k, v in reference.fails.items() if v)
        theirs, ours = (answer.outcome, answer.failed, answer.outputs), (reference.outcome, failed, reference.outputs)
        return True, "" if theirs == ours else f"compiled: {theirs}, evaluated: {ours}"

    return check


def by_z3(policy: Policy, readings: Mapping[str, str], cases: Sequence[Case]) -> Iterator[Answer]:
    """Z3 with nothing known and every input pinned, one encoding for all the cases."""
    encoding = unknown_encoding(policy, cases, readings)
    outcomes = {o: encoding.outcome(o) for o in OUTCOMES}
    solver = Solver(encoding.world.context)
    solver.extend(encoding.constraints())
    for case in cases:
        outcome = _outcome(policy, case, readings)
        pinned = pins(encoding, case)
        answers = []
        for formula in (outcomes[outcome], neg(outcomes[outcome])):
            answers.append(solver.check(formula, *pinned))
            solver.release()
        wrong = answers[0] == "unsat" or answers[1] == "sat"
        yield "unknown" not in answers, f"Z3 does not give the outcome {outcome}: {answers}" if wrong else ""


def by_cvc5(policy: Policy, readings: Mapping[str, str], case: Case) -> Answer:
    """cvc5 on the second translation: no outcome but the evaluator's is possible."""
    outcome = _outcome(policy, case, readings)
    answer = ask(script(policy, case, readings, HasAnother(outcome), Method())[0], resources=_CVC5)
    return answer != "unknown", f"cvc5 gives an outcome that is not {outcome}" if answer == "sat" else ""


def by_completions(policy: Policy, readings: Mapping[str, str], case: Case, full: Sequence[Case]) -> Iterator[Answer]:
    """Z3 on a case with unknowns: what some completions come to is not excluded, by cvc5 no more than by Z3."""
    try:
        settled = settle(policy, case, readings, lambda: Completions(policy, case, readings, limit=_QUICK))
    except CaseError as error:
        yield True, f"a case with completions is refused: {error}"
        return
    allowed = {*settled.possible, *settled.unsettled}
    proved: dict[Outcome, str] = {}
    for other in full:
        outcome = _outcome(policy, other, readings)
        if outcome not in proved:
            proved[outcome] = ask(script(policy, case, readings, HasOutcome(outcome), Method())[0], resources=_CVC5)
        words = "" if outcome in allowed else f"Z3 excludes {outcome}, which a completion has"
        if proved[outcome] == "unsat":
            words = f"cvc5 excludes {outcome}, which a completion has"
        if any(evaluate(policy, other, readings).fails[c] is not True for c in settled.failed):
            words = words or f"a completion does not fail all of {settled.failed}"
        yield True, words


def _outcome(policy: Policy, case: Case, readings: Mapping[str, str]) -> Outcome:
    outcome = evaluate(policy, case, readings).outcome
    if outcome is None:
        raise AssertionError("a complete case has no outcome")
    return outcome
