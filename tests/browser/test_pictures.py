"""The pictures that the docs show are of the page as it is; `make docs` has them made here, into its own folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.browser.test_workbench import CHROMIUM, WEB, needs_browser, needs_npm
from tests.web.serving import command

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"
PICTURES = [f"{name}-{scheme}.png" for name in ("case", "compare", "findings") for scheme in ("dark", "light")]


@needs_npm
@needs_browser
def test_the_pictures_of_the_page_are_taken(tmp_path: Path) -> None:
    served, pictures = tmp_path / "served", Path(os.environ.get("PICTURES") or tmp_path / "pictures").resolve()
    shutil.copytree(TUTORIAL, served)
    pictures.mkdir(exist_ok=True)
    with command("cgm.policy", "cgm_july.policy", cwd=served) as (address, _):
        done = subprocess.run(
            ["node", "pictures.mjs", address, str(pictures), str(TUTORIAL)],
            cwd=WEB, capture_output=True, text=True, timeout=400, check=False, env={**os.environ, "CHROMIUM": CHROMIUM},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in pictures.glob("*.png")) == PICTURES
    light, dark = ((pictures / f"case-{scheme}.png").read_bytes() for scheme in ("light", "dark"))
    assert light != dark
