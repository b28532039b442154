"""Policies with one fault each, made by editing a clean one; `faults/*.toml` says how, and what must be found.

A file is about one base. Its head gives the base's folder (from the project's root), the policy's file in it, and the
families; each `[[fault]]` has

- `name`, `family`, and `what` is wrong now;
- `expect`, the rule that finds it, with the `clauses` and `assumptions` named, where they are sure (`clauses` are
  among those named; `assumptions` are all);
- `slow`, where looking for it takes too long for every run of the tests; `python -m tests.planted` looks for all;
- `also`, the rules that may speak up at warning or above as a consequence, and why they do, in `because`;
- `[[fault.edit]]`s: the `file`, if it is not the policy, and `old` text that stands there once and becomes `new`.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.load import Checked, check
from verifier.lint import Finding, lint

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent / "faults"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text of a file of the base that becomes other text."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Base:
    """A policy without the fault: its folder and its file there."""

    folder: Path
    policy: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and what must be found; see the head of this module."""

    base: Base
    name: str
    family: str
    what: str
    expect: str
    clauses: tuple[str, ...]
    assumptions: tuple[str, ...] | None
    also: tuple[str, ...]
    edits: tuple[Edit, ...]
    slow: bool

    @property
    def id(self) -> str:
        """The name with the policy's."""
        return f"{Path(self.base.policy).stem}-{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of a fault: the findings that are the expected one, and those that nobody expected."""

    fault: Fault
    policy: Policy | None
    findings: tuple[Finding, ...]
    hits: tuple[Finding, ...]
    extra: tuple[Finding, ...]


@cache
def faults() -> tuple[Fault, ...]:
    """All faults, by file and in its order."""
    return tuple(fault for file in sorted(HERE.glob("*.toml")) for fault in _read(file))


def _read(file: Path) -> Iterator[Fault]:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    base = Base(ROOT / data["folder"], data["policy"])
    for entry in data["fault"]:
        yield _fault(base, entry)


def _fault(base: Base, entry: dict[str, Any]) -> Fault:
    known = {"name", "family", "what", "expect", "clauses", "assumptions", "also", "because", "edit", "slow"}
    if entry.keys() - known or ("also" in entry) != ("because" in entry):
        raise ValueError(f"{entry.get('name')}: {sorted(entry.keys() - known) or '`also` without `because`'}")
    return Fault(
        base=base,
        name=entry["name"],
        family=entry["family"],
        what=entry["what"],
        expect=entry["expect"],
        clauses=tuple(entry.get("clauses", ())),
        assumptions=tuple(entry["assumptions"]) if "assumptions" in entry else None,
        also=tuple(entry.get("also", ())),
        edits=tuple(Edit(e.get("file", base.policy), e["old"], e["new"]) for e in entry["edit"]),
        slow=entry.get("slow", False),
    )


def plant(fault: Fault, folder: Path) -> Checked:
    """The base with the fault's edits, in a folder of its own. Raises ValueError if an edit does not fit.

    Without its cases and its reason codes: a clause that a fault adds has none.
    """
    shutil.copytree(fault.base.folder, folder, ignore=shutil.ignore_patterns("cases", "*.codes.toml"))
    for edit in fault.edits:
        file = folder / edit.file
        text = file.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{fault.id}: {text.count(edit.old)} places in {edit.file} have the text {edit.old!r}")
        file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return check(folder / fault.base.policy)


@cache
def of_base(base: Base) -> tuple[Finding, ...]:
    """What is found in the clean policy."""
    return _findings(check(base.folder / base.policy))


def _findings(checked: Checked) -> tuple[Finding, ...]:
    """What the linter finds, or the mistakes of a file that it cannot read."""
    if checked.policies:
        return lint(checked.policies, checked.diagnostics).found
    return tuple(
        Finding(rule=d.slug, severity=d.severity, policy="", message=d.message, span=d.span)
        for d in checked.diagnostics
    )


def look_for(fault: Fault, folder: Path) -> Outcome:
    """Plant the fault in the folder, and look for it."""
    checked = plant(fault, folder)
    findings = _findings(checked)
    before = [_key(f) for f in of_base(fault.base)]
    new = [f for f in findings if _key(f) not in before]
    hits = tuple(f for f in new if _is_it(fault, f))
    extra = tuple(f for f in new if f.severity is not Severity.INFO and f not in hits and f.rule not in fault.also)
    return Outcome(fault, checked.policies[0] if checked.policies else None, findings, hits, extra)


def _is_it(fault: Fault, finding: Finding) -> bool:
    named = set(fault.clauses) <= set(finding.clauses)
    rests = fault.assumptions is None or sorted(fault.assumptions) == sorted(finding.assumptions)
    return finding.rule == fault.expect and named and rests


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.severity, tuple(sorted(finding.clauses)), finding.message
