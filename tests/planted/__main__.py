"""Print how many planted faults are found, by family: `.venv/bin/python -m tests.planted [--all]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.planted.faults import Outcome, faults, look_for


def main() -> None:
    """Plant every fault, look for it, and print the table; `--all` tells of each fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="a line for each fault, not only for those in trouble")
    parser.add_argument("--only", default="", help="faults whose id has this in it")
    options = parser.parse_args()
    outcomes = []
    for fault in faults():
        if options.only in fault.id:
            with tempfile.TemporaryDirectory() as folder:
                outcomes.append(look_for(fault, Path(folder) / "planted"))
            _tell(outcomes[-1], everything=options.all)
    print(f"\n{'family':16}{'faults':>8}{'found':>8}{'recall':>8}{'extra findings':>16}")
    for family in [*dict.fromkeys(o.fault.family for o in outcomes), None]:
        own = [o for o in outcomes if family in (None, o.fault.family)]
        found = sum(bool(o.hits) for o in own)
        extra = sum(len(o.extra) for o in own)
        recall = f"{found / max(1, len(own)):.0%}"
        print(f"{family or 'all':16}{len(own):>8}{found:>8}{recall:>8}{extra:>16}")


def _tell(outcome: Outcome, *, everything: bool) -> None:
    fault = outcome.fault
    if everything or not outcome.hits:
        print(f"{'found' if outcome.hits else 'MISSED':8}{fault.id}: {fault.expect}")
    if not outcome.hits:
        for f in outcome.findings:
            if f.rule == fault.expect:
                print(f"        instead: {f.rule} {f.clauses} {f.assumptions} {f.message}")
    for f in outcome.extra:
        print(f"EXTRA   {fault.id}: {f.severity} {f.rule} {f.clauses} {f.message}")


if __name__ == "__main__":
    main()
