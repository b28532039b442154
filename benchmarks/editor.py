"""Time what an author waits for: `.venv/bin/python -m benchmarks.editor [--runs N] [--page]`.

A client types into the example policy over standard input and output. A key is told of when the diagnostics of that
version have come; a contradiction is typed in and taken out again, and is told of when it is among them. The pauses
that the server makes are part of the figures. `--page` times the page of `verifier serve` in a browser instead, to the
moment at which the mark is drawn (`make browser` and chromium are needed).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import time
from pathlib import Path

from benchmarks.__main__ import show
from tests.editor.client import Client
from tests.web.serving import command

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "policies/esi/esi_prior_authorization.policy"
CONTRADICTION = "contradictory-clauses"


async def _typed(client: Client, uri: str, text: str, version: int, slug: str | None) -> float:
    """Seconds from a key to the diagnostics of its version, or to those that have a slug."""
    start = time.perf_counter()
    client.change(uri, text, version)
    await client.diagnostics(uri, lambda d: slug is None or any(x["code"] == slug for x in d), version)
    return time.perf_counter() - start


async def _measure(runs: int) -> None:
    text = POLICY.read_text(encoding="utf-8")
    client = await Client.start()
    try:
        await client.initialize(POLICY.parent)
        uri = client.open(POLICY, text)
        await client.diagnostics(uri, lambda d: any(x["code"] == CONTRADICTION for x in d))
        keys, mistakes, lines, clashes = [], [], [], []
        version = 1
        for run in range(runs + 1):
            again = [
                (keys, text.replace("≥ 4/10", "≥ 4/10", 1) + f"# {run}", None),
                (mistakes, text.replace("pain.baseline >= 4", f"pain.base{run} >= 4", 1), "unknown-name"),
                (lines, "# a line above all others\n" * (run + 1) + text, None),
                (clashes, text + "\n" * run, CONTRADICTION),
            ]
            for figures, changed, slug in again:
                version += 1
                taken = await _typed(client, uri, changed, version, slug)
                if run:
                    figures.append(taken)
        show("a key in a comment", keys, "below 50 ms")
        show("a key that makes a mistake of type", mistakes, "below 50 ms")
        show("a line above all others", lines, "below 50 ms")
        show("contradictions, the pause with it", clashes, "below 500 ms")
        await client.end()
    finally:
        await client.close()


def _measure_page(runs: int) -> None:
    with command(str(POLICY), cwd=ROOT) as (address, _):
        done = subprocess.run(
            ["node", "measure.mjs", address, str(runs)], cwd=ROOT / "editors/web", stdout=subprocess.PIPE, check=True
        )
    figures = {name: [ms / 1000 for ms in taken] for name, taken in json.loads(done.stdout).items()}
    show("page: a key that makes a mistake", figures["mistake"], "")
    show("page: contradictions, the pause with it", figures["contradiction"], "below 500 ms")
    show("page: all rules", figures["rules"], "")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="runs of each, after one that does not count")
    parser.add_argument("--page", action="store_true", help="the page in a browser, not the language server")
    options = parser.parse_args()
    if options.page:
        _measure_page(options.runs)
    else:
        asyncio.run(_measure(options.runs))


if __name__ == "__main__":
    main()
