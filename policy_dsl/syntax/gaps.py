"""Known mistakes, by what is left out: each rule names the mistake if it is the one it knows."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from types import MappingProxyType

from lark import Token

from policy_dsl.diagnostics import Diagnostic, Label
from policy_dsl.syntax.machine import GOES_ON, HEADS, PARTS, RESERVED, UNITS, keywords
from policy_dsl.syntax.slip import Slip, short
from policy_dsl.syntax.tokens import WORD, span_of

_ACCEPTING = 'name the rule, and what its finding names: `waive rule on clause because "..."`'


def without_demand(slip: Slip, word: str) -> Diagnostic:
    """A clause without a demand; `word` is the one that is missing."""
    name = str(slip.tokens[1]) if len(slip.tokens) > 1 else ""
    form = "exclude when condition" if word == "exclude" else "require condition"
    return Diagnostic(
        "missing-demand", f"`{name}` demands nothing", slip.at(min(1, len(slip.tokens) - 1)), help=f"add `{form}`"
    )


def missing_unit(tokens: tuple[Token, ...], file: str) -> Diagnostic | None:
    """A bare number as a length of time; the grammar would take it, since a name could stand there."""
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        if token.type != "INT" or tokens[index + 1] not in ("before", "after"):
            continue
        if tokens[index + 2 : index + 3] in (("in",), ("of",)):  # `at least 2 before in xs`, a name after all
            continue
        if tokens[index - 1] in ("within", "least", "most"):
            return Diagnostic(
                "missing-unit",
                f"`{token}` has no unit of time",
                span_of(token, file),
                help=f"write `{token} days`, or weeks, months or years",
            )
    return None


def _no_demand(slip: Slip) -> Diagnostic | None:
    demands = slip.accepted & {"REQUIRE", "EXCLUDE"}
    if not slip.at_end or not demands or "MAY" not in slip.accepted | {"MAY" if "REQUIRE" in demands else ""}:
        return None
    return without_demand(slip, "require" if "REQUIRE" in demands else "exclude")


def _accepting(slip: Slip) -> Diagnostic | None:
    """A `waive` of its own that is written like one of a waiver, or that lacks what tells of the finding."""
    if slip.tokens[0] != "waive":
        return None
    if slip.accepted == {"SLUG"}:
        return Diagnostic("missing-rule", "this does not say what is accepted", slip.span, help=_ACCEPTING)
    if "ON" in slip.accepted and (slip.kind == "COMMA" or slip.word == "when"):
        return Diagnostic(
            "waive-alone",
            "`waive` on its own accepts a finding of the analysis",
            slip.at(0),
            help="to lift clauses, give it a name: `waiver name waive clause when condition`",
        )
    if "ON" in slip.accepted and slip.kind == WORD and slip.word not in keywords():
        return Diagnostic("missing-on", f"`on` is missing before `{short(slip.word)}`", slip.span, help=_ACCEPTING)
    return None


def _empty_type(slip: Slip) -> Diagnostic | None:
    if slip.tokens[0] != "type" or slip.previous != "is" or "PATH" not in slip.accepted:
        return None
    return Diagnostic(
        "empty-type",
        f"the type `{slip.tokens[1]}` has no members",
        slip.at(1),
        help="write its members, as in `is left, right`, or a range, as in `is integer 0 to 10`",
    )


def _empty_record(slip: Slip) -> Diagnostic | None:
    if slip.tokens[0] != "record" or not slip.at_end or slip.index < 2 or slip.accepted - {"PATH", "STRING"}:
        return None
    return Diagnostic(
        "empty-record",
        f"the record `{slip.tokens[1]}` has no fields",
        slip.at(1),
        help="write a line for each field, as in `start : date`",
    )


def _no_claim(slip: Slip) -> Diagnostic | None:
    if not {"NEVER", "POSSIBLY"} <= slip.accepted:
        return None
    return Diagnostic(
        "missing-claim",
        "this check claims nothing",
        slip.span,
        help="write `never`, `possibly` or `always` and an outcome, or `raising fact never loses outcome`",
    )


def _list_of(slip: Slip) -> Diagnostic | None:
    if slip.previous != "list" or slip.kind != WORD:
        return None
    return Diagnostic(
        "missing-of",
        f"`of` is missing before `{short(slip.word)}`",
        slip.span,
        help=f"write `list of {short(slip.word)}`",
    )


def _if_none(slip: Slip) -> Diagnostic | None:
    opened = slip.opening()
    if opened is None or opened < 2 or slip.tokens[opened - 2] not in ("highest", "lowest"):
        return None
    if slip.kind != "RPAR" and not {"IF", "NONE"} & slip.accepted:
        return None
    word = slip.tokens[opened - 2]
    return Diagnostic(
        "missing-if-none",
        f"this does not say what the {word} of no value is",
        slip.span,
        labels=(Label(slip.at(opened - 2), "there may be no element"),),
        help=f"write it at the end: `{word} of (value for x in xs, 0 if none)`",
    )


def _missing_bracket(slip: Slip) -> Diagnostic | None:
    if slip.previous not in ("of", "by") or slip.accepted != {"LPAR"}:
        return None
    words = " ".join(slip.tokens[max(slip.index - (3 if slip.previous == "by" else 2), 0) : slip.index])
    return Diagnostic(
        "missing-bracket",
        f"`{words}` takes brackets",
        slip.at(slip.index - 1),
        help=f"write `{words} (...)`",
    )


def _misspelt_keyword(slip: Slip) -> Diagnostic | None:
    if slip.kind != WORD:
        return None
    words = sorted(w for w, terminal in keywords().items() if terminal in slip.accepted and w.isalpha())
    if "UNIT" in slip.accepted and slip.previous.type == "INT":
        near = get_close_matches(slip.word, sorted(UNITS), 1, 0.6)
        hint = f"did you mean `{near[0]}`?" if near else "units are days, weeks, months and years"
        return Diagnostic("unknown-unit", f"`{slip.word}` is no unit of time", slip.span, help=hint)
    near = get_close_matches(slip.word, words, 1, 0.75)
    if not near or slip.word in keywords():
        return None
    return Diagnostic("misspelt-word", f"`{slip.word}` cannot stand here", slip.span, help=f"did you mean `{near[0]}`?")


def _missing_has(slip: Slip) -> Diagnostic | None:
    if not {"HAS", "EXISTS"} <= slip.accepted:
        return None
    starts = [i for i in slip.back() if slip.tokens[i] == "in"]
    place = (Label(slip.at(starts[-1] - 1), "this is what it speaks of"),) if starts else ()
    return Diagnostic(
        "missing-has",
        "this says of which elements it speaks, and not what they have",
        slip.span,
        labels=place,
        help="go on with `has condition`, or end with `exists`",
    )


def _missing_text(slip: Slip) -> Diagnostic | None:
    if slip.accepted != {"STRING"}:
        return None
    previous = slip.previous
    if previous in ("as", "because", "source", "form", "file"):
        return Diagnostic(
            "missing-text",
            f"a text must follow `{previous}`",
            slip.at(slip.index - 1),
            help=f'write `{previous} "..."`',
        )
    return Diagnostic(
        "missing-title", f"`{previous}` has no title", slip.at(slip.index - 1), help=f'write `{previous} "..."`'
    )


def _missing_name(slip: Slip) -> Diagnostic | None:
    if slip.accepted != {"PATH"}:
        return None
    shown = f"`{short(slip.word)}` is no name" if not slip.at_end else "a name is missing"
    hint = "a name is a word of letters, digits and `_` that begins with a letter, or several joined by dots"
    if slip.word in RESERVED:
        shown, hint = f"`{slip.word}` is a word of the language and cannot be a name alone", "choose another name"
    return Diagnostic("missing-name", shown, slip.span, help=hint)


def _two_words(slip: Slip) -> Diagnostic | None:
    previous = slip.previous
    if slip.kind != WORD or previous.type != WORD or previous.line != slip.tokens[slip.index].line:
        return None
    if {slip.word, str(previous)} & keywords().keys() or slip.index < 2 or "." in slip.word:
        return None
    return Diagnostic(
        "two-words",
        f"`{previous}` and `{slip.word}` stand side by side with nothing between",
        slip.at(slip.index - 1).to(slip.span),
        help=f"a name is one word: `{previous}_{slip.word}`; or an operator such as `is` is missing",
    )


_MISSING = MappingProxyType(
    {
        "BECAUSE": ("because", 'say why: `because "..."`'),
        "BY": ("by", "say by which date or value: `latest x in xs by x.date`"),
        "IS": ("is", "a type is written `type Side is left, right`"),
        "COLON": (":", "a name and what it stands for are parted by `:`"),
        "EQUAL": ("=", "what a definition or output stands for comes after `=`"),
        "WHEN": ("when", "a condition comes after `when`"),
        "THAT": ("that", "what is assumed comes after `that`"),
        "IN": ("in", "say in which list: `x in xs`"),
        "FOR": ("for", "say for which elements: `x.value for x in xs`"),
        "TO": ("to", "a range is written `low to high`"),
        "ON": ("on", "say on which outcome: `on approve`"),
        "WAIVE": ("waive", "say what is waived: `waive clause when condition`"),
        "LOSES": ("loses", "write `raising fact never loses approve`"),
        "NEVER": ("never", "write `raising fact never loses approve`"),
        "EXCLUDE": ("exclude", "write `may exclude when condition`"),
        "AT": ("at most", "the bound of a list is written `(at most 12)`"),
        "LPAR": ("(", "brackets come here"),
    }
)


def _missing_word(slip: Slip) -> Diagnostic | None:
    """A word of the statement that is left out: the only one that could come, or one that must come some time."""
    certain: list[str] = [x for x in ("BECAUSE", "BY", "EQUAL", "WAIVE", "THAT") if x in slip.accepted]
    if len(slip.accepted) == 1:
        certain = [x for x in slip.accepted if x in _MISSING]
    if not certain or ("BAR" in slip.accepted and slip.kind == "BAR"):
        return None
    if {"PATH", "LBRACE"} & slip.accepted:
        return None
    word, hint = _MISSING[certain[0]]
    names = {"(": "bracket", ":": "colon", "=": "equal-sign", "at most": "at-most"}
    return Diagnostic(
        f"missing-{names.get(word, word)}",
        f"`{word}` is missing" + ("" if slip.at_end else f" before `{short(slip.word)}`"),
        slip.span,
        help=hint,
    )


def _missing_value(slip: Slip) -> Diagnostic | None:
    """An operator or opening word after which nothing stands that it could work on."""
    if not {"PATH", "LBRACE"} <= slip.accepted:
        return None
    if slip.at_end or slip.word in HEADS | PARTS | RESERVED | GOES_ON or slip.kind in ("RPAR", "RBRACE", "COMMA"):
        return Diagnostic(
            "missing-value",
            f"something is missing after `{short(slip.previous)}`",
            slip.at(max(slip.index - 1, 0)),
            help="a condition or value must follow",
        )
    return None


# The first rule that knows the mistake wins, so the narrow ones stand first.
MISSING: tuple[Callable[[Slip], Diagnostic | None], ...] = (
    _no_demand,
    _accepting,
    _empty_type,
    _empty_record,
    _no_claim,
    _list_of,
    _if_none,
    _missing_bracket,
    _misspelt_keyword,
    _missing_has,
    _missing_text,
    _missing_name,
    _two_words,
    _missing_word,
    _missing_value,
)
