"""What a valid request is: from JSON or a form to an order, or to the refusal that the services would answer with."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NoReturn

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
)

from client.offline.engine import LARGEST_FILE, Order
from client.offline.filters import Size

MOST_PICTURES: Final = 3
LARGEST_SEED: Final = 2_147_483_647
LARGEST_BODY: Final = 48 * 1024 * 1024
"""Bytes of a request: three pictures of 10 MB as base64, and room for the words."""

FORM_SIDES: Final = (64, 2048)

_DATA_URI: Final = re.compile(r"data:([\w.+/-]+);base64,", re.ASCII | re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:https?|oss)://\S", re.IGNORECASE)
_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})\*([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one model; sizes hold for each side, or (`by_area`) for the square root of the pixels in total."""

    most_results: int = 6
    takes_size: bool = True
    takes_prompt_extend: bool = True
    smallest: int = 512
    largest: int = 2048
    by_area: bool = False
    slimmest: float | None = None
    """The longest shape, as long side by short side; None: any."""


MODELS: Final = {
    "qwen-image-edit": Limits(most_results=1, takes_size=False, takes_prompt_extend=False),
    "qwen-image-edit-plus": Limits(),
    "qwen-image-edit-plus-2025-10-30": Limits(),
    "qwen-image-edit-plus-2025-12-15": Limits(),
    "qwen-image-edit-max": Limits(),
    "qwen-image-edit-max-2026-01-16": Limits(),
    "qwen-image-2.0": Limits(by_area=True),
    "qwen-image-2.0-pro": Limits(by_area=True),
    "qwen-image-3.0": Limits(by_area=True, slimmest=8.0),
    "qwen-image-3.0-pro": Limits(by_area=True, slimmest=8.0),
}


@dataclass(eq=False)
class RefusedError(Exception):
    """A request is answered with an error, in the gateway's terms; `detail` is for servers that take forms."""

    status: int
    message: str
    code: str = ""
    kind: str = "new_api_error"
    detail: object = None


def refuse_upstream(message: str) -> NoReturn:
    """Refuse what the model's own service refuses; of its answer the gateway keeps the status and the message."""
    raise RefusedError(400, message, code="bad_response_status_code", kind="bad_response_status_code")


def _whole_letters(value: object) -> object:
    """Replace halves of letters, which JSON can hold and UTF-8 cannot, as the gateway does."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[StrictStr | None, BeforeValidator(_whole_letters)]


class _Content(BaseModel):
    image: StrictStr | None = None
    text: Text = None


class _Message(BaseModel):
    role: Text = None
    content: list[_Content] | None = None


class _Input(BaseModel):
    messages: list[_Message] | None = None


class _Parameters(BaseModel):
    n: StrictInt | None = None
    size: Text = None
    seed: StrictInt | None = None
    negative_prompt: Text = None
    prompt_extend: StrictBool | None = None
    watermark: StrictBool | None = None


class _Request(BaseModel):
    """The JSON types that the gateway insists on; null is as good as absent, and keys it does not know are ignored."""

    input: _Input | None = None
    parameters: _Parameters | None = None


def order_of_json(body: bytes) -> Order:
    """Check a request as strictly as the gateway and then its upstream do; raise RefusedError."""
    try:
        parsed = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusedError(400, "无效的请求, invalid JSON request body") from None
    if not isinstance(parsed, dict):
        raise RefusedError(400, "无效的请求, the JSON request body must be an object")
    model = _whole_letters(parsed.get("model"))
    if not isinstance(model, str) or not model:
        raise RefusedError(400, "未指定模型名称，模型名称不能为空")
    if model not in MODELS:
        raise RefusedError(503, f"分组 default 下模型 {model} 无可用渠道（distributor）", code="model_not_found")
    try:
        request = _Request.model_validate(parsed)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = f"invalid {'.'.join(map(str, first['loc']))} field: {first['msg']}"
        raise RefusedError(500, message, code="convert_request_failed") from None
    return _order(model, (request.input or _Input()).messages or [], request.parameters or _Parameters())


def _no_number(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def _order(model: str, messages: Sequence[_Message], asked: _Parameters) -> Order:
    if len(messages) != 1:
        refuse_upstream("input.messages must hold exactly one message.")
    items = messages[0].content or []
    images = [item.image for item in items if item.image]
    texts = [item.text for item in items if item.text]
    if len(texts) != 1 or not texts[0].strip():
        refuse_upstream(f"content must hold exactly one text object with a prompt, but it holds {len(texts)}.")
    if not 1 <= len(images) <= MOST_PICTURES:
        refuse_upstream(f"content must hold 1 to {MOST_PICTURES} image objects, but it holds {len(images)}.")
    limits = MODELS[model]
    if asked.prompt_extend is not None and not limits.takes_prompt_extend:
        refuse_upstream(f"prompt_extend is not supported by {model}.")
    n = 1 if asked.n is None else asked.n
    if not 1 <= n <= limits.most_results:
        refuse_upstream(f"n must be between 1 and {limits.most_results} for {model}.")
    if asked.seed is not None and not 0 <= asked.seed <= LARGEST_SEED:
        refuse_upstream(f"seed must be between 0 and {LARGEST_SEED}.")
    return Order(
        prompt=texts[0],
        pictures=tuple(_picture(image) for image in images),
        negative_prompt=asked.negative_prompt or "",
        n=n,
        size=_size(model, limits, asked.size) if asked.size else None,
        seed=asked.seed or 0,
        watermark=bool(asked.watermark),
    )


def _picture(image: str) -> tuple[bytes, str]:
    if _ADDRESS.match(image):
        refuse_upstream(
            "Unable to download the media resource during the data inspection process: "
            "the offline engine does not fetch addresses."
        )
    header = _DATA_URI.match(image)
    if header is None:
        refuse_upstream("an image must be a http, https or oss address, or data:{mime};base64,{data}.")
    try:
        content = base64.b64decode(image[header.end() :], validate=True)
    except (binascii.Error, ValueError):
        refuse_upstream("the base64 of an image is not valid.")
    if len(content) > LARGEST_FILE:
        refuse_upstream("an image is larger than 10 MB.")
    return content, header[1].lower()


def _size(model: str, limits: Limits, text: str) -> Size:
    if not limits.takes_size:
        refuse_upstream(f"size is not supported by {model}.")
    match = _SIZE.fullmatch(text)
    if match is None:
        refuse_upstream("size must be width*height, for example 1024*1536.")
    width, height = int(match[1]), int(match[2])
    slim = limits.slimmest is not None and max(width, height) > limits.slimmest * min(width, height)
    mean = math.sqrt(width * height)
    low, high = (mean, mean) if limits.by_area else (min(width, height), max(width, height))
    if slim or not limits.smallest <= low <= high <= limits.largest:
        refuse_upstream(f"size {width}*{height} is out of range for {model}.")
    return width, height


class _Form(BaseModel):
    """What FastAPI, on which such servers are built, makes of the fields; those it does not know are ignored."""

    prompt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    n: int = Field(1, ge=1, le=10)
    size: str = "auto"
    seed: int = Field(0, ge=0, le=LARGEST_SEED)
    negative_prompt: str = ""
    response_format: str = "b64_json"


def order_of_form(fields: Mapping[str, str], files: Sequence[tuple[str, bytes]]) -> Order:
    """Check a form as servers do that teams run themselves: any model, plain refusals; raise RefusedError."""
    try:
        form = _Form.model_validate({name: text for name, text in fields.items() if text})
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False)
        detail = [one | {"loc": ["body", *one["loc"]], "input": one["input"] or None} for one in wrong]
        raise RefusedError(422, "", detail=detail) from None
    if form.response_format != "b64_json":
        raise RefusedError(400, "Only response_format 'b64_json' is supported.")
    if {"url", "url[]"} & fields.keys():
        raise RefusedError(400, "Failed to download image from URL: the offline engine does not fetch addresses.")
    names = [name for name, _ in files if name in {"image", "image[]"}]
    if not names:
        raise RefusedError(422, "Field 'image' or 'url' is required")
    if len(set(names)) > 1:
        raise RefusedError(400, "Pictures must all stand under 'image', or all under 'image[]'.")
    if len(names) > MOST_PICTURES:
        message = f"Received {len(names)} input images. At most {MOST_PICTURES} images are supported by this model."
        raise RefusedError(400, message)
    return Order(
        prompt=form.prompt,
        pictures=tuple((content, None) for name, content in files if name in names),
        negative_prompt=form.negative_prompt,
        n=form.n,
        size=None if form.size == "auto" else _form_size(form.size),
        seed=form.seed,
    )


def _form_size(text: str) -> Size:
    found = _SIZE.fullmatch(text.replace("x", "*")) if "*" not in text else None
    if found is None:
        expected = "Expected format: 'WIDTHxHEIGHT' (e.g., '1024x1024')."
        raise RefusedError(400, f"Invalid size format: '{text[:20]}'. {expected}")
    size = int(found[1]), int(found[2])
    if not FORM_SIDES[0] <= min(size) <= max(size) <= FORM_SIDES[1]:
        raise RefusedError(400, f"Each side must have {FORM_SIDES[0]} to {FORM_SIDES[1]} pixels.")
    return size
