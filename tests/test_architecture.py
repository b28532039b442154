"""The import directions, and that the engine knows no subject."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FRONT_ENDS = ("verifier.render", "verifier.commands", "verifier.cli", "verifier.entry", "verifier.lsp", "verifier.web")
NAMES = re.compile(r"\besi\b|epidural|oswestry|62311|molina|zoster", re.IGNORECASE)
WORDS = re.compile(r"\bodi\b|\bnrs\b|pregnan|\bpain\b|\bmri\b|symptom|\bsteroid|\bcpt\b", re.IGNORECASE)


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in packages)


def test_the_language_imports_neither_the_verifier_nor_the_solver() -> None:
    for path in _modules("policy_dsl"):
        wrong = [name for name in _imports(path) if _is_in(name, ("verifier", "z3"))]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_the_syntax_knows_nothing_of_the_program() -> None:
    for path in _modules("policy_dsl/syntax"):
        wrong = [name for name in _imports(path) if _is_in(name, ("policy_dsl.core", "policy_dsl.evaluate"))]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_the_engine_imports_no_front_end() -> None:
    for path in _modules("verifier"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not _is_in(module, FRONT_ENDS):
            wrong = [name for name in _imports(path) if _is_in(name, (*FRONT_ENDS, "click", "rich"))]
            assert not wrong, f"{module} imports {wrong}"


def test_what_an_editor_asks_knows_no_protocol() -> None:
    for path in _modules("verifier/editing"):
        assert not [name for name in _imports(path) if _is_in(name, ("pygls", "lsprotocol"))], path


def test_pages_do_not_depend_on_the_command_line() -> None:
    for path in _modules("verifier/render"):
        wrong = [name for name in _imports(path) if _is_in(name, ("verifier.commands", "verifier.cli", "click"))]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_solver_terms_stay_with_the_solver() -> None:
    for path in _modules("verifier"):
        if "smt" not in path.parts:
            assert "z3" not in set(_imports(path)), f"{path.relative_to(ROOT)} imports z3"


@pytest.mark.parametrize("package", ["policy_dsl", "verifier"])
def test_the_engine_knows_no_subject(package: str) -> None:
    """No file names one of our policies, and no code has the words of one; a docstring may use them as examples."""
    for path in _modules(package):
        text = path.read_text(encoding="utf-8")
        assert not NAMES.findall(text), f"{path.relative_to(ROOT)} names a policy"
        code = ast.unparse(_without_docstrings(ast.parse(text)))
        assert not WORDS.findall(code), f"{path.relative_to(ROOT)} knows {WORDS.findall(code)}"


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                x for x in body if not (isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant))
            ] or [ast.Pass()]
    return tree


def test_every_module_says_what_it_is() -> None:
    for package in ("policy_dsl", "verifier"):
        for path in _modules(package):
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


def test_certificates_are_checked_without_what_made_them() -> None:
    """The solver of the search has no part in the check, directly or through what the check imports."""
    seen: set[str] = set()
    waiting = ["verifier.certify.check", "verifier.certify.read"]
    while waiting:
        name = waiting.pop()
        path = ROOT / Path(*name.split(".")).with_suffix(".py")
        if name in seen or not path.is_file():
            continue
        seen.add(name)
        imported = list(_imports(path))
        assert not any(_is_in(i, ("z3",)) for i in imported), name
        waiting += imported
    assert "verifier.certify.encode" in seen
    assert not any(n.startswith("verifier.smt") for n in seen - {"verifier.smt.cutoff"})


def test_what_the_package_exports_stays_what_it_is() -> None:
    """A module of the same name, imported when it is first needed, would take its place."""
    done = subprocess.run(
        [sys.executable, "-c", "import verifier, pkgutil, importlib\n"
         "for m in pkgutil.iter_modules(verifier.__path__, 'verifier.'): importlib.import_module(m.name)\n"
         "print([n for n in verifier.__all__ if type(getattr(verifier, n)).__name__ == 'module'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
