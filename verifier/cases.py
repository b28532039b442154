"""Case files: bare cases and envelopes, one a file (`.json`) or one a line (`.jsonl`), read as input.

An envelope is an object `{"policy", "readings", "case", "expect", "discharges", "id"}` of which only `case` is
required; `discharges` is for people: what the case is there to show.
Nothing here decides a case; what a case means for a policy is `policy_dsl.case`. Every function raises CaseError
with all problems at once, each with the file (and line) in its path.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from policy_dsl.case import Case, CaseError, CaseProblem, load_json, read_case
from policy_dsl.core.ir import OUTCOMES, Policy
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.readings import check_readings
from policy_dsl.scalars import kind_of

STDIN = "-"
_ENVELOPE = ("policy", "readings", "case", "expect", "discharges", "id")
_EXPECT = ("outcome", "failed", "possible")
_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a file: `name` is what output calls it, `place` where it stands (file, or file:line)."""

    name: str
    place: str
    data: object


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an envelope says must come out, lists sorted; None where it does not say."""

    outcome: str | None = None
    failed: tuple[str, ...] | None = None
    possible: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A case as a file gives it, with what it says of itself; `data` is the case, still to be checked."""

    name: str
    place: str
    data: object
    policy: str | None = None
    readings: dict[str, str] = field(default_factory=dict)
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A case that a policy can decide: checked, with the readings to use and what is expected, if anything."""

    name: str
    place: str
    case: Case
    readings: dict[str, str]
    expect: Expectation | None


def read_documents(paths: Sequence[str], stdin: BinaryIO | None = None) -> list[Document]:
    """The JSON values of the files, in order; `-` is standard input, read as one value or as one a line."""
    documents: list[Document] = []
    problems: list[CaseProblem] = []
    for path in paths:
        try:
            documents += documents_in(path, read_text(path, stdin))
        except CaseError as error:
            problems += error.problems
    if problems:
        raise CaseError(problems)
    return documents


def open_envelope(document: Document, policy: Policy | None = None) -> Envelope:
    """The case of a document. A value without the key `case` is a bare case; so is every one, unless it names its
    policy, where the policy has a fact of that name."""
    data = document.data
    own = {f.path.split(".")[0] for f in policy.facts} if policy else set()
    if not isinstance(data, dict):
        raise _one(document.place, f"{kind_of(data)} where a case is due", "a case is an object: {...}")
    problems: list[CaseProblem] = []
    if "case" not in data or ("case" in own and "policy" not in data):
        if "id" not in data or "id" in own:
            return Envelope(document.name, document.place, data)
        name = _id(document, data["id"], problems)
        envelope = Envelope(name, document.place, {k: v for k, v in data.items() if k != "id"})
    else:
        for key in data:
            if key not in _ENVELOPE:
                help = did_you_mean(key, _ENVELOPE, f"the keys are {listing(_ENVELOPE)}")
                problems.append(CaseProblem(document.place, f"there is no key `{key}` beside `case`", help))
        envelope = Envelope(
            name=document.name if data.get("id") is None else _id(document, data["id"], problems),
            place=document.place,
            data=data["case"],
            policy=_policy(document, data.get("policy"), problems),
            readings=_readings(document, data.get("readings"), problems),
            expect=None if data.get("expect") is None else _expectation(document, data["expect"], problems),
        )
    if problems:
        raise CaseError(problems)
    return envelope


def submissions(policy: Policy, envelopes: Sequence[Envelope], readings: dict[str, str]) -> list[Submission]:
    """The cases, checked against the policy; `readings` go before those of an envelope."""
    out: list[Submission] = []
    problems: list[CaseProblem] = []
    for envelope in envelopes:
        problem = _mismatch(policy, envelope)
        if problem is not None:
            problems.append(problem)
            continue
        chosen = {**envelope.readings, **readings}
        found = [p for p in check_readings(policy, chosen) if not _named_in(p, readings)]
        try:
            case = read_case(policy, envelope.data, envelope.name)
        except CaseError as error:
            found += error.problems
        else:
            out.append(Submission(envelope.name, envelope.place, case, chosen, envelope.expect))
        problems += [_within(envelope.place, p) for p in found]
    problems = check_readings(policy, readings) + problems
    if problems:
        raise CaseError(problems)
    return out


def case_files(paths: Sequence[str]) -> list[str]:
    """The case files of a list of files and folders, folders searched all the way down, in sorted order."""
    found: list[str] = []
    for path in paths:
        folder = Path(path)
        if not folder.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in folder.rglob("*") if p.suffix in (".json", *_LINES) and p.is_file())
        if not inside:
            raise _one(path, "the folder holds no .json or .jsonl file")
        found += [str(p) for p in inside]
    return found


def _named_in(problem: CaseProblem, readings: dict[str, str]) -> bool:
    """Whether a problem with readings is one of those given for all cases, which are reported once."""
    return problem.path in {f"readings.{owner}" for owner in readings}


def _one(place: str, message: str, help: str = "") -> CaseError:
    return CaseError([CaseProblem(place, message, help)])


def _within(place: str, problem: CaseProblem) -> CaseProblem:
    path = f"{place}: {problem.path}" if problem.path and problem.path != place else place
    return CaseProblem(path, problem.message, problem.help)


def _mismatch(policy: Policy, envelope: Envelope) -> CaseProblem | None:
    if envelope.policy is None or envelope.policy == policy.id:
        return None
    return CaseProblem(
        envelope.place,
        f"the case is for policy `{envelope.policy}`, but {policy.file} is `{policy.id}`",
        f'give the file of `{envelope.policy}`, or take `"policy"` out of the case',
    )


# ------------------------------------------------------------------ files


def documents_in(path: str, text: str) -> Iterator[Document]:
    """The JSON values of a text, which is read as a file of that name. Raises CaseError."""
    name = path if path == STDIN else Path(path).name
    if not text.strip():
        raise _one(path, "the file is empty", "a case is a JSON object; of `{}` nothing is known")
    if path.endswith(_LINES) or (not path.endswith(".json") and _is_lines(text)):
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield Document(f"{name}:{number}", f"{path}:{number}", _line(path, number, line))
        return
    yield Document(name, path, load_json(text, path))


def _line(path: str, number: int, line: str) -> object:
    """The value of one line of a file; blank lines before it put a mistake at its true place."""
    try:
        return load_json(line, path)
    except CaseError as error:
        raise CaseError(
            [
                CaseProblem(p.path.replace(f"{path}:1:", f"{path}:{number}:", 1), p.message, p.help)
                for p in error.problems
            ]
        ) from None


def _is_lines(text: str) -> bool:
    """Whether a text of unknown form is one value a line: its first line is a whole value and more follow."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return False
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError):
        return False
    return True


def read_text(path: str, stdin: BinaryIO | None = None) -> str:
    """The text of a file in UTF-8; `-` is standard input."""
    try:
        raw = (stdin or sys.stdin.buffer).read() if path == STDIN else Path(path).read_bytes()
    except FileNotFoundError:
        raise _one(path, "there is no such file") from None
    except IsADirectoryError:
        raise _one(path, "this is a folder", f"name the case files in it: {path.rstrip('/')}/*.json") from None
    except OSError as error:
        raise _one(path, f"the file cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise _one(repr(path), "this cannot be the name of a file") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise _one(f"{path}:{line}:{column}", message, "save the file as UTF-8") from None


# ------------------------------------------------------------------ the parts of an envelope


def _id(document: Document, value: object, problems: list[CaseProblem]) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    problems.append(CaseProblem(f"{document.place}: id", f"{kind_of(value)} where a text or an integer is due"))
    return document.name


def _policy(document: Document, value: object, problems: list[CaseProblem]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    problems.append(CaseProblem(f"{document.place}: policy", f"{kind_of(value)} where the id of a policy is due"))
    return None


def _readings(document: Document, value: object, problems: list[CaseProblem]) -> dict[str, str]:
    if value is None:
        return {}
    place = f"{document.place}: readings"
    if not isinstance(value, dict):
        problems.append(CaseProblem(place, f"{kind_of(value)} where an object is due", 'write {"CLAUSE": "NAME"}'))
        return {}
    for owner, name in value.items():
        if not isinstance(name, str):
            problems.append(CaseProblem(f"{place}.{owner}", f"{kind_of(name)} where the name of a reading is due"))
    return {owner: name for owner, name in value.items() if isinstance(name, str)}


def _expectation(document: Document, value: object, problems: list[CaseProblem]) -> Expectation:
    place = f"{document.place}: expect"
    if not isinstance(value, dict):
        problems.append(CaseProblem(place, f"{kind_of(value)} where an object is due", f"it holds {listing(_EXPECT)}"))
        return Expectation()
    for key in value:
        if key not in _EXPECT:
            help = did_you_mean(key, _EXPECT, f"the keys are {listing(_EXPECT)}")
            problems.append(CaseProblem(place, f"there is no key `{key}` here", help))
    outcome = value.get("outcome")
    possible = _names(place, value, "possible", problems)
    for name in (*(() if outcome is None else (outcome,)), *(possible or ())):
        if name not in OUTCOMES:
            help = did_you_mean(str(name), OUTCOMES, f"the outcomes are {listing(OUTCOMES)}")
            problems.append(CaseProblem(place, f"there is no outcome `{name}`", help))
    return Expectation(
        outcome=outcome if isinstance(outcome, str) else None,
        failed=_names(place, value, "failed", problems),
        possible=possible,
    )


def _names(place: str, value: dict[str, object], key: str, problems: list[CaseProblem]) -> tuple[str, ...] | None:
    names = value.get(key)
    if names is None:
        return None
    if not isinstance(names, list):
        problems.append(CaseProblem(f"{place}.{key}", f"{kind_of(names)} where a list of names is due"))
        return None
    for i, name in enumerate(names):
        if not isinstance(name, str):
            problems.append(CaseProblem(f"{place}.{key}[{i}]", f"{kind_of(name)} where a name is due"))
    return tuple(sorted(n for n in names if isinstance(n, str)))
