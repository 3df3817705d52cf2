"""The dialect of the service's own page and of every gateway that serves it (CONTRACT.md, sections 1 to 3)."""

import binascii
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import httpx

from client.catalog import Abilities
from client.models import AUTO, EditRequest
from client.pictures import Picture
from client.service.answers import Delivered, WireAnswer, delivered_in
from client.service.failures import checked

# 192 KiB become 256 KiB of base64; a multiple of three bytes, so that the pieces join without padding between them.
_PIECE: Final = 3 * 64 * 1024

ABILITIES: Final = Abilities(bases=("https://onetoken.one/v1", "https://api.onetoken.one/v1"))


def endpoint_base(address: str) -> str:
    """Return the address that paths such as /images/edits are added to, always ending in /v1."""
    base = address.rstrip("/").removesuffix("/images/edits")
    return base if base.endswith("/v1") else f"{base}/v1"


def models_url(base: str) -> str:
    """Return where a gateway lists the models that a key may use."""
    return f"{base}/models"


def build_request(request: EditRequest, base: str) -> httpx.Request:
    """Return the POST for an edit, without the key; its pictures become base64 only while they are sent."""
    head = f'{{"model":{_json(request.model)},"input":{{"messages":[{{"role":"user","content":['
    tail = f'{{"text":{_json(request.prompt)}}}]}}]}},"parameters":{_json(_parameters(request))}}}'
    body = _Body([head.encode(), *chain.from_iterable(map(_image, request.load_pictures())), tail.encode()])
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return httpx.Request("POST", f"{base}/images/edits", headers=headers, content=body)


def _image(picture: Picture | str) -> tuple[bytes | Picture, ...]:
    if isinstance(picture, str):
        return (f'{{"image":{_json(picture)}}},'.encode(),)
    return (f'{{"image":"data:{picture.mime};base64,'.encode(), picture, b'"},')


@dataclass(frozen=True, slots=True)
class _Body:
    """A JSON text with pictures in it, which may be read more than once and never holds a second copy of a picture."""

    parts: Sequence[bytes | Picture] = field(repr=False)

    def __len__(self) -> int:
        return sum((len(part.data) + 2) // 3 * 4 if isinstance(part, Picture) else len(part) for part in self.parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            content = memoryview(part.data)
            for start in range(0, len(content), _PIECE):
                yield binascii.b2a_base64(content[start : start + _PIECE], newline=False)


def _parameters(request: EditRequest) -> dict[str, object]:
    parameters: dict[str, object] = {"n": request.n, "watermark": request.watermark}
    if request.spec.size and request.size != AUTO:
        parameters["size"] = request.size
    if request.spec.prompt_extend:
        parameters["prompt_extend"] = request.prompt_extend
    if request.negative_prompt.strip():
        parameters["negative_prompt"] = request.negative_prompt
    if request.seed is not None:
        parameters["seed"] = request.seed
    return parameters


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_response(answer: WireAnswer) -> Delivered:
    """Return all images of an answer, and what it says of the prompt; raises what `checked` raises."""
    return checked(delivered_in(answer), answer)
