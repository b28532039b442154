"""The API: it answers as the commands do, tells mistakes in one shape, and keeps its OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.cli.small import APPROVED, POLICY, folder, run
from tests.web.serving import client, command, serving
from verifier import load
from verifier.web import models
from verifier.web.app import TASKS
from verifier.web.pool import LaneSize, Task
from verifier.web.service import Named
from verifier.web.texts import texts_of


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def named(small: Path) -> Named:
    policy = load(small / "small.policy")
    return Named(policy.id, policy.title, texts_of(policy))


@pytest.fixture(scope="module")
def address(named: Named) -> Iterator[str]:
    with serving((named,), quick=LaneSize(2, 200, 60), long=LaneSize(2, 200, 60)) as found:
        yield found


def _inline(small: Path, text: str = POLICY) -> dict[str, object]:
    files = {n: (small / n).read_text(encoding="utf-8") for n in ("small.vocabulary", "source.txt")}
    return {"main": "small.policy", "files": {**files, "small.policy": text}}


@pytest.mark.parametrize("brief", [True, False])
def test_a_case_is_answered_as_by_the_command(small: Path, address: str, brief: bool) -> None:
    case = {"request": {"date": "2026-05-01"}, "patient": {"grade": 2}, "visits": None}
    (small / "asked.json").write_text(json.dumps({"case": case, "id": "asked"}), encoding="utf-8")
    wanted = json.loads(
        run(
            "decide", "small.policy", "asked.json", "--format", "json", *(["--brief"] if brief else []), cwd=small
        ).stdout
    )
    with client(address) as asking:
        question = {"policy": "small_policy", "case": case, "id": "asked"}
        found = asking.post("/decide" if brief else "/explain", json=question)
        assert (found.status_code, found.json()) == (200, wanted)
        again = asking.post("/decide" if brief else "/explain", json={**question, "policy": _inline(small)})
        assert again.json() == wanted
    models.Determination.model_validate(wanted)


def test_findings_and_differences_are_those_of_the_commands(small: Path, address: str) -> None:
    lint = json.loads(run("lint", "small.policy", "--format", "json", cwd=small).stdout)
    (small / "new.policy").write_text(POLICY.replace(">= 4", ">= 3"), encoding="utf-8")
    diff = json.loads(run("diff", "small.policy", "new.policy", "--format", "json", cwd=small).stdout)
    with client(address) as asking:
        assert asking.post("/lint", json={"policy": "small_policy"}).json() == lint
        new = _inline(small, POLICY.replace(">= 4", ">= 3"))
        found = asking.post("/diff", json={"old": "small_policy", "new": new}).json()
        found["new"]["file"] = "new.policy"
        assert json.dumps(found).replace("small.policy", "new.policy") == json.dumps(diff).replace(
            "small.policy", "new.policy"
        )
        models.Findings.model_validate(lint)
        models.Difference.model_validate(found)
        other = asking.post("/diff", json={"old": "small_policy", "new": new, "readings": {"grade": "five"}}).json()
        assert (found["same"], other["same"], other["new"]["readings"]) == (False, True, {"grade": "five"})
        only = asking.post("/lint", json={"policy": "small_policy", "select": ["material-reading"]}).json()
        assert {f["rule"] for f in only["findings"]} == {"material-reading"}


@pytest.mark.parametrize(
    ("path", "question", "place"),
    [
        ("/decide", {"policy": "small_polity", "case": {}}, "policy"),
        ("/decide", {"policy": "small_policy", "case": []}, "case"),
        ("/decide", {"policy": "small_policy", "case": {}, "reading": {}}, "reading"),
        ("/decide", {"policy": "small_policy", "case": {"patient": {"grad": 1}}}, "patient.grad"),
        ("/explain", {"policy": "small_policy", "case": {}, "readings": {"grade": "six"}}, "readings.grade"),
        ("/lint", {"policy": "small_policy", "select": ["no-such-rule"]}, "select"),
        ("/lint", {"policy": "small_policy", "today": "yesterday"}, "today"),
        ("/lint", {"policy": {"main": "a.policy", "files": {"a.policy": "policy a\n  nonsense\n"}}}, "a.policy:2:3"),
        ("/lint", {"policy": {"main": "a.policy", "files": {"b.policy": "x"}}}, "a.policy:1:1"),
        ("/diff", {"old": "small_policy"}, "new"),
    ],
)
def test_mistakes_are_told_with_their_place(address: str, path: str, question: object, place: str) -> None:
    with client(address) as asking:
        found = asking.post(path, json=question)
        assert found.status_code == 422
        problems = models.Problems.model_validate(found.json()).problems
        assert place in [p.place for p in problems], problems


def test_texts_cannot_reach_the_disk(small: Path, address: str) -> None:
    text = POLICY.replace("source.txt", str(small / "source.txt"))
    outside = {"main": "../small.policy", "files": {"../small.policy": text}}
    with client(address) as asking:
        found = asking.post("/lint", json={"policy": outside})
        assert found.status_code == 422
        assert "no-such-file" in found.text
        assert "grade must be" not in found.text


def test_no_answer_is_lost_or_mixed_up(address: str) -> None:
    wanted = json.loads(APPROVED)

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        case = {**wanted, "patient": {"grade": number % 11, "minor": number % 3 == 0}}
        found = await client.post("/decide", json={"policy": "small_policy", "case": case, "id": f"case {number}"})
        assert found.status_code == 200
        failed = ["grade"] * (number % 11 < 4) + ["minors"] * (number % 3 == 0)
        assert (found.json()["case"], found.json()["failed"]) == (f"case {number}", failed)

    async def all_of_them() -> None:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(ask(client, n) for n in range(300)))

    asyncio.run(all_of_them())


def slow(asked: object, _: object) -> object:
    time.sleep(600)
    return asked


SLOW: Mapping[str, Task] = {**TASKS, "lint": slow}
LINT = {"policy": "small_policy"}


def test_a_slow_question_holds_up_nobody_and_overload_is_told(named: Named) -> None:
    with serving((named,), SLOW, quick=LaneSize(1, 4, 60), long=LaneSize(1, 1, 600)) as address:

        async def use() -> None:
            async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as asking:
                posts = [asyncio.create_task(asking.post("/lint", json=LINT)) for _ in range(3)]
                answered, waiting = await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
                assert [p.result().status_code for p in answered] == [503]
                assert int(next(iter(answered)).result().headers["retry-after"]) >= 1
                decided = await asking.post("/decide", json={"policy": "small_policy", "case": json.loads(APPROVED)})
                assert decided.json()["outcome"] == "approve"
                assert not any(p.done() for p in waiting)
                for post in waiting:
                    post.cancel()

        asyncio.run(use())


def test_what_takes_too_long_is_told(named: Named) -> None:
    with serving((named,), SLOW, long=LaneSize(1, 0, 0.5)) as address, client(address) as asking:
        assert asking.post("/lint", json=LINT).status_code == 504


def grow(_: object, __: object) -> object:
    held = []
    while True:
        held.append(bytearray(1_000_000))


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell how large a process is")
def test_what_takes_too_much_memory_is_told_and_others_are_answered(named: Named) -> None:
    size = LaneSize(1, 0, 60, memory=300)
    with serving((named,), {**TASKS, "lint": grow}, long=size) as address, client(address) as asking:
        found = asking.post("/lint", json=LINT)
        assert found.status_code == 504
        assert "needed more memory than the 300 MB that it may" in found.text
        assert asking.post("/explain", json={"policy": "small_policy", "case": {}}).status_code == 200


def test_what_nobody_waits_for_is_given_up(named: Named) -> None:
    with serving((named,), SLOW, quick=LaneSize(1, 1, 60), long=LaneSize(1, 0, 600)) as address, client(address) as ask:
        with pytest.raises(httpx.ReadTimeout):
            ask.post("/lint", json=LINT, timeout=0.5)
        for _ in range(200):
            found = ask.post("/explain", json={"policy": "small_policy", "case": {}})
            if found.status_code == 200:
                return
            assert found.status_code == 503
            time.sleep(0.05)
        pytest.fail("the process still works on what nobody waits for")


def test_no_case_is_written_or_logged(small: Path) -> None:
    with command("small.policy", cwd=small) as (address, process), client(address) as asking:
        before = sorted(small.rglob("*"))
        for case in ({"patient": {"grade": 3}}, {"patient": {"name": "Ramanujan"}}, {"patient": "Ramanujan"}):
            asking.post("/explain", json={"policy": "small_policy", "case": case, "id": "Ramanujan"})
        asking.post("/decide", content=b'{"Ramanujan"', headers={"content-type": "application/json"})
        asking.get("/Ramanujan")
        process.terminate()
        out, err = process.communicate(timeout=30)
        assert "Ramanujan" not in out + err
        assert sorted(small.rglob("*")) == before


def test_a_port_in_use_ends_the_run(small: Path, address: str) -> None:
    done = run("serve", "--port", str(httpx.URL(address).port), cwd=small)
    assert done.returncode == 2
    assert "cannot be used" in done.stderr


# ------------------------------------------------------------------ drawn from the OpenAPI document


@pytest.mark.parametrize("path", ["/policies", "/decide", "/explain", "/lint", "/diff"])
def test_the_api_keeps_its_document(address: str, path: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operation = schema[path]["GET" if path == "/policies" else "POST"]

    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    def drawn(case: Case) -> None:
        if isinstance(case.body, dict) and "policy" in case.body:
            case.body["policy"] = "small_policy"  # else every question ends at an unknown policy
        # what a case and a policy may hold no schema can say: that what fits the schema is refused is no failure
        case.call_and_validate(timeout=60, excluded_checks=[positive_data_acceptance])

    drawn()
