"""How services are spoken to: each dialect is a module of pure functions, `build_request` and `parse_response`."""

from collections.abc import Mapping
from typing import Final, Protocol

from client.dialects import qwen
from client.models import EditRequest
from client.wire import Edited, WireAnswer, WireRequest


class Dialect(Protocol):
    """What a module must have to be a dialect."""

    @property
    def NEEDS_KEY(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether a request without a key is refused before it is sent."""

    def build_request(self, request: EditRequest, base: str) -> WireRequest:
        """Return what is sent for this edit; `base` ends in /v1."""

    def parse_response(self, answer: WireAnswer) -> Edited:
        """Return what a successful answer delivers; raises ImageEditError where it delivers nothing."""


DIALECTS: Final[Mapping[str, Dialect]] = {"qwen": qwen}
