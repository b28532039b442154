"""What the service lets in: its own page and programs of this computer, and requests of a bounded size."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.web.serving import client, serving


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(largest=10_000) as found:
        yield found


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
    ],
)
def test_who_is_let_in(address: str, headers: dict[str, str], status: int) -> None:
    with client(address) as asking:
        assert asking.get("/policies", headers=headers).status_code == status


def test_its_own_names_are_let_in(address: str) -> None:
    port = httpx.URL(address).port
    with client(address) as asking:
        own = {"host": f"LOCALHOST:{port}", "origin": f"http://localhost:{port}"}
        assert asking.get("/policies", headers=own).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_site_can_send_is_refused(address: str, kind: str) -> None:
    with client(address) as asking:
        assert asking.post("/decide", content=b"{}", headers={"content-type": kind}).status_code == 415


def test_every_answer_forbids_scripts_and_keeping(address: str) -> None:
    with client(address) as asking:
        for found in (asking.get("/policies"), asking.get("/nope"), asking.get("/", headers={"host": "x"})):
            assert "default-src 'none'" in found.headers["content-security-policy"]
            assert found.headers["cache-control"] == "no-store"
            assert found.headers["x-content-type-options"] == "nosniff"
            assert "access-control-allow-origin" not in found.headers


def test_a_large_request_is_refused(address: str) -> None:
    with client(address) as asking:
        assert asking.post("/decide", content=b"[" * 10_001, headers=JSON).status_code == 413

        def parts() -> Iterator[bytes]:
            for _ in range(100):
                yield b" " * 1_000

        assert asking.post("/decide", content=parts(), headers=JSON).status_code == 413


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"policy": "a", "policy": "b"}', "body:1:17"),
        (b'{"policy": NaN}', "body:1:12"),
        (b"[" * 5_000, "body"),
        (b"\xff", "body"),
        (b"", "body:1:1"),
    ],
)
def test_a_body_that_is_not_json_is_told(address: str, body: bytes, place: str) -> None:
    with client(address) as asking:
        found = asking.post("/decide", content=body, headers=JSON)
        assert found.status_code in (400, 422)
        assert found.json()["problems"][0]["message"]
        if body:
            assert (found.status_code, found.json()["problems"][0]["place"]) == (400, place)


def test_only_this_computer_is_listened_to(address: str) -> None:
    port = httpx.URL(address).port or 0
    for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET, socket.SOCK_STREAM):
        if not info[4][0].startswith("127."):  # type: ignore[union-attr]
            with socket.socket() as other:
                other.settimeout(1)
                assert other.connect_ex(info[4]) != 0
