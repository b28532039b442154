"""What a determination under a policy is called on the wire: an action code for each outcome, reason codes for clauses.

A file of its own beside the policy, `NAME.codes.toml` for `NAME.policy`, in TOML:

    policy = "coverage"

    [actions]           # outcome = health care service review action (X12 306)
    approve = "A1"

    [clauses]           # clause = adjustment reason (CARC) and remark (RARC) codes
    "coverage.1" = ["50", "N386"]

    [codes]             # code = own short words for it
    50 = "not shown to be medically necessary"

    [recorded]          # a word that a payer writes = the outcome or the action that it means
    approved = "A1"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from policy_dsl.core.ir import OUTCOMES, Outcome, Policy
from policy_dsl.core.report import Report, did_you_mean, listing
from policy_dsl.diagnostics import Diagnostic, PolicyError, Span, has_errors, in_order
from policy_dsl.files import DISK, Access

SUFFIX = ".codes.toml"
_ACTION = re.compile(r"A[1-6]|C|CT|NA")
_ADJUSTMENT = re.compile(r"[0-9]{1,3}|[A-Z][0-9]{1,2}")
_REMARK = re.compile(r"(M|MA|N)[0-9]{1,4}")
_TABLES = ("actions", "clauses", "codes", "recorded")
_SECTION = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=\s*(.*\S)\s*$""")
_BY_DEFAULT: Mapping[str, Outcome] = {"A1": "approve", "A3": "deny", "A4": "pend"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCodes:
    """The codes of one policy. `actions` by outcome, `clauses` by id, `words` by code; `recorded` tells the outcome
    of a word or an action code that was recorded. `places` are where the keys of each table stand."""

    file: str
    policy: str
    actions: Mapping[Outcome, str]
    clauses: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    recorded: Mapping[str, Outcome]
    places: Mapping[tuple[str, str], Span]

    def clauses_of(self, code: str) -> tuple[str, ...]:
        """The clauses that have the code, in the order of the file."""
        return tuple(c for c, own in self.clauses.items() if code in own)

    def codes_of(self, clauses: tuple[str, ...]) -> tuple[str, ...]:
        """The codes of these clauses, each once."""
        return tuple(dict.fromkeys(code for c in clauses for code in self.clauses.get(c, ())))


def is_remark(code: str) -> bool:
    """Whether a reason code is a remark (RARC), and not an adjustment reason (CARC)."""
    return _REMARK.fullmatch(code) is not None


def beside(policy: Policy) -> Path:
    """Where the codes of a policy are looked for."""
    file = Path(policy.file)
    return file.with_name(file.stem + SUFFIX)


def load_codes(path: str | Path, policy: Policy, access: Access = DISK) -> ReasonCodes:
    """The codes of a file for a policy. Raises PolicyError, with all diagnostics, if the file has errors."""
    file = str(path)
    text, problems = access.read(Path(path))
    if problems:
        raise PolicyError(problems, {file: text})
    codes, diagnostics = check_codes(text, file, policy)
    if codes is None:
        raise PolicyError(diagnostics, {file: text})
    return codes


def check_codes(text: str, file: str, policy: Policy) -> tuple[ReasonCodes | None, list[Diagnostic]]:
    """The codes that the text has for a policy, or None if it has errors; and its diagnostics, by place."""
    report = Report({file: text})
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        report.error("codes-file", f"this is no TOML: {_lower(error)}", _toml_place(file, str(error)))
        return None, report.found
    places = dict(_places(text, file))
    check = _Check(report, places, file, policy)
    for key in data:
        if key not in (*_TABLES, "policy"):
            help = did_you_mean(key, (*_TABLES, "policy"), f"the tables are {listing(_TABLES)}")
            report.error("codes-file", f"there is no table `{key}`", check.at("", key), help=help)
    check.named_policy(data.get("policy"))
    actions = {
        outcome: code
        for word, code in check.texts(data, "actions")
        if (outcome := check.outcome(word)) and check.action(word, code)
    }
    clauses = {c: own for c, own in check.lists(data, "clauses") if check.clause(c) and check.reasons(c, own)}
    words = {code: text for code, text in check.texts(data, "codes") if check.code("codes", code, code)}
    by_action = {code: outcome for outcome, code in actions.items()}
    meant = ((word, check.recorded(word, means, by_action)) for word, means in check.texts(data, "recorded"))
    recorded = {word: outcome for word, outcome in meant if outcome is not None}
    diagnostics = in_order(report.found)
    if has_errors(diagnostics):
        return None, diagnostics
    return (
        ReasonCodes(
            file=file,
            policy=policy.id,
            actions=actions,
            clauses=clauses,
            words=words,
            recorded={**_BY_DEFAULT, **by_action, **recorded},
            places=places,
        ),
        diagnostics,
    )


def outcome_meant(word: str, recorded: Mapping[str, Outcome]) -> Outcome | None:
    """The outcome that a recorded word means: by the given words first, else as the language or an action says it."""
    lowered = {w.casefold(): o for w, o in {**_BY_DEFAULT, **recorded}.items()}
    plain = word.strip().casefold()
    if plain in lowered:
        return lowered[plain]
    return next((o for o in OUTCOMES if o == plain), None)


@dataclass(slots=True)
class _Check:
    """What is checked of one file; each method is true, or gives what was meant, if there is nothing wrong."""

    report: Report
    places: Mapping[tuple[str, str], Span]
    file: str
    policy: Policy

    def at(self, table: str, key: str) -> Span:
        return self.places.get((table, key)) or self.places.get(("", table)) or Span(self.file, 1, 1, 1, 1)

    def error(self, table: str, key: str, message: str, help: str) -> None:
        self.report.error("codes-file", message, self.at(table, key), help=help)

    def named_policy(self, name: object) -> None:
        if name not in (self.policy.id, self.policy.base):
            message = "the file does not say for which policy it is" if name is None else f"the file is for `{name}`"
            self.error("", "policy", message, f'write `policy = "{self.policy.id}"`')

    def table(self, data: Mapping[str, object], table: str) -> Mapping[str, object]:
        entries = data.get(table, {})
        if isinstance(entries, dict):
            return entries
        self.error("", table, f"`{table}` is no table", f"write `[{table}]` on a line of its own")
        return {}

    def texts(self, data: Mapping[str, object], table: str) -> Iterator[tuple[str, str]]:
        for key, value in self.table(data, table).items():
            if isinstance(value, str):
                yield key, value
            else:
                self.error(table, key, f"`{key}` has something else than a text", "write a text in quotes")

    def lists(self, data: Mapping[str, object], table: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for key, value in self.table(data, table).items():
            if isinstance(value, list) and all(isinstance(v, str) for v in value):
                yield key, tuple(value)
            else:
                self.error(table, key, f"`{key}` has something else than a list of codes", 'write `["50"]`')

    def outcome(self, word: str) -> Outcome | None:
        found = next((o for o in OUTCOMES if o == word), None)
        if found is None:
            help = did_you_mean(word, OUTCOMES, f"the outcomes are {listing(OUTCOMES)}")
            self.error("actions", word, f"there is no outcome `{word}`", help)
        return found

    def action(self, outcome: str, code: str) -> bool:
        fits = _ACTION.fullmatch(code) is not None
        if not fits:
            help = "actions are such as A1 or A3"
            self.error("actions", outcome, f"`{code}` has not the form of an action code", help)
        return fits

    def clause(self, id: str) -> bool:
        known = [c.id for c in self.policy.clauses]
        if id not in known:
            help = did_you_mean(id, known, "put the id of a clause in quotes")
            self.error("clauses", id, f"`{self.policy.id}` has no clause `{id}`", help)
        return id in known

    def reasons(self, clause: str, codes: tuple[str, ...]) -> bool:
        return all(self.code("clauses", clause, code) for code in codes)

    def code(self, table: str, key: str, code: str) -> bool:
        forms = (_ADJUSTMENT, _REMARK, *((_ACTION,) if table == "codes" else ()))
        fits = any(form.fullmatch(code) for form in forms)
        if not fits:
            help = "an adjustment reason is such as 50 or B7, a remark such as N115 or MA04"
            self.error(table, key, f"`{code}` has not the form of a reason code", help)
        return fits

    def recorded(self, word: str, means: str, by_action: Mapping[str, Outcome]) -> Outcome | None:
        found = outcome_meant(means, by_action)
        if found is None:
            help = f"write an outcome, {listing(OUTCOMES, last='or')}, or an action code of `actions`"
            self.error("recorded", word, f"`{means}` is neither an outcome nor an action", help)
        return found


# ------------------------------------------------------------------ places in a text that is known to be TOML


def _places(text: str, file: str) -> Iterator[tuple[tuple[str, str], Span]]:
    """Where each key stands, by table and key; keys written otherwise than one a line are found with their table."""
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        section, entry = _SECTION.match(line), _KEY.match(line)
        if section is not None:
            table = section[1].strip("\"'")
            yield ("", table), Span(file, number, section.start(1) + 1, number, section.end(1) + 1)
        elif entry is not None:
            key = next(k for k in entry.groups()[:3] if k is not None)
            yield (table, key), Span(file, number, len(line) - len(line.lstrip()) + 1, number, len(line.rstrip()) + 1)


def _lower(error: Exception) -> str:
    words = re.sub(r" \(at .*\)$", "", str(error))
    return words[:1].lower() + words[1:]


def _toml_place(file: str, message: str) -> Span:
    at = re.search(r"at line (\d+), column (\d+)", message)
    line, column = (int(at[1]), int(at[2])) if at else (1, 1)
    return Span(file, line, column, line, column + 1)
