"""The extension for VS Code: its colours are made from the words of the language, and its parts fit together."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from policy_dsl.syntax.machine import HEADS, keywords
from policy_dsl.syntax.tokens import WORD, scan
from tests.editor.texts import KNEE, read
from verifier.editing.highlight import highlight
from verifier.editing.snapshot import ENDINGS
from verifier.lsp.requests import ACCEPT, ASK_REASON, DECIDE

ROOT = Path(__file__).parent.parent.parent
EXTENSION = ROOT / "editors/vscode"


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
