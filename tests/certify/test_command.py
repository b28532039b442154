"""Certificates from the command line: written, confirmed, refused, and told apart from what is not one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small import APPROVED, POLICY, folder, run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("small"))
    (path / "yes.json").write_text(APPROVED, encoding="utf-8")
    (path / "no.json").write_text(APPROVED.replace("false", "true"), encoding="utf-8")
    done = run("decide", "small.policy", "yes.json", "no.json", "--certify", "out", cwd=path)
    assert done.returncode == 0, done.stderr
    return path


def test_what_was_written_is_confirmed(made: Path) -> None:
    done = run("check-certificate", "out/yes.certificate.json", "out/no.certificate.json", cwd=made)
    assert (done.returncode, done.stderr) == (0, "")
    assert "out/yes.certificate.json: confirmed\n" in done.stdout
    assert "out/no.certificate.json: confirmed\n" in done.stdout
    again = run(
        "check-certificate", "--policy", "small.policy", "--case", "no.json", "out/no.certificate.json", cwd=made
    )
    assert again.returncode == 0


def test_another_case_is_refused(made: Path) -> None:
    done = run("check-certificate", "--case", "yes.json", "out/no.certificate.json", cwd=made)
    assert done.returncode == 1
    assert "refused      case: the certificate is for another case" in done.stdout


def test_a_changed_byte_is_refused_with_or_without_the_texts(made: Path) -> None:
    text = (made / "out/no.certificate.json").read_text(encoding="utf-8")
    (made / "changed.json").write_text(text.replace('"outcome": "deny"', '"outcome": "pend"', 1), encoding="utf-8")
    for options in ((), ("--without-texts",)):
        done = run("check-certificate", *options, "changed.json", "--format", "json", cwd=made)
        assert done.returncode == 1
        assert "the digest does not fit" in json.loads(done.stdout)[0]["refused"][0]


def test_without_the_texts_the_report_says_what_is_left_open(made: Path, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes((made / "out/no.certificate.json").read_bytes())
    done = run("check-certificate", "c.json", cwd=tmp_path)
    assert done.returncode == 0
    assert "c.json: confirmed in part" in done.stdout
    assert "not checked  that the scripts say what the policy says" in done.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"certificate": 1}', "{", "\ufeff{}", '{"a": NaN}'])
def test_what_is_no_certificate_is_a_mistake_in_the_input(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    done = run("check-certificate", "c.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: c.json")


def test_a_brief_determination_is_confirmed_too(made: Path) -> None:
    assert run("decide", "--brief", "small.policy", "no.json", "--certify", "brief", cwd=made).returncode == 0
    done = run("check-certificate", "brief/no.certificate.json", cwd=made)
    assert (done.returncode, done.stderr) == (0, "")


ALWAYS = """
criterion scale "Scale"
  | The grade must be at least 4.
  require patient.grade <= 10
"""


def test_what_checking_a_file_warns_of_is_certified_too(tmp_path: Path) -> None:
    folder(tmp_path, POLICY + ALWAYS)
    assert run("lint", "small.policy", "--certify", "out", cwd=tmp_path).returncode == 1
    files = sorted(str(f) for f in (tmp_path / "out").iterdir())
    assert any("always-true" in f for f in files)
    done = run("check-certificate", *files, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{len(files)} certificates: {len(files)} confirmed" in done.stdout


def test_a_file_of_several_policies_and_one_that_is_gone(tmp_path: Path) -> None:
    folder(tmp_path, POLICY + "\n" + POLICY.replace("small_policy", "second_policy"))
    (tmp_path / "alone").mkdir()
    other = folder(tmp_path / "alone", POLICY.replace("small_policy", "third_policy"))
    assert run("lint", "small.policy", "alone/small.policy", "--certify", "out", cwd=tmp_path).returncode == 1
    files = sorted(str(f) for f in (tmp_path / "out").iterdir())
    assert {f.split("/")[-1].split("-")[0] for f in files} == {"small_policy", "second_policy", "third_policy"}
    done = run("check-certificate", *files, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (other / "small.policy").unlink()
    done = run("check-certificate", files[0], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "confirmed in part" in done.stdout
    assert "not checked  anything that `alone/small.policy` says, which is not here" in done.stdout
