"""From a form to an order, as servers do that teams run themselves: any model, plain refusals (contract, section 5)."""

import re
from typing import Final

from client.offline import refusals
from client.offline.decoding import PictureError, check
from client.offline.forms import Form, FormError, read_form
from client.offline.limits import LARGEST_SEED, MOST_PICTURES
from client.offline.order import Order
from client.offline.sizes import Size

MOST_RESULTS: Final = 10
SHORTEST_SIDE: Final = 64
LONGEST_SIDE: Final = 2048

_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")


def order_of_form(content_type: str, body: bytes) -> Order:
    """Check a form as its servers do; raise RefusedError. Fields that they do not know are ignored."""
    try:
        form = read_form(content_type, body)
    except FormError:
        refusals.refuse_form(400, "There was an error parsing the body")
    fields = form.fields
    prompt = fields.get("prompt", "").strip()
    if not prompt:
        refusals.refuse_field("prompt", "missing", "Field required")
    if fields.get("response_format", "b64_json") != "b64_json":
        refusals.refuse_form(400, "Only response_format 'b64_json' is supported.")
    return Order(
        model=fields.get("model", ""),
        prompt=prompt,
        pictures=_pictures(form),
        negative_prompt=fields.get("negative_prompt", ""),
        n=_integer(fields, "n", 1, MOST_RESULTS) or 1,
        size=_size(fields.get("size", "auto")),
        seed=_integer(fields, "seed", 0, LARGEST_SEED),
    )


def _pictures(form: Form) -> tuple[bytes, ...]:
    if {"url", "url[]"} & form.fields.keys():
        refusals.refuse_form(400, "Failed to download image from URL: the offline engine does not fetch addresses.")
    names = [name for name, _ in form.files if name in {"image", "image[]"}]
    if not names:
        refusals.refuse_form(422, "Field 'image' or 'url' is required")
    if len(set(names)) > 1:
        refusals.refuse_form(400, "Pictures must all stand under 'image', or all under 'image[]'.")
    if len(names) > MOST_PICTURES:
        message = f"Received {len(names)} input images. At most {MOST_PICTURES} images are supported by this model."
        refusals.refuse_form(400, message)
    return tuple(_checked(content) for name, content in form.files if name in names)


def _checked(content: bytes) -> bytes:
    try:
        check(content)
    except PictureError as error:
        refusals.refuse_form(400, f"Failed to open uploaded file: {error}")
    return content


def _integer(fields: dict[str, str], name: str, low: int, high: int) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text):
        message = "Input should be a valid integer, unable to parse string as an integer"
        refusals.refuse_field(name, "int_parsing", message, text)
    if not low <= int(text) <= high:
        refusals.refuse_field(name, "out_of_range", f"Input should be from {low} to {high}", text)
    return int(text)


def _size(text: str) -> Size | None:
    if text == "auto":
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        expected = "Expected format: 'WIDTHxHEIGHT' (e.g., '1024x1024')."
        refusals.refuse_form(400, f"Invalid size format: '{text[:20]}'. {expected}")
    size = int(found[1]), int(found[2])
    if not SHORTEST_SIDE <= min(size) <= max(size) <= LONGEST_SIDE:
        refusals.refuse_form(400, f"Each side must have {SHORTEST_SIDE} to {LONGEST_SIDE} pixels.")
    return size
