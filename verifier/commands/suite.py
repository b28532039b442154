"""`verifier suite`: few cases that tell a policy from every near miss of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verifier.commands.common import CannotRunError, check_writable, load_policy, replace_file
from verifier.commands.progress import progress_bar

if TYPE_CHECKING:
    from verifier.adversary.obligations import Criterion
    from verifier.adversary.suite import Score, Suite


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option(
    "--criterion",
    type=click.Choice(["boundary", "clause", "mcdc", "pairwise", "reading"]),
    default="mcdc",
    show_default=True,
    help="What the cases must show.",
)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--out", type=click.Path(), metavar="FILE", help="Write the cases there and print what they cover.")
@click.option("--score", "scored", is_flag=True, help="Also print which mutants of the policy the cases kill.")
def suite(policy: str, criterion: Criterion, form: str, out: str | None, scored: bool) -> None:
    """Make a small set of cases with expected outcomes, each saying what it is there to show.

    The criteria: `clause`, each demand turns a case by itself; `mcdc`, so does each atomic condition, true and
    false, and each comparison at its very edge; `boundary`, edges and the step past them; `pairwise`, each two
    values of two facts together; `reading`, each reading against the default. What no case can show is proved to be
    so, and listed. The cases are envelopes a line, for `verifier test` and for other engines; `csv` is for policies
    without lists.

    Mutants are the policy with one thing changed: a threshold, a comparison, and/or, a window by a day, a negation,
    a demand dropped, a member of a set, a reading. Those that decide every case alike are proved to and not counted.

    \b
    Examples:
      verifier suite coverage.policy --out suite.jsonl --score
      verifier suite coverage.policy --criterion boundary | verifier test -
    """
    from verifier.adversary.suite import score
    from verifier.adversary.suite import suite as make
    from verifier.adversary.write import as_csv, as_jsonl
    from verifier.lint.program import Program

    program = Program(load_policy(policy))
    if out is not None:
        check_writable(Path(out))
    with progress_bar() as bar:
        made = make(program, criterion, _telling(bar, "cases"))
        result = score(program, [c.case for c in made.cases], _telling(bar, "mutants")) if scored else None
    try:
        text = as_csv(program.policy, made) if form == "csv" else as_jsonl(program.policy, made)
    except ValueError as error:
        raise CannotRunError(f"{policy}: error: {error}\n  help: --format jsonl has room for lists") from None
    if out is None:
        click.echo(text, nl=False)
        click.echo(_page(made, result), nl=False, err=True)
    else:
        replace_file(Path(out), text)
        click.echo(_page(made, result), nl=False)


def _telling(bar: Callable[[int, int, str], None] | None, what: str) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if bar is not None:
            bar(done, of, what)

    return tell


def _page(made: Suite, result: Score | None) -> str:
    lines = [
        f"{made.criterion}: {_many(len(made.cases), 'case')}, {_many(made.discharged, 'obligation')} discharged, "
        f"{len(made.infeasible)} proved infeasible, {len(made.unsettled)} not settled"
    ]
    lines += [f"  infeasible   {name}" for name in made.infeasible]
    lines += [f"  not settled  {name} ({why})" for name, why in made.unsettled]
    if result is not None:
        killed, survived = result.killed.total(), len(result.survived)
        lines.append(
            f"mutants: {killed} of {killed + survived} killed ({result.rate:.1%}); {len(result.equivalent)} proved "
            f"equivalent and {len(result.unsettled)} not settled are not counted"
        )
        lines += [f"  {kind:18} {number} killed" for kind, number in sorted(result.killed.items())]
        lines += [f"  survived     {m.name}" for m in result.survived]
        lines += [f"  not settled  {m.name} ({why})" for m, why in result.unsettled]
    return "\n".join(lines) + "\n"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
