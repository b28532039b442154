"""The rules that need no solver, on the example policies, and what they read and look up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy, Source
from policy_dsl.diagnostics import Severity, Span
from policy_dsl.load import check, load
from policy_dsl.sources import find, occurrences, search, trace
from verifier.lint import Finding, lint
from verifier.lint.examples import files
from verifier.lint.reads import PlaceReads
from verifier.lint.registry import rule
from verifier.lint.vague import load_terms

ROOT = Path(__file__).parent.parent.parent
ESI = ROOT / "policies" / "esi"
OTHERS = ROOT / "tests" / "corpus" / "policies"
RULES = [
    rule(slug)
    for slug in (
        "expired-code",
        "mixed-polarity",
        "no-recency",
        "open-list",
        "replaced-code",
        "shadowed-name",
        "stale-omission",
        "unencoded-text",
        "unevidenced-criterion",
        "unknown-code",
        "unneeded-document",
        "unread-field",
        "unused-definition",
        "unused-fact",
        "unused-type",
        "vague-term",
    )
]


def _found(*paths: Path) -> tuple[Finding, ...]:
    return lint([load(path) for path in paths], only=RULES).found


def _warned(*paths: Path) -> list[tuple[str, tuple[str, ...], int]]:
    return sorted((f.rule, f.clauses, f.span.line) for f in _found(*paths) if f.severity is not Severity.INFO)


def _example(folder: Path, text: str) -> Policy:
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
    return load(folder / "example.policy")


def test_what_a_reviewer_would_write_on_the_seed_policy() -> None:
    assert _warned(ESI / "esi_prior_authorization.policy") == [
        ("expired-code", (), 8),
        ("open-list", ("exclusion.3",), 48),
        ("vague-term", ("coverage.4",), 27),
        ("vague-term", ("exclusion.2",), 47),
        ("vague-term", ("exclusion.3",), 48),
        ("vague-term", ("necessity.1",), 36),
        ("vague-term", ("necessity.3",), 39),
        ("vague-term", ("necessity.3",), 39),
    ]


def test_what_is_told_of_the_seed_policy_besides() -> None:
    found = [f for f in _found(ESI / "esi_prior_authorization.policy") if f.severity is Severity.INFO]
    told = {(f.rule, f.clauses) for f in found}
    assert {
        ("mixed-polarity", ("exclusion.1", "exclusion.2", "exclusion.3")),
        ("no-recency", ("documentation.2",)),
        ("open-list", ("coverage.3", "coverage.4")),
        ("unevidenced-criterion", ("coverage.5.function",)),
        ("unevidenced-criterion", ("coverage.5.pain",)),
        ("unneeded-document", ("documentation.2",)),
        ("unneeded-document", ("documentation.4",)),
        ("vague-term", ("coverage.5.function",)),
        ("vague-term", ("exclusion.4",)),
    } <= told


@pytest.mark.parametrize(
    "path",
    [
        ESI / "esi_prior_authorization_revised.policy",
        ESI / "esi_reimbursement.policy",
        ROOT / "policies" / "cms_like" / "cms_like.policy",
        OTHERS / "biologic.policy",
        OTHERS / "therapy.policy",
    ],
    ids=lambda p: p.stem,
)
def test_no_warning_on_a_policy_in_order(path: Path) -> None:
    assert _warned(path) == []


def test_a_code_that_ended_the_day_before_the_policy_begins() -> None:
    assert _warned(OTHERS / "bariatric.policy") == [("expired-code", ("charge",), 4)]


def test_policies_that_share_a_vocabulary_are_told_once_what_none_of_them_reads() -> None:
    paths = [ESI / "esi_prior_authorization.policy", ESI / "esi_reimbursement.policy"]
    assert [f.policy for f in _found(*paths) if f.rule == "unused-fact"] == []
    assert [f.policy for f in _found(paths[1]) if f.rule == "unused-fact"] == ["esi_reimbursement"]
    fields = [f for f in _found(*paths) if f.rule == "unread-field"]
    assert {f.policy for f in fields} == {"esi_prior_authorization"}
    assert [f.span.line for f in fields] == sorted({f.span.line for f in fields})


# ------------------------------------------------------------------ what an expression reads


def test_a_field_is_read_of_the_list_that_is_handed_to_a_definition(tmp_path: Path) -> None:
    policy = _example(
        tmp_path,
        "define helped(visit: Visit) = visit.helped and day_passed(visit)\n"
        "define day_passed(visit: Visit) = visit.day < request.date\n"
        "define at_top = those visit in visits where visit.region is upper\n\n"
        "criterion a\n  require some visit in visits has helped(visit)\n\n"
        "criterion b\n  require some visit in at_top exists\n\n"
        "criterion c\n  require a is met or urgent\n\n"
        "criterion d\n  require some course in courses exists\n",
    )
    reads = PlaceReads(policy)

    def named(clause: str) -> set[str]:
        out = set()
        for fact, field in reads.of_clause(clause):
            type = policy.facts[fact].type
            end = "" if field is None else "." + getattr(type, "element").fields[field].name  # noqa: B009
            out.add(policy.facts[fact].path + end)
        return out

    a = {"visits", "visits.helped", "visits.day", "request.date"}
    assert named("a") == a
    assert named("b") == {"visits", "visits.region"}
    assert named("c") == a | {"urgent"}
    assert named("d") == {"courses"}


# ------------------------------------------------------------------ words


def test_each_term_is_found_by_the_pattern_of_all() -> None:
    terms = load_terms()
    assert len(terms.terms) > 90
    for term in terms.terms:
        words = term.pattern.pattern.removeprefix(r"\b(?:").removesuffix(r")\b")
        words = re.sub(r"\\w\*", "", words).replace(r"\s+", " ").replace("\\", "")
        match = terms.any.search(f"it is {words} so")
        assert match is not None
        assert terms.term(match.group()) == term


def test_words_are_found_wherever_they_stand() -> None:
    text = "* must be signed. The form\nmust  be signed, **must be** signedly.\n"
    source = Source("s.txt", text, Span("s.txt", 1, 1, 1, 1))
    places = list(occurrences("must be signed", [source]))
    assert [(p.line, p.column, p.end_line, p.end_column) for p in places] == [(1, 3, 1, 17), (2, 1, 2, 16)]
    assert find("must be signed", [source]) == places[0]
    assert list(occurrences("is signed", [source])) == []


def test_a_pattern_is_looked_for_within_the_stretch_alone() -> None:
    source = Source("s.txt", "a recent day\nand a recent\nnight, recent\n", Span("s.txt", 1, 1, 1, 1))
    inside = Span("s.txt", 1, 4, 3, 6)
    found = list(search(re.compile(r"\brecent\b"), inside, [source]))
    assert [(words, place.line, place.column) for words, place in found] == [("recent", 2, 7)]
    assert list(search(re.compile("recent"), Span("other.txt", 1, 1, 9, 1), [source])) == []


def test_the_words_of_a_set_are_accounted_for(tmp_path: Path) -> None:
    policy = _example(
        tmp_path,
        'policy example\n  source "source.txt"\n  uses example\n\n'
        "define covered\n  | Only these are covered: 50002, 50003.\n  = {50002, 50003}\n\n"
        "criterion a\n  require request.service in covered\n\n"
        "-- source.txt --\nOnly these are covered: 50002, 50003.\n",
    )
    assert [(t.by, t.gaps) for t in trace(policy)] == [(("covered",), ())]


def test_words_of_a_clause_must_stand_in_the_source_and_words_set_aside_need_not(tmp_path: Path) -> None:
    text = (
        'policy example\n  source "source.txt"\n  uses example\n\n'
        "criterion a\n  | A consent is due.\n  require consent.signed\n\n"
        'omit\n  | It is kept.\n  because "afterwards"\n\n'
        "-- source.txt --\n"
    )
    for name, content in files(text + "A consent is due.\n").items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert [d.slug for d in check(tmp_path / "example.policy").diagnostics] == []
    (tmp_path / "source.txt").write_text("It is kept.\n", encoding="utf-8")
    assert [d.slug for d in check(tmp_path / "example.policy").diagnostics] == ["quote-not-found"]
