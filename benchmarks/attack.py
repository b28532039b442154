"""Attack three rule engines that implement the example policies, clean and with planted bugs:
`.venv/bin/python -m benchmarks.attack [--examples N] [--only ENGINE]`, after `make engines`.

Prints for each engine and policy how many planted bugs were found, and what a clean one differed in. Ends with 1 if a
bug was missed or a clean engine differed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.engines.serve import NULL_AS_FALSE, TRUTHS, Bug
from policy_dsl.core.ir import Policy
from policy_dsl.known import Case
from policy_dsl.load import load
from verifier.adversary.attack import Attack, attack
from verifier.adversary.obligations import Criterion
from verifier.adversary.process import CommandEngine
from verifier.adversary.search import SUITES, batches

ROOT = Path(__file__).parent.parent
ENGINES = {"GoRules zen": "zen_rules", "Cedar": "cedar", "Rego": "rego"}
POLICIES = ("esi_prior_authorization", "esi_reimbursement")
_TIMEOUT = 20.0  # seconds a case, for machines that are busy with other things


@dataclass(frozen=True)
class Tried:
    """An engine without a bug (None) or with one, and what came of the attack."""

    engine: str
    policy: str
    bug: Bug | None
    result: Attack

    @property
    def right(self) -> bool:
        """Whether the bug was found, or nothing where there is none."""
        differences = self.result.differences
        return not differences if self.bug is None else any(d.parting.clause == self.bug.clause for d in differences)


def bugs(engine: str, policy: str) -> Iterator[Bug]:
    """The bugs planted in an engine."""
    yield from importlib.import_module(f"benchmarks.engines.{ENGINES[engine]}").BUGS[policy]
    if policy == "esi_prior_authorization":
        yield Bug(NULL_AS_FALSE, "documentation.1", "", "")


def asked(name: str, examples: int, suites: tuple[Criterion, ...] = SUITES) -> tuple[Policy, list[Sequence[Case]]]:
    """The policy and the cases to ask: those of suites and drawn ones, and each of the first without a truth value."""
    policy = load(ROOT / f"policies/esi/{name}.policy")
    known = list(batches(policy, examples=examples, suites=suites))
    facts = {f.path: f.index for f in policy.facts}
    unknown = [facts[f"{owner}.{field}"] for owner, field in TRUTHS]
    first = known[0] if name == "esi_prior_authorization" else []
    without = [replace(c, values=(*c.values[:i], None, *c.values[i + 1 :])) for c in first for i in unknown]
    return policy, [*known, *(without[i : i + 32] for i in range(0, len(without), 32))]


def run(engine: str, policy: Policy, cases: Sequence[Sequence[Case]], bug: Bug | None) -> Tried:
    """Attack an engine, in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.engines.{ENGINES[engine]}", policy.id, *([bug.name] if bug else [])]
    target = CommandEngine(command, _TIMEOUT)
    try:
        return Tried(engine, policy.id, bug, attack(policy, target, cases))
    finally:
        target.close()


def main() -> int:
    """Attack everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=500, help="cases to draw beyond those of the suites")
    parser.add_argument("--only", choices=sorted(ENGINES), help="attack one engine")
    options = parser.parse_args()
    wrong = 0
    for name in POLICIES:
        policy, cases = asked(name, options.examples)
        for engine in [options.only] if options.only else sorted(ENGINES):
            clean = run(engine, policy, cases, None)
            tried = [run(engine, policy, cases, bug) for bug in bugs(engine, name)]
            found = sum(t.right for t in tried)
            print(
                f"{engine:12} {name:24} {found} of {len(tried)} planted bugs found; clean: "
                f"{len(clean.result.differences)} differences in {clean.result.asked} cases",
                flush=True,
            )
            for one in (clean, *tried):
                wrong += not one.right
                what = one.bug.name if one.bug else "clean"
                if one.bug is not None or not one.right:
                    shown = "; ".join(f"{d.parting.clause}: {d.parting.kind}" for d in one.result.differences)
                    print(f"    {'found ' if one.right else 'WRONG '} {what:36} {shown or 'nothing'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
