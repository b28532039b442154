"""The open files: what the client says of them, what is known of each, and of the files that go with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pygls.uris import from_fs_path, to_fs_path

from policy_dsl.files import DISK
from verifier.editing.buffers import Buffers, Parses, key_of
from verifier.editing.complete import Beside
from verifier.editing.snapshot import ENDINGS, Snapshot, snapshot
from verifier.editing.symbols import Symbol
from verifier.lsp.positions import Encoding, Positions

CASES = (".json", ".jsonl", ".ndjson")
MOST_ENTRIES = 20_000
"""So many files below a folder are looked at for policies that belong together."""

Stamp = tuple[tuple[str, int], ...]
"""The open files that something was made from, each with its version."""


@dataclass(frozen=True, slots=True)
class Document:
    """An open file: its address, its path, and its text with the number that the client gave it."""

    uri: str
    file: str
    text: str
    version: int


class Desk:
    """The open files. A text older than the one that is known, or of a file that is not open, is passed over."""

    def __init__(self, encoding: Encoding = "utf-16") -> None:
        self.encoding = encoding
        self.folders: list[Path] = []
        self._open: dict[str, Document] = {}
        self._uris: dict[str, str] = {}
        self._edition = 0
        self._parses = Parses()
        self._known: dict[str, tuple[int, Snapshot]] = {}

    # -------------------------------------------------------------- what the client says

    def opened(self, uri: str, text: str, version: int) -> Document | None:
        """A file is open now; None if it is none that there can be."""
        file = path_of(uri)
        if file is None:
            return None
        document = Document(uri, file, text, version)
        self._open[uri] = document
        self._uris[key_of(file)] = uri
        self.touched()
        return document

    def changed(self, uri: str, text: str, version: int) -> Document | None:
        """A file has another text; None if what is said is out of date."""
        known = self._open.get(uri)
        return None if known is None or version <= known.version else self.opened(uri, text, version)

    def closed(self, uri: str) -> Document | None:
        """A file is no longer open."""
        document = self._open.pop(uri, None)
        if document is not None:
            self._uris.pop(key_of(document.file), None)
            self.touched()
        return document

    def touched(self) -> None:
        """Some file, open or not, may be another than before."""
        self._edition += 1

    # -------------------------------------------------------------- what is known

    def document(self, uri: str) -> Document | None:
        """The open file of an address."""
        return self._open.get(uri)

    def programs(self) -> list[Document]:
        """The open policies, vocabularies and mappings, in the order in which they were opened."""
        return [d for d in self._open.values() if d.file.endswith(ENDINGS)]

    def texts(self) -> Mapping[str, str]:
        """The open texts by path."""
        return {d.file: d.text for d in self._open.values()}

    def snapshot(self, uri: str) -> Snapshot | None:
        """What is known of an open policy, vocabulary or mapping."""
        document = self._open.get(uri)
        if document is None or not document.file.endswith(ENDINGS):
            return None
        edition, last = self._known.get(document.file, (-1, None))
        if edition == self._edition and last is not None:
            return last
        made = self.read(document.file, document.text, last)
        self._known[document.file] = (self._edition, made)
        return made

    def last(self, document: Document) -> Snapshot | None:
        """What was last known of an open file, which may be out of date."""
        known = self._known.get(document.file)
        return known[1] if known is not None else None

    def read(self, file: str, text: str, last: Snapshot | None = None) -> Snapshot:
        """What a text would be as that file, as all others are now."""
        return snapshot(file, text, Buffers({**self.texts(), file: text}), self._parses, last)

    def stamp(self, of: Snapshot) -> Stamp:
        """The versions of the open files that a snapshot was made from."""
        named = [*of.checked.sources, of.file]
        uris = {self._uris[key] for key in map(key_of, named) if key in self._uris}
        return tuple(sorted((u, self._open[u].version) for u in uris))

    def positions(self, file: str) -> Positions | None:
        """The places of a file, open or not; None if it cannot be read."""
        text = self.text(file)
        return None if text is None else Positions(text, self.encoding)

    def text(self, file: str) -> str | None:
        """The text of a file, open or not."""
        uri = self._uris.get(key_of(file))
        if uri is not None:
            return self._open[uri].text
        text, problems = DISK.read(Path(file))
        return None if problems else text

    def uri(self, file: str) -> str:
        """The address of a file: as the client has it if it is open."""
        return self._uris.get(key_of(file)) or from_fs_path(str(Path(file).absolute())) or ""

    # -------------------------------------------------------------- the files that go with a file

    def naming(self, symbol: Symbol, start: Snapshot) -> list[Snapshot]:
        """The files that may name something, with the one that it was asked about first."""
        if symbol.kind == "variable":
            return [start]
        found = {key_of(start.file): start}
        for file in self._around(start.file):
            text = None if key_of(file) in found else self.text(file)
            if text is not None and symbol.word in text:
                uri = self._uris.get(key_of(file))
                known = self.snapshot(uri) if uri is not None else None
                found[key_of(file)] = known or self.read(file, text)
        return list(found.values())

    def again(self, among: Iterable[Snapshot]) -> Callable[[Mapping[str, str]], list[Snapshot]]:
        """What reads these files anew with some of their texts changed."""

        def read(changed: Mapping[str, str]) -> list[Snapshot]:
            access = Buffers({**self.texts(), **changed})
            return [snapshot(s.file, changed.get(s.file, s.text), access) for s in among]

        return read

    def beside(self, file: str) -> Beside:
        """What the folder of a file has that it can name."""
        listed = sorted(self._around(file))
        return Beside(
            tuple(dict.fromkeys(Path(f).stem for f in listed if f.endswith(".vocabulary"))),
            tuple(dict.fromkeys(Path(f).stem for f in listed if f.endswith(".policy") and Path(f) != Path(file))),
        )

    def _around(self, file: str) -> Iterator[str]:
        """The policies, vocabularies and mappings below the folders that are open; of a file outside of them, those
        beside it."""
        yield from (d.file for d in self.programs())
        folders = [f for f in self.folders if Path(file).is_relative_to(f)]
        listings = [_visible(f) for f in folders] or [_visible(Path(file).parent, deep=False)]
        for listing in listings:
            yield from (str(p) for p in islice(listing, MOST_ENTRIES) if p.suffix in ENDINGS)


def _visible(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """The files of a folder, and those below if `deep`, in order, without what is hidden; links are not followed."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "node_modules" or entry.is_symlink():
            continue
        yield entry
        if deep and entry.is_dir():
            yield from _visible(entry)


def path_of(uri: str) -> str | None:
    """The path of a file's address; of one that was never saved, a path that no file has. None for what is none."""
    scheme, colon, rest = uri.partition(":")
    if not colon:
        return None
    if scheme == "file":
        path = to_fs_path(uri)
        return None if path is None or "\0" in path else path
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in rest)
    return str(Path.cwd() / f"{scheme}-{name}")
