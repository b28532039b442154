"""Every block of README.md and docs/ does what the page says; what is not run says why, and is listed here."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.case import CaseError
from policy_dsl.load import load
from tests.docs.blocks import PAGES, ROOT, RULES, blocks
from tests.docs.session import Session
from verifier.audit.classify import CLASSES
from verifier.audit.columns import ROLES
from verifier.audit.write import COLUMNS
from verifier.cli import cli
from verifier.deciding import decider
from verifier.lint.examples import VOCABULARY
from verifier.lint.registry import rules

FOLDERS = ("benchmarks", "docs", "policy_dsl", "scripts", "tests", "verifier")
NOT_RUN = [
    ("README.md", "sh", "they set up an environment, and take minutes"),
    ("docs/architecture.md", "text", "a drawing"),
    ("docs/editor.md", "sh", "needs VS Code"),
    ("docs/editor.md", "lua", "needs Neovim"),
    ("docs/editor.md", "toml", "needs Helix"),
    ("docs/editor.md", "elisp", "needs Emacs"),
    ("docs/tutorial.md", "sh", "sets up an environment"),
]
"""The blocks that no test runs."""


def _engine() -> Callable[[dict[str, Any]], str]:
    """What docs/testing.md calls the reader's own engine: one that is right."""
    run = decider(load(ROOT / "policies/esi/esi_reimbursement.policy"))

    def decide(case: dict[str, Any]) -> str:
        try:
            return run(case).outcome
        except CaseError:
            return "refused"

    return decide


def _continues_the_tutorial() -> None:
    for path in (ROOT / "docs/tutorial").iterdir():
        Path(path.name).write_bytes(path.read_bytes())


def _files_are_kept(session: Session) -> None:
    """docs/tutorial holds the files as the page leaves them."""
    kept = {p.name: p for p in (ROOT / "docs/tutorial").iterdir()}
    assert sorted(kept) == sorted({b.file for b in session.blocks if b.file is not None})
    for name, path in kept.items():
        if session.update:
            path.write_bytes(Path(name).read_bytes())
        assert path.read_bytes() == Path(name).read_bytes(), "pytest --update writes it"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def _planted_errors_are_found(session: Session) -> None:
    """The audit of docs/audit.md finds what the sample says of each row."""
    planted, audited = (_rows(Path(f)) for f in ("determinations.csv", "audit.csv"))
    assert [r["truth"] == "late" for r in planted] == [r["late"] == "yes" for r in audited]
    assert [r["truth"].replace("late", "confirmed") for r in planted] == [r["class"] for r in audited]
    assert Path("audit.html").stat().st_size > 10_000


GIVEN: dict[str, Callable[[], dict[str, Any]]] = {"docs/testing.md": lambda: {"our_engine": _engine()}}
BEFORE: dict[str, Callable[[], None]] = dict.fromkeys(("docs/audit.md", "docs/letters.md"), _continues_the_tutorial)
AFTER: dict[str, Callable[[Session], None]] = {
    "docs/audit.md": _planted_errors_are_found,
    "docs/tutorial.md": _files_are_kept,
}


def _session(page: str, update: bool = False) -> Session:
    given = GIVEN.get(page, dict)()
    return Session(blocks(page), {"__name__": "example", **given}, update)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_do_what_it_says(page: str, request: pytest.FixtureRequest) -> None:
    BEFORE.get(page, lambda: None)()
    session = _session(page, request.config.getoption("--update", default=False))
    wrong = session.run()
    text = (ROOT / page).read_text(encoding="utf-8")
    for block, printed in sorted(session.rewritten.items(), key=lambda r: -r[0].start):
        text = text[: block.start] + printed + text[block.end :]
    if session.rewritten:
        (ROOT / page).write_text(text, encoding="utf-8")
    assert not wrong, "\n\n".join(wrong)
    if page in AFTER:
        AFTER[page](session)


def test_what_is_not_run_says_why() -> None:
    found = [(b.page, b.language, b.not_run) for page in PAGES for b in blocks(page) if b.not_run is not None]
    assert found == NOT_RUN


def _inline(page: str) -> list[str]:
    """The code within the lines of a page."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_in_a_line_are_there(page: str) -> None:
    options = {o for c in cli.commands.values() for p in c.params for o in p.opts} | {"--help"}
    for words in _inline(page):
        if words.startswith("verifier "):
            name, *rest = words.split()[1:]
            own = {o for p in cli.commands[name].params for o in p.opts} | {"--help"}
            assert {w.partition("=")[0] for w in rest if w.startswith("-") and w != "-"} <= own, words
        elif words.startswith("--") and page != "docs/editor.md":
            assert words.split()[0].partition("=")[0] in options, words


@pytest.mark.parametrize("page", PAGES)
def test_modules_in_a_line_are_there(page: str) -> None:
    own = {str(p.relative_to(ROOT)) for folder in FOLDERS for p in (ROOT / folder).rglob("*")}
    for words in _inline(page):
        path = words.rstrip("/")
        if re.fullmatch(r"[\w/]+\.py", path) or re.fullmatch(rf"({'|'.join(FOLDERS)})(/\w+)+", path):
            assert any(p == path or p.endswith(f"/{path}") for p in own), words


def test_the_blocks_of_the_rules_are_their_examples() -> None:
    """Which `tests/lint/test_documentation.py` runs."""
    examples = {e for rule in rules() for p in rule.documented.parts for e in p.examples} | {VOCABULARY}
    for path in sorted(RULES.glob("*.md")):
        for block in blocks(str(path.relative_to(ROOT))):
            assert block.text in examples, block.place


@pytest.mark.usefixtures("folder")
def test_a_wrong_engine_fails() -> None:
    session = _session("docs/testing.md")
    session.module["our_engine"] = lambda case: "approve"
    with pytest.raises(AssertionError):
        session.run()


def test_the_auditors_guide_tells_of_all_classes_roles_and_columns() -> None:
    told = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
    names = {*CLASSES, *COLUMNS, *(r if r != "requested" else "requested-facts" for r in ROLES)}
    assert not [n for n in sorted(names) if f"`{n}`" not in told]
