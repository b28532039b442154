"""A letter from a template, between a mark that it is a draft and what its reviewer should know."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from importlib.resources import files
from traceback import walk_tb
from typing import TYPE_CHECKING

from policy_dsl.core.ir import Policy
from verifier.determination import Determination
from verifier.render.letter.readability import grade
from verifier.render.letter.words import letter, one_line, quotations

if TYPE_CHECKING:
    from jinja2 import Environment

WIDTH = 78
"""How many columns a letter has."""
_DRAFT = "DRAFT for a licensed reviewer. Not a decision, and not to be sent as it is."
_HIGH = 8.0  # the grade that health literacy guides ask patients' letters to stay below


class TemplateProblemError(Exception):
    """A template cannot be used. The message begins with its name and, where it is known, the line."""


def standard_template() -> str:
    """The text of the template that is used where no other is given."""
    return files("verifier.render.letter").joinpath("letter.txt").read_text(encoding="utf-8")


def draft(policy: Policy, result: Determination, template: str | None = None, name: str = "letter.txt") -> str:
    """The draft of a letter about the determination, wrapped; `template` is a Jinja text, `name` what errors call it.

    Raises TemplateProblemError.
    """
    body = _filled(standard_template() if template is None else template, name, letter(policy, result))
    lines = [_DRAFT, "", *body.strip("\n").split("\n"), "", "-" * WIDTH, *_for_the_reviewer(result, body)]
    return "".join(part + "\n" for line in lines for part in _wrapped(line))


def _filled(template: str, name: str, values: dict[str, object]) -> str:
    from jinja2 import TemplateError

    try:
        return _environment().from_string(template).render(**values)
    except TemplateError as error:
        raise TemplateProblemError(_said(error, error.message or "", name, values)) from None
    except (ArithmeticError, LookupError, MemoryError, OverflowError, TypeError, ValueError) as error:
        words = f"the template cannot be filled in: {error}"
        raise TemplateProblemError(_said(error, words, name, values)) from None


def _environment() -> Environment:
    """Templates are text of another's hand: they see the values given and nothing else of the program."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # a letter is plain text
    )


def _said(error: Exception, words: str, name: str, values: Mapping[str, object]) -> str:
    from jinja2 import UndefinedError

    line = getattr(error, "lineno", None) or _line_of(error)
    place = name if line is None else f"{name}:{line}"
    works = "`verifier letter --show-template` prints one that works"
    names = f"it can use {', '.join(sorted(values))}; " if isinstance(error, UndefinedError) else ""
    return f"{place}: error: {words}\n  help: {names}{works}"


def _line_of(error: Exception) -> int | None:
    """The line of the template that was being filled in."""
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _for_the_reviewer(result: Determination, body: str) -> Iterator[str]:
    yield "For the reviewer"
    yield f"- case {one_line(result.case)}, policy {result.policy}, sha256 {result.policy_sha256}"
    for owner, reading in result.readings.items():
        yield f"- {owner} is read as {reading}"
    yield f"- {_reading_grade(result, body)}"
    for warning in result.warnings:
        yield f"- {warning}"
    whole = result.complete
    gaps = (("reasons", whole.reasons_gap), ("changes", whole.repairs_gap), ("missing facts", whole.missing_gap))
    yield from (f"- there may be more {what}: {gap}" for what, gap in gaps if gap)


def _reading_grade(result: Determination, body: str) -> str:
    whole = grade(body)
    plain = body
    for quote in sorted(quotations(result), key=len, reverse=True):
        plain = plain.replace(quote, "")
    own = grade(plain)
    if whole is None or own is None:
        return "reading grade: none, as the letter has no words"
    said = f"reading grade {whole} (Flesch-Kincaid), {own} without the words quoted from the policy"
    return said + (f"; above {_HIGH:g}, so it should be made simpler" if own > _HIGH else "")


def _wrapped(line: str) -> list[str]:
    """A line in as many as it needs, moved in as far as it is, and what follows a hyphen further."""
    indent = line[: len(line) - len(line.lstrip())]
    further = indent + ("  " if line.lstrip().startswith(("- ", "> ")) else "")
    if line.lstrip().startswith("> "):
        further = indent + "> "
    return textwrap.wrap(line, WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False) or [""]
