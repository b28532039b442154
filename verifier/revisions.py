"""Policies as a revision of a git repository has them, read without touching the files on disk.

A file is named `REV:path`, as in git: the path goes from the top of the repository, or from this folder if it begins
with `./`. What the policy names beside itself (vocabulary, base, source) comes from the same revision.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, PolicyError, Span
from policy_dsl.files import DISK, Access
from policy_dsl.load import load
from policy_dsl.syntax.parse import decoded


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of one revision; `name` is the revision as it was written, `folder` where git runs, and `here` that
    folder's path within the repository, empty at the top."""

    name: str
    folder: Path
    here: str

    def read(self, path: Path) -> tuple[str, list[Diagnostic]]:
        """The text of a file of the revision."""
        file = str(path)
        start = Span(file, 1, 1, 1, 1)
        kind = _git(self.folder, "cat-file", "-t", self._object(path))
        if kind.returncode != 0:
            return "", [
                Diagnostic(
                    "no-such-file",
                    f"there is no file `{self._path(path)}` in revision `{self.name}`",
                    start,
                    help=f"a path goes from the top of the repository; `{self.name}:./path` goes from this folder",
                )
            ]
        if kind.stdout.strip() != b"blob":
            return "", [Diagnostic("not-a-file", f"`{file}` is a directory", start, help="name a file")]
        return decoded(_git(self.folder, "cat-file", "blob", self._object(path)).stdout, file)

    def exists(self, path: Path) -> bool:
        """Whether the revision has such a file."""
        return _git(self.folder, "cat-file", "-e", self._object(path)).returncode == 0

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and those above it, up to the top of the repository."""
        inside = self._path(folder)
        while True:
            yield Path(f"{self.name}:{inside or self.top}")
            if not inside:
                return
            inside = posixpath.dirname(inside)

    @property
    def top(self) -> str:
        """The top of the repository, from this folder."""
        return posixpath.relpath("/", posixpath.join("/", self.here))

    def _object(self, path: Path) -> str:
        return f"{self.name}:{self._path(path)}"

    def _path(self, path: Path) -> str:
        """The path within the repository."""
        inside = _from_top(str(path).removeprefix(f"{self.name}:").replace(os.sep, "/"), self.here)
        return "" if inside == "." else inside


def locate(named: str) -> tuple[Path, Access]:
    """The path of a file and where it is read from: `REV:path` in git, unless the disk has a file of that name.

    Raises PolicyError if git cannot say what is meant.
    """
    revision, colon, inside = named.partition(":")
    if not colon or not revision or not inside or Path(named).exists():
        return Path(named), DISK
    folder = Path.cwd()
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode != 0:
        raise _problem(named, f"`{named}` names a git revision, and this folder is in no git repository", "")
    if _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").returncode != 0:
        raise _problem(named, f"git knows no revision `{revision}`", "`git log` lists them; a file is named `REV:path`")
    here = os.path.relpath(folder.resolve(), Path(os.fsdecode(top.stdout.rstrip(b"\n"))).resolve()).replace(os.sep, "/")
    found = Revision(revision, folder, "" if here == "." else here)
    inside = _from_top(inside, here)
    if inside.startswith(("/", "..")):
        raise _problem(named, f"`{named}` lies outside the repository", "")
    # A path at the top keeps a folder in front, so that what stands beside it is found in the revision too.
    return Path(f"{revision}:{inside}" if "/" in inside else f"{revision}:{found.top}/{inside}"), found


def load_named(named: str) -> Policy:
    """The policy of a file on disk or of `REV:path`, and what is wrong with it, under the name that was written.

    Raises PolicyError.
    """
    path, access = locate(named)
    if access is DISK:
        return load(path)

    def shown(span: Span) -> Span:
        return replace(span, file=named) if span.file == str(path) else span

    try:
        return replace(load(path, access=access), file=named)
    except PolicyError as error:
        told = [
            replace(d, span=shown(d.span), labels=tuple(replace(x, span=shown(x.span)) for x in d.labels))
            for d in error.diagnostics
        ]
        sources = {named if file == str(path) else file: text for file, text in error.sources.items()}
        raise PolicyError(told, sources) from None


def _from_top(path: str, here: str) -> str:
    """A path of a revision, from the top of the repository; `here` is where one with dots in front begins."""
    dotted = path in (".", "..") or path.startswith(("./", "../"))
    return posixpath.normpath(posixpath.join(here, path) if dotted else path)


def _problem(named: str, message: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic("no-revision", message, Span(named, 1, 1, 1, 1), help=help)])


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git answers. Raises PolicyError if there is no git."""
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        raise _problem(arguments[-1], "there is no program `git` on this computer", "name files on disk") from None
