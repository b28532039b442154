"""What is asked about a place of a file, answered from `verifier.editing`; a file that is not ours has no answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcInvalidRequest

from verifier.editing.complete import Beside, complete
from verifier.editing.describe import describe
from verifier.editing.edits import Edit
from verifier.editing.highlight import LOOKS, highlight
from verifier.editing.hints import hints
from verifier.editing.layout import formatted
from verifier.editing.lenses import examples
from verifier.editing.mend import Action, acceptance, actions
from verifier.editing.navigate import RenameError, definitions, references, renamable, rename
from verifier.editing.outline import outline
from verifier.editing.problems import Acceptable
from verifier.editing.snapshot import Snapshot
from verifier.editing.symbols import Occurrence
from verifier.lsp import convert
from verifier.lsp.desk import CASES, Document
from verifier.lsp.positions import Positions

if TYPE_CHECKING:
    from verifier.lsp.server import PolicyServer

DECIDE, ACCEPT, ASK_REASON = "verifier.decide", "verifier.accept", "verifier.askReason"


class Place:
    """An open file of ours, and how its places are counted."""

    def __init__(self, document: Document, snapshot: Snapshot, positions: Positions) -> None:
        self.document, self.snapshot, self.positions = document, snapshot, positions


def register(server: PolicyServer) -> None:
    """Answer requests."""
    _reading(server)
    _names(server)
    _writing(server)
    _commands(server)


def _place(server: PolicyServer, uri: str) -> Place | None:
    desk = server.session.desk
    document, snapshot = desk.document(uri), desk.snapshot(uri)
    if document is None or snapshot is None:
        return None
    return Place(document, snapshot, Positions(document.text, desk.encoding))


def _named(server: PolicyServer, uri: str, position: types.Position) -> tuple[Place, Occurrence] | None:
    """The place, and the name that stands at the position; None if none does."""
    here = _place(server, uri)
    occurrence = here.snapshot.at(*here.positions.place(position)) if here is not None else None
    return None if here is None or occurrence is None else (here, occurrence)


def _edits(server: PolicyServer, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    by_file: dict[str, list[types.TextEdit]] = defaultdict(list)
    for edit in edits:
        positions = server.session.desk.positions(edit.span.file)
        if positions is not None:
            by_file[edit.span.file].append(convert.text_edit(edit, positions))
    return server.edit(by_file)


def _reading(server: PolicyServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _hover(params: types.HoverParams) -> types.Hover | None:
        here = _place(server, params.text_document.uri)
        if here is None:
            return None
        roots = [here.document.file]
        if not here.snapshot.checked.policies:
            roots = [d.file for d in server.session.desk.programs()]
        found = describe(here.snapshot, *here.positions.place(params.position), server.session.board.ranges(roots))
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
        return types.Hover(content, here.positions.range(found.span))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        here = _place(server, params.text_document.uri)
        entries = outline(here.snapshot.parsed.file) if here is not None else []
        return [convert.document_symbol(e, here.positions) for e in entries] if here is not None else []

    legend = types.SemanticTokensLegend(list(LOOKS), ["declaration"])

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def _tokens(params: types.SemanticTokensParams) -> types.SemanticTokens:
        here = _place(server, params.text_document.uri)
        if here is None:
            return types.SemanticTokens([])
        return convert.semantic_tokens(highlight(here.snapshot), here.positions)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def _hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        here = _place(server, params.text_document.uri)
        if here is None:
            return []
        first, last = (here.positions.place(p)[0] for p in (params.range.start, params.range.end))
        return [convert.inlay_hint(h, here.positions) for h in hints(here.snapshot, first, last)]

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def _lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        document = server.session.desk.document(params.text_document.uri)
        if document is None or not document.file.endswith(CASES):
            return []
        lenses = []
        for example in examples(document.file, document.text):
            due = f" (expects {example.expects})" if example.expects else ""
            arguments: list[Any] = [document.uri, example.line if example.alone else None]
            command = types.Command(f"Decide this example{due}", DECIDE, arguments=arguments)
            start = types.Position(example.line - 1, 0)
            lenses.append(types.CodeLens(types.Range(start, start), command))
        return lenses


def _names(server: PolicyServer) -> None:
    desk = server.session.desk

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def _definition(params: types.DefinitionParams) -> list[types.Location]:
        here = _place(server, params.text_document.uri)
        if here is None:
            return []
        line, column = here.positions.place(params.position)
        occurrence = here.snapshot.at(line, column)
        others = desk.naming(occurrence.symbol, here.snapshot) if occurrence is not None else []
        found = definitions(here.snapshot, line, column, others)
        return [at for at in map(server.locate, found) if at is not None]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def _references(params: types.ReferenceParams) -> list[types.Location]:
        named = _named(server, params.text_document.uri, params.position)
        if named is None:
            return []
        here, occurrence = named
        found = references(occurrence.symbol, desk.naming(occurrence.symbol, here.snapshot))
        wanted = [o.span for o in found if params.context.include_declaration or not o.declares]
        return [at for at in map(server.locate, wanted) if at is not None]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _highlights(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        named = _named(server, params.text_document.uri, params.position)
        if named is None:
            return []
        here, occurrence = named
        own = references(occurrence.symbol, [here.snapshot])
        return [types.DocumentHighlight(here.positions.range(o.span)) for o in own]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def _prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        here = _place(server, params.text_document.uri)
        if here is None:
            return None
        try:
            occurrence = renamable(here.snapshot, *here.positions.place(params.position))
        except RenameError:
            return None
        return types.PrepareRenamePlaceholder(here.positions.range(occurrence.span), occurrence.symbol.word)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def _rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        here = _place(server, params.text_document.uri)
        if here is None:
            return None
        try:
            occurrence = renamable(here.snapshot, *here.positions.place(params.position))
            among = desk.naming(occurrence.symbol, here.snapshot)
            return _edits(server, rename(occurrence.symbol, params.new_name, among, desk.again(among)))
        except RenameError as error:
            raise JsonRpcInvalidRequest(str(error)) from None


def _writing(server: PolicyServer) -> None:
    desk = server.session.desk
    triggers = types.CompletionOptions(trigger_characters=[".", "{", " "])

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, triggers)
    def _completion(params: types.CompletionParams) -> types.CompletionList:
        here = _place(server, params.text_document.uri)
        if here is None:
            return types.CompletionList(False, [])
        line, column = here.positions.place(params.position)
        lines = here.snapshot.lines
        names_files = line <= len(lines) and lines[line - 1].lstrip().startswith(("uses", "extends"))
        beside = desk.beside(here.document.file) if names_files else Beside()
        found = complete(here.snapshot, line, column, beside)
        items = [convert.completion(c, line, params.position, here.positions) for c in found]
        return types.CompletionList(False, items)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def _format(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        here = _place(server, params.text_document.uri)
        return [convert.text_edit(e, here.positions) for e in formatted(here.snapshot)] if here is not None else []

    kinds = types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def _actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        here = _place(server, params.text_document.uri)
        if here is None:
            return []
        file = here.document.file
        span = here.positions.span(params.range, file)
        snapshot = here.snapshot
        problems = server.session.board.problems(file)
        found = actions(snapshot, span, problems, lambda text: desk.read(file, text, snapshot))
        return [_code_action(server, here, action) for action in found]


def _code_action(server: PolicyServer, here: Place, action: Action) -> types.CodeAction:
    mending = action.kind == "quickfix"
    told = [convert.diagnostic(action.mends, here.positions, server.locate)] if action.mends is not None else None
    made = types.CodeAction(
        title=action.title,
        kind=types.CodeActionKind.QuickFix if mending else types.CodeActionKind.RefactorRewrite,
        diagnostics=told,
    )
    if action.accepts is not None and server.asks_for_reasons:
        accepts = action.accepts
        finding: list[Any] = [accepts.policy, accepts.rule, list(accepts.names), accepts.fingerprint]
        made.command = types.Command(action.title, ASK_REASON, arguments=[here.document.uri, *finding])
    else:
        made.edit = _edits(server, action.edits)
    return made


def _commands(server: PolicyServer) -> None:
    desk = server.session.desk

    @server.command(DECIDE)
    async def _decide(uri: str, line: int | None = None) -> dict[str, object]:
        """Decide the case of an open case file, or of one of its lines."""
        document = desk.document(uri)
        if document is None:
            raise JsonRpcInvalidParams(f"{uri} is not open")
        told = await server.session.decide(document.file, line)
        kind = types.MessageType.Error if told.failed else types.MessageType.Info
        server.window_show_message(types.ShowMessageParams(kind, told.line))
        return {"line": told.line, "full": told.full, "failed": told.failed}

    @server.command(ACCEPT)
    def _accept(uri: str, policy: str, rule: str, names: list[str], fingerprint: str, because: str) -> None:
        """Write the statement that accepts a finding, with the reason for it."""
        here = _place(server, uri)
        if not because.strip() or '"' in because or "\n" in because:
            raise JsonRpcInvalidParams('a reason is some text without `"` and line breaks')
        wanted = Acceptable(policy, rule, tuple(names), fingerprint)
        edit = acceptance(here.snapshot, wanted, because) if here is not None else None
        if edit is None:
            raise JsonRpcInvalidParams(f"there is no policy `{policy}` in {uri}")
        params = types.ApplyWorkspaceEditParams(_edits(server, [edit]), "Accept a finding")
        server.workspace_apply_edit(params, lambda answer: None)
