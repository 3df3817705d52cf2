"""The dialect of the service's own page and of every gateway that serves it (CONTRACT.md, sections 1 to 3)."""

import json
from itertools import chain
from typing import Final

from client.catalog import Abilities
from client.models import AUTO, EditRequest
from client.pictures import Picture
from client.service.answers import Edited, WireAnswer, edited_in
from client.service.failures import checked
from client.service.wire import Base64, WireRequest

ABILITIES: Final = Abilities(bases=("https://onetoken.one/v1", "https://api.onetoken.one/v1"))


def endpoint_base(address: str) -> str:
    """Return the address that paths such as /images/edits are added to, always ending in /v1."""
    base = address.rstrip("/").removesuffix("/images/edits")
    return base if base.endswith("/v1") else f"{base}/v1"


def models_url(base: str) -> str:
    """Return where a gateway lists the models that a key may use."""
    return f"{base}/models"


def build_request(request: EditRequest, base: str) -> WireRequest:
    """Return the POST for an edit; a picture is part of it as it is and becomes base64 only while it is sent."""
    head = f'{{"model":{_text(request.model)},"input":{{"messages":[{{"role":"user","content":['
    tail = f'{{"text":{_text(request.prompt)}}}]}}]}},"parameters":{_text(_parameters(request))}}}'
    pictures = chain.from_iterable(map(_image, request.pictures))
    parts = (head.encode(), *pictures, tail.encode())
    return WireRequest(f"{base}/images/edits", "application/json", parts)


def _image(picture: Picture | str) -> tuple[bytes | Base64, ...]:
    if isinstance(picture, str):
        return (f'{{"image":{_text(picture)}}},'.encode(),)
    return (f'{{"image":"data:{picture.mime};base64,'.encode(), Base64(picture.data), b'"},')


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


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_response(answer: WireAnswer) -> Edited:
    """Return all images of an answer, and what it says of the prompt; raises what `checked` raises."""
    return checked(edited_in(answer), answer)
