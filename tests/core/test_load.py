from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policy_dsl.diagnostics import PolicyError
from policy_dsl.load import check, load, load_text

ROOT = Path(__file__).parents[2]
FACTS = 'vocabulary v "V"\nfact ready : boolean\n'
RULES = 'policy p "P"\n  uses v\n\ncriterion c\n  require ready\n'


def test_the_policies_of_the_project_check() -> None:
    for path in sorted((ROOT / "policies").rglob("*.policy")):
        assert not check(path).diagnostics, path
        assert load(path).clauses


def test_a_vocabulary_in_a_folder_above(tmp_path: Path) -> None:
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "vocabularies" / "v.vocabulary").write_text(FACTS)
    (tmp_path / "a" / "b").mkdir(parents=True)
    path = tmp_path / "a" / "b" / "p.policy"
    path.write_text(RULES)
    assert load(path).facts[0].path == "ready"


def test_file_names_stay_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v.vocabulary").write_text(FACTS + "fact ready : boolean\n")
    (tmp_path / "p.policy").write_text(RULES + "\nexclusion e\n  exclude when redy\n")
    monkeypatch.chdir(tmp_path)
    assert {d.span.file for d in check("p.policy").diagnostics} == {"p.policy", "v.vocabulary"}


def test_the_hash_is_of_everything_read_and_of_nothing_else(tmp_path: Path) -> None:
    hashes = []
    for folder, fact, rule in (("a", "ready", "ready"), ("b", "ready", "ready"), ("c", "ready", "not ready")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "v.vocabulary").write_text(FACTS.replace("ready", fact))
        (tmp_path / folder / "p.policy").write_text(RULES.replace("require ready", f"require {rule}"))
        hashes.append(load(tmp_path / folder / "p.policy").sha256)
    (tmp_path / "a" / "v.vocabulary").write_text(FACTS + "fact other : boolean\n")
    hashes.append(load(tmp_path / "a" / "p.policy").sha256)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_one_policy_of_several(tmp_path: Path) -> None:
    path = tmp_path / "p.policy"
    path.write_text(FACTS + RULES + RULES.replace("policy p", "policy q"))
    assert load(path, "q").id == "q"
    for name in (None, "r"):
        with pytest.raises(PolicyError) as error:
            load(path, name)
        assert error.value.diagnostics[0].slug in ("several-policies", "no-policy")
    (tmp_path / "v.vocabulary").write_text(FACTS)
    with pytest.raises(PolicyError, match="there is no policy in this file"):
        load(tmp_path / "v.vocabulary")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x00" * 50, b"policy", b"\xef\xbb\xbf", b"policy p\r\n uses"])
def test_a_bad_file_is_a_diagnostic(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.policy"
    path.write_bytes(content)
    assert check(path).diagnostics
    with pytest.raises(PolicyError):
        load(path)


def test_a_base_in_a_file_and_what_it_uses(tmp_path: Path) -> None:
    (tmp_path / "v.vocabulary").write_text(FACTS)
    (tmp_path / "base.policy").write_text(RULES.replace("policy p", "policy base"))
    (tmp_path / "p.policy").write_text('policy p "P"\n  extends base\n\nexclusion e\n  exclude when not ready\n')
    found = load(tmp_path / "p.policy")
    assert [c.id for c in found.clauses] == ["c", "e"]
    assert [Path(f).name for f, _ in found.files] == ["p.policy", "base.policy", "v.vocabulary"]


def test_a_mistake_in_what_is_shared_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "v.vocabulary").write_text(FACTS + "fact x : Nothing\n")
    (tmp_path / "p.policy").write_text(RULES + RULES.replace("policy p", "policy q"))
    assert [d.slug for d in check(tmp_path / "p.policy").diagnostics] == ["unknown-type"]


def test_what_could_not_be_read_has_no_follow_ups() -> None:
    text = FACTS + "define a ready\n" + RULES + "\nexclusion e\n  exclude when a\n"
    assert {d.slug for d in load_text(text).diagnostics}.isdisjoint({"unknown-name", "unknown-definition"})


def test_long_chains_and_deep_nesting_are_decided() -> None:
    deep = "(" * 60 + "ready" + ")" * 60
    nested = "not " * 97 + "ready"
    chain = "\n".join(f"define a{i} = a{i + 1}" for i in range(400)) + "\ndefine a400 = ready\n"
    wide = " and ".join(["ready"] * 3000)
    for rule in (deep, nested, wide, "a0"):
        checked = load_text(FACTS + RULES.replace("require ready", f"require {rule}") + chain)
        assert checked.diagnostics or checked.policies


def test_many_definitions_are_quick() -> None:
    chain = "\n".join(f"define a{i} = b{i} and c{i}\ndefine b{i} = ready\ndefine c{i} = b{i}" for i in range(300))
    assert load_text(FACTS + RULES + chain + "\n").policies


def test_the_same_whatever_the_hash_seed() -> None:
    program = "from policy_dsl.load import load; import sys\nfor p in sys.argv[1:]: print(load(p))\n"
    paths = [str(p) for p in sorted((ROOT / "policies").rglob("*.policy"))] + [
        str(ROOT / "tests/core/good/everything.policy")
    ]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(outputs) == 1
