"""Findings as a page for people: source words side by side, what the proof rests on and covers, and ways to mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity, Span
from verifier.lint.finding import CoreItem, Finding, Findings, Repair, Suggestion
from verifier.render.cases import case_rows, case_table
from verifier.render.page import heading, labelled, paragraph, passage, side_by_side

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
_CONTRADICTION = "contradictory-clauses"
_SHOWN_REPAIRS = 5
TRIED = "Each was tried: without these clauses a case is approved that meets all assumptions."


def findings_page(findings: Findings, width: int) -> list[RenderableType]:
    """The page of a run: each policy with its findings, worst first, then a line that counts them."""
    page: list[RenderableType] = []
    for policy in findings.policies:
        own = [f for f in findings.found if f.policy == policy.id]
        page.append(Text.assemble((policy.title, "bold"), f" ({policy.id}, {policy.file})"))
        page.append(Text(""))
        page += _policy(policy, own, width)
    for finding in findings.found:
        if finding.policy not in {p.id for p in findings.policies}:
            page += _finding(None, finding, width)
    page += _how_to_accept(findings)
    page.append(Text(count_words(findings.found)))
    return page


def statistics_page(findings: Findings) -> list[RenderableType]:
    """How many findings each rule has, a line each, then a line that counts all."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("right", "left", "left", "left"):
        grid.add_column(justify=justify)
    for count in findings.counts():
        note = f"{count.waived} waived" if count.waived else ""
        severity = Text(str(count.severity), style=_STYLE[count.severity])
        grid.add_row(str(count.found), count.rule, severity, note)
    total = Text(count_words(findings.found))
    return [grid, Text(""), total] if findings.found else [total]


def _how_to_accept(findings: Findings) -> Iterator[RenderableType]:
    """The command that accepts the first of the findings that count, if there is one."""
    file = {p.id: p.file for p in findings.policies}
    standing = [f for f in findings.found if f.policy in file and f.severity is not Severity.INFO and f.waived is None]
    if standing:
        first = standing[0]
        words = " ".join(("verifier waive", file[first.policy], first.rule, *first.names))
        yield paragraph(f'A finding that is known and acceptable is accepted with `{words} --because "..."`.')
        yield Text("")


def _policy(policy: Policy, found: Sequence[Finding], width: int) -> Iterator[RenderableType]:
    standing = [f for f in found if f.waived is None]
    clashes = contradictions(found)
    said = headline(found)
    if said is not None:
        yield Text(said[0], style="bold red")
        yield paragraph(said[1])
        yield Text("")
    for finding in clashes:
        yield from _finding(policy, finding, width)
    if clashes:
        yield from _repairs(clashes[0])
    for finding in standing:
        if finding not in clashes:
            yield from _finding(policy, finding, width)


def contradictions(found: Sequence[Finding]) -> list[Finding]:
    """The contradictions among the findings of a policy that it does not accept."""
    return [f for f in found if _is_contradiction(f) and f.waived is None]


def _is_contradiction(finding: Finding) -> bool:
    """Whether it is proved, and not only for lists up to a length."""
    return finding.rule == _CONTRADICTION and finding.bounds.scope is None


def headline(found: Sequence[Finding]) -> tuple[str, str] | None:
    """That nobody can be approved, and how many contradictions there are, where the findings of a policy say so."""
    clashes = contradictions(found)
    if not clashes:
        return None
    waived = sum(map(_is_contradiction, found)) - len(clashes)
    used = sorted({name for f in clashes for name in f.assumptions})
    always = any(not f.assumptions for f in clashes)
    if always:
        words = "Nobody can be approved: the policy contradicts itself."
    elif len(used) == 1:
        words = "Nobody can be approved: under an assumption of its author the policy contradicts itself."
    else:
        words = "Nobody can be approved: under its author's assumptions the policy contradicts itself."
    complete = all(f.bounds.complete for f in clashes)
    number = len(clashes)
    besides = f", besides {waived} that the policy accepts" if waived else ""
    if number == 1:
        sets = f"There is one smallest set of clauses that no case can meet{besides}"
    else:
        sets = f"There are {number} smallest sets of clauses that no case can meet{besides}"
    covers = "." if complete else ", and there may be more: the search stopped at its limit."
    return words, f"{sets}{covers} From each, no clause and no assumption can be left out."


def _finding(policy: Policy | None, finding: Finding, width: int) -> Iterator[RenderableType]:
    yield Text.assemble((str(finding.severity), _STYLE[finding.severity]), f"[{finding.rule}]: {finding.message}")
    yield paragraph(f"--> {where(finding.span)}", 2, style="dim")
    yield Text("")
    quoted = [item for item in finding.core if item.kind == "clause"]
    if quoted:
        yield from side_by_side([_passage(item) for item in quoted], width)
    rows = [*assumed(finding), *shown_by(finding)]
    if rows:
        yield labelled(rows)
        yield Text("")
    if finding.suggestion is not None and policy is not None:
        yield from _suggestion(dict(policy.files).get(finding.suggestion.span.file, ""), finding.suggestion)
    if finding.cases and policy is not None:
        yield paragraph("These cases:" if len(finding.cases) > 1 else "This case:", 2)
        yield case_table(policy, finding.cases, 4)
        yield Text("")
    elif finding.witness is not None and policy is not None:
        yield paragraph("For example, this case:", 2)
        yield labelled(case_rows(policy, read_case(policy, finding.witness)), 4)
        yield Text("")


def _suggestion(text: str, suggestion: Suggestion) -> Iterator[RenderableType]:
    lines = edited_lines(text, suggestion)
    if not lines:
        return
    yield paragraph(f"An edit that mends it: {suggestion.why}", 2)
    for line in lines:
        yield paragraph(line, 4, {"-": "red", "+": "green"}.get(line[0], "dim"))
    yield Text("")


def edited_lines(text: str, suggestion: Suggestion) -> list[str]:
    """The lines of an edit as they are and as they would be, each after `- `, `+ ` or two blanks."""
    span = suggestion.span
    lines = text.splitlines()
    if not 1 <= span.line <= span.end_line <= len(lines):
        return []
    before = lines[span.line - 1 : span.end_line]
    start, end = before[0][: span.column - 1], before[-1][span.end_column - 1 :]
    after = (start + suggestion.replacement + end).splitlines()
    return [line for line in difflib.ndiff(before, after) if not line.startswith("?") and line[2:].strip()]


def _passage(item: CoreItem) -> RenderableType:
    place = item.words[0].place if item.words else item.span
    return passage(item.id, item.title, f"{Path(place.file).name}, line {place.line}", [w.text for w in item.words])


def assumed(finding: Finding) -> Iterator[tuple[str, str]]:
    """The assumptions of its proof with the author's reasons, each part under a label."""
    for item in finding.core:
        if item.kind == "assumption":
            yield "assuming", f"{item.title or item.id} ({item.id}, line {item.span.line})"
            yield "because", " ".join(w.text for w in item.words)


def shown_by(finding: Finding) -> Iterator[tuple[str, str]]:
    """What its proof covers, and notes, each under a label."""
    details = list(finding.details)
    if _is_contradiction(finding):
        yield "proof", "there is no such case, however long its lists; leave out any one of these and there is"
    for detail in details:
        yield "note", detail


def _repairs(finding: Finding) -> Iterator[RenderableType]:
    if not finding.repairs:
        return
    yield heading("What would mend it, least first")
    shown = finding.repairs[:_SHOWN_REPAIRS]
    yield labelled((f"{number}.", mended_by(repair)) for number, repair in enumerate(shown, start=1))
    if len(finding.repairs) > len(shown):
        yield paragraph(f"and {len(finding.repairs) - len(shown)} larger ones", 2)
    yield paragraph(TRIED, 2)
    yield Text("")


def mended_by(repair: Repair) -> str:
    """What a repair changes."""
    return f"change or drop {_listed(repair.clauses)}" + ("" if len(repair.clauses) == 1 else " together")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def where(span: Span) -> str:
    """A place as file, line and column."""
    return f"{span.file}:{span.line}:{span.column}"


def count_words(found: Sequence[Finding]) -> str:
    """How many there are, by severity."""
    standing = [f for f in found if f.waived is None]
    counts = [(s, sum(f.severity is s for f in standing)) for s in (Severity.ERROR, Severity.WARNING, Severity.INFO)]
    words = [f"{n} {_plural(s, n)}" for s, n in counts if n]
    if len(standing) < len(found):
        words.append(f"{len(found) - len(standing)} waived by the policy")
    return ", ".join(words) if words else "no findings"


def _plural(severity: Severity, number: int) -> str:
    if severity is Severity.INFO:
        return "for information"
    return f"{severity}" if number == 1 else f"{severity}s"
