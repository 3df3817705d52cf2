"""What came back: reads what an answer says, whatever shape it comes in (CONTRACT.md, sections 2 and 3)."""

import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

SAID_LIMIT: Final = 500
_REQUEST_ID_LIMIT: Final = 128
_WRAPPERS_LIMIT: Final = 3
_PARTS_LIMIT: Final = 100_000

_ID_HEADERS: Final = ("x-oneapi-request-id", "x-dashscope-request-id", "x-request-id")
_ID_IN_TEXT: Final = re.compile(r"\s*\(request[ _]id:?\s*([^)\s]+)\s*\)", re.IGNORECASE)
_URL_SAFE: Final = str.maketrans("-_", "+/")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_FINE_CODES: Final = {"", "0", "200", "ok", "success", "none"}


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What came back from `url`: the header names are in small letters.

    `request_text` holds every text of the request, for services repeat it in what they say of a failure.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = ""
    request_text: str = field(default="", repr=False)

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes = b"") -> "WireAnswer":
        """Make an answer from headers in any writing."""
        return cls(status, {name.lower(): text for name, text in headers.items()}, body)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What an answer delivers: each image is a link, or the bytes of a picture; in the service's order."""

    images: tuple[str | bytes, ...] = field(repr=False)
    revised_prompt: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """What a service says about what went wrong; `status` is the number in the body where one stands there.

    `bare` tells that the code is one word that stood where a sentence usually does.
    """

    code: str = ""
    text: str = ""
    status: int | None = None
    bare: bool = False


def parsed(body: bytes) -> object:
    """Return the JSON value in a body, None where there is none that can be read.

    A body may be long when it holds pictures, but not when it holds so many small things that they fill the memory.
    """
    if sum(map(body.count, (b",", b":", b"[", b"{"))) > _PARTS_LIMIT:
        return None
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def is_web_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether this is a page for a browser."""
    start = body[:256].lstrip().lower()
    return "text/html" in headers.get("content-type", "").lower() or start.startswith((b"<!doctype html", b"<html"))


def objects(value: object) -> list[dict[str, object]]:
    """Return the JSON objects in a list, or the one that stands alone."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def reach(value: object, *names: str) -> list[dict[str, object]]:
    """Return the objects that a path of names leads to, through every list on the way."""
    places = objects(value)
    for name in names:
        places = [inner for place in places for inner in objects(place.get(name))]
    return places


def image_in(text: str) -> str | bytes:
    """Return a link as it is, and base64 (with or without `data:`, white space, padding) as bytes, none if damaged."""
    text = text.strip()
    if re.match(r"https?://", text, re.IGNORECASE):
        return text
    coded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return binascii.a2b_base64(coded.translate(_URL_SAFE).rstrip("=\r\n\t ") + "==")
    except ValueError:
        return b""


def layers(value: object) -> list[dict[str, object]]:
    """Return the object and what its envelopes hold, from the outside in: {"code": 200, "data": {"data": […]}}."""
    found: list[dict[str, object]] = []
    while isinstance(value, dict) and len(found) < _WRAPPERS_LIMIT:
        found.append(value)
        value = value.get("data")
    return found


def failure_in(value: object) -> Failure | None:
    """Return what an answer says about a failure, None where it says nothing of the kind."""
    for layer in layers(value):
        error = layer.get("error") or layer.get("detail")
        if error:
            return _failure(error, layer)
        if layer.get("success") is False or _word(layer.get("code")).lower() not in _FINE_CODES:
            return _failure(layer, layer)
    return None


def words_in(headers: Mapping[str, str], body: bytes) -> str:
    """Return what a short answer in plain words says, nothing where it is a web page."""
    if is_web_page(headers, body) or len(body) > SAID_LIMIT:
        return ""
    return _word(body.decode("utf-8", "replace"))


def request_id_in(headers: Mapping[str, str], value: object) -> str | None:
    """Return the id under which the service knows the request: from a header, the body, or the end of its message."""
    candidates = [headers.get(name, "") for name in _ID_HEADERS[:1]]
    candidates += _ids_in(value)
    candidates += [headers.get(name, "") for name in _ID_HEADERS[1:]]
    fitting = (_word(text)[:_REQUEST_ID_LIMIT] for text in candidates)
    return next(filter(None, fitting), None)


def _ids_in(value: object) -> Iterator[str]:
    for layer in layers(value):
        for name in ("", "metadata", "extra", "error"):
            for place in objects(layer.get(name) if name else layer):
                yield _word(place.get("request_id"))
    for layer in layers(value):
        for place in (layer, *objects(layer.get("error"))):
            found = _ID_IN_TEXT.search(_word(place.get("message")))
            yield found[1] if found else ""


def _failure(error: object, layer: Mapping[str, object]) -> Failure:
    places = objects(error)
    texts = [_said(place) for place in places] or [_word(error)]
    codes = [_word(place.get(name)) for place in (*places, layer) for name in ("code", "type")]
    bare = isinstance(error, str) and _CODE.fullmatch(error) is not None and bool(_word(layer.get("message")))
    if bare:
        codes, texts = [_word(error), *codes], []
    code = next((code for code in codes if code.lower() not in _FINE_CODES), "")
    text = _ID_IN_TEXT.sub("", "; ".join(filter(None, texts)) or _word(layer.get("message")))
    number = int(code) if re.fullmatch(r"[45][0-9]{2}", code) else None
    return Failure(code=code, text=text[:SAID_LIMIT].strip(), status=number, bare=bare)


def _said(place: Mapping[str, object]) -> str:
    """Return what one of several errors says, after the name of the field that it is about."""
    words = _word(place.get("message") or place.get("msg"))
    path = place.get("loc")
    field = _word(path[-1]) if isinstance(path, list) and len(path) > 1 else ""
    return f"{field}: {words}" if field and words else words


def _word(value: object) -> str:
    """Return what a person can read of a value: printable characters on one line."""
    if value is None or isinstance(value, bool):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def delivered_in(
    answer: WireAnswer,
    names: Sequence[str] = ("url", "b64_json"),
    read: Callable[[str, str], str | bytes] = lambda _, text: image_in(text),
) -> Delivered:
    """Return all images of an answer, perhaps none: those that upstream lists, then those that only a gateway lists.

    A gateway's own list holds one image for each of upstream's choices and so loses the others of an edit with several
    results; upstream's list stands in `metadata` or `extra` (CONTRACT.md, section 2). Of `names`, the fields of an
    image in a gateway's list, the first that is filled counts; `read` makes an image of a field's name and text.
    """
    value = parsed(answer.body)
    found = layers(value)
    contents = list(chain.from_iterable(map(_contents, found)))
    fields = chain(_fields(contents, ("image",)), *(_fields(_results(layer), names) for layer in found))
    images = tuple(dict.fromkeys(read(name, text) for name, text in fields))
    revised = chain.from_iterable(_texts(_results(layer), "revised_prompt") for layer in found)
    request_id = request_id_in(answer.headers, value)
    return Delivered(images, next(chain(revised, _texts(contents, "text")), None), request_id)


def _results(layer: dict[str, object]) -> list[dict[str, object]]:
    listed = layer.get("data")
    return objects(listed) if isinstance(listed, list) else []


def _contents(layer: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the parts of upstream's messages, from the answer itself or from what a gateway kept of it."""
    for place in (layer.get("metadata"), layer.get("extra"), layer):
        for message in reach(place, "output", "choices", "message"):
            content = message.get("content")
            yield from objects({"text": content} if isinstance(content, str) else content)


def _fields(places: list[dict[str, object]], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in places:
        given = ((name, place.get(name)) for name in names)
        filled = ((name, text) for name, text in given if isinstance(text, str) and text.strip())
        yield from islice(filled, 1)


def _texts(places: list[dict[str, object]], name: str) -> Iterator[str]:
    for place in places:
        text = place.get(name)
        text = _writable(text) if isinstance(text, str) else ""
        if text.strip():
            yield text


def _writable(text: str) -> str:
    """Return a text that a file and a terminal take: JSON may hold NUL, escape codes and halves of letters."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter for letter in whole if letter in "\n\t" or unicodedata.category(letter) != "Cc")
