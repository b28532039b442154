"""The protocol, held to where the library is lax: nothing is served before it was initialized or after it was shut
down, and every request that cannot be understood has an answer."""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol

_LOG = logging.getLogger(__name__)


class StrictProtocol(LanguageServerProtocol):
    """The protocol of one connection."""

    @property
    def ready(self) -> bool:
        """Whether the server was initialized."""
        return self._workspace is not None

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message that a JSON object is. A request that is none is answered, and raises."""
        try:
            return super().structure_message(data)
        except Exception as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                wrong = error if isinstance(error, JsonRpcException) else JsonRpcInvalidParams()
                self._send_response(data["id"], error=wrong.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Serve a message, if it is its time. What is no message is passed over."""
        if isinstance(message, list | dict | str | int | float | None):
            _LOG.warning("what came is no message")
            return
        method, number = getattr(message, "method", None), getattr(message, "id", None)
        refused = self._refused(method)
        if refused is None:
            super().handle_message(message)
        elif method is not None and number is not None:
            self._send_response(number, error=refused.to_response_error())

    def _refused(self, method: str | None) -> JsonRpcException | None:
        """Why a message of this method cannot be served now."""
        if method in (None, types.EXIT):
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest("the server was shut down")
        started = self.ready
        if method == types.INITIALIZE:
            return JsonRpcInvalidRequest("the server was initialized before") if started else None
        return None if started else JsonRpcServerNotInitialized("the server is not initialized")
