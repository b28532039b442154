"""Runs the blocks of one page, one after the other in one folder, as a reader would who does what the page says.

- Any with the name of a file: it is written to the folder; a case, a policy, codes or settings are checked.
- Any with `from=FILE`: it stands so in that file of the repository.
- `policy`, `mapping`: it is checked, without a complaint; a part of a policy stands in one that uses the vocabulary
  named for it. `policy error`: it gives exactly the text of the block below.
- `json` with an outcome: a case that comes out so under the policy shown last, failing just the clauses named.
- `console`: each `$ verifier ...` prints what stands below it, byte for byte in 80 columns, and ends with 0, or with
  `exit=N` or what `$ echo $?` below it shows; a line `...` stands for any lines.
- `sh`: each line is run and ends with 0. `python`: run in one module; its functions `test_...` are called.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from policy_dsl.core.ir import OUTCOMES
from policy_dsl.diagnostics import render
from policy_dsl.load import check, load
from policy_dsl.mappings import load_mapping
from policy_dsl.reason_codes import check_codes
from tests.docs.blocks import ROOT, Block
from verifier.cli import cli
from verifier.deciding import decide
from verifier.lint.config import settings_for

ELIDED = "...\n"
WHOLE = ("policy ", "vocabulary ", "mapping ")


class BlockError(Exception):
    """A block does not do what the page says."""


@dataclass(slots=True)
class Session:
    """A page that is being read, in the working directory. `update`: blocks that print otherwise are collected."""

    blocks: list[Block]
    module: dict[str, Any] = field(default_factory=dict)
    update: bool = False
    rewritten: dict[Block, str] = field(default_factory=dict)
    policy: str | None = None

    def run(self) -> list[str]:
        """What is wrong with the blocks, each with its place."""
        wrong = []
        for number, block in enumerate(self.blocks):
            following = self.blocks[number + 1] if number + 1 < len(self.blocks) else None
            try:
                if block.not_run is None:
                    self._run(block, following)
            except BlockError as error:
                wrong.append(f"{block.place}: {error}")
        return wrong

    def _run(self, block: Block, following: Block | None) -> None:
        origin = block.option("from")
        if origin is not None:
            _stands_in(block, origin)
        elif block.language in ("policy", "mapping"):
            self._policy(block, following)
        elif block.language == "json":
            self._case(block)
        elif block.language in ("console", "sh"):
            self._commands(block)
        elif block.language == "python":
            self._python(block)
        elif block.language == "toml" and block.file is not None:
            _settings(block, block.file)
        elif block.language == "text" and block.file is not None:
            _write(block.file, block.text)
        elif not self._is_message(block):
            raise BlockError(f"nothing is done with a block of `{block.language}`: say `not run`, and why")

    def _is_message(self, block: Block) -> bool:
        """Whether it is the message of the block above, which was looked at with that."""
        at = self.blocks.index(block)
        return block.language == "text" and at > 0 and "error" in self.blocks[at - 1].words

    # -------------------------------------------------------------- policies and cases

    def _policy(self, block: Block, following: Block | None) -> None:
        file = block.file or "example.policy"
        _write(file, block.text if block.text.startswith(WHOLE) else _around(block))
        if block.language == "mapping":
            mapped = [load(p) for p in sorted(Path().glob("*.policy")) if re.search(rf"\b{p.stem}\b", block.text)]
            load_mapping(file, mapped)
            return
        checked = check(file)
        found = render(checked.diagnostics, checked.sources)
        if "error" in block.words:
            if following is None or following.language != "text":
                raise BlockError("its message must stand below it, as `text`")
            self._compare(following, found)
        elif found:
            raise BlockError(found)
        if file.endswith(".policy") and block.file is not None:
            self.policy = file

    def _case(self, block: Block) -> None:
        data = json.loads(block.text)
        if block.file is not None:
            _write(block.file, block.text)
        if not block.words:
            raise BlockError("a case has the name of a file, or the outcome that it has")
        outcome, *failed = [w for w in block.words if w != block.file] or [None]
        if outcome is not None:
            if outcome not in OUTCOMES or self.policy is None:
                raise BlockError(f"`{outcome}` is no outcome, or no policy stands above")
            result = decide(load(self.policy), data, brief=True)
            if (result.outcome, list(result.failed)) != (outcome, failed):
                raise BlockError(f"comes out as {result.outcome}, failing {', '.join(result.failed) or 'nothing'}")

    # -------------------------------------------------------------- commands

    def _commands(self, block: Block) -> None:
        shown = block.language == "console"
        printed, code = "", 0
        for command, output in _split(block, shown):
            printed += f"$ {command}\n"
            program, *arguments = shlex.split(command.replace("\\\n", " "))
            if (program, arguments) == ("echo", ["$?"]):
                printed, code = f"{printed}{code}\n", 0
                continue
            if code:
                raise BlockError(f"the command before `{command}` ends with {code}: show it with `echo $?`")
            if program != "verifier":
                raise BlockError(f"`{program}` is not run here: say `not run`, and why")
            result = CliRunner().invoke(cli, arguments, env={"COLUMNS": "80"})
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            code = result.exit_code
            if not shown and code:
                raise BlockError(f"{command}\nends with {code}\n{result.output}")
            printed += output if _alike(output, result.output) else result.output
        if shown:
            self._compare(block, printed)
            if code != int(block.option("exit") or 0):
                raise BlockError(f"ends with {code}")

    def _compare(self, block: Block, found: str) -> None:
        if found == block.text:
            return
        if self.update and ELIDED not in block.text:
            self.rewritten[block] = found
        elif ELIDED in block.text:
            raise BlockError(f"does not print what is shown, but\n{found}")
        else:
            changes = difflib.unified_diff(
                block.text.splitlines(), found.splitlines(), "the page", "printed", lineterm=""
            )
            raise BlockError("does not print what is shown (pytest --update writes it)\n" + "\n".join(changes))

    # -------------------------------------------------------------- programs

    def _python(self, block: Block) -> None:
        before = dict(self.module)
        exec(compile("\n" * block.line + block.text, str(ROOT / block.page), "exec"), self.module)
        for name, value in self.module.items():
            if name.startswith("test_") and before.get(name) is not value:
                test: Callable[[], None] = value
                test()


def _write(file: str, text: str) -> None:
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _around(block: Block) -> str:
    if block.vocabulary is None:
        raise BlockError("a part of a policy, and no `fragments use` above")
    return f"policy example\n  uses {block.vocabulary}\n\n{block.text}"


def _stands_in(block: Block, origin: str) -> None:
    if block.text not in (ROOT / origin).read_text(encoding="utf-8"):
        raise BlockError(f"does not stand so in {origin}")


def _settings(block: Block, file: str) -> None:
    _write(file, block.text)
    if file.endswith(".codes.toml"):
        codes, problems = check_codes(block.text, file, load(f"{tomllib.loads(block.text)['policy']}.policy"))
        if codes is None or problems:
            raise BlockError("\n".join(p.message for p in problems))
    else:
        settings_for("example.policy")


def _split(block: Block, shown: bool) -> list[tuple[str, str]]:
    """The commands of a block, each with what stands below it."""
    if not shown:
        lines = block.text.replace("\\\n", "\\\0").splitlines()
        return [(line.replace("\\\0", "\\\n"), "") for line in lines if line and not line.startswith("#")]
    parts = re.split(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)\n", block.text, flags=re.MULTILINE)
    if parts[0]:
        raise BlockError("begins with no `$ ` and a command")
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _alike(expected: str, found: str) -> bool:
    """Whether it was printed, with any lines where one `...` stands."""
    pattern = "(?:.*\n)*?".join(re.escape(part) for part in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE))
    return re.fullmatch(pattern, found) is not None
