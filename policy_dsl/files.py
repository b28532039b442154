"""Where the files of a policy are read from: the disk, unless something else stands in for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from policy_dsl.diagnostics import Diagnostic
from policy_dsl.syntax.parse import read


class Access(Protocol):
    """A place with files in folders."""

    def read(self, path: Path) -> tuple[str, list[Diagnostic]]:
        """The text of a file, as `policy_dsl.syntax.parse.read` gives it."""

    def exists(self, path: Path) -> bool:
        """Whether there is such a file."""

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and those above it, the nearest first."""


class Disk:
    """The files of this computer."""

    def read(self, path: Path) -> tuple[str, list[Diagnostic]]:
        """The text of a file."""
        return read(path)

    def exists(self, path: Path) -> bool:
        """Whether there is such a file."""
        return path.exists()

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and those above it; relative ones stay relative."""
        for above in (folder.absolute(), *folder.absolute().parents):
            yield above if folder.is_absolute() else Path(os.path.relpath(above))


DISK = Disk()
