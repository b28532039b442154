"""The server: what each message of the protocol asks of a session."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from verifier.editing.problems import Problem
from verifier.lsp import convert
from verifier.lsp.protocol import StrictProtocol
from verifier.lsp.requests import register
from verifier.lsp.session import Session

WATCHED = "**/*.{policy,vocabulary,mapping,txt,md,csv}"


class PolicyServer(LanguageServer):
    """The server of one editor."""

    def __init__(self) -> None:
        super().__init__(
            "policy-verifier",
            version("policy-verifier"),
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=StrictProtocol,
        )
        self.session = Session(self._publish, self._complain)
        self.asks_for_reasons = False
        self.ended_well = False

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say what went wrong in the log of the client; nothing pops up in front of the author. What a request was
        refused for is its answer, and needs no telling."""
        refused = isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError)
        if source is FeatureRequestError and refused:
            return
        if isinstance(self.protocol, StrictProtocol) and self.protocol.ready:
            self._complain(f"{type(error).__name__}: {error}")

    def edit(self, edits: dict[str, list[types.TextEdit]]) -> types.WorkspaceEdit:
        """Edits by file, for the versions that are open, if the client can tell them apart."""
        desk = self.session.desk
        capability = self.client_capabilities.workspace and self.client_capabilities.workspace.workspace_edit
        by_uri = {desk.uri(file): own for file, own in sorted(edits.items())}
        if not capability or not capability.document_changes:
            return types.WorkspaceEdit(changes=by_uri)
        changes = []
        for uri, own in by_uri.items():
            document = desk.document(uri)
            number = document.version if document is not None else None
            changes.append(types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, number), own))
        return types.WorkspaceEdit(document_changes=changes)

    def _publish(self, file: str, problems: Sequence[Problem]) -> None:
        desk = self.session.desk
        positions = desk.positions(file)
        uri = desk.uri(file)
        document = desk.document(uri)
        shown = [convert.diagnostic(p, positions, self.locate) for p in problems] if positions is not None else []
        number = document.version if document is not None else None
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, number))

    def locate(self, span: Any) -> types.Location | None:
        """Where a span is; None if its file cannot be read."""
        positions = self.session.desk.positions(span.file)
        return None if positions is None else types.Location(self.session.desk.uri(span.file), positions.range(span))

    def _complain(self, words: str) -> None:
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, words))


def make(leave: Callable[[int], NoReturn] = os._exit) -> PolicyServer:
    """A server, ready to be started. `leave` ends the process when the editor says so: all was said by then, and
    nothing that is still waited for, such as the next message or a process about to work, may hold it."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_a_bug)
    server = PolicyServer()
    _life(server, leave)
    _documents(server)
    register(server)
    return server


def _is_a_bug(record: logging.LogRecord) -> bool:
    """Whether the library logs something else than a request that was refused."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, JsonRpcException) or isinstance(error, JsonRpcInternalError)


def _life(server: PolicyServer, leave: Callable[[int], NoReturn]) -> None:
    @server.feature(types.INITIALIZE)
    def _initialize(params: types.InitializeParams) -> None:
        session = server.session
        session.desk.encoding = server.workspace.position_encoding or "utf-16"
        options = params.initialization_options
        server.asks_for_reasons = isinstance(options, dict) and bool(options.get("asksForReasons"))
        roots = [f.uri for f in params.workspace_folders or []] or [params.root_uri or ""]
        session.desk.folders = [Path(p) for p in map(to_fs_path, roots) if p]

    @server.feature(types.INITIALIZED)
    def _initialized(params: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is not None and watching.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
            registration = types.Registration("watched", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            server.client_register_capability(types.RegistrationParams([registration]), lambda answer: None)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def _folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        folders = (to_fs_path(f.uri) for f in server.workspace.folders.values())
        server.session.desk.folders = [Path(f) for f in folders if f]

    @server.feature(types.SHUTDOWN)
    def _shutdown(params: None) -> None:
        server.ended_well = True
        server.session.stop()

    @server.feature(types.EXIT)
    def _exit(params: None) -> None:
        server.session.stop()
        leave(0 if server.ended_well else 1)


def _documents(server: PolicyServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _open(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        session.changed(session.desk.opened(item.uri, item.text, item.version))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _change(params: types.DidChangeTextDocumentParams) -> None:
        whole = [c for c in params.content_changes if isinstance(c, types.TextDocumentContentChangeWholeDocument)]
        if len(whole) == len(params.content_changes) and whole:
            identifier = params.text_document
            session.changed(session.desk.changed(identifier.uri, whole[-1].text, identifier.version))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _close(params: types.DidCloseTextDocumentParams) -> None:
        document = session.desk.closed(params.text_document.uri)
        session.closed(document)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _watched(params: types.DidChangeWatchedFilesParams) -> None:
        session.elsewhere()
