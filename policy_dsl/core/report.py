"""Gathering diagnostics while a policy is checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policy_dsl.diagnostics import Diagnostic, Label, Severity, Span


@dataclass(slots=True)
class Report:
    """The diagnostics so far, and the texts that they may quote (by file)."""

    texts: Mapping[str, str]
    found: list[Diagnostic] = field(default_factory=list)

    def error(
        self,
        slug: str,
        message: str,
        span: Span,
        *,
        label: str = "",
        labels: Sequence[Label] = (),
        help: str = "",
    ) -> None:
        """Note a mistake that makes the policy unusable."""
        self.found.append(Diagnostic(slug, message, span, label, tuple(labels), help))

    def warn(
        self,
        slug: str,
        message: str,
        span: Span,
        *,
        label: str = "",
        labels: Sequence[Label] = (),
        help: str = "",
    ) -> None:
        """Note what is probably a mistake, though the policy has a meaning."""
        self.found.append(Diagnostic(slug, message, span, label, tuple(labels), help, Severity.WARNING))

    def words(self, span: Span) -> str:
        """The text of a span on one line, shortened where it is long."""
        lines = self.texts.get(span.file, "").splitlines()[span.line - 1 : span.end_line]
        if not lines:
            return "..."
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        text = " ".join(" ".join(lines).split())
        return text if len(text) <= 60 else text[:40].rstrip() + " ... " + text[-15:].lstrip()


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that the word was probably meant to be, if any is near."""
    listed = sorted(set(options))
    lowered = {o.lower(): o for o in reversed(listed)}
    if word.lower() in lowered and lowered[word.lower()] != word:
        return lowered[word.lower()]
    near = difflib.get_close_matches(word, listed, 1, 0.75)
    if not near and "." not in word:
        tails = {o.rsplit(".", 1)[-1]: o for o in reversed(listed)}
        near = [tails[x] for x in difflib.get_close_matches(word, sorted(tails), 1, 0.8)]
    return near[0] if near else None


def did_you_mean(word: str, options: Iterable[str], otherwise: str = "") -> str:
    """Help that names the nearest option, or else the given words."""
    near = nearest(word, options)
    return f"did you mean `{near}`" if near else otherwise


def listing(words: Iterable[str], most: int = 8, last: str = "and") -> str:
    """`a`, `b` and `c`; a long list is cut short."""
    quoted = [f"`{w}`" for w in words]
    if len(quoted) > most:
        return ", ".join(quoted[: most - 1]) + f" and {len(quoted) - most + 1} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return ", ".join(quoted[:-1]) + f" {last} {quoted[-1]}"
