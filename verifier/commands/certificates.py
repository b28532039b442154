"""Certificates as files of a folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from verifier.commands.common import CannotRunError, replace_file

SUFFIX = ".certificate.json"


def write_certificates(folder: Path, certificates: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    """Write each under the name given, the folder made if need be. Ends the run if that cannot be done.

    What a file name cannot hold is replaced, and a name that comes again gets a number.
    """
    from verifier.render import json as as_json

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRunError(f"{folder}: error: the folder cannot be made: {error.strerror or error}") from None
    taken: Counter[str] = Counter()
    for name, data in certificates:
        plain = re.sub(r"[^\w.=-]+", "-", name.removesuffix(".json")).strip("-.") or "certificate"
        taken[plain] += 1
        numbered = plain if taken[plain] == 1 else f"{plain}-{taken[plain]}"
        replace_file(folder / f"{numbered}{SUFFIX}", as_json.pretty(data) + "\n")
