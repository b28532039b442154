"""Runs a Python function as an engine: `python -P host.py MODULE:FUNCTION`.

The function gets a case as a dict and returns an outcome, or a mapping with `outcome` and, if it can tell, `failed`.
What it prints goes to standard error. It runs in a process of its own, so that it may crash or hang, and
imports nothing of the verifier.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_USAGE = 2


def find(name: str) -> Callable[[dict[str, object]], object]:
    """The function of a module, looked for in the working folder too. Raises ImportError or AttributeError."""
    sys.path.insert(0, str(Path.cwd()))
    module, _, function = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in function.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def main(name: str) -> int:
    """Answer the cases of standard input until it ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        function = find(name)
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return _USAGE
    for line in sys.stdin:
        answers.write(_answer(function, json.loads(line)) + "\n")
        answers.flush()
    return 0


def _answer(function: Callable[[dict[str, object]], object], case: dict[str, Any]) -> str:
    try:
        made = function(case)
        return json.dumps({"outcome": made} if isinstance(made, str) else made, default=list)
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
