"""The tasks of the page beside its editor: the answers of the API as pieces of HTML and as marks for the editor."""

from __future__ import annotations

from collections.abc import Sequence

from policy_dsl.case import CaseError, read_case
from policy_dsl.evaluate import evaluate
from policy_dsl.readings import check_readings
from verifier.web.pool import Progress
from verifier.web.tasks import CaseAsked, DiffAsked, LintAsked, both_of, checked_of, policy_of, told
from verifier.web.texts import Texts
from verifier.web.writing import mark

FIRST = "contradictory-clauses"
"""The rule whose findings are shown before the others have been looked for."""


@told
def glance(asked: CaseAsked, _: Progress) -> dict[str, object]:
    """What evaluation alone says of a case, at once: outcome and clauses, null where that needs more thought."""
    policy = policy_of(asked.policy)
    problems = check_readings(policy, asked.readings)
    if problems:
        raise CaseError(problems)
    found = evaluate(policy, read_case(policy, asked.case, asked.id), asked.readings)
    return {
        "outcome": found.outcome,
        "clauses": [{"id": c.id, "title": c.title, "fails": found.fails[c.id]} for c in policy.clauses],
    }


@told
def explain(asked: CaseAsked, _: Progress) -> dict[str, object]:
    """A determination with its reasons, what would turn it, and what to ask next."""
    from verifier.deciding import explain as run
    from verifier.next_question import next_question
    from verifier.render.html.determination import determination_piece

    policy = policy_of(asked.policy)
    result = run(policy, read_case(policy, asked.case, asked.id), asked.readings)
    return {
        "outcome": result.outcome,
        "ask": next_question(result),
        "html": determination_piece(result, next_question(result)),
    }


@told
def first(asked: LintAsked, progress: Progress) -> dict[str, object]:
    """The contradictions of a policy, as `lint` gives all findings."""
    return _lint(asked, progress, [FIRST])


@told
def lint(asked: LintAsked, progress: Progress) -> dict[str, object]:
    """The findings of a policy, and where the editor marks them."""
    return _lint(asked, progress, None)


def _lint(asked: LintAsked, progress: Progress, slugs: Sequence[str] | None) -> dict[str, object]:
    from verifier.editing.problems import of_finding
    from verifier.lint import lint as run
    from verifier.lint.registry import rule
    from verifier.render.html.findings import findings_piece

    policy = policy_of(asked.policy)
    only = None if slugs is None else [rule(s) for s in slugs]
    warnings = checked_of(asked.policy).diagnostics if slugs is None else ()
    found = run([policy], warnings, only=only, today=asked.today, progress=lambda done, of, what: progress()).found
    marks = [mark(of_finding(f)) for f in found if f.waived is None]
    return {"marks": marks, "html": findings_piece(policy, found)}


@told
def ranges(asked: Texts, progress: Progress) -> dict[str, object]:
    """The values of each restricted fact with which somebody can be approved, in words."""
    from verifier.region import region
    from verifier.render.region import by_fact

    return {"ranges": by_fact(region(policy_of(asked), progress))}


@told
def diff(asked: DiffAsked, _: Progress) -> dict[str, object]:
    """Who gains and who loses between two versions."""
    from verifier.compare.difference import difference
    from verifier.render.html.difference import difference_piece

    return {"html": difference_piece(difference(*both_of(asked)))}


def ready() -> None:
    """Load what looking for contradictions needs, so that the first text does not wait for it."""
    import verifier.lint.registry
    import verifier.render.html.findings

    verifier.lint.registry.rules()
