"""Templates to text: what every HTML document shares. Whatever is put into a template is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, **parts: object) -> str:
    """The template of that name filled in. A name that it uses and `parts` lacks is a bug, and raises.

    A document begins with `{% extends "base.html" %}`: that brings the style sheet, light, dark and for print, and
    forbids the page to fetch or run anything.
    """
    return _environment().get_template(template).render(**parts)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("verifier.render.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
