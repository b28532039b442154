"""Attacking an engine: cases are asked until there are no more, and each distinct difference is made small.

A difference counts only if it shows in an engine that has seen no other case. What comes out depends on the cases
and the engine alone, as long as no time is set.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policy_dsl.core.ir import Policy
from policy_dsl.known import Case, case_to_json
from verifier.adversary.difference import Difference, Parting, partings
from verifier.adversary.engines import Answer, Engine, EngineError, Fault, Reply
from verifier.adversary.shrink import shrink
from verifier.deciding import Decision, decider

_TRIES = 5  # cases that an engine may fail on at the very beginning
_PATIENCE = 20  # crashes and hangs after which no more cases are asked
_ALIKE = 12  # differences of one kind that are looked into, where the engine does not name clauses
_BACK = 32  # cases before one that is answered in another way alone, of which one may be to blame
_SLOW = 3  # candidates to make a case small on which an engine hangs


@dataclass(frozen=True, slots=True)
class Attack:
    """What came of it: how many cases were asked, the differences in the order found, and why it ended early (empty:
    it did not)."""

    asked: int
    differences: tuple[Difference, ...]
    stopped: str = ""


def attack(
    policy: Policy,
    engine: Engine,
    batches: Iterable[Sequence[Case]],
    readings: Mapping[str, str] | None = None,
    *,
    seconds: float | None = None,
    found: Callable[[Sequence[Difference]], None] = lambda differences: None,
    tell: Callable[[int], None] = lambda asked: None,
) -> Attack:
    """Ask the engine the cases of the batches, each once, until they end or the seconds are over.

    `found` is told of the differences so far when there is one more, `tell` of how many cases were asked.
    Raises EngineError if the engine cannot be used at all.
    """
    run = _Run(policy, engine, decider(policy, readings), found)
    ending = None if seconds is None else time.monotonic() + seconds
    stopped = ""
    for batch in _few_first(batches):
        run.ask(batch)
        tell(len(run.seen))
        if run.faults >= _PATIENCE:
            stopped = f"the engine crashed or hung {run.faults} times"
            break
        if ending is not None and time.monotonic() >= ending:
            stopped = "the time was over"
            break
    return Attack(len(run.seen), tuple(run.differences.values()), stopped)


def _few_first(batches: Iterable[Sequence[Case]]) -> Iterator[Sequence[Case]]:
    """The batches, with a small one first, so that an engine that never answers is soon seen through."""
    waiting: list[Case] = []
    started = False
    for batch in batches:
        if started:
            yield batch
            continue
        waiting += batch
        if len(waiting) >= _TRIES:
            started = True
            yield waiting[:_TRIES]
            yield waiting[_TRIES:]
    if not started:
        yield waiting


@dataclass(slots=True)
class _Run:
    policy: Policy
    engine: Engine
    decide: Callable[[Mapping[str, object]], Decision]
    found: Callable[[Sequence[Difference]], None]
    seen: dict[Case, None] = field(default_factory=dict)
    differences: dict[Parting, Difference] = field(default_factory=dict)
    tried: set[tuple[Parting, tuple[str, ...]]] = field(default_factory=set)
    alike: Counter[Parting] = field(default_factory=Counter)
    answers: int = 0
    faults: int = 0

    def ask(self, batch: Sequence[Case]) -> None:
        """Ask the cases that were not asked before, and look into what is new."""
        cases = [c for c in dict.fromkeys(batch) if c not in self.seen]
        self.seen.update(dict.fromkeys(cases))
        replies = self.engine.ask([self._text(c) for c in cases])
        self.answers += sum(isinstance(r, Answer) for r in replies)
        self.faults += sum(isinstance(r, Fault) and r.kind in ("crash", "hang") for r in replies)
        first = next((r for r in replies if isinstance(r, Fault)), None)
        if first is not None and not self.answers:
            raise EngineError(f"the engine answered none of {len(self.seen)} cases: {first.says}")
        for case, reply in zip(cases, replies, strict=True):
            if not self._look(case, reply):
                self._blame(case)

    def _look(self, case: Case, reply: Reply) -> bool:
        """Record what is new; False if the engine is not steady."""
        ours = self._ours(case)
        found, steady = partings(ours, reply), True
        for parting in found:
            key = (parting, () if parting.clause else ours.failed)
            known = self.differences.get(parting)
            if known is not None:
                if len(found) < len(partings(known.ours, known.reply)):  # it shows this difference more by itself
                    steady &= self._record(parting, case, reply)
            elif key not in self.tried and self.alike[parting] < _ALIKE:
                self.tried.add(key)
                self.alike[parting] += 1
                steady &= self._record(parting, case, reply)
        return steady

    def _blame(self, last: Case) -> None:
        """Start the engine anew, and look for the case that put its answers in disorder, a little way back."""
        self.engine.close()
        asked = list(self.seen)
        place = asked.index(last)
        for case in reversed(asked[max(0, place - _BACK) : place]):
            reply = self.engine.alone(self._text(case))
            if isinstance(reply, Fault):
                self._look(case, reply)
                return

    def _record(self, parting: Parting, case: Case, reply: Reply) -> bool:
        """Confirm the difference, make it small, and keep it if it is new. False if it is not confirmed."""
        ours, alone = self._ours(case), self.engine.alone(self._text(case))
        if parting not in partings(ours, alone):
            reply = Fault("unsteady", f"it said {_said(reply)} among other cases, and {_said(alone)} alone")
            self._keep(Difference(partings(ours, reply)[0], case, ours, reply, case))
            return False
        small = shrink(self.policy, case, self._test(parting, ours, alone))
        again = self._ours(small), self.engine.alone(self._text(small))
        if not _alike(parting, (ours, alone), again):
            small, again = case, (ours, alone)
        its = partings(*again)
        self._keep(Difference(parting if parting in its else its[0], small, *again, case))
        return True

    def _keep(self, difference: Difference) -> None:
        known = self.differences.get(difference.parting)
        if known is None or _others(difference) < _others(known):
            self.differences[difference.parting] = difference
            self.found(tuple(self.differences.values()))

    def _test(self, parting: Parting, ours: Decision, reply: Reply) -> Callable[[Sequence[Case]], list[bool]]:
        left = _SLOW if isinstance(reply, Fault) and reply.kind == "hang" else None

        def test(cases: Sequence[Case]) -> list[bool]:
            nonlocal left
            asked = list(cases) if left is None else list(cases)[:left]
            left = None if left is None else left - len(asked)
            replies = self.engine.ask([self._text(c) for c in asked])
            same = [_alike(parting, (ours, reply), (self._ours(c), r)) for c, r in zip(asked, replies, strict=True)]
            return same + [False] * (len(cases) - len(asked))

        return test

    def _ours(self, case: Case) -> Decision:
        return self.decide(case_to_json(self.policy, case))

    def _text(self, case: Case) -> str:
        return json.dumps(case_to_json(self.policy, case), ensure_ascii=False, separators=(",", ":"))


def _alike(parting: Parting, first: tuple[Decision, Reply], other: tuple[Decision, Reply]) -> bool:
    """Whether another case shows the same: the same parting and no further one, and the same two outcomes where these
    differ."""
    (ours, reply), (mine, its) = first, other
    if not isinstance(reply, Answer):
        return parting in partings(mine, its)
    if not isinstance(its, Answer):
        return False
    same = (mine.outcome, its.outcome) == (ours.outcome, reply.outcome)
    if reply.failed is None:
        return same and {*mine.failed} <= {*ours.failed}
    shown = partings(mine, its)
    return parting in shown and {*shown} <= {*partings(ours, reply)} and (same or ours.outcome == reply.outcome)


def _others(difference: Difference) -> int:
    """In how many ways the case differs."""
    return len(partings(difference.ours, difference.reply))


def _said(reply: Reply) -> str:
    match reply:
        case Answer(outcome=outcome, failed=None):
            return outcome
        case Answer(outcome=outcome, failed=failed):
            return f"{outcome} ({', '.join(failed or ()) or 'no clause fails'})"
        case Fault(says=says):
            return says
