"""Malformed files, each with the exact text of what is wrong with it beside it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from policy_dsl.diagnostics import render
from policy_dsl.syntax.parse import parse, read

BAD = sorted((Path(__file__).parent / "bad").glob("*.policy"))
START = 'policy p "P"\n\ncriterion a "A"\n  require '


def _told(path: Path) -> str:
    text, diagnostics = read(path)
    if not diagnostics:
        diagnostics += parse(text, str(path)).diagnostics
    return render(diagnostics, {str(path): text}).replace(str(path), path.name)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_malformed(path: Path, request: pytest.FixtureRequest) -> None:
    expected = path.with_suffix(".expected")
    told = _told(path)
    if request.config.getoption("--update"):
        expected.write_text(told, encoding="utf-8")
    assert told
    assert told == expected.read_text("utf-8")


def test_every_expected_text_has_its_file() -> None:
    assert {p.stem for p in BAD} == {p.stem for p in BAD[0].parent.glob("*.expected")}


def test_every_diagnostic_says_what_to_do() -> None:
    for path in BAD:
        for d in parse(path.read_text("utf-8"), path.name).diagnostics:
            assert d.help, (path.name, d.slug)
            assert d.message[0].islower() or d.message[0] in "`_", d.message
            assert not d.message.endswith("."), d.message


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "x.policy:1:1: error: [empty-file] the file is empty\n"),
        (b"\xef\xbb\xbf \n\n", "x.policy:1:1: error: [empty-file] the file is empty\n"),
        (b"# only a comment\n", "x.policy:1:1: error: [empty-file] the file holds no vocabulary and no policy\n"),
        (b'policy p "P"\r\n  uses v\xe9\r\n', "x.policy:2:9: error: [not-utf-8] the byte 0xE9 is not UTF-8 text\n"),
        (b"\xff\xfep\x00", "x.policy:1:1: error: [not-utf-8] the byte 0xFF is not UTF-8 text\n"),
        (
            b'policy p "P\x00"\n',
            "x.policy:1:12: error: [control-character] the character U+0000 cannot stand in a policy\n",
        ),
    ],
    ids=["empty", "blank", "comment", "latin-1", "utf-16", "nul"],
)
def test_bytes(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "x.policy"
    path.write_bytes(data)
    assert _told(path).splitlines()[0] + "\n" == told


def test_byte_order_mark_and_carriage_returns_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "x.policy"
    path.write_bytes(b'\xef\xbb\xbfpolicy p "P"\r\n  uses v\r\n')
    assert _told(path) == ""


def test_directory_and_missing_file(tmp_path: Path) -> None:
    assert read(tmp_path)[1][0].slug == "not-a-file"
    assert read(tmp_path / "none")[1][0].slug == "no-such-file"
    assert read("\0")[1][0].slug == "unreadable-file"


def test_huge_line_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.policy"
    path.write_text(START + "x " * 5_000_000)
    started = time.perf_counter()
    assert _told(path).startswith("x.policy:1:1: error: [file-too-large]")
    assert time.perf_counter() - started < 1


def test_long_line() -> None:
    (found,) = parse(START + "x and " * 5_000 + "x\n", "x").diagnostics
    assert (found.slug, found.span.line) == ("line-too-long", 4)


@pytest.mark.parametrize(
    "inner",
    [
        "(" * 100 + "x" + ")" * 100,
        "(" * 9_000 + "x" + ")" * 9_000,
        "not " * 4_000 + "x",
        "50% of " * 2_000 + "x > 1",
        " + ".join(["x"] * 4_000) + " > 1",
        "\n".join(["some x in xs has"] * 5_000) + " x",
        "\n+ ".join(["x"] * 50_000) + " > 1",
    ],
    ids=["brackets", "many-brackets", "not", "percent", "sum", "quantifiers", "long-sum"],
)
def test_deep_nesting(inner: str) -> None:
    (found,) = parse(START + inner + "\n", "x").diagnostics
    assert found.slug == "nested-too-deep"


def test_wide_conditions_are_fine() -> None:
    assert not parse(START + "\n  and ".join(["x"] * 5_000) + "\n", "x").diagnostics


def test_mistakes_are_capped() -> None:
    found = parse('policy p "P"\n' + "uses 5\n" * 3_000, "x").diagnostics
    assert len(found) == 101
    assert found[-1].slug == "too-many-mistakes"
