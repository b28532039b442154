"""What the user names as a table, and the files that it stands for."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_dsl.core.report import listing
from verifier.tables.errors import TableError, TableProblem, UnsupportedError

PARQUET, DELIMITED, LINES, WORKBOOK = "Parquet", "CSV", "JSON lines", "XLSX"
_DATABASES = ("postgresql://", "postgres://")
_FORMS = {
    ".parquet": PARQUET,
    ".csv": DELIMITED,
    ".tsv": DELIMITED,
    ".jsonl": LINES,
    ".ndjson": LINES,
    ".xlsx": WORKBOOK,
}
_PACKED = frozenset(f"{end}.gz" for end, form in _FORMS.items() if form in (DELIMITED, LINES))


EMPTY, UNKNOWN = "empty", "unknown"
"""What it means that a case has no records in a table of them: that there are none; or that there may be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table by its names: files, folders and patterns. `encoding`: of CSV files, where it is not UTF-8; `ignored`:
    columns that are no facts, whatever their names look like. `children` are lists in tables of their own, joined by
    the column `id`."""

    names: tuple[str, ...]
    encoding: str | None = None
    ignored: tuple[str, ...] = ()
    id: str = ""
    children: tuple[Child, ...] = ()

    @property
    def place(self) -> str:
        """What messages call it."""
        return " ".join(map(shown, self.names))

    @property
    def database(self) -> bool:
        """Whether it is a table of a server. Its content can change, so that it is told by what was read of it."""
        return any(map(is_database, self.names))

    @property
    def title(self) -> str:
        """The same in a document: the last parts of the names, as folders tell nobody else anything."""
        return " ".join(shown(name) if is_database(name) else Path(name).name for name in self.names)

    def files(self) -> tuple[Path, ...]:
        """The files in the order of the names, those of a folder or pattern sorted; a server's table has none. Raises
        TableError."""
        if self.database:
            return ()
        found = [file for name in self.names for file in _files(name)]
        if not found:
            raise TableError([TableProblem(self.place, "there is no file")])
        return tuple(dict.fromkeys(found))

    def described(self) -> list[object]:
        """All of it but the content, as plain data."""
        children = [[c.fact, c.column, c.childless, c.source.described()] for c in self.children]
        return [[shown(name) for name in self.names], self.encoding, self.ignored, self.id, children]

    def digest(self) -> str:
        """The hash of the file; of several files, of their hashes in order. Raises TableError, OSError."""
        hashes = [c.source.digest() for c in self.children]
        for file in self.files():
            with file.open("rb") as opened:
                hashes.append(hashlib.file_digest(opened, "sha256").hexdigest())
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """The table of a list's records: the path of the list, the column with the id of the case, and what it means that
    a case has none there: `EMPTY`, `UNKNOWN`, or None if nobody said."""

    fact: str
    source: Source
    column: str
    childless: str | None = None


def is_database(name: str) -> bool:
    """Whether the name is the address of a server."""
    return name.startswith(_DATABASES)


def shown(name: str) -> str:
    """The name as it may be shown: of an address, without a password."""
    if not is_database(name):
        return name
    scheme, _, rest = name.partition("://")
    user, at, host = rest.rpartition("@")
    return re.sub(r"password=[^&#]*", "password=...", f"{scheme}://{user.partition(':')[0]}{at}{host}")


def form_of(files: Sequence[Path], place: str) -> str:
    """The one format that the files have. Raises UnsupportedError for one that is not read, and for several."""
    for file in files:
        if _end(file) not in _FORMS and _end(file) not in _PACKED:
            help = f"tables end in {listing([*_FORMS, *sorted(_PACKED)])}"
            raise UnsupportedError(f"{file}: files named `{_end(file)}` are not read", help)
    forms = sorted({_FORMS[_end(f).removesuffix(".gz")] for f in files})
    if len(forms) > 1:
        raise UnsupportedError(f"{place}: files of several formats: {listing(forms)}", "write all of them in one")
    return forms[0]


def _end(file: Path) -> str:
    end = file.suffix.lower()
    return "".join(s.lower() for s in file.suffixes[-2:]) if end == ".gz" else end


def _files(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "_")))
        if not found:
            raise TableError([TableProblem(name, "the folder has no files")])
        return found
    if path.exists() or not glob.has_magic(name):
        found = [path]
    else:
        found = sorted(Path(p) for p in glob.glob(name, recursive=True))  # noqa: PTH207 (absolute ones, too)
    if not found or not found[0].exists():
        raise TableError([TableProblem(name, "there is no such file")])
    return found
