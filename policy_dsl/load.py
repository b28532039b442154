"""Policies from files: reads a policy and all that it names, and checks it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from policy_dsl.core import check as core
from policy_dsl.core import ir
from policy_dsl.core.report import did_you_mean
from policy_dsl.diagnostics import Diagnostic, Label, PolicyError, Span, has_errors, in_order
from policy_dsl.files import DISK, Access
from policy_dsl.syntax import ast
from policy_dsl.syntax.parse import Parsed, parse

Parser = Callable[[str, str], Parsed]
"""What parses a text, given it and its name; one that remembers saves work on a text that is checked again."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The policies of a file that have no errors, all diagnostics, and the text of each file read, by name.

    `parts` is what each policy is made of, whether or not it has errors; of a file without policies, what its
    vocabularies are.
    """

    policies: tuple[ir.Policy, ...]
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]
    parts: tuple[core.Parts, ...] = ()


def check(path: str | Path, access: Access = DISK) -> Checked:
    """Check a policy or vocabulary file. Never raises for what a file holds: that is in the diagnostics.

    `access` is where files are read from.
    """
    file = str(path)
    text, problems = access.read(Path(path))
    if problems:
        return Checked((), tuple(problems), {file: text})
    return load_text(text, file, Path(path).parent, access)


def load(path: str | Path, name: str | None = None, access: Access = DISK) -> ir.Policy:
    """The policy of a file; `name` says which if the file has several, `access` where files are read from.

    Raises `PolicyError`, with all diagnostics, if it has errors, or there is no one such policy.
    """
    checked = check(path, access)
    if has_errors(checked.diagnostics):
        raise PolicyError(checked.diagnostics, checked.sources)
    found = [p for p in checked.policies if name is None or p.id == name]
    if len(found) == 1:
        return found[0]
    start = Span(str(path), 1, 1, 1, 1)
    ids = [p.id for p in checked.policies]
    if name is not None:
        wrong = Diagnostic(
            "no-policy", f"there is no policy `{name}` in this file", start, help=did_you_mean(name, ids)
        )
    elif not ids:
        wrong = Diagnostic("no-policy", "there is no policy in this file", start, help="name a `.policy` file")
    else:
        wrong = Diagnostic(
            "several-policies", f"this file has {len(ids)} policies", start, help=f"say which: {', '.join(ids)}"
        )
    raise PolicyError([wrong], checked.sources)


def load_text(
    text: str, file: str = "<text>", folder: str | Path = ".", access: Access = DISK, parser: Parser = parse
) -> Checked:
    """Check a text; `file` is its name in diagnostics, and `folder` where the files that it names are."""
    files = _Files(file, Path(folder), access, parser)
    parsed = files.parsed(file, text)
    policies: list[ir.Policy] = []
    made_of: list[core.Parts] = []
    diagnostics: list[Diagnostic] = []
    blocks = [b for b in parsed.file.blocks if isinstance(b, ast.Policy)]
    for policy in _once_each(blocks, diagnostics):
        parts = _gather(files, parsed.file, policy)
        made_of.append(parts)
        checked, found = core.check(parts)
        diagnostics += found
        policies += [checked] if checked is not None and not has_errors(files.diagnostics) else []
    alone = None if blocks else _vocabularies_alone(files, parsed)
    if alone is not None:
        made_of.append(alone)
        diagnostics += core.check(alone)[1]
    if has_errors(files.diagnostics):
        # What could not be read may have declared the name: only its own mistake is told.
        diagnostics = [d for d in diagnostics if not d.slug.startswith(("unknown-", "nothing-to-"))]
    found_wrong = in_order([*files.diagnostics, *diagnostics])
    return Checked(tuple(policies), tuple(found_wrong), dict(files.texts), tuple(made_of))


def _once_each(policies: Iterable[ast.Policy], diagnostics: list[Diagnostic]) -> list[ast.Policy]:
    first: dict[str, ast.Policy] = {}
    for policy in policies:
        before = first.setdefault(policy.name.text, policy)
        if before is not policy:
            diagnostics.append(
                Diagnostic(
                    "duplicate-id",
                    f"two policies are named `{policy.name.text}`",
                    policy.name.span,
                    labels=(Label(before.name.span, "the first"),),
                    help="give each a name of its own",
                )
            )
    return list(first.values())


def _vocabularies_alone(files: _Files, parsed: Parsed) -> core.Parts | None:
    """What a file is made of that has vocabularies and no policy."""
    vocabularies = tuple(b for b in parsed.file.blocks if isinstance(b, ast.Vocabulary))
    if not vocabularies:
        return None
    span = vocabularies[0].span
    nothing = ast.Policy(ast.Name("", span), None, (), span)
    tables = {s: t for v in vocabularies for s, t in files.tables(v)}
    return core.Parts((nothing,), vocabularies, tables, (), tuple(files.texts.items()), "")


# ------------------------------------------------------------------ reading what a policy names


@dataclass(slots=True)
class _Files:
    """The files read so far: each is read and parsed once, and its problems are told once."""

    root: str
    folder: Path
    access: Access
    parser: Parser = parse
    texts: dict[str, str] = field(default_factory=dict)
    known: dict[str, Parsed] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def parsed(self, file: str, text: str) -> Parsed:
        if file not in self.known:
            self.texts[file] = text
            self.known[file] = self.parser(text, file)
            self.diagnostics += self.known[file].diagnostics
        return self.known[file]

    def read(self, path: Path, at: Span, what: str) -> str | None:
        """The text of a file that is named at a place; what is wrong with it is reported there."""
        file = str(path)
        if file in self.texts:
            return self.texts[file]
        text, problems = self.access.read(path)
        if not problems:
            self.texts[file] = text
            return text
        for p in problems:
            inside = p.slug in ("not-utf-8",)
            help = p.help or f"the {what} is looked for beside the file that names it"
            self.diagnostics.append(
                Diagnostic(
                    p.slug,
                    p.message,
                    p.span if inside else at,
                    labels=(Label(at, "named here"),) if inside else (),
                    help=help,
                )
            )
        return None

    def tables(self, vocabulary: ast.Vocabulary) -> list[tuple[Span, tuple[str, str]]]:
        """The code tables of a vocabulary, by the place where each is named."""
        found = []
        for item in vocabulary.items:
            if isinstance(item, ast.Codes) and item.file is not None:
                path = self.beside(vocabulary.span.file, item.file.text)
                text = self.read(path, item.file.span, "code table")
                if text is not None:
                    found.append((item.file.span, (str(path), text)))
        return found

    def beside(self, file: str, name: str) -> Path:
        """The path of a file named in another."""
        return (self.folder if file == self.root else Path(file).parent) / name

    def vocabulary_path(self, file: str, name: str) -> Path:
        """`NAME.vocabulary` in the folder of the file, or in `vocabularies/` of a folder above."""
        first = self.beside(file, f"{name}.vocabulary")
        if self.access.exists(first):
            return first
        for above in self.access.folders(first.parent):
            shared = above / "vocabularies" / f"{name}.vocabulary"
            if self.access.exists(shared):
                return shared
        return first


def _gather(files: _Files, file: ast.File, policy: ast.Policy) -> core.Parts:
    """The policy with its bases, vocabularies, code tables and sources."""
    chain = _chain(files, file, policy)
    vocabularies: dict[str, ast.Vocabulary] = {}
    sources: dict[str, ir.Source] = {}
    order = [p.span.file for p in reversed(chain)]
    for link in chain:
        for item in link.items:
            if isinstance(item, ast.Uses):
                for v in _vocabularies(files, link, item):
                    vocabularies.setdefault(f"{v.span.file}\n{v.name.text}", v)
            elif isinstance(item, ast.Source):
                path = files.beside(link.span.file, item.path.text)
                text = files.read(path, item.path.span, "source")
                if text is not None:
                    sources.setdefault(str(path), ir.Source(str(path), text, item.span))
    tables = {s: t for v in vocabularies.values() for s, t in files.tables(v)}
    order += [v.span.file for v in vocabularies.values()] + [f for f, _ in tables.values()] + list(sources)
    read_files = tuple((f, files.texts[f]) for f in dict.fromkeys(order))
    return core.Parts(
        tuple(chain), tuple(vocabularies.values()), tables, tuple(sources.values()), read_files, _digest(read_files)
    )


def _digest(files: tuple[tuple[str, str], ...]) -> str:
    """A hash of the contents, with their lengths, in order: policy, bases, vocabularies, code tables, sources."""
    digest = hashlib.sha256()
    for _, text in files:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _chain(files: _Files, file: ast.File, policy: ast.Policy) -> list[ast.Policy]:
    """The bases of a policy, furthest first, and the policy itself."""
    chain, blocks = [policy], file.blocks
    while True:
        written = [i for i in chain[0].items if isinstance(i, ast.Extends)]
        for second in written[1:]:
            _complain(
                files, "several-bases", "a policy extends one other", second.name.span, written[0].span, "the first"
            )
        if not written:
            return chain
        name = written[0].name
        here = [b for b in blocks if isinstance(b, ast.Policy) and b.name.text == name.text]
        if not here:
            path = files.beside(chain[0].span.file, f"{name.text}.policy")
            text = files.read(path, name.span, "base")
            if text is None:
                return chain
            blocks = files.parsed(str(path), text).file.blocks
            policies = [b for b in blocks if isinstance(b, ast.Policy)]
            here = [b for b in policies if b.name.text == name.text] or (policies if len(policies) == 1 else [])
        if not here:
            _complain(files, "no-policy", f"`{name.text}.policy` holds no policy `{name.text}`", name.span)
            return chain
        if here[0] in chain:
            words = " → ".join(f"`{p.name.text}`" for p in [*reversed(chain[: chain.index(here[0]) + 1]), here[0]])
            _complain(files, "cyclic-extends", f"a policy cannot rest on itself: {words}", name.span)
            return chain
        chain.insert(0, here[0])


def _vocabularies(files: _Files, policy: ast.Policy, item: ast.Uses) -> list[ast.Vocabulary]:
    """The vocabulary of that name: in the file of the policy, or all that its own file has."""
    beside = files.known[policy.span.file].file.blocks
    here = [b for b in beside if isinstance(b, ast.Vocabulary) and b.name.text == item.name.text]
    if here:
        return here
    path = files.vocabulary_path(policy.span.file, item.name.text)
    text = files.read(path, item.name.span, "vocabulary")
    if text is None:
        return []
    found = [b for b in files.parsed(str(path), text).file.blocks if isinstance(b, ast.Vocabulary)]
    if not found:
        _complain(files, "no-vocabulary", f"`{path.name}` holds no vocabulary", item.name.span)
    return found


def _complain(files: _Files, slug: str, message: str, at: Span, other: Span | None = None, words: str = "") -> None:
    labels = () if other is None else (Label(other, words),)
    found = Diagnostic(slug, message, at, labels=labels, help="remove or correct this line")
    if found not in files.diagnostics:
        files.diagnostics.append(found)
