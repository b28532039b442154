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

    environment = Environment(
        loader=PackageLoader("verifier.render.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_string"] = _css_string
    return environment


def _css_string(words: str) -> str:
    """Escaped words as a string of a style sheet, in which no character but letters and digits stands for itself."""
    from markupsafe import Markup

    plain = Markup(words).unescape()
    escaped = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in plain)
    return Markup('"{}"').format(Markup("".join(escaped)))
