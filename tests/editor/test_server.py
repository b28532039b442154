"""The server over standard input and output: a conversation, one with two files that were never saved, and one with a
client that breaks the rules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.editor.client import Client, Json, place
from tests.editor.texts import KNEE, KNEE_SOURCE, KNEE_VOCABULARY

CONTRADICTION = "contradictory-clauses"


def converse(conversation: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        client = await Client.start()
        try:
            await conversation(client)
            assert await client.end() == 0
        finally:
            errors = await client.close()
        assert "Traceback" not in errors, errors

    asyncio.run(run())


def _codes(diagnostics: list[Json]) -> set[str]:
    return {d["code"] for d in diagnostics}


def _at(uri: str, position: Json, **more: Json) -> Json:
    return {"textDocument": {"uri": uri}, "position": position, **more}


def test_a_conversation(tmp_path: Path) -> None:
    (tmp_path / "knee.txt").write_text(KNEE_SOURCE, encoding="utf-8")
    (tmp_path / "knee.vocabulary").write_text(KNEE_VOCABULARY, encoding="utf-8")
    policy = tmp_path / "knee.policy"
    text = KNEE.replace('"The knee"', '"The knee 🦵🏽"')
    policy.write_text(text, encoding="utf-8")

    async def conversation(client: Client) -> None:
        told = await client.initialize(tmp_path)
        assert told["capabilities"]["positionEncoding"] == "utf-16"
        uri = client.open(policy, text)
        assert await client.diagnostics(uri, lambda d: True, 1) == []

        # A contradiction is found, related to both clauses; when the text is changed, it is gone at once.
        clash = text + "\ncriterion low\n  require pain.now <= 3\n"
        client.change(uri, clash, 2)
        found = await client.diagnostics(uri, lambda d: CONTRADICTION in _codes(d), 2)
        one = next(d for d in found if d["code"] == CONTRADICTION)
        related = {r["location"]["uri"].rpartition("/")[2] for r in one["relatedInformation"]}
        assert related == {"knee.policy", "knee.txt"}
        seen = len(client.told)
        client.change(uri, clash + "\n# a comment\n", 3)
        await client.diagnostics(uri, lambda d: CONTRADICTION in _codes(d), 3)
        versions = [
            (m["params"]["version"], CONTRADICTION in _codes(m["params"]["diagnostics"]))
            for m in client.told[seen:]
            if m["params"].get("uri") == uri
        ]
        assert versions[0] == (3, False), "the finding of the old text is no longer told"

        # Accepting it, for a client that asks for no reason, leaves a text that cannot be read yet.
        position = one["range"]["start"]
        context = {"range": {"start": position, "end": position}, "context": {"diagnostics": [one]}}
        actions = await client.result("textDocument/codeAction", {"textDocument": {"uri": uri}, **context})
        (accept,) = [a for a in actions if a["title"].startswith(f"Accept `{CONTRADICTION}`")]
        (change,) = accept["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": uri, "version": 3}
        assert "because\n" in change["edits"][0]["newText"]

        # A mistake right of an emoji, in UTF-16 units.
        wrong = text.replace('criterion pain "Enough pain"', 'criterion pain "🦵🏽" when pain.nwo >= 1')
        client.change(uri, wrong, 4)
        (mistake,) = await client.diagnostics(uri, lambda d: "unknown-name" in _codes(d), 4)
        assert mistake["range"]["start"] == place(wrong, "pain.nwo")
        assert mistake["range"]["end"]["character"] == place(wrong, "pain.nwo")["character"] + 8
        hover = await client.result("textDocument/hover", _at(uri, place(wrong, "exercise and", 2)))
        assert "`exercise` of `Care`" in hover["contents"]["value"]
        listed = await client.result("textDocument/completion", _at(uri, place(wrong, "pain.nwo", 6)))
        assert listed["items"][0]["textEdit"]["range"]["start"] == place(wrong, "pain.nwo")

        # Names, in this file and the other.
        client.change(uri, text, 5)
        where = await client.result("textDocument/definition", _at(uri, place(text, "pain.now", 3)))
        assert [w["uri"] for w in where] == [(tmp_path / "knee.vocabulary").as_uri()]
        everywhere = {"context": {"includeDeclaration": True}}
        uses = await client.result("textDocument/references", _at(uri, place(text, "course in"), **everywhere))
        assert len(uses) == 3
        renamed = await client.result("textDocument/rename", _at(uri, place(text, "pain.now"), newName="pain.after"))
        assert len(renamed["documentChanges"]) == 2
        refused = await client.ask("textDocument/rename", _at(uri, place(text, "pain.now"), newName="courses"))
        assert "cannot take the place" in refused["error"]["message"]
        symbols = await client.result("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        assert [s["name"] for s in symbols[0]["children"]] == ["long", "pain", "tried", "side", "again"]
        tokens = await client.result("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})
        assert len(tokens["data"]) % 5 == 0 and tokens["data"]
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        hints = await client.result("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
        assert [h["label"] for h in hints] == ["= 42 days", "NRS"]

        # The values with which somebody is approved come with the analysis.
        async def approvable() -> str:
            while True:
                hover = await client.result("textDocument/hover", _at(uri, place(text, "pain.now")))
                if "can be approved" in hover["contents"]["value"]:
                    return str(hover["contents"]["value"])
                await asyncio.sleep(0.1)

        assert "4 to 10" in await asyncio.wait_for(approvable(), 60)

        # A case is decided by the text that is open.
        case = tmp_path / "cases.jsonl"
        lines = json.dumps({"policy": "knee", "case": {"pain": {"now": 2}}, "expect": {"outcome": "deny"}})
        case_uri = client.open(case, f"\n{lines}\n")
        (lens,) = await client.result("textDocument/codeLens", {"textDocument": {"uri": case_uri}})
        command = lens["command"]
        assert command["title"] == "Decide this example (expects deny)"
        call = {"command": command["command"], "arguments": command["arguments"]}
        decided = await client.result("workspace/executeCommand", call)
        assert decided["line"] == "deny (again, pain), as expected"
        assert "pain.now" in decided["full"]

    converse(conversation)


def test_two_files_that_were_never_saved_and_a_reason_that_is_asked_for(tmp_path: Path) -> None:
    policy, vocabulary = tmp_path / "knee.policy", tmp_path / "knee.vocabulary"
    text = "policy knee\n  uses knee\n\ncriterion pain\n  require pain.now >= 4\n"

    async def conversation(client: Client) -> None:
        await client.initialize(tmp_path, initializationOptions={"asksForReasons": True})
        uri = client.open(policy, text)
        assert _codes(await client.diagnostics(uri, bool)) == {"no-such-file"}
        other = client.open(vocabulary, KNEE_VOCABULARY)
        await client.diagnostics(uri, lambda d: not _codes(d) & {"no-such-file"})
        client.change(other, KNEE_VOCABULARY.replace("fact pain.now", "fact pain.then"), 2)
        assert "unknown-name" in _codes(await client.diagnostics(uri, lambda d: "unknown-name" in _codes(d)))
        client.change(other, KNEE_VOCABULARY, 3)
        client.change(uri, text + "\ncriterion low\n  require pain.now <= 3\n", 2)
        found = await client.diagnostics(uri, lambda d: CONTRADICTION in _codes(d), 2)
        position = next(d for d in found if d["code"] == CONTRADICTION)["range"]["start"]
        context = {"range": {"start": position, "end": position}, "context": {"diagnostics": []}}
        actions = await client.result("textDocument/codeAction", {"textDocument": {"uri": uri}, **context})
        command = next(a for a in actions if a["title"].startswith(f"Accept `{CONTRADICTION}`"))["command"]
        assert command["command"] == "verifier.askReason"
        for reason, right in (("no\nreason", False), (" ", False), ("a pilot", True)):
            call = {"command": "verifier.accept", "arguments": [*command["arguments"], reason]}
            answer = await client.ask("workspace/executeCommand", call)
            assert ("result" in answer) is right
        (applied,) = [m for m in client.asked if m["method"] == "workspace/applyEdit"]
        assert 'because "a pilot"' in json.dumps(
            applied["params"]["edit"]["documentChanges"], ensure_ascii=False
        ).replace('\\"', '"')
        client.notify("textDocument/didClose", {"textDocument": {"uri": other}})
        await client.diagnostics(uri, lambda d: "no-such-file" in _codes(d))

    converse(conversation)


def test_a_client_that_breaks_the_rules(tmp_path: Path) -> None:
    policy = tmp_path / "knee.policy"
    uri = policy.as_uri()

    async def conversation(client: Client) -> None:
        early = await client.ask("textDocument/hover", _at(uri, {"line": 0, "character": 0}))
        assert early["error"]["code"] == -32002
        client.change(uri, "policy early", 1)
        await client.initialize(tmp_path)
        assert (await client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}))["error"]

        for body in (b"{", b"[]", b"[[[", b"null", b'"policy"', b"\xff\xfe", b"[" * 5000, b"{}", b'{"jsonrpc": "2.0"}'):
            client.raw(body)
        client.send({"jsonrpc": "1.0", "id": 7, "method": "textDocument/hover"})
        client.send({"jsonrpc": "2.0", "id": 99, "result": None})
        client.notify("no/such", {})
        client.notify("$/cancelRequest", {"id": 12345})
        client.notify("textDocument/didOpen", {"textDocument": 5})
        assert (await client.ask("no/such", {}))["error"]["code"] == -32601
        assert (await client.ask("textDocument/hover", {"position": "here"}))["error"]["code"] == -32602
        assert (await client.ask("workspace/executeCommand", {"command": "no.such"}))["error"]
        wrong = {"command": "verifier.decide", "arguments": [3, 4, 5]}
        assert (await client.ask("workspace/executeCommand", wrong))["error"]

        # What is not open has no answers, and a change of it opens nothing.
        client.change(uri, "policy unopened", 5)
        assert (await client.result("textDocument/hover", _at(uri, {"line": 0, "character": 0}))) is None
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

        # An old text that comes late, and parts of a text that were not agreed on, are passed over.
        client.open(policy, "policy first", 10)
        client.change(uri, "policy third", 12)
        client.change(uri, "policy second !", 11)
        part = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}, "text": "x"}
        identifier = {"uri": uri, "version": 13}
        client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [part]})
        symbols = await client.result("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        assert [s["name"] for s in symbols] == ["third"]
        far = {"line": 10**6, "character": 10**6}
        for method in ("hover", "completion", "definition", "prepareRename"):
            assert "error" not in await client.ask(f"textDocument/{method}", _at(uri, far))
        odd = {"uri": "untitled:Untitled-1", "languageId": "policy", "version": 1, "text": "policy odd"}
        client.notify("textDocument/didOpen", {"textDocument": odd})
        assert (await client.result("shutdown", None)) is None
        assert (await client.ask("textDocument/hover", _at(uri, far)))["error"]["code"] == -32600
        client.notify("exit", None)
        assert await asyncio.wait_for(client.process.wait(), 60) == 0

    async def run() -> None:
        client = await Client.start()
        try:
            await conversation(client)
        finally:
            await client.close()

    asyncio.run(run())


def test_a_server_that_was_not_shut_down_says_so() -> None:
    async def run() -> int:
        client = await Client.start()
        assert client.process.stdin is not None
        client.process.stdin.close()
        code = await asyncio.wait_for(client.process.wait(), 60)
        await client.close()
        return code

    assert asyncio.run(run()) == 1
