"""Every example of docs/language.md does what the page says.

A fence whose information names a file (`text sources/x.txt`, `policy x.vocabulary`) is written to a folder. Every
`policy` fence must be accepted; one that begins with neither `policy` nor `vocabulary` stands in a policy that uses
the vocabulary of the examples. A `mapping` fence links the policies knee and bill. A `policy error` fence must give
exactly the text of the fence after it. A `json` fence is a case with the outcome and the failed clauses that its
information names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.diagnostics import render
from policy_dsl.evaluate import evaluate
from policy_dsl.load import check, load
from policy_dsl.mappings import load_mapping

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PREFIX = "policy example\n  uses clinic\n\n"


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        return next((w for w in self.words if "." in w), None)


def _blocks() -> list[Block]:
    page = PAGE.read_text(encoding="utf-8")
    return [Block(page.count("\n", 0, m.start()) + 1, m[1], tuple(m[2].split()), m[3]) for m in _FENCE.finditer(page)]


BLOCKS = _blocks()
RIGHT = [b for b in BLOCKS if b.language == "policy" and "error" not in b.words]
WRONG = [(b, BLOCKS[i + 1]) for i, b in enumerate(BLOCKS) if b.language == "policy" and "error" in b.words]
MAPPINGS = [b for b in BLOCKS if b.language == "mapping"]
CASES = [b for b in BLOCKS if b.language == "json"]


def _id(block: Block) -> str:
    return f"line-{block.line}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for block in BLOCKS:
        if block.file is not None:
            path = tmp_path / block.file
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _diagnostics(block: Block) -> str:
    whole = block.text.startswith(("policy", "vocabulary"))
    file = block.file or "example.policy"
    Path(file).write_text(block.text if whole else _PREFIX + block.text, encoding="utf-8")
    checked = check(file)
    return render(checked.diagnostics, checked.sources)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", RIGHT, ids=_id)
def test_right_example_is_accepted(block: Block) -> None:
    assert _diagnostics(block) == ""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("block", "message"), WRONG, ids=lambda b: _id(b))
def test_wrong_example_gives_its_message(block: Block, message: Block, request: pytest.FixtureRequest) -> None:
    assert message.language == "text"
    found = _diagnostics(block)
    if request.config.getoption("--update", default=False):
        page = PAGE.read_text(encoding="utf-8")
        before, after = f"{block.text}```\n\n```text\n{message.text}```", f"{block.text}```\n\n```text\n{found}```"
        PAGE.write_text(page.replace(before, after), encoding="utf-8")
    else:
        assert found == message.text


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", CASES, ids=_id)
def test_case_is_decided_as_stated(block: Block) -> None:
    outcome, *failed = block.words
    policy = load("knee.policy")
    evaluation = evaluate(policy, read_case(policy, json.loads(block.text)))
    assert evaluation.outcome == outcome
    assert [clause for clause, fails in evaluation.fails.items() if fails] == failed


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("block", MAPPINGS, ids=_id)
def test_a_mapping_is_accepted(block: Block) -> None:
    assert block.file is not None
    (mapped,) = load_mapping(block.file, [load("knee.policy"), load("bill.policy")])
    assert len(mapped.links.links) == block.text.count("\nlink ")


def test_page_has_examples_of_every_sort() -> None:
    assert len(RIGHT) >= 15
    assert len(WRONG) >= 4
    assert len(CASES) >= 4
    assert MAPPINGS
