"""What the words of a text stand for: held against the checker, and where things are declared, used and renamed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from policy_dsl.files import DISK
from tests.editor.texts import KNEE, KNEE_VOCABULARY, POLICY, VOCABULARY, at, read
from verifier.editing.buffers import Buffers
from verifier.editing.edits import apply
from verifier.editing.expressions import definition_type
from verifier.editing.navigate import RenameError, definitions, references, renamable, rename
from verifier.editing.snapshot import Snapshot, snapshot

ROOT = Path(__file__).parent.parent.parent
POLICIES = sorted((ROOT / "policies").rglob("*.policy"))


def _named(node: ir.Expr) -> tuple[str, str] | None:
    match node:
        case ir.FactValue(fact=fact) | ir.FactList(fact=fact):
            return "fact", fact.path
        case ir.ClauseMet(clause=clause):
            return "clause", clause
        case ir.Constant(value=int(value), type=t.Enumeration(name=name, members=members)):
            return "member", f"{name}/{members[value]}"
        case ir.Constant(value=str(value), type=t.CodeSystem(name=name)):
            return "code", f"{name}/{value}"
        case ir.Call(definition=definition):
            return "definition", definition.name
        case ir.VariableValue(variable=v) | ir.FieldValue(variable=v) | ir.VariableRecord(variable=v):
            return "variable", v.name
        case _:
            return None


@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_words_stand_for_what_the_checker_takes_them_for(path: Path) -> None:
    read = snapshot(str(path), path.read_text(encoding="utf-8"), DISK)
    assert read.right
    starts: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for o in read.found.occurrences:
        starts.setdefault((o.span.line, o.span.column), []).append((o.symbol.kind, o.symbol.name))
    asked = 0
    types: dict[Span, set[type]] = {}
    for policy in read.checked.policies:
        nodes = [n for root in ir.roots(policy) for n in ir.walk(root) if n.span.file == str(path)]
        for node in nodes:
            wanted = _named(node)
            if wanted is not None:
                asked += 1
                assert wanted in starts.get((node.span.line, node.span.column), ()), (node.span, wanted)
            types.setdefault(node.span, set()).add(type(node.type))
        for definition in policy.definitions:
            assert type(definition_type(read.names(1), definition.name)) is type(definition.type), definition.name
    assert asked > 20
    both = types.keys() & read.found.types.keys()
    assert len(both) > 10
    assert [s for s in both if type(read.found.types[s]) not in types[s]] == []


def _both(text: str = KNEE) -> list[Snapshot]:
    return [read(text), read(KNEE_VOCABULARY, VOCABULARY)]


def _again(texts: Mapping[str, str]) -> list[Snapshot]:
    vocabulary = texts.get(VOCABULARY, KNEE_VOCABULARY)
    return [read(texts.get(POLICY, KNEE), vocabulary=vocabulary), read(vocabulary, VOCABULARY)]


def test_the_declaration_of_a_fact_a_member_a_field_a_variable_and_a_quote() -> None:
    policy, vocabulary = _both()
    for word, into, line in (
        ("pain.now", 6, "fact pain.now"),
        ("exercise and", 2, "type Care"),
        ("kind is", 1, "kind :"),
    ):
        (found,) = definitions(policy, *at(KNEE, word, into), [vocabulary])
        assert found.file == VOCABULARY
        assert KNEE_VOCABULARY.splitlines()[found.line - 1].strip().startswith(line)
    (variable,) = definitions(policy, *at(KNEE, "course.kind", 1), [])
    assert variable.column == KNEE.splitlines()[variable.line - 1].index("course in") + 1
    (source,) = definitions(policy, *at(KNEE, "| At least 6", 6), [])
    assert (source.file, source.line) == ("/nowhere/knee.txt", 2)


@pytest.mark.parametrize(
    ("word", "into", "new", "counts"),
    [
        ("pain.now", 5, "pain.after", {POLICY: 1, VOCABULARY: 1}),
        ("exercise and", 1, "sport", {POLICY: 1, VOCABULARY: 1}),
        ("kind is", 1, "sort", {POLICY: 1, VOCABULARY: 1}),
        ("long(course:", 1, "lasting", {POLICY: 2}),
        ("course in", 1, "treatment", {POLICY: 3}),
        ("criterion pain", 11, "severity.pain", {POLICY: 2}),
        ("Course)", 1, "Treatment", {POLICY: 1, VOCABULARY: 2}),
        ("strict", 1, "left_only", {POLICY: 1}),
    ],
)
def test_renaming_changes_every_place_and_nothing_that_is_said(
    word: str, into: int, new: str, counts: dict[str, int]
) -> None:
    among = _both()
    symbol = renamable(among[0], *at(KNEE, word, into)).symbol
    edits = rename(symbol, new, among, _again)
    assert {f: sum(e.span.file == f for e in edits) for f in {e.span.file for e in edits}} == counts
    texts = {s.file: apply(s.text, [e for e in edits if e.span.file == s.file]) for s in among}
    policy, vocabulary = _again(texts)
    assert policy.right and vocabulary.right
    renamed = [o for s in (policy, vocabulary) for o in references(symbol, [s])]
    assert not renamed, "the old name is left somewhere"


@pytest.mark.parametrize(
    ("word", "into", "new", "why"),
    [
        ("pain.now", 5, "courses", "not a list"),
        ("pain.now", 5, "a b", "is no name"),
        ("long(course:", 1, "and", "a word of the language"),
        ("exercise and", 1, "drug", "twice"),
        ("course in", 1, "long", "already names a definition"),
    ],
)
def test_a_name_that_would_say_something_else_is_refused(word: str, into: int, new: str, why: str) -> None:
    among = _both()
    with pytest.raises(RenameError, match=why):
        rename(renamable(among[0], *at(KNEE, word, into)).symbol, new, among, _again)


def test_a_name_that_another_word_already_has_would_change_the_program() -> None:
    text = KNEE.replace("request.side is left", "request.side is left and pain.now >= 4")
    text = text.replace("define long", "define easy = pain.now <= 2\n\ndefine long").replace(
        "pain is not", "easy or pain is not"
    )
    among = _both(text)
    with pytest.raises(RenameError):
        rename(renamable(among[0], *at(text, "easy")).symbol, "pain.now", among, _again)


@pytest.mark.parametrize(("word", "why"), [("knee", "named after its file"), ("The knee", "no name here")])
def test_what_has_no_name_of_its_own_is_not_renamed(word: str, why: str) -> None:
    with pytest.raises(RenameError, match=why):
        renamable(read(), *at(KNEE, word, 1))


MAPPING = """\
mapping knee_to_hip "Both"
  from knee to hip

link same "The same side" : knee.request.side is left and pain.now >= 4 and hip.request.side is left
"""


def test_a_mapping_names_the_facts_of_both_policies_and_is_renamed_with_them() -> None:
    texts = {
        "knee": "policy knee\n  uses knee\n\ncriterion a\n  require request.side is left\n",
        "hip": "policy hip\n  uses hip\n\ncriterion a\n  require request.side is left\n",
        "knee.vocabulary": KNEE_VOCABULARY,
        "hip.vocabulary": "vocabulary hip\n\ntype Hip is left, right\nfact request.side : Hip\n",
        "both.mapping": MAPPING,
    }
    files = {f"/nowhere/{n if '.' in n else n + '.policy'}": text for n, text in texts.items()}

    def again(changed: Mapping[str, str]) -> list[Snapshot]:
        now = {**files, **changed}
        return [snapshot(file, text, Buffers(now)) for file, text in now.items()]

    among = again({})
    assert all(s.right for s in among), [s.diagnostics for s in among]
    vocabulary = next(s for s in among if s.file == VOCABULARY)
    symbol = renamable(vocabulary, *at(KNEE_VOCABULARY, "request.side", 2)).symbol
    edits = rename(symbol, "request.leg", among, again)
    mapping = apply(MAPPING, [e for e in edits if e.span.file.endswith(".mapping")])
    assert "knee.request.leg is left and pain.now >= 4 and hip.request.side is left" in mapping
    wrong = again({"/nowhere/both.mapping": MAPPING.replace("pain.now >= 4", "pain.now is left")})
    assert not wrong[-1].right
