"""An audit: rows judged chunk by chunk, each chunk written when it is there, and all put together at the end."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.reason_codes import ReasonCodes
from verifier.audit import table, tally, write
from verifier.audit.classify import Verdict, classify
from verifier.audit.columns import Roles, Row, TableError, check_columns, fact_columns, list_facts, rows
from verifier.audit.judge import Judge, Judged, Versions
from verifier.audit.late import Limit, is_late
from verifier.audit.tally import SAMPLES, Tally, pair
from verifier.workers import Lost, spread

NO_VERSION = "no version of the policy was in force on the day of the request"
NO_OUTCOME = "no outcome is recorded, or its word is not known"


class LostError(Exception):
    """A part of the table could not be judged, since the processes that tried to were killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is audited, against what. `policies` are the versions; `codes` by policy id; `words` tells what recorded
    outcomes mean."""

    policies: tuple[Policy, ...]
    table: Path
    roles: Roles
    readings: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, ReasonCodes] = field(default_factory=dict)
    words: Mapping[str, Outcome] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def fingerprint(self, version: str) -> str:
        """What stands for the whole plan, the content of all files among it."""
        parts = [
            [(p.id, p.sha256) for p in self.policies],
            table.sha256(self.table),
            sorted(self.roles.used.items()),
            sorted(self.readings.items()),
            [(c.policy, sorted(c.clauses.items()), sorted(c.actions.items())) for c in self.codes.values()],
            sorted(self.words.items()),
            sorted((k, str(v)) for k, v in self.limits.items()),
            version,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def audit(
    plan: Plan,
    out: Path,
    *,
    version: str,
    jobs: int = 1,
    resume: bool = False,
    tell: Callable[[int, int], None] = lambda done, of: None,
    died: Callable[[int, str], None] = lambda place, how: None,
) -> Tally:
    """Judge every row, and write a row for each to `out` (.parquet or .csv), whole or not at all.

    Until then what is done stands in a folder beside it, from which `resume` goes on if plan and `version` are the
    same. `tell` is told how many rows of how many are done. Raises TableError, CaseError, LostError, and OSError where
    something cannot be written.
    """
    folder = parts_folder(out)
    _prepare(folder, plan, version, resume=resume)
    source = table.as_parquet(plan.table, plan.policies, plan.roles, folder / "table.parquet")
    names, sizes = table.groups(source)
    check_columns(names, plan.policies, plan.roles, str(plan.table))
    worker = Worker(plan, source, folder, tuple(names), tuple(accumulate(sizes[:-1], initial=1)) if sizes else ())
    done = {i: kept for i in range(len(sizes)) if (kept := _kept(folder, i)) is not None}
    finished = sum(sizes[i] for i in done)
    tell(finished, sum(sizes))
    left = [i for i in range(len(sizes)) if i not in done]
    lost: list[int] = []
    for i, made in _made(worker, left, jobs, died):
        if isinstance(made, Lost):
            lost.append(worker.starts[i])
            continue
        done[i] = made
        finished += sizes[i]
        tell(finished, sum(sizes))
    if lost:
        raise LostError(", ".join(map(str, lost)))
    whole = tally.total(done[i] for i in sorted(done))
    written = write.join([_part(folder, i) for i in range(len(sizes))], out)
    if not written == whole.rows == sum(sizes):
        raise AssertionError(f"{sum(sizes)} rows were read, {whole.rows} judged and {written} written")
    return whole


def parts_folder(out: Path) -> Path:
    """Where an audit keeps what is done until it is whole."""
    return out.with_name(out.name + ".parts")


def clean(out: Path) -> None:
    """Take the folder of parts away."""
    shutil.rmtree(parts_folder(out), ignore_errors=True)


def _prepare(folder: Path, plan: Plan, version: str, *, resume: bool) -> None:
    """The folder with the plan's fingerprint in it, empty unless it is for the same plan and to be gone on with."""
    if not plan.table.is_file():
        raise TableError(f"{plan.table}: error: there is no such file")
    mark, wanted = folder / "plan", plan.fingerprint(version)
    if folder.is_dir() and not (resume and mark.is_file() and mark.read_text() == wanted):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted)


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.parquet"


def _kept(folder: Path, number: int) -> Tally | None:
    """The counts of a part that is there."""
    counts = _part(folder, number).with_suffix(".json")
    try:
        return tally.from_json(json.loads(counts.read_text())) if _part(folder, number).is_file() else None
    except (OSError, ValueError, KeyError):
        return None


def _made(worker: Worker, left: Sequence[int], jobs: int, died: Callable[[int, str], None]) -> Any:
    if jobs == 1 or len(left) < 2:
        return ((i, worker(i)) for i in left)
    told = spread(worker, left, jobs, lambda place, how: died(worker.starts[left[place]], how))
    return ((left[place], made) for place, made in told)


@dataclass(slots=True)
class Worker:
    """Judges row groups; made in one process and used in others."""

    plan: Plan
    source: Path
    folder: Path
    names: tuple[str, ...]
    starts: tuple[int, ...]
    _versions: Versions | None = None

    def __call__(self, group: int) -> Tally:
        """Judge a row group, and write its part and then its counts."""
        counts, made = Tally(), []
        for row in self.rows(group):
            judge = self.versions.on(row.received)
            judged = Judged(problem=NO_VERSION) if judge is None else judge.judge(row.data)
            verdict = self._verdict(row, judge, judged)
            made.append(self._line(row, judge, judged, verdict))
            self._count(counts, row, judge, judged, verdict, made[-1]["late"])
        path = _part(self.folder, group)
        write.write_part(path, made)
        new = path.with_suffix(".json.new")
        new.write_text(json.dumps(counts.to_json()))
        new.replace(path.with_suffix(".json"))
        return counts

    @property
    def versions(self) -> Versions:
        """The policies, ready to judge."""
        if self._versions is None:
            self._versions = Versions([Judge(p, self.plan.readings) for p in self.plan.policies])
        return self._versions

    def rows(self, group: int) -> Any:
        """The rows of a row group."""
        plan = self.plan
        facts, lists = fact_columns(self.names, plan.policies), list_facts(plan.policies)
        columns = list(dict.fromkeys([*facts, *plan.roles.used.values()]))
        first = self.starts[group]
        for batch in table.read(self.source, group, columns):
            yield from rows(batch, first, facts, lists, plan.roles, plan.words)
            first += len(batch)

    def _verdict(self, row: Row, judge: Judge | None, judged: Judged) -> Verdict:
        if judge is None:
            return Verdict("invalid_evidence")
        return classify(row.recorded, judged.answers, clauses_of(judge.policy, self.plan.codes.get(judge.policy.id)))

    def _line(self, row: Row, judge: Judge | None, judged: Judged, verdict: Verdict) -> dict[str, Any]:
        answer = judged.answers[0][1] if judged.answers else None
        codes = self.plan.codes.get(judge.policy.id) if judge is not None else None
        failed = answer.failed if answer else ()
        return {
            "row": row.number,
            "id": row.id,
            "policy": judge.policy.id if judge else None,
            "recorded": row.recorded.outcome or row.word or None,
            "class": verdict.kind,
            "due": verdict.due,
            "possible": answer.possible if answer else (),
            "failed": failed,
            "wrong": verdict.wrong,
            "left_out": verdict.left_out,
            "unsupported": verdict.unsupported,
            "unneeded": verdict.unneeded,
            "missing": verdict.missing or (answer.matters if answer else ()),
            "readings": verdict.readings,
            "late": is_late(row.received, row.decided, row.urgency, self.plan.limits),
            "action": codes.actions.get(verdict.due) if codes and verdict.due else None,
            "codes": codes.codes_of(failed) if codes else (),
            "problem": judged.problem or (NO_OUTCOME if row.recorded.outcome is None else None),
        }

    def _count(
        self, counts: Tally, row: Row, judge: Judge | None, judged: Judged, verdict: Verdict, late: bool | None
    ) -> None:
        counts.rows += 1
        counts.exact += judged.exact
        counts.classes[verdict.kind] += 1
        counts.outcomes[pair(row.recorded.outcome or "unknown", verdict.due or "none")] += 1
        counts.late["unknown" if late is None else "yes" if late else "no"] += 1
        counts.failing.update(judged.answers[0][1].failed if judged.answers else ())
        month = row.received or row.decided
        if month is not None:
            counts.months[pair(f"{month:%Y-%m}", verdict.kind)] += 1
        if row.group is not None:
            counts.groups[pair(row.group, verdict.kind)] += 1
        if verdict.kind == "arguable":
            counts.arguable.update(turning(judged, verdict))
        kept = counts.samples.setdefault(verdict.kind, [])
        if len(kept) < SAMPLES:
            kept.append(row.number)


def turning(judged: Judged, verdict: Verdict) -> list[str]:
    """The readings each of which alone, in place of the chosen one, turns whether the record is right."""
    sound = set(verdict.readings)
    chosen = judged.answers[0][0]
    alone = [name for name, _ in judged.answers[1:] if " " not in name and (name in sound) != (chosen in sound)]
    return alone or ["several readings together"]


def clauses_of(policy: Policy, codes: ReasonCodes | None) -> Mapping[str, tuple[str, ...]]:
    """The clauses that a cited word stands for: a clause for itself, a code for all that have it."""
    own = {c.id: (c.id,) for c in policy.clauses}
    every = dict.fromkeys(code for given in codes.clauses.values() for code in given) if codes else {}
    return own | {code: codes.clauses_of(code) for code in every if codes}


def sampled(worker: Worker, numbers: Sequence[int]) -> dict[int, Row]:
    """The rows of these numbers, read again."""
    wanted = set(numbers)
    ends = [*worker.starts[1:], None]
    found: dict[int, Row] = {}
    for group, (start, end) in enumerate(zip(worker.starts, ends, strict=True)):
        if any(start <= n and (end is None or n < end) for n in wanted):
            found |= {row.number: row for row in worker.rows(group) if row.number in wanted}
    return found


def reopened(plan: Plan, out: Path) -> Worker:
    """What reads the rows of an audit again, as long as its parts are there."""
    folder = parts_folder(out)
    source = table.as_parquet(plan.table, plan.policies, plan.roles, folder / "table.parquet")
    names, sizes = table.groups(source)
    return Worker(plan, source, folder, tuple(names), tuple(accumulate(sizes[:-1], initial=1)) if sizes else ())
