"""The dialect of the service's own page and of every gateway that serves it (contract, sections 1 to 3)."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Final

from client import answers, catalog, failures
from client.models import AUTO, EditRequest
from client.pictures import Picture
from client.wire import Base64, Edited, WireAnswer, WireRequest

NEEDS_KEY: Final = True


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
    spec = catalog.model_spec(request.model)
    parameters: dict[str, object] = {"n": request.n, "watermark": request.watermark}
    if spec.size and request.size != AUTO:
        parameters["size"] = request.size
    if spec.prompt_extend:
        parameters["prompt_extend"] = request.prompt_extend
    if request.negative_prompt.strip():
        parameters["negative_prompt"] = request.negative_prompt
    if request.seed is not None:
        parameters["seed"] = request.seed
    return parameters


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_response(answer: WireAnswer) -> Edited:
    """Return all images of an answer: those that upstream lists, then those that only the gateway lists.

    The gateway's own list holds one image for each of upstream's choices and so loses the others of an edit with
    several results; upstream's list stands in `metadata` or `extra` (contract, section 2).

    Raises UnexpectedResponseError where there is no image, and the error that is told of in a failure with status 200.
    """
    value = answers.parsed(answer.body)
    if not isinstance(value, dict):
        page = answers.is_web_page(answer.headers, answer.body)
        raise failures.web_page(answer) if page else failures.unreadable(answer)
    layers = answers.layers(value)
    contents = list(chain.from_iterable(map(_contents, layers)))
    found = chain(_images(contents, ("image",)), *(_images(_results(layer), ("url", "b64_json")) for layer in layers))
    images = tuple(dict.fromkeys(found))
    if not images:
        raise failures.error_of(answer) if answers.failure_in(value) else failures.no_image(answer)
    revised = chain.from_iterable(_texts(_results(layer), "revised_prompt") for layer in layers)
    request_id = answers.request_id_in(answer.headers, value)
    return Edited(images, next(chain(revised, _texts(contents, "text")), None), request_id)


def _results(layer: dict[str, object]) -> list[dict[str, object]]:
    listed = layer.get("data")
    return answers.objects(listed) if isinstance(listed, list) else []


def _contents(layer: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the parts of upstream's messages, from the answer itself or from what a gateway kept of it."""
    for place in (layer.get("metadata"), layer.get("extra"), layer):
        for message in answers.reach(place, "output", "choices", "message"):
            content = message.get("content")
            yield from answers.objects({"text": content} if isinstance(content, str) else content)


def _images(places: list[dict[str, object]], names: tuple[str, ...]) -> Iterator[str | bytes]:
    for place in places:
        given = (place.get(name) for name in names)
        text = next((text for text in given if isinstance(text, str) and text.strip()), None)
        if text is not None:
            yield answers.image_in(text)


def _texts(places: list[dict[str, object]], name: str) -> Iterator[str]:
    for place in places:
        text = place.get(name)
        if isinstance(text, str) and text.strip():
            yield text
