"""The tasks of the page's editor: what is wrong with the texts, what a word means, and what can be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePosixPath

from policy_dsl.core import ir
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Span
from verifier.editing.buffers import Parses
from verifier.editing.complete import Beside
from verifier.editing.complete import complete as completions
from verifier.editing.describe import describe
from verifier.editing.problems import Problem
from verifier.editing.snapshot import ENDINGS, Snapshot, snapshot
from verifier.editing.warned import mistakes
from verifier.lint.choice import EVERYTHING
from verifier.web.form import form
from verifier.web.pool import Progress
from verifier.web.tasks import told
from verifier.web.texts import Texts, texts

_KEPT = 8


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """A place of one of the texts: line and column from 1, in characters. `before` are the texts as they were when
    all was last right, or none; `ranges` the approvable values of facts, as far as they are known."""

    texts: Texts
    file: str
    line: int
    column: int
    before: Texts | None
    ranges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CheckAsked:
    """Texts to check; `today` is the day by which their waivers end."""

    texts: Texts
    today: date


@told
def check(asked: CheckAsked, _: Progress) -> dict[str, object]:
    """What is wrong with the texts, and what the page shows of a policy without mistakes; all of it quick."""
    seen = _snapshot(asked.texts, asked.texts.main, None)
    policies = seen.checked.policies
    policy = policies[0] if seen.right and len(policies) == 1 else None
    return {
        "diagnostics": [mark(p) for p in mistakes(seen, asked.today, lambda _: EVERYTHING)],
        "policy": None if policy is None else _policy(policy),
    }


@told
def hover(asked: PlaceAsked, _: Progress) -> dict[str, object]:
    """What is to be said of the word at a place, as HTML, and where it stands; null if nothing is."""
    seen = _seen(asked)
    found = None if seen is None else describe(seen, asked.line, asked.column, dict(asked.ranges))
    if found is None:
        return {"html": None}
    return {**place(found.span), "html": _html(found.markdown)}


@told
def complete(asked: PlaceAsked, _: Progress) -> dict[str, object]:
    """What can be written at a place, the likely first; those of rank 0 have the type that is due."""
    seen = _seen(asked)
    if seen is None:
        return {"options": []}
    found = completions(seen, asked.line, asked.column, _beside(asked.texts, asked.file))
    options = [{"text": c.text, "sort": c.sort, "detail": c.detail, "column": c.column, "rank": c.rank} for c in found]
    return {"options": options}


def ready() -> None:
    """Load what checking needs, so that the first key does not wait for it."""
    check(CheckAsked(texts("none.policy", {"none.policy": "policy none\n"}), date.min), lambda: None)


def mark(problem: Problem) -> dict[str, object]:
    """What the editor underlines."""
    return {
        **place(problem.span),
        "severity": str(problem.severity),
        "rule": problem.slug,
        "message": problem.words,
        "related": [{**place(r.span), "text": r.text} for r in problem.related],
    }


def place(span: Span) -> dict[str, object]:
    """A stretch of a file."""
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


# ------------------------------------------------------------------ what is known of the texts


def _seen(asked: PlaceAsked) -> Snapshot | None:
    """What is known of the file that is asked about; None for one that holds no statements."""
    if not asked.file.endswith(ENDINGS) or asked.file not in dict(asked.texts.files):
        return None
    before = asked.before if asked.before is not None and asked.file in dict(asked.before.files) else None
    return _snapshot(asked.texts, asked.file, before)


@lru_cache(maxsize=_KEPT)
def _snapshot(given: Texts, file: str, before: Texts | None) -> Snapshot:
    last = None if before is None else _snapshot(before, file, None)
    text, _ = given.read(Path(file))  # a file that is not there is told of by what checks it
    return snapshot(file, text, given, _parses(), last)


@lru_cache(maxsize=1)
def _parses() -> Parses:
    return Parses()


def _beside(given: Texts, file: str) -> Beside:
    names = [PurePosixPath(name) for name, _ in given.files]
    return Beside(
        tuple(dict.fromkeys(n.stem for n in names if n.suffix == ".vocabulary")),
        tuple(dict.fromkeys(n.stem for n in names if n.suffix == ".policy" and str(n) != file)),
    )


def _html(markdown: str) -> str:
    """A description as HTML that holds no markup of the author's own, and leads nowhere."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink"])
    return str(made.render(markdown))


def _policy(policy: Policy) -> Mapping[str, object]:
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
        "clauses": [{"id": c.id, "title": c.title, **place(c.span)} for c in policy.clauses],
        "source": source_piece(policy),
    }
