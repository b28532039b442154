"""The documents in a real browser: for a screen reader, on a narrow screen and on paper."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.browser.test_workbench import CHROMIUM, WEB, needs_browser, needs_npm
from tests.cli.small import folder, run


@needs_npm
@needs_browser
def test_reports_can_be_read_by_all_and_printed(tmp_path: Path) -> None:
    folder(tmp_path)
    made = [
        ("report", "small.policy", "-o", "report.html"),
        ("sample", "small.policy", "--rows", "60", "--out", "table.parquet"),
        (
            "audit", "small.policy", "table.parquet", "--recorded", "outcome=recorded_outcome",
            "reason=recorded_reasons", "--show-values", "--report", "audit.html",
        ),
    ]  # fmt: skip
    for arguments in made:
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        ["node", "documents.mjs", *(str(tmp_path / name) for name in ("report.html", "audit.html"))],
        cwd=WEB, capture_output=True, text=True, timeout=200, check=False, env={**os.environ, "CHROMIUM": CHROMIUM},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("report.html", "audit.html"):
        for paper in ("A4", "Letter"):
            assert (tmp_path / f"{name}.{paper}.pdf").read_bytes().count(b"/Type /Page\n") >= 1
