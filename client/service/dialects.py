"""How services are spoken to: each dialect is a module of functions without side effects, and of what it can say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import httpx

from client.catalog import Abilities
from client.models import EditRequest
from client.service import dashscope, openai, qwen
from client.service.answers import Delivered, WireAnswer


class Dialect(Protocol):
    """What a module must have to be a dialect."""

    @property
    def ABILITIES(self) -> Abilities:  # noqa: N802 - a constant of the module
        """What can be said in it."""

    def endpoint_base(self, address: str) -> str:
        """Return what paths are added to, from an address typed with or without the ends that people copy along."""

    def models_url(self, base: str) -> str:
        """Return where a service lists its models."""

    def build_request(self, request: EditRequest, base: str) -> httpx.Request:
        """Return the POST for this edit, without the key; raises InvalidRequestError for what cannot be said in it."""

    def parse_response(self, answer: WireAnswer) -> Delivered:
        """Return what a successful answer delivers; raises ImageEditError where it delivers nothing."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What goes over the wire for an edit, all but the key."""

    url: str
    headers: Mapping[str, str]
    body: bytes


async def wire_of(request: EditRequest, dialect: str, base: str = "") -> Wire:
    """Return what is sent for an edit, to be shown; `base` is where its service is, empty for the usual one."""
    spoken = DIALECTS[dialect]
    post = spoken.build_request(request, base or spoken.endpoint_base(spoken.ABILITIES.bases[0]))
    assert isinstance(post.stream, httpx.AsyncByteStream)  # noqa: S101 - what dialects make can be sent
    return Wire(str(post.url), dict(post.headers), b"".join([piece async for piece in post.stream]))


DIALECTS: Final[Mapping[str, Dialect]] = {"qwen": qwen, "dashscope": dashscope, "openai": openai}
ABILITIES: Final[Mapping[str, Abilities]] = {name: dialect.ABILITIES for name, dialect in DIALECTS.items()}
