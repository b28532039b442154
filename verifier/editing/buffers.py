"""Texts that are being edited, in the place of the files that they will be saved to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from policy_dsl.diagnostics import Diagnostic, Span
from policy_dsl.files import DISK, Access
from policy_dsl.syntax.parse import Parsed, Statements, parse


def key_of(path: str | Path) -> str:
    """One name for one file, however its path is written."""
    return os.path.normcase(Path(os.path.abspath(path)))  # noqa: PTH100 (a link stays what the author calls it)


class Buffers:
    """Files of which some are open: the open texts go before what lies beneath."""

    def __init__(self, texts: Mapping[str, str], beneath: Access = DISK) -> None:
        """`texts` are the open texts by path, absolute or from the folder that is current."""
        self._texts = {key_of(path): text for path, text in texts.items()}
        self._beneath = beneath

    def read(self, path: Path) -> tuple[str, list[Diagnostic]]:
        """The text of a file."""
        text = self._texts.get(key_of(path))
        if text is None:
            return self._beneath.read(path)
        if text.strip():
            return text.removeprefix("\ufeff"), []
        return "", [Diagnostic("empty-file", "the file is empty", Span(str(path), 1, 1, 1, 1))]

    def exists(self, path: Path) -> bool:
        """Whether there is such a file."""
        return key_of(path) in self._texts or self._beneath.exists(path)

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and those above it."""
        return self._beneath.folders(folder)


class Parses:
    """A parser that remembers the statements of the last text of each file, so that a key costs one statement."""

    def __init__(self) -> None:
        self._statements: dict[str, Statements] = {}
        self._last: dict[str, tuple[str, Parsed]] = {}

    def __call__(self, text: str, file: str) -> Parsed:
        """What `policy_dsl.syntax.parse.parse` gives."""
        before = self._last.get(file)
        if before is None or before[0] != text:
            before = (text, parse(text, file, self._statements.setdefault(file, {})))
            self._last[file] = before
        return before[1]
