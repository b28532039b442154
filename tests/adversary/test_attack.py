"""Attacks on small engines: what differs is found and made small, and an engine that misbehaves is survived."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.known import Case, case_to_json
from policy_dsl.load import load
from tests.cli.small import folder, run
from verifier.adversary.attack import Attack, attack
from verifier.adversary.difference import as_lines
from verifier.adversary.engines import Answer, EngineError, Fault, read_reply
from verifier.adversary.process import CommandEngine
from verifier.adversary.search import batches
from verifier.adversary.web import WebEngine, is_loopback
from verifier.cases import open_envelope, read_documents, submissions
from verifier.deciding import decide

RIGHT = """\
import json, os, sys, time
def decide(case):
    failed = []
    if case["patient"]["grade"] < 4: failed.append("grade")
    if len(case["visits"]) < 2: failed.append("visits")
    if case["patient"]["minor"]: failed.append("minors")
    return {"outcome": "deny" if failed else "approve", "failed": failed}
"""
LOOP = """\
for number, line in enumerate(sys.stdin):
    case = json.loads(line)
    print(json.dumps(decide(case)), flush=True)
"""
WRONG = RIGHT.replace("< 4", "<= 4").replace('len(case["visits"])', 'len({v["day"] for v in case["visits"]})')
THREE = 'len(case["visits"]) == 3'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("small"))
    (path / "right.py").write_text(RIGHT + 'if __name__ == "__main__":\n    ' + LOOP.replace("\n", "\n    ") + "\n")
    (path / "wrong.py").write_text(WRONG + "def fail(case): raise KeyError('no')\n")
    return path


@pytest.fixture(scope="module")
def policy(place: Path) -> Policy:
    return load(place / "small.policy")


@pytest.fixture(scope="module")
def cases(policy: Policy) -> list[Sequence[Case]]:
    return list(batches(policy, examples=200))


def attacked(policy: Policy, cases: Sequence[Sequence[Case]], program: str, timeout: float = 5.0) -> Attack:
    engine = CommandEngine((sys.executable, "-c", program), timeout)
    try:
        return attack(policy, engine, cases)
    finally:
        engine.close()


def test_an_engine_that_agrees_is_asked_everything(policy: Policy, cases: list[Sequence[Case]]) -> None:
    result = attacked(policy, cases, RIGHT + LOOP)
    assert result == Attack(len({c for b in cases for c in b}), ())


def test_each_difference_is_shown_once_on_a_smallest_case(policy: Policy, cases: list[Sequence[Case]]) -> None:
    result = attacked(policy, cases, WRONG + LOOP)
    found = {d.parting.clause: d for d in result.differences}
    assert sorted(found) == ["grade", "visits"]
    assert {d.parting.kind for d in result.differences} == {"the engine lets it fail"}
    grade, visits = (case_to_json(policy, found[c].case) for c in ("grade", "visits"))
    assert (grade["patient"], grade["visits"]) == ({"grade": 4, "minor": False}, [])
    assert visits["visits"] == [{"day": visits["request"]["date"], "side": "left"}] * 2  # type: ignore[index]
    assert attacked(policy, cases, WRONG + LOOP) == result


def test_without_clauses_the_outcomes_tell(policy: Policy, cases: list[Sequence[Case]]) -> None:
    silent = LOOP.replace("decide(case)", '{"outcome": decide(case)["outcome"]}')
    result = attacked(policy, cases, RIGHT.replace("minor", "mirror").replace('["mirror"]', '.get("mirror")') + silent)
    assert [(d.parting.clause, d.parting.kind) for d in result.differences] == [("minors", "approve in place of deny")]
    assert result.differences[0].ours.failed == ("minors",)


def test_the_regression_suite_comes_out_under_the_policy(
    policy: Policy, cases: list[Sequence[Case]], tmp_path: Path
) -> None:
    file = tmp_path / "regression.jsonl"
    file.write_text(as_lines(policy, {}, attacked(policy, cases, WRONG + LOOP).differences), encoding="utf-8")
    given = submissions(policy, [open_envelope(d) for d in read_documents([str(file)])], {})
    assert len(given) == 2
    for submission in given:
        assert submission.expect is not None
        result = decide(policy, submission.case, brief=True)
        assert (result.outcome, result.failed) == (submission.expect.outcome, submission.expect.failed)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (f"    if {THREE}: os._exit(3)\n", "crash", "it ended with exit code 3"),
        (f"    if {THREE}: print('oh no', file=sys.stderr); sys.exit(1)\n", "crash", "exit code 1: oh no"),
        (f"    if {THREE}: time.sleep(60)\n", "hang", "no answer came in time"),
        (f"    if {THREE}: print('Approved!', flush=True); continue\n", "not JSON", "it said Approved!"),
        (f"    if {THREE}: print('[1]', flush=True); continue\n", "no answer", "which is no object"),
        (f"    if {THREE}: print('{{}}', flush=True); continue\n", "no answer", "there is no `outcome`"),
        (f'    if {THREE}: print(\'{{"outcome": "maybe"}}\', flush=True); continue\n', "no answer", '"maybe"'),
        (f'    if {THREE}: print(\'{{"error": "bad"}}\', flush=True); continue\n', "error", "bad"),
        (f"    if {THREE}: print(json.dumps(decide(case)), flush=True)\n", "count", "more than one answer"),
        ("    if number == 7: os._exit(1)\n", "unsteady", "on none of them alone"),
    ],
)
def test_an_engine_that_misbehaves_is_survived(
    policy: Policy, cases: list[Sequence[Case]], change: str, kind: str, says: str
) -> None:
    program = RIGHT + LOOP.replace("    print(", change + "    print(")
    distinct = list(dict.fromkeys(c for b in cases for c in b))
    others = [c for c in distinct if len(c.listed(3).items) != 3]
    few = [others[:9], [next(c for c in distinct if len(c.listed(3).items) == 3)], others[9:12]]
    result = attacked(policy, few, program, timeout=0.6 if kind == "hang" else 10.0)
    assert result.asked == 13
    faults = [d.reply for d in result.differences if isinstance(d.reply, Fault)]
    assert [f.kind for f in faults if f.kind != "unsteady" or kind == "unsteady"] == [kind]
    assert says in next(f.says for f in faults if f.kind == kind)
    if kind in ("crash", "not JSON", "no answer", "error"):
        assert len(result.differences) == 1
        assert len(result.differences[0].case.listed(3).items) == 3


def test_an_engine_that_answers_at_the_end_of_its_input_is_waited_for(
    policy: Policy, cases: list[Sequence[Case]]
) -> None:
    late = "print('\\n'.join(json.dumps(decide(json.loads(line))) for line in sys.stdin.readlines()))\n"
    few = [b[:5] for b in cases[:2]]
    assert attacked(policy, few, RIGHT + late, timeout=0.3).differences == ()


def test_answers_in_another_order_are_not_taken_for_the_policy(policy: Policy, cases: list[Sequence[Case]]) -> None:
    backwards = "for line in reversed(sys.stdin.readlines()): print(json.dumps(decide(json.loads(line))))\n"
    result = attacked(policy, cases[:1], RIGHT + backwards, timeout=0.3)
    assert {d.reply.kind for d in result.differences if isinstance(d.reply, Fault)} == {"unsteady"}
    assert len(result.differences) == 1


@pytest.mark.parametrize("program", ["", "import sys; sys.exit('no licence')", "while True: print('{}', flush=True)"])
def test_an_engine_that_never_answers_cannot_be_attacked(
    policy: Policy, cases: list[Sequence[Case]], program: str
) -> None:
    with pytest.raises(EngineError, match="answered none of"):
        attacked(policy, cases, program)
    with pytest.raises(EngineError, match="cannot be started"):
        attack(policy, CommandEngine(("/nowhere/engine",), 1.0), cases)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        case = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names: dict[str, object] = {}
        exec(WRONG, names)
        body = json.dumps(names["decide"](case)).encode()  # type: ignore[operator]
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "http://192.0.2.1/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_an_address_is_posted_to(policy: Policy, cases: list[Sequence[Case]], address: str) -> None:
    result = attack(policy, WebEngine(address, 5.0), cases)
    assert sorted(d.parting.clause for d in result.differences) == ["grade", "visits"]
    with pytest.raises(EngineError, match="answered none"):  # a redirect is not followed
        attack(policy, WebEngine(f"{address}/away", 5.0), cases)
    with pytest.raises(EngineError, match="cannot be reached"):
        attack(policy, WebEngine("http://127.0.0.1:1/", 5.0), cases)


def test_only_addresses_of_this_machine() -> None:
    assert is_loopback("http://127.0.0.1:80/x")
    assert is_loopback("http://[::1]/")
    assert is_loopback("http://localhost:9")
    assert not is_loopback("http://127.0.0.1.example.org/")
    assert not is_loopback("http://0.0.0.0/")
    assert not is_loopback("http://127.0.0.1@example.org/")


def test_a_reply_is_read_strictly() -> None:
    assert read_reply(b'{"outcome": "deny", "failed": ["b", "a", "a"]}') == Answer("deny", ("a", "b"))
    assert read_reply(b'{"outcome": "pend", "failed": null}') == Answer("pend")
    for line in (b'{"outcome": ["deny"]}', b'{"outcome": "deny", "failed": "a"}', b"null", b"[" * 100_000, b"\xff"):
        assert isinstance(read_reply(line), Fault)


def test_from_the_command_line(place: Path) -> None:
    few = ("--examples", "0")
    done = run("attack", "small.policy", "--engine", f"{sys.executable} right.py", *few, cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no difference in ")
    done = run("attack", "small.policy", "--engine", "wrong:decide", *few, "--out", "found.jsonl", cwd=place)
    assert (done.returncode, done.stderr) == (1, "")
    assert "grade: the engine lets it fail" in done.stdout
    assert "grade holds: patient.grade is 4" in done.stdout
    assert run("test", "found.jsonl", cwd=place).returncode == 0
    again = ("--examples", "0", "--out", "found.jsonl", "--resume", "--format", "json")
    done = run("attack", "small.policy", "--engine", "wrong:decide", *again, cwd=place)
    assert {d["clause"] for d in json.loads(done.stdout)["differences"]} == {"grade", "visits"}


def test_the_reading_that_the_engine_takes(place: Path) -> None:
    (place / "strict.py").write_text(RIGHT.replace("< 4", "< 5"))
    five = ("--reading", "grade=five", "--examples", "40", "--format", "json", "--out", "strict.jsonl")
    done = run("attack", "small.policy", "--engine", "strict:decide", *five, cwd=place)
    assert (done.returncode, json.loads(done.stdout)["differences"]) == (0, [])
    for engine, options in (("right:decide", five), ("strict:decide", five[2:])):
        done = run("attack", "small.policy", "--engine", engine, *options, cwd=place)
        (found,) = json.loads(done.stdout)["differences"]
        assert (done.returncode, found["clause"], found["case"]["patient"]["grade"]) == (1, "grade", 4)
        assert run("test", "strict.jsonl", cwd=place).returncode == 0
    again = ("--examples", "0", "--resume")
    done = run("attack", "small.policy", "--engine", "right:decide", *five, *again, cwd=place)
    assert [d["clause"] for d in json.loads(done.stdout)["differences"]] == ["grade"]


def test_the_cases_are_made_for_the_reading(policy: Policy) -> None:
    def grades(**readings: str) -> set[object]:
        asked = batches(policy, readings, examples=0, suites=("boundary",))
        return {case_to_json(policy, c)["patient"]["grade"] for b in asked for c in b}  # type: ignore[index]

    assert (5 in grades(), 5 in grades(grade="five")) == (False, True)


def test_cases_with_unknowns_are_asked(place: Path) -> None:
    (place / "partly.py").write_text(
        "from verifier import load\nfrom verifier.deciding import decider\nown = decider(load('small.policy'))\n"
        "def decide(case):\n    found = own(case)\n    return {'outcome': found.outcome, 'failed': found.failed}\n"
        "def null_as_false(case):\n    minor = case.get('patient', {}).get('minor') or False\n"
        "    return decide({**case, 'patient': {**case.get('patient', {}), 'minor': minor}})\n"
    )
    few = ("--examples", "20", "--format", "json")
    for engine, partial, clauses in (
        ("decide", True, []),
        ("null_as_false", False, []),
        ("null_as_false", True, [None]),
    ):
        options = (*few, *(["--partial"] if partial else []))
        done = run("attack", "small.policy", "--engine", f"partly:{engine}", *options, cwd=place)
        found = json.loads(done.stdout)["differences"]
        assert [d["clause"] for d in found] == clauses, (engine, partial, found)
        assert all(d["case"]["patient"].get("minor") is None for d in found)


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ("nowhere.module:decide", "ModuleNotFoundError"),
        ("wrong:fail", "KeyError: 'no'"),
        ("/nowhere/engine --fast", "cannot be started: No such file or directory"),
        ("http://example.org/decide", "is not an address of this machine"),
        ("right:decide --reading grade=six", "`grade` has no reading `six`"),
    ],
)
def test_what_cannot_be_run_ends_with_2(engine: str, says: str, place: Path) -> None:
    engine, *options = engine.split(" --reading ")
    options = [f"--reading={o}" for o in options]
    done = run("attack", "small.policy", "--engine", engine, *options, "--examples", "0", cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_keeps_what_was_found(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.jsonl"
    command = [sys.executable, "-c", "from verifier.cli import main; main()", "attack", "small.policy"]
    process = subprocess.Popen(
        [*command, "--engine", "wrong:decide", "--out", str(out)], cwd=place, stderr=subprocess.PIPE, text=True
    )
    while not out.exists() and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert "interrupted" in process.communicate()[1]
    assert [json.loads(line)["policy"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert [f.name for f in tmp_path.iterdir()] == ["found.jsonl"]


DEAF = """
import os, sys, time
first = sys.stdin.readline()
print('{"outcome": "approve"}', flush=True)
os.close(0)
time.sleep(0.2)
"""


def test_an_engine_that_stops_reading_is_survived(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "deaf.py").write_text(DEAF, encoding="utf-8")
    done = run("attack", "small.policy", "--engine", f"{sys.executable} deaf.py", "--examples", "0", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "the engine's answer depends on the cases before" in done.stdout
