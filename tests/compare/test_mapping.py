"""Mappings: what ties the facts of two policies together, from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import PolicyError
from policy_dsl.load import load
from policy_dsl.mappings import load_mapping
from tests.compare.small import OLD, VOCABULARY, policy
from verifier.compare.relation import compare

ROOT = Path(__file__).parent.parent.parent
BILLING = """\
vocabulary billing
  type Side is left, right
  type Area is port, starboard
  record Visit
    day : date
  fact today : date
  fact area : Area
  fact visits : list of Visit
"""
BILL = """\
policy bill
  uses billing

criterion area
  require area is port
"""
HEAD = "mapping rules_to_bill\n  from rules to bill\n\n"


def _pair(rules: str = OLD) -> tuple[Policy, Policy]:
    return policy(rules), policy(BILL, BILLING)


def _loaded(path: Path, text: str, pair: tuple[Policy, Policy] | None = None, *, either_way: bool = False) -> object:
    (path / "x.mapping").write_text(text, encoding="utf-8")
    return load_mapping(path / "x.mapping", pair or _pair(), either_way=either_way)


def test_a_link_makes_two_policies_depend_on_each_other(tmp_path: Path) -> None:
    sided = OLD.replace("grade >= 4", "side is left")
    pair = _pair(sided)
    text = HEAD + "link same : (side is left and area is port) or (side is right and area is starboard)\n"
    (tmp_path / "x.mapping").write_text(text, encoding="utf-8")
    (mapped,) = load_mapping(tmp_path / "x.mapping", pair)
    assert compare(*pair).relation("approve") == "incomparable"
    assert compare(*pair, mapped.links).relation("approve") == "implies"
    (back,) = load_mapping(tmp_path / "x.mapping", (pair[1], pair[0]), either_way=True)
    assert compare(pair[1], pair[0], back.links).relation("approve") == "implied"


def test_a_path_of_both_is_written_after_its_policy(tmp_path: Path) -> None:
    links = "link days : bill.today within 90 days after rules.today\nlink lists : some x in bill.visits exists\n"
    assert _loaded(tmp_path, HEAD + links)
    with pytest.raises(PolicyError, match=r"unknown-name.*`today`"):
        _loaded(tmp_path, HEAD + "link days : today is today\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mapping m from rules to other\nlink a : minor\n", "goes from `rules` to `other`, and the policies are"),
        ("mapping m from rules to bill\n", "the mapping links nothing"),
        ("mapping m from rules to bill\nlink a : grade is port\n", "port"),
        ("mapping m from rules to bill\nlink a : minor\nlink a : minor\n", "two links are named `a`"),
        ("mapping m from rules\n", "`to` is missing"),
        ("mapping m from rules to bill\ncriterion a\n  require minor\n", "`criterion` belongs in a policy"),
        ("policy p\n  uses clinic\nlink a : minor\n", "`link` belongs in a mapping"),
        ("policy p\n  uses clinic\n", "there is no mapping in this file"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _loaded(tmp_path, text)
    assert message in str(caught.value)
    assert f"{tmp_path}/x.mapping:" in str(caught.value)


def test_versions_of_a_vocabulary_cannot_be_mapped(tmp_path: Path) -> None:
    other = policy(OLD.replace("policy rules", "policy bill"), VOCABULARY.replace("0 to 10", "0 to 11"))
    with pytest.raises(PolicyError, match="differ in the fact `grade`"):
        _loaded(tmp_path, HEAD + "link a : minor\n", (policy(OLD), other))


@pytest.mark.parametrize("path", sorted(ROOT.glob("policies/*/*.mapping")), ids=lambda p: p.name)
def test_every_mapping_fits_policies_beside_it(path: Path) -> None:
    policies = [load(p) for p in sorted(path.parent.glob("*.policy"))]
    assert load_mapping(path, policies)
