"""The extension for VS Code: its colours are made from the words of the language, and its parts fit together."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from policy_dsl.syntax.machine import HEADS, PARTS, keywords
from policy_dsl.syntax.tokens import WORD, scan
from tests.editor.texts import KNEE, read
from verifier.editing.highlight import highlight
from verifier.editing.snapshot import ENDINGS
from verifier.lsp.requests import ACCEPT, ASK_REASON, DECIDE

ROOT = Path(__file__).parent.parent.parent
EXTENSION = ROOT / "editors/vscode"
INSTALLED = shutil.which("node") is not None and (EXTENSION / "node_modules/vscode-textmate").is_dir()
EXAMPLES = sorted(p for f in ("policies", "tests/corpus/policies") for e in ENDINGS for p in (ROOT / f).rglob(f"*{e}"))


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("textmate", ROOT / "scripts/textmate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _json(name: str) -> Any:
    return json.loads((EXTENSION / name).read_text(encoding="utf-8"))


def _scope(line: str, at: int) -> str:
    """The scope of a place in a line, as VS Code finds it: of the rules that match first, the first."""
    rules = [(r["name"], re.compile(r["match"])) for r in _json("syntaxes/policy.tmLanguage.json")["patterns"]]
    place = 0
    while place < len(line):
        found = [(m.start(), i, m, name) for i, (name, rule) in enumerate(rules) if (m := rule.search(line, place))]
        if not found:
            return ""
        _, _, match, name = min(found, key=lambda f: f[:2])
        if match.start() <= at < match.end():
            return str(name)
        place = max(match.end(), place + 1)
    return ""


def test_the_colours_are_those_of_the_words_of_the_language() -> None:
    generator = _generator()
    assert generator.FILE.read_text(encoding="utf-8") == generator.text(), "run scripts/textmate.py"


def test_every_word_of_the_language_is_coloured_as_one() -> None:
    for word in sorted(w for w in keywords() if w[0].isalpha()):
        line = word if word in HEADS else f"x {word} y"
        assert _scope(line, line.index(word)).startswith(("keyword", "constant.language")), word


def test_a_text_is_coloured_as_the_server_colours_it() -> None:
    keyword_places = {(c.line, c.column) for c in highlight(read()) if c.look == "keyword"}
    lines = KNEE.splitlines()
    words = [x for x in scan(KNEE, "").tokens if x.type == WORD]
    told = {
        (x.line, x.column)
        for x in words
        if _scope(lines[(x.line or 1) - 1], (x.column or 1) - 1).startswith(("keyword", "constant.language"))
    }
    assert told == keyword_places


@pytest.mark.skipif(not INSTALLED, reason="the packages of editors/vscode are not installed (make vscode)")
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_tokenizer_of_vs_code_finds_the_words_that_the_server_does(file: Path) -> None:
    done = subprocess.run(["node", "colours.mjs", str(file)], cwd=EXTENSION, capture_output=True, text=True, check=True)
    coloured = json.loads(done.stdout)
    text = file.read_text(encoding="utf-8")
    assert ["".join(words for words, _ in line) for line in coloured] == text.split("\n")
    told: dict[str, set[tuple[int, str]]] = {"keyword": set(), "comment": set(), "quote": set()}
    for number, line in enumerate(coloured, start=1):
        for words, scope in line:
            for look, begins in (("keyword", "keyword.control"), ("comment", "comment"), ("quote", "string.unquoted")):
                if scope.startswith(begins):
                    told[look].add((number, words.strip()))
    tokens = scan(text, str(file))
    heads = {
        (x.line, str(x))
        for x in tokens.tokens
        if x.type == WORD and str(x) in HEADS | PARTS and _begins_line(text, x.line, x.column)
    }
    assert told["keyword"] == heads
    marks = [(n, line.strip()) for n, line in enumerate(text.split("\n"), start=1)]
    assert {m for m in marks if m[1].startswith("#")} <= told["comment"]
    assert {m for m in marks if m[1].startswith("|")} == told["quote"]


def _begins_line(text: str, line: int | None, column: int | None) -> bool:
    return not text.split("\n")[(line or 1) - 1][: (column or 1) - 1].strip()


def test_the_client_speaks_of_the_files_and_commands_that_the_server_has() -> None:
    manifest = _json("package.json")
    offered = manifest["contributes"]
    for named in (offered["languages"][0]["configuration"], offered["grammars"][0]["path"]):
        assert (EXTENSION / named).is_file()
    assert sorted(offered["languages"][0]["extensions"]) == sorted(ENDINGS)
    client = (EXTENSION / "src/extension.ts").read_text(encoding="utf-8")
    assert all(f'"{command}"' in client for command in (DECIDE, ACCEPT, ASK_REASON))
    assert _json("language-configuration.json")["comments"] == {"lineComment": "#"}
    lock = _json("package-lock.json")
    assert lock["packages"][""]["dependencies"] == manifest["dependencies"]
    assert lock["packages"][""]["devDependencies"] == manifest["devDependencies"]
