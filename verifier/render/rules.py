"""The documentation of rules: for a terminal, and as the pages of the catalogue."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Mapping, Sequence

from verifier.lint.choice import ERRORS, OTHERS
from verifier.lint.documentation import FAMILIES, Block, Part
from verifier.lint.examples import VOCABULARY
from verifier.lint.registry import Rule

INDEX = "README.md"
_NOTE = "These pages are written by `verifier explain-rule --all --out docs/rules`."

_REACH = (
    "A finding that shows a case rests on that case alone. One that says something of every case, such as that nobody "
    "can be approved or that a clause adds nothing, is proved for lists of any length, unless it ends with `this is "
    "shown for lists of up to N elements only`: then longer lists are open, `bounds.scope` holds that length, and the "
    "finding weighs one degree less than a proof would, a warning in place of an error and information in place of a "
    "warning. Where the solver gave up before, nothing is said of the policy but that it is not known (`undecided`). A "
    "rule that looks for a case looks at lists of up to 12 elements, or up to the declared bound where a known number "
    "of elements suffices; that it found none there is not told."
)
_NO_RULES = {"Found without a rule": OTHERS, "Errors of a file": ERRORS}


def rule_text(rule: Rule, width: int) -> str:
    """A rule for a terminal, without a line break at its end."""
    documented = rule.documented
    family = f"{documented.family}: {FAMILIES.get(documented.family, '')}"
    parts = [rule.slug, _filled(documented.summary, width), _filled(family, width)]
    parts += [_part_text(part, width) for part in documented.parts]
    return "\n\n".join(parts)


def rules_text(rules: Sequence[Rule], width: int) -> str:
    """All rules by family, a line each, without a line break at its end."""
    entries = [r.slug for r in rules] + [*OTHERS, *ERRORS]
    indent = max(map(len, entries)) + 4
    parts = []
    for family, about in FAMILIES.items():
        own = [(r.slug, r.documented.summary) for r in rules if r.documented.family == family]
        if own:
            parts.append("\n".join([f"{about} ({family})", *(_entry(s, words, indent, width) for s, words in own)]))
    for about, words in _NO_RULES.items():
        parts.append("\n".join([about, *(_entry(slug, words[slug], indent, width) for slug in sorted(words))]))
    return "\n\n".join(parts)


def rule_markdown(rule: Rule, others: Collection[str] = ()) -> str:
    """What a rule says of itself. `others`: the rules that have a page beside it, to which it then links."""
    documented = rule.documented
    about = FAMILIES.get(documented.family, "")
    more = f", [{about[:1].lower()}{about[1:]}]({INDEX}#{_anchor(about)})" if others else ""
    parts = [f"# `{rule.slug}`", documented.summary, f"Family: {documented.family}{more}"]
    for part in documented.parts:
        parts += [f"## {part.title}", *(_linked(b, rule.slug, others) for b in part.blocks)]
    return "\n\n".join(parts) + "\n"


def _linked(block: Block, own: str, others: Collection[str]) -> str:
    def link(match: re.Match[str]) -> str:
        slug = match[1]
        return f"[`{slug}`]({slug}.md)" if slug in others and slug != own else match[0]

    text = _block_markdown(block)
    return text if block.kind == "example" else re.sub(r"`([a-z-]+)`", link, text)


def _anchor(heading: str) -> str:
    """What a heading is called in links to it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def index_markdown(rules: Sequence[Rule]) -> str:
    """The first page of the catalogue."""
    parts = [
        "# Rules",
        "What `verifier lint` looks for. Each rule says exactly when it reports, why that hurts, and what it does not "
        "see; its examples are run by the tests. " + _NOTE,
    ]
    parts += ["## How far a finding reaches", _REACH]
    for family, about in FAMILIES.items():
        own = [r for r in rules if r.documented.family == family]
        if own:
            rows = [f"| [`{r.slug}`]({r.slug}.md) | {_cell(r.documented.summary)} |" for r in own]
            parts += [f"## {about}", "\n".join(["| rule | finds |", "| --- | --- |", *rows])]
    for about, words in _NO_RULES.items():
        rows = [f"| `{slug}` | {_cell(words[slug])} |" for slug in sorted(words)]
        parts += [f"## {about}", "\n".join(["| name | what |", "| --- | --- |", *rows])]
    parts += ["## The vocabulary of the examples", f"```policy\n{VOCABULARY}```"]
    return "\n\n".join(parts) + "\n"


def catalogue(rules: Sequence[Rule]) -> Mapping[str, str]:
    """All pages of the catalogue, by file name."""
    slugs = {r.slug for r in rules}
    return {INDEX: index_markdown(rules), **{f"{r.slug}.md": rule_markdown(r, slugs) for r in rules}}


def _part_text(part: Part, width: int) -> str:
    return "\n\n".join([part.title, *(textwrap.indent(_block_text(b, width - 2), "  ") for b in part.blocks)])


def _block_text(block: Block, width: int) -> str:
    match block.kind:
        case "example":
            return textwrap.indent(block.text.rstrip("\n"), "  ")
        case "list":
            return "\n".join(_filled(f"- {entry}", width, "  ") for entry in block.text.splitlines())
        case _:
            return _filled(block.text, width)


def _block_markdown(block: Block) -> str:
    match block.kind:
        case "example":
            return f"```policy\n{block.text}```"
        case "list":
            return "\n".join(f"- {entry}" for entry in block.text.splitlines())
        case _:
            return block.text


def _entry(slug: str, words: str, indent: int, width: int) -> str:
    return textwrap.fill(
        words,
        width,
        initial_indent=f"  {slug}".ljust(indent),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )


def _filled(words: str, width: int, hanging: str = "") -> str:
    return textwrap.fill(words, width, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
