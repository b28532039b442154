"""Asking cvc5, an independent solver, about a script; with a limit that does not depend on the clock."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cvc5

Answer: TypeAlias = Literal["sat", "unsat", "unknown"]

RESOURCES = 2_000_000
"""How much one question may cost, in cvc5's own units (some hundred thousand a second)."""


_NO_MEMORY = ("std::bad_alloc", "Unknown exception")
"""What cvc5 says where it got no memory, which is nothing against the script."""


class ScriptError(Exception):
    """The text is not a script that cvc5 can read."""


def ask(script: str, resources: int = RESOURCES) -> Answer:
    """The answer to the one question of a script. Raises ScriptError on any other text, and MemoryError.

    >>> ask("(set-logic ALL)(declare-const x Int)(assert (< x x))(check-sat)")
    'unsat'
    """
    try:
        answers = _answers(script, resources)
    except RuntimeError as error:
        if str(error).strip() in _NO_MEMORY:
            raise MemoryError("cvc5 got no memory") from error
        raise ScriptError(str(error).strip()) from error
    if len(answers) != 1 or answers[0] not in ("sat", "unsat", "unknown"):
        raise ScriptError(f"one answer was expected, not {answers}")
    return answers[0]  # type: ignore[return-value]


def _answers(script: str, resources: int) -> list[str]:
    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("rlimit-per", str(resources))
    solver.setOption("seed", "0")
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate")
    answers = []
    while not (command := parser.nextCommand()).isNull():
        printed = str(command.invoke(solver, symbols)).strip()
        if printed:
            answers.append(printed.split()[0])  # `unknown` comes with a reason
    return answers
