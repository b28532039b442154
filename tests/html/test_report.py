"""The report: complete, true to the text, well-formed, and the same on every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.coverage import stretches
from policy_dsl.sources import trace
from tests.cli.small import POLICY, SOURCE, folder, run
from tests.html.reading import outline
from tests.policies.test_policies import POLICIES
from verifier import load

EXTRA = "The form must be signed by <both> people & a witness.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    base = folder(tmp_path_factory.mktemp("report"), source=SOURCE + EXTRA)
    done = run("report", "small.policy", "-o", "report.html", "--today", "2026-05-24", cwd=base)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    first = (base / "report.html").read_bytes()
    run("report", "small.policy", "-o", "report.html", "--today", "2026-05-24", cwd=base)
    assert (base / "report.html").read_bytes() == first
    return first.decode("utf-8")


def test_it_stands_alone(made: str) -> None:
    found = outline(made)
    assert found.fetched == []
    assert "script" not in found.tags


def test_it_has_every_part(made: str) -> None:
    found = outline(made)
    assert [t for t in found.text("h2") if t] == [
        "Clauses beside their source words",
        "The source text, and what encodes it",
        "Whom it can approve",
        "Findings",
        "Readings, and where they part",
        "Examples",
    ]
    assert {f"clause-{c}" for c in ("grade", "visits", "minors")} <= set(found.ids)
    assert "The grade must be at least 4. source.txt, line 1" not in found.text("blockquote")
    assert "The grade must be at least 4." in found.text("blockquote")


def test_what_is_not_encoded_is_marked(made: str) -> None:
    assert f"{EXTRA.strip()} [not encoded]" in outline(made).text("mark")


def test_readings_come_with_a_case_that_tells_them_apart(made: str) -> None:
    assert "the readings `four` and `five` of `grade` decide this case differently" in made


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    base = folder(tmp_path, POLICY.replace("patient.grade >= 4", "patient.grad >= 4"))
    done = run("report", "small.policy", "-o", "report.html", cwd=base)
    assert done.returncode == 2
    assert not (base / "report.html").exists()
    gone = run("report", "small.policy", "-o", "nowhere/report.html", cwd=folder(tmp_path))
    assert gone.returncode == 2
    assert "cannot be written" in gone.stderr


@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_stretches_are_the_source_and_agree_with_the_trace(path: Path) -> None:
    policy = load(path)
    for source in policy.sources:
        found = stretches(policy, source)
        assert "".join(s.text for s in found) == source.text
        left = " ".join(" ".join(s.text for s in found if s.unencoded).split())
        gaps = [g for x in trace(policy) if x.sentence.span.file == source.path for g in x.gaps]
        assert left == " ".join(gaps)
