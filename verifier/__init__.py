"""Decides and explains cases under a policy, and proves what a policy means.

>>> from verifier import load, decide
>>> policy = load("reimbursement.policy")
>>> decide(policy, {"claim": {"date": "2026-06-15", "lines": []}}).outcome
'not_applicable'
"""

from policy_dsl.case import Case, CaseError, read_case
from policy_dsl.diagnostics import PolicyError
from policy_dsl.load import load
from verifier.decide import decide, decider, explain
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
