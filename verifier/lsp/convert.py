"""Values of `verifier.editing` as the protocol has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lsprotocol import types

from policy_dsl.diagnostics import Severity, Span
from verifier.editing.complete import Completion, Sort
from verifier.editing.edits import Edit
from verifier.editing.highlight import LOOKS, Coloured
from verifier.editing.hints import Hint
from verifier.editing.outline import Entry
from verifier.editing.outline import Sort as EntrySort
from verifier.editing.problems import Problem
from verifier.lsp.positions import Positions

SOURCE = "policy verifier"
_LINE_END = 1_000_000
"""A column that no line has; what lies beyond a line is taken to its end."""

_SEVERITY = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_COMPLETION: dict[Sort, types.CompletionItemKind] = {
    "fact": types.CompletionItemKind.Property,
    "field": types.CompletionItemKind.Field,
    "variable": types.CompletionItemKind.Variable,
    "member": types.CompletionItemKind.EnumMember,
    "code": types.CompletionItemKind.Value,
    "definition": types.CompletionItemKind.Function,
    "clause": types.CompletionItemKind.Reference,
    "type": types.CompletionItemKind.Class,
    "keyword": types.CompletionItemKind.Keyword,
    "unit": types.CompletionItemKind.Unit,
    "file": types.CompletionItemKind.File,
}
_SYMBOL: dict[EntrySort, types.SymbolKind] = {
    "file": types.SymbolKind.Module,
    "section": types.SymbolKind.Namespace,
    "clause": types.SymbolKind.Method,
    "definition": types.SymbolKind.Function,
    "type": types.SymbolKind.Class,
    "fact": types.SymbolKind.Property,
    "field": types.SymbolKind.Field,
    "member": types.SymbolKind.EnumMember,
    "claim": types.SymbolKind.Event,
    "output": types.SymbolKind.Variable,
}

Locate = Callable[[Span], types.Location | None]
"""Where a span is; None if its file cannot be read."""


def diagnostic(problem: Problem, positions: Positions, locate: Locate) -> types.Diagnostic:
    """A problem of the file whose positions are given."""
    related = [(locate(label.span), label.text) for label in problem.related]
    places = [types.DiagnosticRelatedInformation(at, text) for at, text in related if at is not None]
    return types.Diagnostic(
        range=positions.range(_underlined(problem)),
        message=problem.words,
        severity=_SEVERITY[problem.severity],
        code=problem.slug,
        source=SOURCE,
        related_information=places or None,
    )


def _underlined(problem: Problem) -> Span:
    """The stretch of a problem; of a finding about several lines the first, as more would hide the text."""
    span = problem.span
    if not problem.analysis or span.end_line == span.line:
        return span
    return replace(span, end_line=span.line, end_column=_LINE_END)


def text_edit(edit: Edit, positions: Positions) -> types.TextEdit:
    """An edit of the file whose positions are given."""
    return types.TextEdit(positions.range(edit.span), edit.text)


def completion(found: Completion, line: int, end: types.Position, positions: Positions) -> types.CompletionItem:
    """A completion on a line, up to a position."""
    start = positions.position(line, found.column)
    return types.CompletionItem(
        label=found.text,
        kind=_COMPLETION[found.sort],
        detail=found.detail or None,
        sort_text=found.order,
        filter_text=found.text,
        text_edit=types.TextEdit(types.Range(start, end), found.text),
    )


def document_symbol(entry: Entry, positions: Positions) -> types.DocumentSymbol:
    """An entry of the outline with all that is in it."""
    return types.DocumentSymbol(
        name=entry.name or "?",
        detail=entry.title or None,
        kind=_SYMBOL[entry.sort],
        range=positions.range(entry.span),
        selection_range=positions.range(entry.name_span),
        children=[document_symbol(e, positions) for e in entry.within],
    )


def semantic_tokens(coloured: Sequence[Coloured], positions: Positions) -> types.SemanticTokens:
    """The stretches, each counted from the one before."""
    data: list[int] = []
    line, character = 0, 0
    for stretch in coloured:
        start = positions.position(stretch.line, stretch.column)
        end = positions.position(stretch.line, stretch.column + stretch.length)
        if end.line != start.line or end.character <= start.character:
            continue
        same = start.line == line
        length = end.character - start.character
        data += [start.line - line, start.character - (character if same else 0), length]
        data += [LOOKS.index(stretch.look), int(stretch.declares)]
        line, character = start.line, start.character
    return types.SemanticTokens(data)


def inlay_hint(hint: Hint, positions: Positions) -> types.InlayHint:
    """A hint after its stretch."""
    place = positions.position(hint.span.end_line, hint.span.end_column)
    return types.InlayHint(place, hint.text, kind=types.InlayHintKind.Type, padding_left=True)
