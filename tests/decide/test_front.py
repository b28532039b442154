"""The names that the package offers: each is there, also after the modules that define it were loaded."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import verifier


def test_every_name_is_what_its_module_defines() -> None:
    for module in ("verifier.deciding", "verifier.determination", "policy_dsl.case", "policy_dsl.load"):
        importlib.import_module(module)
    assert {name: getattr(verifier, name).__name__ for name in verifier.__all__} == {n: n for n in verifier.__all__}
    assert dir(verifier) == verifier.__all__
    with pytest.raises(AttributeError, match="no attribute 'decides'"):
        verifier.decides  # noqa: B018


def test_the_entry_loads_nothing_before_it_can_be_interrupted() -> None:
    code = (
        "import sys, verifier.entry; print(sorted(m for m in sys.modules if m.startswith(('policy_dsl', 'verifier'))))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "['verifier', 'verifier.entry']\n"
