"""Decides and explains cases under a policy, and proves what a policy means.

>>> from verifier import load, decide
>>> policy = load("reimbursement.policy")
>>> decide(policy, {"claim": {"date": "2026-06-15", "lines": []}}).outcome
'not_applicable'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_dsl.case import Case, CaseError, read_case
    from policy_dsl.diagnostics import PolicyError
    from policy_dsl.load import load
    from verifier.deciding import decide, decider, explain
    from verifier.determination import Determination

__all__ = [
    "Case",
    "CaseError",
    "Determination",
    "PolicyError",
    "decide",
    "decider",
    "explain",
    "load",
    "read_case",
]
# What is asked for is loaded then: whoever needs a part of the package does not wait for the rest.
_PLACES = {
    "Case": "policy_dsl.case",
    "CaseError": "policy_dsl.case",
    "Determination": "verifier.determination",
    "PolicyError": "policy_dsl.diagnostics",
    "decide": "verifier.deciding",
    "decider": "verifier.deciding",
    "explain": "verifier.deciding",
    "load": "policy_dsl.load",
    "read_case": "policy_dsl.case",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
