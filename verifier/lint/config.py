"""The settings of a project: `[tool.verifier.lint]` in the nearest `pyproject.toml` that speaks of the verifier.

[tool.verifier.lint]
select = ["contradictory-clauses"]      # only these rules
ignore = ["satisfiable"]                # all but these
min-severity = "warning"                # error, warning or info
[tool.verifier.lint.per-file-ignores]
"drafts/*" = ["unencoded-text"]         # paths from the folder of pyproject.toml, or bare file names
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.diagnostics import Diagnostic, PolicyError, Severity, Span
from verifier.lint.choice import Choice
from verifier.lint.known import meant, slugs

FILE = "pyproject.toml"
_KEYS = ("select", "ignore", "min-severity", "per-file-ignores")
_TABLE = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project says; `folder` is where its file stands. `select` None: all rules."""

    folder: Path = Path()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    least: Severity = Severity.INFO
    per_file: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ignored_in(self, file: str) -> tuple[str, ...]:
        """The rules that are not run for a policy of this file."""
        path = Path(file).resolve()
        folder = self.folder.resolve()
        relative = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
        own = [s for pattern, s in self.per_file.items() if _fits(pattern, relative)]
        return (*self.ignore, *(slug for each in own for slug in each))


def choice(
    settings: Settings,
    file: str,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    least: Severity | None = None,
) -> Choice:
    """What is run for a policy of this file. What the command line says wins: rules that it selects are run whatever
    the settings ignore, and what it ignores is ignored besides."""
    kept = () if select is not None else settings.ignored_in(file)
    selected = settings.select if select is None else select
    return Choice(
        None if selected is None else frozenset(selected),
        frozenset((*kept, *ignore)),
        settings.least if least is None else least,
    )


def settings_for(file: str) -> Settings:
    """The settings for a policy of this file; none of their own if no `pyproject.toml` from its folder upward has
    any. Raises `PolicyError` if that file has a mistake."""
    for folder in Path(file).resolve().parents:
        path = folder / FILE
        if path.is_file():
            text, table = _read(path)
            if table is not None:
                return _Reader(str(path), text).settings(folder, table)
    return Settings()


def _fits(pattern: str, relative: str) -> bool:
    return fnmatchcase(relative, pattern) or ("/" not in pattern and fnmatchcase(relative.rsplit("/", 1)[-1], pattern))


def _read(path: Path) -> tuple[str, Any]:
    """The text of a `pyproject.toml`, and what it says of the verifier; None if it says nothing."""
    reader = _Reader(str(path), "")
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reader.note(f"the file cannot be read: {error}", 1, "")
        raise reader.error() from None
    try:
        tool = tomllib.loads(text).get("tool", {})
        return text, tool.get("verifier") if isinstance(tool, dict) else None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        reader = _Reader(str(path), text)
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        reader.note(f"this is not TOML: {str(error).lower()}", line, "mend the file")
        raise reader.error() from None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the settings of one file, and notes mistakes where they stand."""

    file: str
    text: str
    mistakes: list[Diagnostic] = field(default_factory=list)

    def settings(self, folder: Path, table: Any) -> Settings:
        """The settings in `[tool.verifier]`. Raises `PolicyError` with all mistakes in them."""
        own = self._known(table, ("lint",), "tool").get("lint", {})
        own = self._known(own, _KEYS, "verifier")
        per_file = own.get("per-file-ignores", {})
        if not isinstance(per_file, dict):
            line = self._line("per-file-ignores")
            self.note("`per-file-ignores` is not a table", line, 'write `"*.policy" = []`')
            per_file = {}
        found = Settings(
            folder,
            self._rules(own["select"], "select") if "select" in own else None,
            self._rules(own.get("ignore", []), "ignore"),
            self._severity(own.get("min-severity", "info")),
            {pattern: self._rules(listed, pattern) for pattern, listed in per_file.items()},
        )
        if self.mistakes:
            raise self.error()
        return found

    def _known(self, table: Any, keys: Iterable[str], where: str) -> Mapping[str, Any]:
        """The table, if it is one."""
        if not isinstance(table, dict):
            self.note("this is not a table of settings", self._line(where), "write `[tool.verifier.lint]`")
            return {}
        for key in table:
            if key not in keys:
                help = did_you_mean(key, keys, f"the settings are {listing(keys)}")
                self.note(f"there is no setting `{key}`", self._line(key), help)
        return table

    def _rules(self, value: Any, key: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            self.note(f"`{key}` is not a list of rules", self._line(key), f'write `{key} = ["satisfiable"]`')
            return ()
        for slug in value:
            if slug not in slugs():
                self.note(f"there is no rule `{slug}`", self._line(slug, self._line(key)), meant(slug))
        return tuple(value)

    def _severity(self, value: Any) -> Severity:
        names = [str(s) for s in Severity]
        if not isinstance(value, str) or value not in names:
            key = "min-severity"
            help = did_you_mean(str(value), names, f"write one of {listing(names, last='or')}")
            self.note(f"`{value}` is no severity", self._line(key), help)
            return Severity.INFO
        return Severity(value)

    def _line(self, word: str, start: int = 1) -> int:
        """The line of the table or key of this name, or that quotes it, from `start` on; in the verifier's tables
        first."""
        lines = self.text.splitlines()
        own = False
        elsewhere = start
        for number, line in enumerate(lines, 1):
            header = _TABLE.match(line)
            own = header[1].startswith("tool.verifier") if header else own
            if number < start or word not in line.split("#")[0]:
                continue
            if own:
                return number
            elsewhere = number if elsewhere == start else elsewhere
        return elsewhere

    def error(self) -> PolicyError:
        """What was noted, in the order of the file."""
        return PolicyError(sorted(self.mistakes, key=lambda d: d.span.line), {self.file: self.text})

    def note(self, message: str, line: int, help: str) -> None:
        """Note a mistake in this line, underlined as a whole."""
        lines = self.text.splitlines()
        words = lines[line - 1] if 0 < line <= len(lines) else ""
        first = len(words) - len(words.lstrip()) + 1
        span = Span(self.file, line, first, line, max(first + 1, len(words.rstrip()) + 1))
        self.mistakes.append(Diagnostic("configuration", message, span, help=help))
