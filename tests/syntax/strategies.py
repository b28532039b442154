"""Hypothesis strategies for every node of the ast, within what a parser can produce."""

from __future__ import annotations

from hypothesis import strategies as st

from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast
from policy_dsl.syntax.machine import GOES_ON, HEADS, PARTS, RESERVED, keywords

AT = Span("x", 1, 1, 1, 1)

# Words of the language are names like any other, but for the reserved ones.
_WORDS = sorted((HEADS | PARTS | {w for w in keywords() if w.isalpha()} | {"days", "week"}) - RESERVED)
_segment = st.text("abcxyz019_", min_size=1, max_size=8)
words = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(["a", "course", "claim.lines", "pain.current", "coverage.5.pain", "x.when", "r.is", "A1"]),
    st.builds(lambda a, b: ".".join(["n" + a, *b]), _segment, st.lists(_segment, max_size=2)),
)
bound_names = st.builds(ast.Name, words, st.just(AT))
# A statement is not named by a word that goes on with an expression.
names = bound_names.filter(lambda x: x.text not in GOES_ON | {"at"})
_characters = st.characters(exclude_characters='"\u2028\u2029\ufeff', exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"))
strings = st.text(_characters, max_size=40)
texts = st.builds(ast.Text, strings, st.just(AT))
titles = st.none() | texts
_quoted = st.one_of(
    st.sampled_from(["The patient must be 18.", "≥ 4/10 # not a comment", "| bar", '"quoted"', "word " * 60 + "end"]),
    st.text(_characters, min_size=1, max_size=300).map(str.strip).filter(bool),
)
quotes = st.lists(st.builds(ast.Quote, _quoted, st.just(AT)), max_size=2).map(tuple)
some_quotes = st.lists(st.builds(ast.Quote, _quoted, st.just(AT)), min_size=1, max_size=2).map(tuple)

integers = st.builds(ast.Number, st.integers(0, 10**9).map(str), st.just("integer"), st.just(AT))
percents = st.builds(ast.Number, st.sampled_from(["0", "50", "12.5"]), st.just("percent"), st.just(AT))
numbers = st.one_of(
    integers,
    percents,
    st.builds(ast.Number, st.sampled_from(["0.0", "99.9"]), st.just("decimal"), st.just(AT)),
    st.builds(ast.Number, st.sampled_from(["0", "1200.00", "5000000", "12"]), st.just("money"), st.just(AT)),
)
dates = st.builds(ast.Date, st.dates().map(str), st.just(AT))
paths = st.builds(ast.Path, words, st.just(AT))
codes = st.builds(ast.Code, st.sampled_from(["M54.16", "M54.1*", "0213T", "S06.0X1A", "Q*"]), st.just(AT))
text_values = st.builds(ast.TextValue, strings, st.just(AT))
members = st.one_of(paths, integers, numbers, codes, text_values)
sets = st.builds(ast.SetOf, st.lists(members, min_size=1, max_size=9).map(tuple), st.just(AT))
lengths = st.builds(ast.Length, st.integers(0, 400), st.sampled_from(["day", "week", "month", "year"]), st.just(AT))
leaves = st.one_of(paths, numbers, dates, text_values, codes, lengths, sets)

_counted = st.sampled_from(["at least", "at most", "exactly"])
how_many = st.one_of(
    st.builds(ast.HowMany, st.sampled_from(["some", "every", "no"]), st.just(0), st.just(AT)),
    st.builds(ast.HowMany, _counted, st.integers(0, 20), st.just(AT)),
)
how_many_parts = how_many.filter(lambda x: x.kind != "no")


def _some(strategy: st.SearchStrategy[ast.Expr], low: int, high: int) -> st.SearchStrategy[tuple[ast.Expr, ...]]:
    return st.lists(strategy, min_size=low, max_size=high).map(tuple)


def _chains(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Chain]:
    return _some(inner, 2, 4).flatmap(
        lambda operands: st.builds(
            ast.Chain,
            st.just(operands),
            st.lists(
                st.sampled_from(["<", "<=", ">", ">="]), min_size=len(operands) - 1, max_size=len(operands) - 1
            ).map(tuple),
            st.just(AT),
        )
    )


def calls(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Call]:
    return st.builds(ast.Call, names, _some(inner, 0, 3), st.just(AT))


def binders(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Binder]:
    where = st.none() | inner
    flat = st.builds(ast.Binder, bound_names, st.one_of(paths, calls(inner)), where, st.just(AT))
    nested = st.builds(
        ast.Binder, bound_names, st.one_of(paths, calls(inner), sublists(inner, flat)), where, st.just(AT)
    )
    return st.one_of(flat, nested)


def sublists(
    inner: st.SearchStrategy[ast.Expr], over: st.SearchStrategy[ast.Binder]
) -> st.SearchStrategy[ast.Those | ast.Extremes]:
    direction = st.sampled_from(["latest", "earliest"])
    return st.one_of(
        st.builds(ast.Those, over, st.just(AT)),
        st.builds(ast.Extremes, direction, st.integers(1, 3), over, inner, st.just(AT)),
    )


def _grow(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    over = binders(inner)
    values = st.builds(ast.ValuesBinder, bound_names, inner, over, st.just(AT))
    part = st.builds(ast.Part, st.none() | names, inner, st.just(AT))
    direction = st.sampled_from(["before", "after"])
    bound = st.sampled_from(["at least", "at most"])
    at = st.just(AT)
    # A bare number here is told as a length without its unit.
    length = inner.filter(lambda e: not (isinstance(e, ast.Number) and e.kind == "integer"))
    return st.one_of(
        st.builds(ast.Arithmetic, st.sampled_from("+-"), inner, inner, at),
        st.builds(ast.PercentOf, percents, inner, at),
        calls(inner),
        st.builds(ast.Not, inner, at),
        st.builds(ast.Logic, st.sampled_from(["and", "or"]), _some(inner, 2, 4), at),
        st.builds(ast.Logic, st.just("implies"), _some(inner, 2, 2), at),
        _chains(inner),
        st.builds(ast.Is, inner, inner, st.booleans(), at),
        st.builds(ast.In, inner, sets | paths, st.booleans(), at),
        st.builds(ast.Within, inner, length, direction, inner, at),
        st.builds(ast.Apart, inner, bound, length, direction, inner, at),
        st.builds(ast.PartsOf, how_many_parts, st.lists(part, min_size=1, max_size=4).map(tuple), at),
        st.builds(ast.Quantified, how_many, st.one_of(over, values), st.none() | inner, at),
        st.builds(ast.CountOf, st.none() | inner, over, at),
        st.builds(ast.SumOf, inner, over, at),
        st.builds(ast.ExtremeOf, st.sampled_from(["highest", "lowest"]), inner, over, inner, at),
        st.builds(ast.DaysCovered, inner, inner, over, at),
    )


expressions: st.SearchStrategy[ast.Expr] = st.recursive(leaves, _grow, max_leaves=10)

cells = st.builds(
    ast.Cell,
    st.lists(members, max_size=3)
    .map(tuple)
    .filter(lambda xs: not (len(xs) == 1 and isinstance(xs[0], ast.Path) and xs[0].name == "any")),
    st.just(AT),
)
rows = st.builds(ast.Row, st.lists(cells, min_size=1, max_size=3).map(tuple), expressions, st.just(AT))
# Nor is a column, so that `table` is told from a name by the word after it.
_column_names = st.builds(lambda x: ast.Path(x.text, AT), names)
_columns = st.lists(st.one_of(_column_names, calls(expressions)), min_size=1, max_size=2).map(tuple)
tables = st.builds(ast.Table, _columns, st.lists(rows, min_size=1, max_size=3).map(tuple), st.just(AT))
sublist_bodies = sublists(expressions, binders(expressions))
_reading = st.builds(ast.Reading, names, titles, st.one_of(expressions, sublist_bodies, tables), st.just(AT))
readings = st.builds(ast.Readings, st.lists(_reading, min_size=1, max_size=3).map(tuple), st.just(AT))
bodies = st.one_of(expressions, expressions, sublist_bodies, readings, tables)

types = st.one_of(
    st.builds(ast.TypeName, names, st.just(False), st.none(), st.just(AT)),
    st.builds(ast.TypeName, names, st.just(True), st.none() | integers, st.just(AT)),
)
parameters = st.builds(ast.Parameter, bound_names, types, st.just(AT))
code_names = st.builds(ast.Name, st.sampled_from(["62311", "M54.16", "0213T", "J1100", "E11*"]), st.just(AT))
code_rows = st.builds(
    ast.CodeRow,
    code_names,
    texts,
    st.none() | dates,
    st.none() | dates,
    st.lists(code_names, max_size=3).map(tuple),
    st.just(AT),
)
defines = st.builds(
    ast.Define,
    names,
    st.lists(parameters, max_size=3).map(tuple),
    st.booleans(),
    titles,
    quotes,
    bodies,
    st.just(AT),
)
_poles = ["higher", "lower", "later", "earlier", "true", "false", "more", "fewer"]
marks = st.one_of(
    st.builds(ast.Name, st.sampled_from(["protected", "fixed", "advances"]), st.just(AT)),
    st.builds(ast.Direction, st.builds(ast.Name, st.sampled_from(_poles), st.just(AT)), st.booleans(), st.just(AT)),
)
record_fields = st.builds(ast.RecordField, names, types, st.lists(marks, max_size=2).map(tuple), titles, st.just(AT))
vocabulary_items = st.one_of(
    st.builds(ast.RangeType, names, names, numbers, numbers, st.just(AT)),
    st.builds(ast.EnumType, names, st.lists(names, min_size=2, max_size=9).map(tuple), st.booleans(), st.just(AT)),
    st.builds(ast.EnumType, names, st.lists(names, min_size=1, max_size=1).map(tuple), st.just(False), st.just(AT)),
    st.builds(
        ast.Codes, names, titles, titles, st.none(), st.lists(code_rows, min_size=1, max_size=3).map(tuple), st.just(AT)
    ),
    st.builds(ast.Codes, names, titles, titles, texts, st.just(()), st.just(AT)),
    st.builds(ast.Codes, names, titles, texts, st.none(), st.just(()), st.just(AT)),
    st.builds(ast.Record, names, titles, st.lists(record_fields, min_size=1, max_size=4).map(tuple), st.just(AT)),
    st.builds(ast.Fact, names, types, st.lists(marks, max_size=3).map(tuple), titles, st.just(AT)),
    st.builds(ast.Always, expressions, st.just(AT)),
    defines,
)
_requires = st.builds(
    ast.Demand, quotes, bodies, st.none() | expressions, st.none() | names, st.just(False), st.just(AT)
)
_excludes = st.builds(ast.Demand, quotes, bodies, st.none() | expressions, st.none(), st.booleans(), st.just(AT))
_guards = st.none() | expressions
_kinds = st.sampled_from(["criterion", "documentation"])
clauses = st.one_of(
    st.builds(
        ast.Clause,
        _kinds,
        names,
        st.booleans(),
        titles,
        _guards,
        st.lists(_requires, min_size=1, max_size=3).map(tuple),
        st.just(AT),
    ),
    st.builds(
        ast.Clause,
        st.just("exclusion"),
        names,
        st.booleans(),
        titles,
        _guards,
        st.lists(_excludes, min_size=1, max_size=3).map(tuple),
        st.just(AT),
    ),
)
_names = st.lists(names, min_size=1, max_size=4).map(tuple)
claims = st.one_of(
    st.builds(ast.OutcomeClaim, st.sampled_from(["never", "possibly"]), names, _guards, st.just(AT)),
    st.builds(ast.OutcomeClaim, st.just("always"), names, expressions, st.just(AT)),
    st.builds(ast.MonotoneClaim, st.booleans(), _names, names, st.just(AT)),
)
_slugs = st.sampled_from(["paradox", "no-recency", "quote-not-found", "contradictory-in-context", "waive-on-as"]).map(
    lambda slug: ast.Name(slug, AT)
)
policy_items = st.one_of(
    st.builds(ast.Source, texts, st.just(AT)),
    st.builds(ast.Uses, names, st.just(AT)),
    st.builds(ast.Extends, names, st.just(AT)),
    st.builds(ast.Effective, dates, st.none() | dates, st.just(AT)),
    st.builds(ast.Applies, expressions, quotes, st.just(AT)),
    st.builds(ast.Section, names, titles, _guards, quotes, st.just(AT)),
    defines,
    clauses,
    st.builds(ast.Waiver, names, titles, quotes, _names, expressions, st.just(AT)),
    st.builds(ast.Output, names, types, names, quotes, bodies, st.just(AT)),
    st.builds(ast.Omit, some_quotes, texts, st.just(AT)),
    st.builds(ast.Drop, names, quotes, texts, st.just(AT)),
    st.builds(ast.Assume, names, texts, texts, expressions, st.just(AT)),
    st.builds(ast.Check, names, titles, claims, st.just(AT)),
    st.builds(ast.Waive, _slugs, st.just(()) | _names, texts, st.none() | dates, st.none() | texts, st.just(AT)),
)
links = st.builds(ast.Link, names, titles, expressions, st.just(AT))
blocks = st.one_of(
    st.builds(ast.Vocabulary, names, titles, st.lists(vocabulary_items, max_size=5).map(tuple), st.just(AT)),
    st.builds(ast.Policy, names, titles, st.lists(policy_items, max_size=5).map(tuple), st.just(AT)),
    st.builds(ast.Mapping, names, titles, names, names, st.lists(links, max_size=3).map(tuple), st.just(AT)),
)
files = st.builds(ast.File, st.lists(blocks, min_size=1, max_size=2).map(tuple), st.just(()), st.just(AT))
