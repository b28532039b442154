"""What can be wrong with a table, or with what is asked of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableProblem:
    """A mistake in a table: where (file, column), what is wrong, and how to mend it."""

    place: str
    message: str
    help: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: error: {self.message}"
        return f"{text}\n  help: {self.help}" if self.help else text


class TableError(Exception):
    """A table cannot be used; `problems` holds every mistake found."""

    def __init__(self, problems: Sequence[TableProblem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


class UnsupportedError(Exception):
    """An engine cannot do what is asked of it: `what`, by name, and how to do without."""

    def __init__(self, what: str, help: str = "") -> None:
        super().__init__(what, help)
        self.what = what
        self.help = help

    def __str__(self) -> str:
        return f"error: {self.what}" + (f"\n  help: {self.help}" if self.help else "")
