"""Work that never ends, or ends badly, for the tests of the process that does it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from verifier.lsp.jobs import Decided, Decision, Job, Progress, Result


def work(job: Job, progress: Progress) -> Iterator[Result]:
    """By the file of the job: `hang` heeds nothing, `wait` heeds its progress, `die` ends the process, `grow` takes
    ever more memory; a job with a line ends the process the first time."""
    assert isinstance(job, Decision)
    if job.file == "die":
        os._exit(3)
    if job.line is not None:  # dies once
        mark = Path(job.file)
        first = not mark.exists()
        mark.write_text("begun", encoding="utf-8")
        if first:
            os._exit(3)
    if job.file == "bug":
        raise RuntimeError("a bug")
    held = []
    while job.file == "grow":
        held.append(bytearray(1_000_000))
    while job.file in ("hang", "wait"):
        time.sleep(0.01)
        if job.file == "wait":
            progress()
    yield Decided(job.file, "")
