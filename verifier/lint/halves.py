"""The rules of a policy, run one after the other; those of a large one in two halves, which two processes can share.

Each half has a program of its own, from which its rules take what they have in common, and asks in the same order
whether it is run alone, after the other or beside it. So what is found does not depend on how many processes there
are. The price is that both look for a first case that is approved.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy_dsl.core.ir import Policy
from verifier.lint.bounded import as_far_as_shown
from verifier.lint.context import left_open
from verifier.lint.finding import UNDECIDED, Finding
from verifier.lint.program import Program
from verifier.lint.registry import Rule, rule

LARGE = 200
"""Clauses from which on the rules are run in halves: below, a second process takes longer to start than it saves."""
_FIRST = frozenset(
    {
        "calendar-sensitive",
        "dead-alternative",
        "failed-check",
        "immaterial-reading",
        "impossible-order",
        "material-reading",
        "never-decisive",
        "opposed-roles",
        "redundant-criterion",
        "slack-threshold",
        "unreachable-exclusion",
        "vacuous-check",
    }
)
"""The rules of the first half, which takes about as long as the other; those that look for what makes no difference
share much, and so do those that look for who is shut out, and for pairs of cases."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Half:
    """Rules of one policy, by slug; `policies` are all of the run."""

    place: int
    policies: tuple[Policy, ...]
    slugs: tuple[str, ...]

    @property
    def policy(self) -> Policy:
        return self.policies[self.place]


@dataclass(frozen=True, slots=True)
class _Found:
    """What each rule of a half found, in its order, and what is open since they had nothing to go by."""

    by_rule: dict[str, tuple[Finding, ...]]
    left_open: tuple[Finding, ...]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def found_by(
    own: Sequence[Rule], policy: Policy, policies: Sequence[Policy], known: Sequence[Finding], tell: Tell, jobs: int
) -> list[Finding]:
    """What the rules find in one of the policies, after what is known already; what several say is open is said once.

    `tell` is called before each rule that this process runs. `jobs`: how many processes there may be.
    """
    halves = _halves(own, policy, tuple(policies))
    at_once = jobs > 1 and len(halves) == 2
    parts = _both(halves[0], halves[1], tell) if at_once else [*_in_turn(halves, tell)]
    by_rule = {slug: found for part in parts for slug, found in part.by_rule.items()}
    seen = list(known)
    for r in own:
        for finding in by_rule[r.slug]:
            if finding.rule != UNDECIDED or finding not in seen:
                seen.append(finding)
    if not any(f.rule == UNDECIDED for f in seen):
        seen += dict.fromkeys(f for part in parts for f in part.left_open)
    return seen[len(known) :]


def _halves(own: Sequence[Rule], policy: Policy, policies: tuple[Policy, ...]) -> list[_Half]:
    slugs = [r.slug for r in own]
    place = next(i for i, p in enumerate(policies) if p is policy)
    if len(policy.clauses) < LARGE:
        return [_Half(place, policies, tuple(slugs))]
    parts = [[s for s in slugs if s in _FIRST], [s for s in slugs if s not in _FIRST]]
    return [_Half(place, policies, tuple(part)) for part in parts if part]


def _in_turn(halves: Sequence[_Half], tell: Tell) -> Iterator[_Found]:
    for place, half in enumerate(halves):
        if place:
            gc.collect()  # the program before holds itself, and would stay with all its terms
        yield _run(half, tell)


def _run(half: _Half, tell: Tell) -> _Found:
    program = Program(half.policy, half.policies)
    by_rule = {}
    for slug in half.slugs:
        tell(f"{half.policy.id}: {slug}")
        check = rule(slug).check
        by_rule[slug] = () if check is None else tuple(map(as_far_as_shown, check(program)))
    return _Found(by_rule, tuple(left_open(program)))


def _both(first: _Half, second: _Half, tell: Tell) -> list[_Found]:
    """Both halves, the second in a process of its own, unless it is such as cannot be handed to one."""
    from verifier.workers import Aside  # loads slowly, and few policies are large

    packed = _packed(second)
    if packed is None:
        return [_run(first, tell), _run(second, tell)]
    with Aside(_run_packed, packed) as aside:
        found = _run(first, tell)
        tell(f"{second.policy.id}: the other rules")
        answer = aside.result()
    if not isinstance(answer, bytes):  # its process died, or what it found cannot be handed over
        return [found, _run(second, lambda _: None)]
    for _ in second.slugs[1:]:
        tell(f"{second.policy.id}: the other rules")
    other: _Found = pickle.loads(answer)
    return [found, other]


def _run_packed(packed: bytes) -> bytes | None:
    return _packed(_run(pickle.loads(packed), lambda _: None))


def _packed(what: object) -> bytes | None:
    """The value as bytes; None if expressions in it are nested too deeply for that."""
    try:
        return pickle.dumps(what)
    except RecursionError:
        return None
