"""The dialect of OpenAI's image edits, spoken by servers that teams run on their own GPUs (CONTRACT.md, section 5).

Among them are vLLM-Omni, SGLang and stable-diffusion.cpp. A server takes what it knows and ignores the rest.
"""

import re
from io import BytesIO
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from client.catalog import EVERYTHING, Abilities
from client.errors import InvalidRequestError
from client.messages import Message
from client.models import AUTO, EditRequest
from client.pictures import Picture
from client.service.addresses import RESULT_URL_LIMIT
from client.service.answers import Delivered, WireAnswer, delivered_in, image_in
from client.service.failures import checked

ABILITIES: Final = Abilities(
    bases=("http://127.0.0.1:8000/v1",),
    carries=EVERYTHING - {"prompt_extend", "watermark", "picture_links"},
    needs_key=False,
    hosted=False,
)

_PATH: Final = "/images/edits"
_VERSION: Final = re.compile(r"/v[0-9]+(?:[a-z]+[0-9]*)?(?:/|$)")


def endpoint_base(address: str) -> str:
    """Return the address that paths are added to; /v1 is added where it names no version."""
    base = address.rstrip("/").removesuffix(_PATH)
    return base if _VERSION.search(urlsplit(base).path) else f"{base}/v1"


def models_url(base: str) -> str:
    """Return where a server lists its models."""
    return f"{base}/models"


def build_request(request: EditRequest, base: str) -> httpx.Request:
    """Return the POST for an edit, without the key; raises InvalidRequestError where a link is among the pictures.

    Several pictures go under `image[]` and one under `image`, never under both: the order would be lost.
    """
    pictures = [picture for picture in request.load_pictures() if isinstance(picture, Picture)]
    if len(pictures) < len(request.pictures):
        raise InvalidRequestError(Message.of("request.no_links"))
    name = "image" if len(pictures) == 1 else "image[]"
    files = [(name, _file(place, picture)) for place, picture in enumerate(pictures, 1)]
    return httpx.Request("POST", f"{base}{_PATH}", data=_fields(request), files=files)


def _fields(request: EditRequest) -> dict[str, str]:
    fields = {"model": request.model, "prompt": request.prompt, "n": str(request.n)}
    if request.size != AUTO:
        fields["size"] = request.size.replace("*", "x")
    if request.negative_prompt.strip():
        fields["negative_prompt"] = request.negative_prompt
    if request.seed is not None:
        fields["seed"] = str(request.seed)
    return fields | {"response_format": "b64_json"}


def _file(place: int, picture: Picture) -> tuple[str, BytesIO, str]:
    # As a file, which shares the memory of the bytes, it is sent piece by piece, and each write has its own time limit.
    return f"image-{place}.{picture.mime.rpartition('/')[2]}", BytesIO(picture.data), picture.mime


def parse_response(answer: WireAnswer) -> Delivered:
    """Return all images of an answer; links may be relative to the server. Raises what `checked` raises."""

    def read(name: str, text: str) -> str | bytes:
        text = text.strip()
        if name != "url" or text.startswith("data:") or len(text) > RESULT_URL_LIMIT:
            return image_in(text)
        return _absolute(text, answer.url)

    return checked(delivered_in(answer, ("b64_json", "url"), read), answer)


def _absolute(link: str, url: str) -> str:
    """Return the link as it is, or as it is meant by a server whose edits are made at `url`.

    A server behind a proxy's path does not know of that path: its /v1 is the one that it was asked under.
    """
    if re.match(r"https?://", link, re.IGNORECASE):
        return link
    base = url.removesuffix(_PATH)
    if link.startswith("/v1/") and base.endswith("/v1"):
        return base.removesuffix("/v1") + link
    try:
        return urljoin(url, link)
    except ValueError:
        return link
