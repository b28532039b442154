"""An engine behind an address: each case is posted as JSON, and the answer is the body of the response."""

from __future__ import annotations

import ipaddress
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlsplit

from verifier.adversary.engines import EngineError, Fault, Reply, read_reply, shown

_LONGEST = 1 << 20  # bytes of an answer


class WebEngine:
    """An address that answers POST requests. `timeout` is in seconds a case. Proxies are not used, and redirects
    are not followed."""

    def __init__(self, address: str, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        self._answered = False
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def ask(self, cases: Sequence[str]) -> list[Reply]:
        """The replies to the cases, in order. Raises EngineError if the address was never reached."""
        return [self.alone(c) for c in cases]

    def alone(self, case: str) -> Reply:
        """The reply to the case; whether the engine remembers others cannot be told."""
        request = urllib.request.Request(
            self._address, data=case.encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                reply = read_reply(response.read(_LONGEST))
        except urllib.error.HTTPError as error:
            with error:
                reply = Fault("error", f"status {error.code}: {shown(error.read(_LONGEST))}")
        except TimeoutError:
            return Fault("hang", "no answer came in time")
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                return Fault("hang", "no answer came in time")
            if not self._answered:
                raise EngineError(f"{self._address} cannot be reached: {error.reason}") from None
            return Fault("crash", f"it cannot be reached any more: {error.reason}")
        except (OSError, HTTPException) as error:
            return Fault("crash", f"it broke the connection off: {shown(str(error).encode())}")
        self._answered = True
        return reply

    def close(self) -> None:
        """Nothing was started."""


def is_loopback(address: str) -> bool:
    """Whether the address is one of this machine: 127.0.0.0/8, ::1 or localhost."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        """A redirect is not followed: it could lead to another machine."""
