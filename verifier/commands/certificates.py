"""Certificates as files of a folder, each written when it is there, and found again by what it certifies."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verifier.commands.common import CannotRunError, check_writable, replace_file

SUFFIX = ".certificate.json"


@dataclass(slots=True)
class CertificateFolder:
    """A folder, made if need be. Ends the run if that cannot be done, or if no file can be written to it."""

    folder: Path
    taken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRunError(
                f"{self.folder}: error: the folder cannot be made: {error.strerror or error}"
            ) from None
        check_writable(self.folder / f"certificate{SUFFIX}")

    def place(self, name: str) -> Path:
        """The file for the next certificate of that name. What a file name cannot hold is replaced, and a name that
        comes again gets a number."""
        plain = re.sub(r"[^\w.=-]+", "-", name.removesuffix(".json")).strip("-.") or "certificate"
        self.taken[plain] += 1
        numbered = plain if self.taken[plain] == 1 else f"{plain}-{self.taken[plain]}"
        return self.folder / f"{numbered}{SUFFIX}"

    def write(self, file: Path, certificate: Mapping[str, object]) -> None:
        """Put the certificate into one of these files, whole or not at all. Ends the run if that cannot be done."""
        from verifier.render import json as as_json

        replace_file(file, as_json.pretty(certificate) + "\n")


def kept(file: Path, wanted: Mapping[str, object]) -> dict[str, Any] | None:
    """The answer that the certificate of a file holds, if the file is whole and has all that is wanted: the same
    policy, case, readings and versions, by hash where there is one."""
    from verifier.certify.certificate import digest

    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        body = {k: v for k, v in data.items() if k != "sha256"}
        whole = data["sha256"] == digest(body)
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None
    if not whole or any(data.get(key) != value for key, value in wanted.items()):
        return None
    answer: dict[str, Any] = data["answer"]
    return answer
