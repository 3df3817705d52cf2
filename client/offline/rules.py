"""From the body of a request to an order, or to the refusal that the gateway would answer with."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Final, TypeVar

from client.offline import refusals
from client.offline.decoding import PictureError, check
from client.offline.limits import LARGEST_FILE, LARGEST_SEED, MODELS, MOST_PICTURES, Limits
from client.offline.order import Order
from client.offline.sizes import Size

_DATA_URI: Final = re.compile(r"data:([\w.+/-]+);base64,", re.ASCII | re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:https?|oss)://\S", re.IGNORECASE)
_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})\*([1-9][0-9]{0,4})")


_KINDS: Final = {int: "an integer", str: "a string", bool: "true or false", dict: "an object", list: "an array"}

T = TypeVar("T")


def order_of(body: bytes) -> Order:
    """Check a request as strictly as the gateway and then its upstream do; raise RefusedError.

    Keys it does not know are ignored (contract, section 1).
    """
    request = _parsed(body)
    model = request.get("model")
    if not isinstance(model, str) or not model:
        refusals.refuse_body("未指定模型名称，模型名称不能为空")
    if model not in MODELS:
        refusals.refuse_model(_sound(model))
    limits = MODELS[model]
    parameters = _typed(request, "parameters", dict) or {}
    numbers = {key: _typed(parameters, key, int) for key in ("n", "seed")}
    texts = {key: _typed(parameters, key, str) or "" for key in ("size", "negative_prompt")}
    switches = {key: _typed(parameters, key, bool) for key in ("watermark", "prompt_extend")}
    images, prompts = _contents(request)
    if switches["prompt_extend"] is not None and not limits.takes_prompt_extend:
        refusals.refuse_upstream(f"prompt_extend is not supported by {model}.")
    return Order(
        model=model,
        prompt=_the_prompt(prompts),
        pictures=_pictures(images),
        negative_prompt=_sound(texts["negative_prompt"]),
        n=_results(model, limits, numbers["n"]),
        size=_size(model, limits, texts["size"]),
        seed=_seed(numbers["seed"]),
        watermark=bool(switches["watermark"]),
    )


def _parsed(body: bytes) -> Mapping[str, object]:
    try:
        request = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        refusals.refuse_body("无效的请求, invalid JSON request body")
    if not isinstance(request, dict):
        refusals.refuse_body("无效的请求, the JSON request body must be an object")
    return request


def _no_number(name: str) -> float:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def _typed(source: Mapping[str, object], key: str, kind: type[T]) -> T | None:
    """Give a value that must be of one type; null and absent are the same, as they are in the gateway."""
    value = source.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        refusals.refuse_type(f"invalid {key} field: it must be {_KINDS[kind]}")
    return value


def _contents(request: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Give the images and the texts of the one message; an empty string is none, as it is in the gateway."""
    messages = _typed(_typed(request, "input", dict) or {}, "messages", list) or []
    items: list[Mapping[str, object]] = []
    for message in messages:
        _typed(_object(message), "role", str)
        items.extend(_object(item) for item in _typed(_object(message), "content", list) or [])
    images = [image for item in items if (image := _typed(item, "image", str))]
    texts = [text for item in items if (text := _typed(item, "text", str))]
    if len(messages) != 1:
        refusals.refuse_upstream("input.messages must hold exactly one message.")
    return images, texts


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        refusals.refuse_type("invalid input field: messages and their contents must be objects")
    return value


def _the_prompt(texts: list[str]) -> str:
    if len(texts) != 1 or not texts[0].strip():
        refusals.refuse_upstream(f"content must hold exactly one text object with a prompt, but it holds {len(texts)}.")
    return _sound(texts[0])


def _sound(text: str) -> str:
    """Replace halves of letters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _pictures(images: list[str]) -> tuple[bytes, ...]:
    if not 1 <= len(images) <= MOST_PICTURES:
        refusals.refuse_upstream(f"content must hold 1 to {MOST_PICTURES} image objects, but it holds {len(images)}.")
    return tuple(_picture(image) for image in images)


def _picture(image: str) -> bytes:
    if _ADDRESS.match(image):
        refusals.refuse_address()
    header = _DATA_URI.match(image)
    if header is None:
        refusals.refuse_upstream("an image must be a http, https or oss address, or data:{mime};base64,{data}.")
    try:
        content = base64.b64decode(image[header.end() :], validate=True)
    except (binascii.Error, ValueError):
        refusals.refuse_upstream("the base64 of an image is not valid.")
    if len(content) > LARGEST_FILE:
        refusals.refuse_upstream("an image is larger than 10 MB.")
    try:
        check(content, header[1].lower())
    except PictureError as error:
        refusals.refuse_upstream(f"{error}.")
    return content


def _results(model: str, limits: Limits, n: int | None) -> int:
    if n is not None and not 1 <= n <= limits.most_results:
        refusals.refuse_upstream(f"n must be between 1 and {limits.most_results} for {model}.")
    return 1 if n is None else n


def _seed(seed: int | None) -> int | None:
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        refusals.refuse_upstream(f"seed must be between 0 and {LARGEST_SEED}.")
    return seed


def _size(model: str, limits: Limits, text: str) -> Size | None:
    if not text:
        return None
    if not limits.takes_size:
        refusals.refuse_upstream(f"size is not supported by {model}.")
    match = _SIZE.fullmatch(text)
    if match is None:
        refusals.refuse_upstream("size must be width*height, for example 1024*1536.")
    width, height = int(match[1]), int(match[2])
    if not _fits(limits, width, height):
        refusals.refuse_upstream(f"size {width}*{height} is out of range for {model}.")
    return width, height


def _fits(limits: Limits, width: int, height: int) -> bool:
    if limits.slimmest is not None and max(width, height) > limits.slimmest * min(width, height):
        return False
    if limits.by_area:
        return limits.smallest**2 <= width * height <= limits.largest**2
    return limits.smallest <= min(width, height) and max(width, height) <= limits.largest
