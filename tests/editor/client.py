"""A client of the language server over standard input and output, which can also say what no client should."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERIFIER = Path(sys.executable).parent / "verifier"
PATIENCE = 60.0
Json = Any


@dataclass
class Client:
    """One connection. `told` are the notifications of the server in order, `asked` its requests."""

    process: asyncio.subprocess.Process
    told: list[Json] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    _answers: dict[int, asyncio.Future[Json]] = field(default_factory=dict)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _number: int = 0
    _listener: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls) -> Client:
        pipe = asyncio.subprocess.PIPE
        command = (str(VERIFIER), "lsp")
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        client = cls(process)
        client._listener = asyncio.create_task(client._listen())
        return client

    # -------------------------------------------------------------- the wire

    def raw(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send(self, message: Json) -> None:
        self.raw(json.dumps(message).encode())

    def notify(self, method: str, params: Json) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def ask(self, method: str, params: Json) -> Json:
        """The whole answer, error or not."""
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return await asyncio.wait_for(self._answers[number], PATIENCE)

    async def result(self, method: str, params: Json) -> Json:
        answer = await self.ask(method, params)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                head = await self.process.stdout.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:  # the server has ended
                return
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            message = json.loads(await self.process.stdout.readexactly(length))
            if "method" in message and "id" in message:
                self.asked.append(message)
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": {"applied": True}})
            elif "method" in message:
                self.told.append(message)
            else:
                answer = self._answers.pop(message["id"], None)
                if answer is not None:  # else to what the client should not have said
                    answer.set_result(message)
            self._heard.set()

    # -------------------------------------------------------------- a conversation

    async def initialize(self, root: Path | None = None, **more: Json) -> Json:
        capabilities = {"workspace": {"workspaceEdit": {"documentChanges": True}}}
        folders = None if root is None else [{"uri": root.as_uri(), "name": root.name}]
        params = {"processId": None, "rootUri": None, "workspaceFolders": folders, "capabilities": capabilities}
        result = await self.result("initialize", params | more)
        self.notify("initialized", {})
        return result

    def open(self, path: Path, text: str, version: int = 1) -> str:
        item = {"uri": path.as_uri(), "languageId": "policy", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return path.as_uri()

    def change(self, uri: str, text: str, version: int) -> None:
        identifier = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    async def until(self, wanted: Callable[[Json], bool]) -> Json:
        """The first notification that is wanted, of those told and those to come."""
        seen = 0

        async def search() -> Json:
            nonlocal seen
            while True:
                self._heard.clear()
                for message in self.told[seen:]:
                    seen += 1
                    if wanted(message):
                        return message
                await self._heard.wait()

        return await asyncio.wait_for(search(), PATIENCE)

    async def diagnostics(
        self, uri: str, wanted: Callable[[list[Json]], bool], version: int | None = None
    ) -> list[Json]:
        """The first diagnostics of a file, at that version if one is given, that are wanted."""

        def fits(message: Json) -> bool:
            if message["method"] != "textDocument/publishDiagnostics" or message["params"]["uri"] != uri:
                return False
            right = version is None or message["params"].get("version") == version
            return right and wanted(message["params"]["diagnostics"])

        found: list[Json] = (await self.until(fits))["params"]["diagnostics"]
        return found

    async def end(self) -> int:
        await self.result("shutdown", None)
        self.notify("exit", None)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def close(self) -> str:
        """End the process, if it still runs, and all that listens to it. What it wrote as errors."""
        if self.process.returncode is None:
            self.process.kill()
        assert self.process.stderr is not None and self.process.stdin is not None
        errors = await self.process.stderr.read()
        await self.process.wait()
        if self._listener is not None:
            await self._listener
        self.process.stdin.close()
        with suppress(ConnectionError):
            await self.process.stdin.wait_closed()
        return errors.decode()


def place(text: str, word: str, into: int = 0) -> Json:
    """The position of the first occurrence of a word, in UTF-16 units, that many characters into it."""
    before = text[: text.index(word) + into]
    line = before[before.rfind("\n") + 1 :]
    return {"line": before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}
