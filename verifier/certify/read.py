"""Certificates from files: strict JSON of the shape that the schema describes, or a mistake with its place."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance

from policy_dsl.case import CaseError, CaseProblem, load_json

SCHEMA = "certificate.schema.json"


def schema() -> dict[str, Any]:
    """The JSON schema of certificates of this version."""
    text = files("verifier.certify").joinpath(SCHEMA).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read_certificate(text: str, name: str) -> dict[str, Any]:
    """The certificate that a file holds. Raises CaseError, with `name` and the path in it, where there is none."""
    load_json(text, name)  # for its strictness: what follows reads numbers as they are hashed
    data: dict[str, Any] = json.loads(text)
    errors = sorted(Draft202012Validator(schema()).iter_errors(data), key=relevance)
    if errors:
        raise CaseError([_problem(name, e) for e in errors])
    return data


def _problem(name: str, error: ValidationError) -> CaseProblem:
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    message = error.message if len(error.message) <= 200 else f"{error.message[:200]}..."
    return CaseProblem(f"{name}: {place.lstrip('.')}" if place else name, f"not a certificate: {message}")
