"""The tasks of the page: the same answers as those of the API, as pieces of HTML and what the page's parts show."""

from __future__ import annotations

from policy_dsl.case import CaseError, read_case
from policy_dsl.core import ir
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, Span
from policy_dsl.evaluate import evaluate
from policy_dsl.readings import check_readings
from verifier.web.form import form
from verifier.web.tasks import CaseAsked, DiffAsked, LintAsked, both_of, checked_of, policy_of, told
from verifier.web.texts import Texts


@told
def check(asked: Texts) -> dict[str, object]:
    """What is wrong with the texts, and what the page shows of a policy without mistakes; all of it quick."""
    checked = checked_of(asked)
    policy = checked.policies[0] if len(checked.policies) == 1 else None
    return {
        "diagnostics": [_mark(d) for d in checked.diagnostics],
        "policy": None if policy is None else _policy(policy),
    }


@told
def glance(asked: CaseAsked) -> dict[str, object]:
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
def explain(asked: CaseAsked) -> dict[str, object]:
    """A determination with its reasons, what would turn it, and what to ask next."""
    from verifier.decide import explain as run
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
def lint(asked: LintAsked) -> dict[str, object]:
    """The findings of a policy, and where the editor marks them."""
    from verifier.lint import lint as run
    from verifier.render.html.findings import findings_piece

    policy = policy_of(asked.policy)
    checked = checked_of(asked.policy)
    found = run([policy], checked.diagnostics, today=asked.today).found
    marks = [
        {**_place(f.span), "severity": str(f.severity), "rule": f.rule, "message": f.message}
        for f in found
        if f.waived is None
    ]
    return {"marks": marks, "html": findings_piece(policy, found)}


@told
def diff(asked: DiffAsked) -> dict[str, object]:
    """Who gains and who loses between two versions."""
    from verifier.compare.difference import difference
    from verifier.render.html.difference import difference_piece

    return {"html": difference_piece(difference(*both_of(asked)))}


def _policy(policy: Policy) -> dict[str, object]:
    from verifier.render.html.report import source_piece

    options: dict[str, ir.Reading] = {}
    for root in ir.roots(policy):
        options.update({n.owner: n for n in ir.walk(root) if isinstance(n, ir.Reading)})
    return {
        "id": policy.id,
        "title": policy.title,
        "form": form(policy),
        "readings": [
            {"owner": owner, "options": [{"name": o.name, "title": o.title} for o in reading.options]}
            for owner, reading in sorted(options.items())
        ],
        "clauses": [{"id": c.id, "title": c.title, **_place(c.span)} for c in policy.clauses],
        "names": [d.name for d in policy.definitions],
        "source": source_piece(policy),
    }


def _mark(d: Diagnostic) -> dict[str, object]:
    message = f"{d.message}\nhelp: {d.help}" if d.help else d.message
    return {**_place(d.span), "severity": str(d.severity), "rule": d.slug, "message": message}


def _place(span: Span) -> dict[str, object]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
