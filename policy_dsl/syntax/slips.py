"""Known mistakes: each rule looks at where the parser stopped, and names the mistake if it is the one it knows.

The first rule that knows it wins, so the narrow ones stand first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from lark import Token

from policy_dsl.diagnostics import Diagnostic, Label, Span
from policy_dsl.syntax.machine import GOES_ON, HEADS, PARTS, RESERVED, UNITS, keywords, starts_line
from policy_dsl.syntax.tokens import WORD, span_of


@dataclass(frozen=True, slots=True)
class Slip:
    """Where the parser stopped in a statement: at a token, or at the end, and what it could have taken there."""

    tokens: tuple[Token, ...]
    index: int
    accepted: frozenset[str]
    file: str

    @property
    def at_end(self) -> bool:
        """Whether the statement ended too early."""
        return self.index == len(self.tokens)

    @property
    def word(self) -> str:
        """The token that could not stand there; empty at the end."""
        return "" if self.at_end else str(self.tokens[self.index])

    @property
    def kind(self) -> str:
        """The terminal of that token as the scanner gave it."""
        return "$END" if self.at_end else self.tokens[self.index].type

    @property
    def previous(self) -> Token:
        """The token before; a statement has its first word at least."""
        return self.tokens[max(self.index - 1, 0)]

    @property
    def span(self) -> Span:
        """The place of the mistake; right after the last token if the statement ended too early."""
        if not self.at_end:
            return self.at(self.index)
        last = self.at(self.index - 1)
        return Span(self.file, last.end_line, last.end_column, last.end_line, last.end_column)

    def at(self, index: int) -> Span:
        """The place of a token of the statement."""
        return span_of(self.tokens[index], self.file)

    def opening(self) -> int | None:
        """The bracket that is open here."""
        depth = 0
        for index in range(self.index - 1, -1, -1):
            kind = self.tokens[index].type
            if kind in ("RPAR", "RBRACE"):
                depth += 1
            elif kind in ("LPAR", "LBRACE"):
                if depth == 0:
                    return index
                depth -= 1
        return None

    def back(self) -> list[int]:
        """The tokens before this one that are in the same brackets and the same condition, nearest first."""
        found: list[int] = []
        depth = 0
        for index in range(self.index - 1, 0, -1):
            token = self.tokens[index]
            if token.type in ("RPAR", "RBRACE"):
                depth += 1
            elif token.type in ("LPAR", "LBRACE"):
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0:
                if token.type in ("COMMA", "COLON", "EQUAL", "BAR") or token in _CONDITION_BEGINS:
                    break
                found.append(index)
        return found


_CONDITION_BEGINS = ("require", "when", "unless", "that", "always")
_JOINS = ("and", "or", "implies")


def _written_wrong(slip: Slip) -> Diagnostic | None:
    meant = {
        "!=": ("not-equal-sign", "is not"),
        "<>": ("not-equal-sign", "is not"),
        "==": ("equal-sign", "is"),
        "=<": ("comparison-sign", "<="),
        "=>": ("comparison-sign", ">="),
        "&&": ("and-sign", "and"),
    }
    if slip.kind == "EQUAL" and "IS" in slip.accepted:
        slug, word = "equal-sign", "is"
    elif slip.kind == "SLIP" and slip.word in meant:
        slug, word = meant[slip.word]
    else:
        return None
    return Diagnostic(slug, f"`{slip.word}` is no operator here", slip.span, help=f"write `{word}`")


def _semicolon(slip: Slip) -> Diagnostic | None:
    if slip.word != ";":
        return None
    return Diagnostic(
        "semicolon", "a statement has no `;` at its end", slip.span, help="remove it; the next statement ends this one"
    )


def _misspelt_part(slip: Slip) -> Diagnostic | None:
    if slip.kind != WORD or not starts_line(slip.tokens, slip.index) or slip.word in keywords():
        return None
    near = get_close_matches(slip.word, sorted(HEADS | PARTS), 1, 0.75)
    if not near:
        return None
    return Diagnostic(
        "misspelt-statement", f"there is no statement `{slip.word}`", slip.span, help=f"did you mean `{near[0]}`?"
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


def _joined(slip: Slip) -> Diagnostic | None:
    """`and`, `or` or `implies` where the condition before it cannot go on so."""
    if slip.word not in _JOINS or slip.kind != WORD:
        return None
    before = slip.back()
    for index in before:
        word = str(slip.tokens[index])
        if word in _JOINS and word != slip.word:
            return Diagnostic(
                "mixed-and-or",
                f"`{slip.word}` and `{word}` are mixed without brackets",
                slip.span,
                labels=(Label(slip.at(index), f"`{word}` is here"),),
                help="put brackets around what belongs together: `(a and b) or c`",
            )
        if word in ("has", "have", "where", "not"):
            return Diagnostic(
                "body-needs-brackets",
                f"`{word}` takes one condition, and `{slip.word}` could belong to it or not",
                slip.span,
                labels=(Label(slip.at(index), f"`{word}` is here"),),
                help=f"write `{word} (a {slip.word} b)`, or put what comes before `{slip.word}` in brackets",
            )
    if slip.word == "implies" and any(slip.tokens[i] == "implies" for i in before):
        return Diagnostic(
            "chained-implies",
            "`implies` joins two conditions and no more",
            slip.span,
            help="put brackets around what belongs together",
        )
    return None


def _quote_after(slip: Slip) -> Diagnostic | None:
    """Source words below what they belong to, or where there is nothing that they could belong to."""
    if not (slip.at_end and slip.previous.type == "BAR") and slip.kind != "BAR":
        return None
    if slip.at_end and "BECAUSE" in slip.accepted:
        return None
    first = slip.index if slip.kind == "BAR" else slip.index - 1
    while first > 0 and slip.tokens[first - 1].type == "BAR":
        first -= 1
    clause = slip.tokens[0] in ("criterion", "documentation", "exclusion")
    word = "exclude" if slip.tokens[0] == "exclusion" else "require"
    demanded = any(x == word and starts_line(slip.tokens, i) for i, x in enumerate(slip.tokens[:first]))
    if clause and slip.at_end and demanded:
        return Diagnostic(
            "quote-after-demand",
            "this quote stands below the last demand, and belongs to none",
            slip.at(first),
            help="a quote stands above the demand that encodes it; move it up, or set it aside with `omit`",
        )
    if clause and slip.at_end:
        return _without_demand(slip, word)
    return Diagnostic(
        "misplaced-quote",
        "a quote cannot stand here",
        slip.at(first),
        help="a quote stands above what encodes it: a demand, or the `=`, `when`, `waive` or `because` of a statement",
    )


def _without_demand(slip: Slip, word: str) -> Diagnostic:
    name = str(slip.tokens[1]) if len(slip.tokens) > 1 else ""
    form = "exclude when condition" if word == "exclude" else "require condition"
    return Diagnostic(
        "missing-demand", f"`{name}` demands nothing", slip.at(min(1, len(slip.tokens) - 1)), help=f"add `{form}`"
    )


def _no_demand(slip: Slip) -> Diagnostic | None:
    demands = slip.accepted & {"REQUIRE", "EXCLUDE"}
    if not slip.at_end or not demands or "MAY" not in slip.accepted | {"MAY" if "REQUIRE" in demands else ""}:
        return None
    return _without_demand(slip, "require" if "REQUIRE" in demands else "exclude")


def _wrong_demand(slip: Slip) -> Diagnostic | None:
    head = str(slip.tokens[0])
    if head == "exclusion" and slip.word == "require":
        return Diagnostic(
            "wrong-demand", "an exclusion has no `require`", slip.span, help="write `exclude when condition`"
        )
    if head in ("criterion", "documentation") and slip.word in ("exclude", "may"):
        return Diagnostic(
            "wrong-demand",
            f"a {head} has no `{slip.word}`",
            slip.span,
            help="write `require condition`, or make it an `exclusion`",
        )
    if head == "exclusion" and slip.word == "otherwise":
        return Diagnostic(
            "otherwise-on-exclusion",
            "an exclusion has no `otherwise`",
            slip.span,
            help="only what is required can pend when it fails; write it as a `criterion`",
        )
    return None


def _empty_brackets(slip: Slip) -> Diagnostic | None:
    if slip.kind == "RBRACE" and slip.previous.type == "LBRACE":
        return Diagnostic(
            "empty-set", "a set has one member at least", slip.at(slip.index - 1).to(slip.span), help="write `{a, b}`"
        )
    if slip.kind == "RPAR" and slip.previous.type == "LPAR":
        return Diagnostic(
            "empty-brackets",
            "there is nothing in these brackets",
            slip.at(slip.index - 1).to(slip.span),
            help="put at least one condition or value between them",
        )
    return None


def _trailing_comma(slip: Slip) -> Diagnostic | None:
    if slip.previous.type != "COMMA" or slip.kind == "COMMA":
        return None
    if slip.kind not in ("RPAR", "RBRACE", "$END") and slip.word not in HEADS | PARTS | GOES_ON:
        return None
    return Diagnostic(
        "trailing-comma",
        "something is missing after this comma",
        slip.at(slip.index - 1),
        help="remove the comma, or add what comes after it",
    )


def _doubled(slip: Slip) -> Diagnostic | None:
    if slip.at_end or slip.kind not in ("COLON", "COMMA") or slip.previous.type != slip.kind:
        return None
    word = "colon" if slip.kind == "COLON" else "comma"
    return Diagnostic(f"doubled-{word}", f"there are two `{slip.word}`", slip.span, help="remove one")


def _empty_type(slip: Slip) -> Diagnostic | None:
    if slip.tokens[0] != "type" or slip.previous != "is" or "PATH" not in slip.accepted:
        return None
    return Diagnostic(
        "empty-type",
        f"the type `{slip.tokens[1]}` has no members",
        slip.at(1),
        help="write its members, as in `is left, right`, or a range, as in `is integer 0 to 10`",
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
        f"`{word}` is missing" + ("" if slip.at_end else f" before `{_short(slip.word)}`"),
        slip.span,
        help=hint,
    )


def _missing_text(slip: Slip) -> Diagnostic | None:
    if slip.accepted != {"STRING"}:
        return None
    previous = slip.previous
    if previous in ("because", "source", "form", "file"):
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
    shown = f"`{_short(slip.word)}` is no name" if not slip.at_end else "a name is missing"
    hint = "a name is a word of letters, digits and `_` that begins with a letter, or several joined by dots"
    if slip.word in RESERVED:
        shown, hint = f"`{slip.word}` is a word of the language and cannot be a name alone", "choose another name"
    return Diagnostic("missing-name", shown, slip.span, help=hint)


def _head_as_name(slip: Slip) -> Diagnostic | None:
    """A statement word that what follows it made a name."""
    if slip.word not in HEADS or not starts_line(slip.tokens, slip.index) or slip.index + 1 >= len(slip.tokens):
        return None
    following = slip.tokens[slip.index + 1]
    return Diagnostic(
        "statement-without-name",
        f"`{slip.word}` begins no statement here, since `{_short(str(following))}` follows it",
        slip.span,
        help=f"write the name that `{slip.word}` gives; `{_short(str(following))}` cannot be one here",
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
        f"`of` is missing before `{_short(slip.word)}`",
        slip.span,
        help=f"write `list of {_short(slip.word)}`",
    )


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


def _missing_value(slip: Slip) -> Diagnostic | None:
    """An operator or opening word after which nothing stands that it could work on."""
    if not {"PATH", "LBRACE"} <= slip.accepted:
        return None
    if slip.at_end or slip.word in HEADS | PARTS | RESERVED | GOES_ON or slip.kind in ("RPAR", "RBRACE", "COMMA"):
        return Diagnostic(
            "missing-value",
            f"something is missing after `{_short(slip.previous)}`",
            slip.at(max(slip.index - 1, 0)),
            help="a condition or value must follow",
        )
    return None


def _short(word: str) -> str:
    return word if len(word) <= 30 else word[:27] + "..."


RULES: tuple[Callable[[Slip], Diagnostic | None], ...] = (
    _written_wrong,
    _semicolon,
    _misspelt_part,
    _head_as_name,
    _wrong_demand,
    _joined,
    _quote_after,
    _no_demand,
    _doubled,
    _empty_brackets,
    _trailing_comma,
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
