"""What is told of each file: mistakes at once, findings of the analysis when they come, and nothing out of date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from verifier.editing.buffers import key_of
from verifier.editing.problems import Problem
from verifier.lsp.desk import Stamp


@dataclass(frozen=True, slots=True)
class Analysed:
    """What the analysis of a file found, made from these versions; `ranges` by policy and fact."""

    stamp: Stamp
    problems: tuple[Problem, ...] = ()
    ranges: dict[str, dict[str, str]] = field(default_factory=dict)


class Board:
    """The problems by the open file that they came from."""

    def __init__(self) -> None:
        self._mistakes: dict[str, tuple[Problem, ...]] = {}
        self._analysed: dict[str, Analysed] = {}

    def tell(self, root: str, mistakes: Sequence[Problem], stamp: Stamp) -> set[str]:
        """Take in what checking a file has told; findings made from other versions are gone. The files to tell of."""
        touched = self._files(root)
        self._mistakes[root] = tuple(mistakes)
        known = self._analysed.get(root)
        if known is not None and known.stamp != stamp:
            del self._analysed[root]
        return touched | self._files(root)

    def add(self, root: str, analysed: Analysed) -> set[str]:
        """Take in what the analysis of a file has found. The files to tell of."""
        touched = self._files(root)
        self._analysed[root] = analysed
        return touched | self._files(root)

    def forget(self, root: str) -> set[str]:
        """A file is no longer open. The files to tell of."""
        touched = self._files(root)
        self._mistakes.pop(root, None)
        self._analysed.pop(root, None)
        return touched

    def analysed(self, root: str) -> Analysed | None:
        """What the analysis of a file has found, if it is not out of date."""
        return self._analysed.get(root)

    def ranges(self, roots: Iterable[str]) -> dict[str, str]:
        """The approvable values of each fact under the policies of these files; of several, each with its name."""
        told = [(p, words) for r in roots if r in self._analysed for p, words in self._analysed[r].ranges.items()]
        if len(told) == 1:
            return dict(told[0][1])
        return {f"{fact} ({policy})": said for policy, words in told for fact, said in words.items()}

    def problems(self, file: str) -> list[Problem]:
        """The problems in a file, from whatever file they came, each once, by place."""
        roots = [*self._mistakes.values(), *(a.problems for a in self._analysed.values())]
        key = key_of(file)
        found = dict.fromkeys(p for each in roots for p in each if key_of(p.span.file) == key)
        return sorted(found, key=lambda p: (p.span, p.slug, p.message))

    def _files(self, root: str) -> set[str]:
        problems = [*self._mistakes.get(root, ())]
        problems += self._analysed[root].problems if root in self._analysed else ()
        return {p.span.file for p in problems} | {root}
