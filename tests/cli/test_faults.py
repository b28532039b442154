"""Runs that are cut short: nothing is half-written, what was finished is kept, and the next run goes on from there."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.cli.small import APPROVED, folder, run
from verifier.certify.certificate import digest
from verifier.workers import Lost, spread

COMMAND = [sys.executable, "-c", "from verifier.cli import main; main()"]
DECIDE = ("decide", "small.policy", "cases.jsonl", "--certify", "out")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder(tmp_path)
    cases = [APPROVED, APPROVED.replace("false", "true"), APPROVED.replace('"grade": 6', '"grade": 2')]
    (tmp_path / "cases.jsonl").write_text("\n".join(cases) + "\n", encoding="utf-8")
    return tmp_path


def whole(path: Path) -> dict[str, object]:
    """The certificate of a file that is all there."""
    data: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    assert data.pop("sha256") == digest(data)
    return data


def cut_short(*arguments: str, cwd: Path, when: Callable[[], bool], memory: int | None = None) -> tuple[int, str]:
    """The exit code and standard error of a run that gets Ctrl-C once something holds."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=None if memory is None else lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
    )
    while not when() and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    return process.wait(), process.communicate()[1]


def limited(*arguments: str, cwd: Path, size: int) -> subprocess.CompletedProcess[str]:
    """A run that can write no file of more bytes, which is how a full disk looks from within."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def test_ctrl_c_keeps_whole_certificates_and_resume_goes_on(small: Path) -> None:
    lines = (small / "cases.jsonl").read_text(encoding="utf-8") * 40
    (small / "cases.jsonl").write_text(lines, encoding="utf-8")
    out = small / "out"
    code, said = cut_short(*DECIDE, cwd=small, when=lambda: len([*out.glob("*.certificate.json")]) >= 2)
    there = sorted(out.iterdir())
    assert code == 130, said
    assert said.startswith("out: ")
    assert "--resume goes on from there" in said
    assert said.endswith("interrupted\n")
    assert 2 <= len(there) < 120
    for file in there:
        whole(file)
    (small / "cases.jsonl").write_text("\n".join(lines.splitlines()[:4]) + "\n", encoding="utf-8")
    before = {f.name: f.stat().st_mtime_ns for f in there[:2]}
    again = run(*DECIDE, "--resume", "--format", "jsonl", cwd=small)
    assert again.returncode == 0, again.stderr
    assert {f.name: f.stat().st_mtime_ns for f in there[:2]} == before
    assert [json.loads(line)["outcome"] for line in again.stdout.splitlines()] == ["approve", "deny", "deny", "approve"]


def test_resume_makes_anew_what_is_not_of_this_case_policy_and_reading(small: Path) -> None:
    assert run(*DECIDE, cwd=small).returncode == 0
    first, second, third = sorted((small / "out").iterdir())
    first.write_text(first.read_text(encoding="utf-8").replace('"approve"', '"deny"'), encoding="utf-8")
    second.write_text(second.read_text(encoding="utf-8")[:100], encoding="utf-8")
    before = third.stat().st_mtime_ns
    assert run(*DECIDE, "--resume", cwd=small).returncode == 0
    assert [whole(f)["answer"]["outcome"] for f in (first, second)] == ["approve", "deny"]  # type: ignore[index]
    assert third.stat().st_mtime_ns == before
    assert run(*DECIDE, "--resume", "--reading", "grade=five", cwd=small).returncode == 0
    assert third.stat().st_mtime_ns != before
    before = third.stat().st_mtime_ns
    with (small / "small.policy").open("a", encoding="utf-8") as policy:
        policy.write("# changed\n")
    assert run(*DECIDE, "--resume", "--reading", "grade=five", cwd=small).returncode == 0
    assert third.stat().st_mtime_ns != before


def test_a_full_disk_leaves_nothing_behind(small: Path) -> None:
    for arguments in (DECIDE, ("lint", "small.policy", "--certify", "out")):
        done = limited(*arguments, cwd=small, size=400)
        assert done.returncode == 2, done.stderr
        assert "the file cannot be written: File too large" in done.stderr
        assert not [*(small / "out").iterdir()]
    done = limited("suite", "small.policy", "--out", "suite.jsonl", cwd=small, size=400)
    assert (done.returncode, done.stdout) == (2, "")
    assert sorted(f.name for f in small.iterdir() if f.suffix == ".jsonl" or f.name.startswith("tmp")) == [
        "cases.jsonl"
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "small.policy", "case.json", "--certify", "case.json/out"),
        ("lint", "small.policy", "--certify", "case.json"),
        ("suite", "small.policy", "--out", "missing/suite.jsonl"),
        ("suite", "small.policy", "--out", "."),
        ("suite", "small.policy", "--out", "/proc/suite.jsonl"),
    ],
)
def test_where_nothing_can_be_written_the_run_ends_before_the_work(arguments: tuple[str, ...], small: Path) -> None:
    done = run(*arguments, cwd=small)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: the f" in done.stderr
    assert done.stderr.count("\n") == 1


def test_several_processes_say_and_write_the_same(small: Path) -> None:
    one = run(*DECIDE, "--format", "json", cwd=small)
    texts = {f.name: f.read_bytes() for f in (small / "out").iterdir()}
    two = run(*DECIDE, "--format", "json", "--jobs", "2", cwd=small)
    assert two.returncode == 0, two.stderr
    assert (two.stdout, {f.name: f.read_bytes() for f in (small / "out").iterdir()}) == (one.stdout, texts)


def die_at_three(marks: Path, always: bool, item: int) -> int:
    """Twice the item, if the process lives."""
    mark = marks / "died"
    if item == 3 and (always or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


@pytest.mark.parametrize("always", [False, True])
def test_a_killed_worker_is_told_and_its_item_tried_once_more(always: bool, tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    work = partial(die_at_three, tmp_path, always)
    found = dict(spread(work, range(5), 2, lambda place, how: told.append((place, how))))
    assert told == [(3, "ended by signal 9")]
    assert found == {i: Lost("ended by signal 9") if always and i == 3 else 2 * i for i in range(5)}


def test_what_a_worker_raises_comes_back(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(spread(Path.stat, [tmp_path, tmp_path / "missing"], 2, lambda place, how: None))


# ------------------------------------------------------------------ memory

_DYING = """
import os, signal, sys
from pathlib import Path
write = Path.write_text
def half(path, text, **options):
    write(path, text[:10])
    os.kill(os.getpid(), signal.SIGSEGV)
if sys.argv.pop(1) == "die":
    Path.write_text = half
from verifier.cli import main
main()
"""
_ROOM = 1 << 33


def with_memory(
    *arguments: str, cwd: Path, size: int, command: Sequence[str] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """A run that gets no more than so many bytes of memory."""
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )


@pytest.mark.parametrize("size", [120, 170, 220])
@pytest.mark.parametrize(
    "arguments",
    [
        (*DECIDE, "--resume"),
        ("lint", "small.policy", "--certify", "out"),
        ("suite", "small.policy", "--criterion", "clause", "--out", "suite.jsonl"),
    ],
    ids=lambda a: a[0],
)
def test_too_little_memory_is_told_or_is_enough(arguments: tuple[str, ...], size: int, small: Path) -> None:
    done = with_memory(*arguments, cwd=small, size=size << 20)
    assert "Traceback" not in done.stderr
    if done.returncode == 2:
        assert f"error: there is not enough memory: the limit is {size} MiB" in done.stderr
        assert not done.stdout or done.stdout.startswith("Could not find libz3")  # its loader prints that by itself
    else:
        assert (done.returncode, done.stderr) == (1 if arguments[0] == "lint" else 0, "")
    for file in (small / "out").glob("*"):
        whole(file)
    assert not [*small.rglob("tmp*")]


def test_a_process_that_dies_leaves_nothing_half_written(small: Path) -> None:
    dying = [sys.executable, "-c", _DYING]
    done = with_memory("die", *DECIDE, cwd=small, size=_ROOM, command=dying)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is not enough memory: the limit is 8192 MiB; the process was ended by ")
    assert not [*(small / "out").iterdir()]
    done = with_memory("live", *DECIDE, "--resume", cwd=small, size=_ROOM, command=dying)
    assert (done.returncode, done.stderr) == (0, "")
    assert [whole(f)["answer"]["outcome"] for f in sorted((small / "out").iterdir())] == ["approve", "deny", "deny"]  # type: ignore[index]


def test_with_limited_memory_a_run_ends_as_without(small: Path) -> None:
    for arguments in (("lint", "missing.policy"), DECIDE, ("decide", "--help"), ("decide", "--bad")):
        free, bound = run(*arguments, cwd=small), with_memory(*arguments, cwd=small, size=_ROOM)
        assert (bound.returncode, bound.stdout, bound.stderr) == (free.returncode, free.stdout, free.stderr)


def test_ctrl_c_reaches_the_run_where_memory_is_limited(small: Path) -> None:
    (small / "cases.jsonl").write_text((small / "cases.jsonl").read_text(encoding="utf-8") * 40, encoding="utf-8")
    out = small / "out"
    code, said = cut_short(*DECIDE, cwd=small, when=lambda: len([*out.glob("*.certificate.json")]) >= 2, memory=_ROOM)
    assert code == 130, said
    assert "--resume goes on from there" in said
    assert said.endswith("interrupted\n")
    for file in out.iterdir():
        whole(file)


def workers(process: int) -> list[int]:
    """The processes that a run has started to work for it."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes as Linux tells of them")
def test_a_case_whose_process_is_killed_is_decided_by_another(small: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, *DECIDE, "--jobs", "2", "--format", "jsonl"],
        cwd=small,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not workers(process.pid):
        time.sleep(0.002)
    os.kill(workers(process.pid)[0], signal.SIGKILL)
    out, said = process.communicate()
    assert process.returncode == 0, said
    assert "the process that decided it ended by signal 9; it is tried once more" in said
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["approve", "deny", "deny"]
    for file in (small / "out").iterdir():
        whole(file)
    assert run(*DECIDE, "--resume", cwd=small).stdout.count("is kept") == 3
