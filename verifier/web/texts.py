"""Policies given as texts: the files that a request brings, and nothing of the disk."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, Span
from policy_dsl.syntax.parse import decoded


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a policy's files by name, `/` between folders; `main` is the file that has the policy."""

    main: str
    files: tuple[tuple[str, str], ...]

    def read(self, path: Path) -> tuple[str, list[Diagnostic]]:
        """The text of a file."""
        name = _normal(str(path))
        text = next((text for file, text in self.files if _normal(file) == name), None)
        if text is None:
            return "", [
                Diagnostic("no-such-file", f"there is no file `{name}` among those given", Span(name, 1, 1, 1, 1))
            ]
        return decoded(text.encode("utf-8", "surrogatepass"), name)

    def exists(self, path: Path) -> bool:
        """Whether there is such a file."""
        return any(_normal(file) == _normal(str(path)) for file, _ in self.files)

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and those above it."""
        inside = Path(_normal(str(folder)))
        yield from (inside, *inside.parents)


def texts(main: str, files: Mapping[str, str]) -> Texts:
    """The texts of a request."""
    return Texts(main, tuple(sorted(files.items())))


def texts_of(policy: Policy) -> Texts:
    """All that a policy was read from, named from the folder that holds all of it."""
    named = {_absolute(file): text for file, text in policy.files}
    top = os.path.commonpath([file.parent for file in named])

    def short(file: Path) -> str:
        return file.relative_to(top).as_posix()

    return texts(short(_absolute(policy.file)), {short(file): text for file, text in named.items()})


def _absolute(file: str) -> Path:
    """The whole path; links are not followed, as what a file names is looked for beside the link."""
    return Path(os.path.normpath(Path(file).absolute()))


def _normal(name: str) -> str:
    return posixpath.normpath(name.replace(os.sep, "/"))
