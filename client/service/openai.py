"""The dialect of OpenAI's image edits, spoken by servers that teams run on their own GPUs (CONTRACT.md, section 5).

Among them are vLLM-Omni, SGLang and stable-diffusion.cpp. A server takes what it knows and ignores the rest.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

from client.catalog import EVERYTHING, Abilities
from client.errors import InvalidRequestError
from client.messages import Message
from client.models import AUTO, EditRequest
from client.pictures import Picture
from client.service.addresses import RESULT_URL_LIMIT
from client.service.answers import Edited, WireAnswer, edited_in, image_in
from client.service.failures import checked
from client.service.wire import WireRequest

ABILITIES: Final = Abilities(
    bases=("http://127.0.0.1:8000/v1",),
    carries=EVERYTHING - {"prompt_extend", "watermark", "picture_links"},
    needs_key=False,
    hosted=False,
)

_MIME: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_UNKNOWN: Final = "application/octet-stream"
# As browsers write them: these three could end the name, or the line that it stands in.
_ESCAPED: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
_PATH: Final = "/images/edits"
_VERSION: Final = re.compile(r"/v[0-9]+(?:[a-z]+[0-9]*)?(?:/|$)")


def endpoint_base(address: str) -> str:
    """Return the address that paths are added to; /v1 is added where it names no version."""
    base = address.rstrip("/").removesuffix(_PATH)
    return base if _VERSION.search(urlsplit(base).path) else f"{base}/v1"


def models_url(base: str) -> str:
    """Return where a server lists its models."""
    return f"{base}/models"


def build_request(request: EditRequest, base: str) -> WireRequest:
    """Return the POST for an edit; raises InvalidRequestError where a link is among the pictures.

    Several pictures go under `image[]` and one under `image`, never under both: the order would be lost.
    """
    pictures = [picture for picture in request.pictures if isinstance(picture, Picture)]
    if len(pictures) < len(request.pictures):
        raise InvalidRequestError(Message.of("request.no_links"))
    name = "image" if len(pictures) == 1 else "image[]"
    files = [FormFile(name, _file_name(place, one), one.mime, one.data) for place, one in enumerate(pictures, 1)]
    content_type, parts = written_form(_fields(request), files)
    return WireRequest(f"{base}{_PATH}", content_type, parts)


def _file_name(place: int, picture: Picture) -> str:
    return f"image-{place}.{picture.mime.rpartition('/')[2]}"


def _fields(request: EditRequest) -> Iterator[tuple[str, str]]:
    yield "model", request.model
    yield "prompt", request.prompt
    yield "n", str(request.n)
    if request.size != AUTO:
        yield "size", request.size.replace("*", "x")
    if request.negative_prompt.strip():
        yield "negative_prompt", request.negative_prompt
    if request.seed is not None:
        yield "seed", str(request.seed)
    yield "response_format", "b64_json"


def parse_response(answer: WireAnswer) -> Edited:
    """Return all images of an answer; links may be relative to the server. Raises what `checked` raises."""

    def read(name: str, text: str) -> str | bytes:
        text = text.strip()
        if name != "url" or text.startswith("data:") or len(text) > RESULT_URL_LIMIT:
            return image_in(text)
        return _absolute(text, answer.url)

    return checked(edited_in(answer, ("b64_json", "url"), read), answer)


def _absolute(link: str, asked: str) -> str:
    """Return the link as it is, or as it is meant by a server that was asked at this address.

    A server behind a proxy's path does not know of that path: its /v1 is the one that it was asked under.
    """
    if re.match(r"https?://", link, re.IGNORECASE):
        return link
    base = asked.removesuffix(_PATH)
    if link.startswith("/v1/") and base.endswith("/v1"):
        return base.removesuffix("/v1") + link
    try:
        return urljoin(asked, link)
    except ValueError:
        return link


@dataclass(frozen=True, slots=True)
class FormFile:
    """One file of a form: the name of its field, and its own."""

    name: str
    filename: str
    mime: str
    content: bytes = field(repr=False)


def written_form(fields: Iterable[tuple[str, str]], files: Iterable[FormFile]) -> tuple[str, tuple[bytes, ...]]:
    """Return the content type and the body, in parts, of a form; files come after fields, both in the order given.

    The boundary is drawn anew each time from so many that no content can be made to hold it.
    """
    boundary = f"qwen-edit-studio-{secrets.token_hex(16)}"
    start, end = f"--{boundary}\r\n", f"--{boundary}--\r\n".encode()
    texts = (f"{start}{_disposition(name)}\r\n\r\n{text}\r\n".encode() for name, text in fields)
    uploads = (part for file in files for part in _upload(start, file))
    return f"multipart/form-data; boundary={boundary}", (*texts, *uploads, end)


def _upload(start: str, file: FormFile) -> Iterator[bytes]:
    mime = file.mime if _MIME.fullmatch(file.mime) else _UNKNOWN
    named = f'{_disposition(file.name)}; filename="{file.filename.translate(_ESCAPED)}"'
    yield f"{start}{named}\r\nContent-Type: {mime}\r\n\r\n".encode()
    yield file.content
    yield b"\r\n"


def _disposition(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name.translate(_ESCAPED)}"'
