"""The proofs of findings, tried again without what found them: fresh completions, and the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.known import unknown_case
from policy_dsl.load import load
from verifier.certify.run import Run
from verifier.lint import Finding, lint
from verifier.lint.examples import POLICY_FILE, files
from verifier.lint.program import Program
from verifier.lint.registry import Rule, rule
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Impossible, Possible, Verdict
from verifier.smt.terms import Bool, conj, neg

Goal = Callable[[Encoding], Bool]


def policy_of(folder: Path, text: str) -> Policy:
    """A policy in the short form that the rules' examples have."""
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
    return load(folder / POLICY_FILE)


def found(policy: Policy, slug: str) -> list[Finding]:
    """What one rule finds, and what it could not settle."""
    return list(rule(slug).check(Program(policy)))


def of_example(folder: Path, looked_for: Rule, example: str) -> tuple[list[Policy], list[Finding]]:
    """The policies of a rule's example, written to the folder, and what the rule finds in them."""
    for name, text in files(example).items():
        (folder / name).write_text(text, encoding="utf-8")
    if looked_for.check_between is not None:
        policies = [load(path) for path in sorted(folder.glob("*.policy"))]
        found = lint(policies, only=[looked_for], between=run_of_example(folder).pairs(policies)).found
    else:
        policies = [load(folder / POLICY_FILE)]
        found = lint(policies, only=None if looked_for.check is None else [looked_for]).found
    return policies, [f for f in found if f.rule == looked_for.slug]


def run_of_example(folder: Path) -> Run:
    """How the policies of an example are linted."""
    return Run(next((str(path) for path in sorted(folder.glob("*.mapping"))), None))


def ask(policy: Policy, goal: Goal, clauses: Iterable[str], assumptions: Iterable[str]) -> Verdict:
    """Whether some case has what the goal says, holds to these clauses and meets these assumptions."""
    held, assumed = list(clauses), [a for a in policy.assumptions if a.name in set(assumptions)]

    def whole(e: Encoding) -> Bool:
        return conj(
            (e.applies(), goal(e), *(neg(e.fails(c)) for c in held), *(e.condition(a.condition) for a in assumed))
        )

    return Completions(policy, unknown_case(policy), {}).find(whole, lambda _evaluation, _case: True)


def rests_on(policy: Policy, goal: Goal, clauses: Sequence[str], assumptions: Sequence[str]) -> None:
    """That no case has what the goal says with all of these, and some case has without any one of them."""
    assert isinstance(ask(policy, goal, clauses, assumptions), Impossible)
    for left_out in (*clauses, *assumptions):
        rest = [c for c in clauses if c != left_out], [a for a in assumptions if a != left_out]
        assert isinstance(ask(policy, goal, *rest), Possible), f"{left_out} is not needed"
