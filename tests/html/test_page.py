"""What every HTML document shares: it is escaped, stands alone and is well-formed."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, UndefinedError

from tests.html.reading import outline
from verifier.render.html import page as module

TEMPLATE = """\
{% extends "base.html" %}
{% block title %}{{ words }}{% endblock %}
{% block head %}<h1>{{ words }}</h1>{% endblock %}
{% block content %}<p>{{ words }}</p>{% endblock %}
"""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = module._environment()
    own = environment.overlay(loader=DictLoader({"small.html": TEMPLATE, **_shared()}))
    monkeypatch.setattr(module, "_environment", lambda: own)


def _shared() -> dict[str, str]:
    loader = module._environment().loader
    assert loader is not None
    return {name: loader.get_source(module._environment(), name)[0] for name in ("base.html", "style.css")}


@pytest.mark.usefixtures("small")
def test_what_is_put_in_is_escaped() -> None:
    text = module.page("small.html", words='<script src="x">&')
    assert outline(text).text("h1") == ['<script src="x">&']
    assert "script" not in outline(text).tags


@pytest.mark.usefixtures("small")
def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        module.page("small.html")


@pytest.mark.usefixtures("small")
def test_a_page_fetches_nothing() -> None:
    found = outline(module.page("small.html", words="x"))
    assert found.fetched == []
    assert found.language == "en"
    assert "default-src 'none'" in found.policy


@pytest.mark.usefixtures("small")
def test_the_title_stands_on_each_printed_page_and_cannot_leave_its_place() -> None:
    text = module.page("small.html", words='A "title"; } </style> & more')
    assert 'content: "A\\20 \\22 title\\22 \\3b \\20 \\7d \\20 \\3c \\2f style\\3e \\20 \\26 \\20 more";' in text
    assert outline(text).text("h1") == ['A "title"; } </style> & more']
