"""Making certificates of findings: what is impossible, with a script and a case for each part that is needed; the
cases that a finding shows, with what the policy says of each; and where there is neither, the words it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from policy_dsl.case import case_to_json, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import unknown_case
from verifier.certify import words
from verifier.certify.certificate import Certificate, Claim, Counterexample, policy_named, policy_texts
from verifier.certify.goal import Meets, named
from verifier.certify.issue import completion, refutation, versions
from verifier.certify.run import Run
from verifier.certify.standing import standing
from verifier.lint.finding import Finding, Proof


def certify_finding(policy: Policy, finding: Finding, linted: Sequence[Policy], run: Run | None = None) -> Certificate:
    """The certificate of a finding that `lint` made about the policy, looked at with all those linted, and how."""
    claims = [_contradiction(p.world or policy, p) for p in finding.proofs]
    claims += _shown(policy, finding)
    claims += [_mends(r.clauses, r.witness) for r in finding.repairs]
    return Certificate(
        kind="finding",
        policy=policy_texts(policy),
        versions=versions(),
        readings={},
        case=None,
        linted=tuple(policy_named(p) for p in linted if p.id != policy.id),
        run=(run or Run()).to_json(),
        answer=finding.to_json(),
        claims=tuple(claims) or standing(policy, finding.to_json()),
    )


def _contradiction(policy: Policy, proof: Proof) -> Claim:
    """What no case meets together; without any one of the parts that are needed some case does."""
    own = dict(proof.conditions)
    goal = Meets(tuple((name, named(policy, name, own) or e) for name, e in proof.conditions))
    nothing = unknown_case(policy)
    needed = []
    for name, _ in proof.needed:
        rest = Meets(tuple(c for c in goal.conditions if c[0] != name))
        found = completion(policy, nothing, {}, rest)
        if found is not None:
            needed.append(Counterexample(name, case_to_json(policy, found)))
    return Claim(
        kind="contradiction",
        subject=policy.id,
        says=words.impossible(goal, None),
        refutation=refutation(policy, nothing, {}, goal),
        needed=tuple(needed),
    )


def _shown(policy: Policy, finding: Finding) -> Iterator[Claim]:
    """The cases of the finding, each with its outcome."""
    cases = [c.case for c in finding.cases] or ([] if finding.witness is None else [finding.witness])
    for data in cases:
        outcome = evaluate(policy, read_case(policy, data)).outcome
        yield Claim(kind="shown", subject=outcome or "open", says=words.shown(outcome), witness=data)


def _mends(clauses: tuple[str, ...], witness: Mapping[str, object]) -> Claim:
    subject = ", ".join(clauses)
    return Claim(kind="mends", subject=subject, says=words.mends(subject), witness=witness)
