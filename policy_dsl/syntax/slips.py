"""Known mistakes, by what stands where it should not: each rule names the mistake if it is the one it knows."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from lark import Token

from policy_dsl.diagnostics import Diagnostic, Label
from policy_dsl.syntax.gaps import without_demand
from policy_dsl.syntax.machine import GOES_ON, HEADS, PARTS, keywords, starts_line
from policy_dsl.syntax.slip import Slip, short
from policy_dsl.syntax.tokens import WORD, span_of

_JOINS = ("and", "or", "implies")
_RANGED = ("integer", "decimal", "percent", "money")
_LIMITS = ("INT", "DECIMAL", "PERCENT", "MONEY")


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


def _head_as_name(slip: Slip) -> Diagnostic | None:
    """A statement word that what follows it made a name."""
    if slip.word not in HEADS or not starts_line(slip.tokens, slip.index) or slip.index + 1 >= len(slip.tokens):
        return None
    following = slip.tokens[slip.index + 1]
    return Diagnostic(
        "statement-without-name",
        f"`{slip.word}` begins no statement here, since `{short(str(following))}` follows it",
        slip.span,
        help=f"write the name that `{slip.word}` gives; `{short(str(following))}` cannot be one here",
    )


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
        return without_demand(slip, word)
    return Diagnostic(
        "misplaced-quote",
        "a quote cannot stand here",
        slip.at(first),
        help="a quote stands above what encodes it: a demand, or the `=`, `when`, `waive` or `because` of a statement",
    )


def _doubled(slip: Slip) -> Diagnostic | None:
    if slip.at_end or slip.kind not in ("COLON", "COMMA") or slip.previous.type != slip.kind:
        return None
    word = "colon" if slip.kind == "COLON" else "comma"
    return Diagnostic(f"doubled-{word}", f"there are two `{slip.word}`", slip.span, help="remove one")


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


def _unnamed_type(slip: Slip) -> Diagnostic | None:
    """A range or an enumeration where a fact, a field or a parameter has the name of its type."""
    first = slip.index - 1
    if slip.at_end or first < 2 or slip.tokens[first - 1] not in (":", "of"):
        return None
    kind, head = str(slip.tokens[first]), slip.tokens[0]
    if head in ("fact", "record", "define") and kind in _RANGED and slip.kind in _LIMITS:
        written = [*slip.tokens[first : slip.index + 1], *_upper_limit(slip)]
        what = " ".join(written) if len(written) > 2 else f"{kind} {slip.word} to ..."
    elif head in ("fact", "record") and slip.kind in ("LESS", "COMMA"):
        written = list(slip.tokens[first : slip.index + 1])
        what = f"{kind} < ..." if slip.kind == "LESS" else f"{kind}, ..."
    else:
        return None
    return Diagnostic(
        "unnamed-type",
        f"`{what}` stands where the name of a type does",
        slip.at(first).to(span_of(written[-1], slip.file)),
        help=f"declare it, `type X is {what}`, and use its name",
    )


def _upper_limit(slip: Slip) -> tuple[Token, ...]:
    """What goes on a range after its first limit, if it is whole."""
    rest = slip.tokens[slip.index + 1 : slip.index + 3]
    return rest if len(rest) == 2 and rest[0] == "to" and rest[1].type in _LIMITS else ()


# The first rule that knows the mistake wins, so the narrow ones stand first.
WRONG: tuple[Callable[[Slip], Diagnostic | None], ...] = (
    _written_wrong,
    _semicolon,
    _misspelt_part,
    _head_as_name,
    _wrong_demand,
    _joined,
    _quote_after,
    _doubled,
    _empty_brackets,
    _trailing_comma,
    _unnamed_type,
)
