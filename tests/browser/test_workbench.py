"""The page in a real browser; and the editor in it is the one that its sources build."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.small import POLICY, SOURCE, folder
from tests.web.serving import client, command

WEB = Path(__file__).parents[2] / "editors" / "web"
STATIC = Path(__file__).parents[2] / "verifier" / "web" / "static"
CHROMIUM = shutil.which("chromium") or ""
INSTALLED = shutil.which("node") is not None and (WEB / "node_modules").is_dir()
needs_npm = pytest.mark.skipif(not INSTALLED, reason="the packages of editors/web/ are not installed (make browser)")
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium (apt-get install chromium)")
LATER = "A later policy, with a title as long as policies have for one procedure, its codes and its exclusions"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    base = folder(tmp_path, source=SOURCE + "The form must be signed.\n")
    later = POLICY.replace("small_policy", "later_policy").replace("A small policy", LATER)
    (base / "later.policy").write_text(later.replace(">= 4", ">= 3"), encoding="utf-8")
    return base


@needs_npm
@needs_browser
def test_the_page_works_in_a_browser(served: Path) -> None:
    shots = Path(os.environ.get("SCREENSHOTS") or served)
    with command("small.policy", "later.policy", cwd=served) as (address, _):
        done = subprocess.run(
            ["node", "check.mjs", address, str(shots)],
            cwd=WEB, capture_output=True, text=True, timeout=400, check=False, env={**os.environ, "CHROMIUM": CHROMIUM},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list(shots.glob("*.png"))) >= 8


@needs_npm
def test_the_editor_is_what_its_sources_build(tmp_path: Path) -> None:
    built = tmp_path / "editor.js"
    subprocess.run(["npm", "run", "-s", "build", "--", f"--outfile={built}"], cwd=WEB, check=True, capture_output=True)
    assert built.read_bytes() == (STATIC / "editor.js").read_bytes()


def test_the_page_asks_for_nothing_but_its_own_files(served: Path) -> None:
    with command(cwd=served) as (address, _), client(address) as asking:
        index = asking.get("/")
        assert "script-src 'self'" in index.headers["content-security-policy"]
        assert "unsafe" not in index.headers["content-security-policy"]
        for name in ("style.css", *(f.name for f in STATIC.iterdir())):
            assert asking.get(f"/static/{name}").status_code == 200
        for name in ("../app.py", "..%2Fapp.py", "nothing.js"):
            assert asking.get(f"/static/{name}").status_code == 404
        start = asking.get("/workbench/start").json()["policies"][0]
        checked = asking.post("/workbench/check", json={"main": start["main"], "files": start["files"]}).json()
        assert checked["policy"]["id"] == "start"
        assert "[not encoded]" in checked["policy"]["source"]
