"""Two policies to look at together: two that a mapping links, or a policy and the baseline that it builds on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from policy_dsl.core.ir import Clause, Policy
from policy_dsl.core.joined import by_vocabulary, names
from policy_dsl.core.mapping import Links
from policy_dsl.diagnostics import Diagnostic, PolicyError, Span
from policy_dsl.load import check
from policy_dsl.mappings import Mapped
from verifier.compare.joint import Joint, Side, join
from verifier.compare.shape import bare
from verifier.lint.core import Core
from verifier.lint.finding import CoreItem, Proof, of_assumption, of_clause
from verifier.lint.parts import conjunction
from verifier.lint.program import Program
from verifier.smt.query import Possible, proved


@dataclass(frozen=True, slots=True)
class Pair:
    """Two policies and how they belong together.

    `mapping`: what `first` approves is followed by a case of `second`. `baseline`: `second` is to approve whatever
    `first` does.
    """

    kind: Literal["mapping", "baseline"]
    first: Policy
    second: Policy
    links: Links | None = None


def pairs(
    policies: Sequence[Policy], mapped: Iterable[Mapped] = (), baseline: Policy | None = None
) -> tuple[Pair, ...]:
    """The pairs among the policies: those that mappings link, each policy with the base that it extends, and with
    the baseline if one is named. A base that is not among the policies is read from its file.

    Raises PolicyError if the baseline shares no fact with one of the policies: it would say nothing of its cases.
    """
    found = [Pair("mapping", m.first, m.second, m.links) for m in mapped]
    for policy in policies:
        base = _base(policy, policies)
        if base is not None:
            found.append(Pair("baseline", base, policy))
        if baseline is not None and baseline.id != policy.id and (base is None or base.id != baseline.id):
            if not by_vocabulary(baseline, policy).shared:
                raise _nothing_shared(baseline, policy)
            found.append(Pair("baseline", baseline, policy))
    return tuple(found)


def _nothing_shared(baseline: Policy, policy: Policy) -> PolicyError:
    message = f"the baseline `{baseline.id}` and `{policy.id}` have no fact in common"
    help = "a baseline is about the same vocabulary; facts of two are linked in a mapping, for `--mapping`"
    place = Span(baseline.file, 1, 1, 1, 1)
    return PolicyError([Diagnostic("nothing-shared", message, place, help=help)], dict(baseline.files))


def _base(policy: Policy, policies: Sequence[Policy]) -> Policy | None:
    """The base of a policy; None if it has none, or its file has changed since and has it no more."""
    if policy.base is None:
        return None
    here = [p for p in policies if p.id == policy.base and p is not policy]
    files = (f for f, _ in policy.files[:2])  # the policy's own file, then that of its base
    for file in () if here else files:
        here += [p for p in check(file).policies if p.id == policy.base]
    return here[0] if here else None


class Between:
    """A pair under analysis: one world for both policies, with everything that was already asked about it.

    `given` are the numbers of what is taken for granted: the links, and the assumptions of both if the first policy
    can approve somebody under them. `unassumed`: it cannot, so that they are left out.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        joined = by_vocabulary(pair.first, pair.second)
        prefixes = names(pair.first, pair.second)
        self.joint: Joint = join(pair.first, pair.second, joined, prefixes, pair.links.links if pair.links else ())
        self.program = Program(self.joint.policy)
        size = len(pair.first.clauses)
        self.first_clauses = frozenset(self.program.clauses[:size])
        self.second_clauses = frozenset(self.program.clauses[size:])
        own = list(zip(self.program.assumptions, self.joint.policy.assumptions, strict=True))
        self.links = frozenset(d for d, a in own if a.name in self.joint.links)
        everything = frozenset(self.program.assumptions)
        under_all = self.program.together(self.approved_by_first | everything)
        self.unassumed = bool(everything - self.links) and not isinstance(under_all, Possible)
        self._approves_nobody = proved(under_all)
        self.given = self.links if self.unassumed else everything

    @property
    def approved_by_first(self) -> frozenset[int]:
        """The demands that the first policy approves."""
        return self.first_clauses | {self.applies(self.joint.first)}

    def applies(self, side: Side) -> int:
        """The demand that one of the policies applies."""
        return self.program.holds(conjunction(side.policy.applies, side.span))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a finding says of the assumptions that are left out."""
        if not self.unassumed:
            return ()
        first = f"`{self.pair.first.id}`"
        known = f"under them {first} approves nobody"
        open_ = f"it is not known whether {first} approves anybody under them"
        return (f"said without the authors' assumptions: {known if self._approves_nobody else open_}",)

    def clause(self, number: int) -> Clause:
        """The clause of that number, as its policy has it."""
        policy = self.pair.first if number in self.first_clauses else self.pair.second
        return policy.clause(bare(self.joint.policy.clauses[number].id))

    def core(self, demands: frozenset[int]) -> tuple[CoreItem, ...]:
        """Clauses, assumptions and links among the demands, as parts of a finding's core."""
        clauses = [of_clause(self.clause(d)) for d in sorted(demands) if d in self.first_clauses | self.second_clauses]
        own = zip(self.program.assumptions, self.joint.policy.assumptions, strict=True)
        assumed = [of_assumption(replace(a, name=bare(a.name))) for d, a in own if d in demands]
        return (*clauses, *assumed)

    def proof(self, found: Core) -> Proof:
        """The proof as data, said of both policies together."""
        return replace(found.proof(self.program), world=self.joint.policy)

    def assumed(self, demands: frozenset[int], policy: Policy) -> tuple[str, ...]:
        """The names of the policy's assumptions among the demands, sorted; links are nobody's."""
        own = zip(self.program.assumptions, self.joint.policy.assumptions, strict=True)
        named = {bare(a.name) for d, a in own if d in demands - self.links}
        return tuple(sorted(named & {a.name for a in policy.assumptions}))
