"""The command `verifier` from its first moment: Ctrl-C ends it with one line also while it is still being loaded.

It must load nothing of the project before that: the loading is the time that this is about.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_INTERRUPTED = 130


def main() -> None:
    """Load and run the command line."""
    signal.signal(signal.SIGINT, _end)
    from verifier.cli import main as run

    run()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """Nothing is begun yet that would have to be put away."""
    if sys.stderr is not None:
        sys.stderr.write("interrupted\n")
        sys.stderr.flush()
    os._exit(_INTERRUPTED)
