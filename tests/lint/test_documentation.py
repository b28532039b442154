"""Every rule is documented in one shape, and its examples do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.recheck import of_example
from verifier.lint.documentation import FAMILIES, SHAPE, Block, read
from verifier.lint.examples import POLICY_FILE, VOCABULARY, VOCABULARY_FILE, files
from verifier.lint.registry import Rule, rules

HOW = "see the docstring of verifier.lint.rules for the shape"
EXAMPLES = [
    pytest.param(rule, title, example, id=f"{rule.slug}-{title.replace(' ', '-').lower()}-{number}")
    for rule in rules()
    for title in ("Fires", "Does not fire")
    for number, example in enumerate(rule.documented.part(title).examples, 1)
]


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.slug)
def test_every_rule_is_documented_in_one_shape(rule: Rule) -> None:
    documented = rule.documented
    assert "\n" not in documented.summary, f"the first paragraph is one sentence; {HOW}"
    assert documented.summary.endswith("."), documented.summary
    assert documented.family in FAMILIES, f"`Family:` is one of {', '.join(FAMILIES)}; {HOW}"
    titles = ["Why it hurts" if p.title == "Why it matters" else p.title for p in documented.parts]
    assert titles == list(SHAPE), HOW
    for title in SHAPE:
        assert documented.part(title).blocks, f"{title} is empty; {HOW}"
    for title in ("Fires", "Does not fire"):
        assert documented.part(title).examples, f"{title} has no example; {HOW}"


@pytest.mark.parametrize(("rule", "title", "example"), EXAMPLES)
def test_examples_do_what_they_say(tmp_path: Path, rule: Rule, title: str, example: str) -> None:
    _, found = of_example(tmp_path, rule, example)
    if title == "Fires":
        assert found, "no finding of the rule"
    else:
        assert not found, [f.message for f in found]


def test_the_parts_of_a_docstring() -> None:
    documented = read(
        "What it\nfinds.\n\nFamily: text\n\nReported iff so\nand so.\n\nWhy it matters: it\ndoes.\n\n- one\n- two\n"
        "  more\n\nFires: here.\n\n    a\n\n      b\n\nor\n\n    c\n\nLimits: none."
    )
    assert documented.summary == "What it finds."
    assert documented.family == "text"
    assert [p.title for p in documented.parts] == ["Reported iff", "Why it matters", "Fires", "Limits"]
    assert documented.part("Reported iff").blocks == (Block("prose", "so and so."),)
    assert documented.part("Why it hurts").blocks == (Block("prose", "It does."), Block("list", "one\ntwo more"))
    assert documented.part("Fires").examples == ("a\n\n  b\n", "c\n")
    assert documented.part("Does not fire").blocks == ()


def test_the_files_of_an_example() -> None:
    assert files("criterion c\n") == {
        VOCABULARY_FILE: VOCABULARY,
        POLICY_FILE: 'policy example "An example"\n  uses example\n\ncriterion c\n',
    }
    several = files(
        "-- source.txt --\nWords.\n-- example.policy --\npolicy p\n-- example.vocabulary --\nvocabulary v\n"
    )
    assert several == {"source.txt": "Words.\n", POLICY_FILE: "policy p\n", VOCABULARY_FILE: "vocabulary v\n"}
