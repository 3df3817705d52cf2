"""Reads a form with files from the body of a request (RFC 7578), byte for byte."""

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

MOST_PARTS: Final = 64

_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)


class FormError(Exception):
    """The body is not the form that its Content-Type announces."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in: of a field that comes twice the last text counts, while files are kept in order."""

    fields: dict[str, str]
    files: list[tuple[str, bytes]] = field(repr=False)


def read_form(content_type: str, body: bytes) -> Form:
    """Take a form apart; raise FormError."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        message = "no boundary is named"
        raise FormError(message)
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    # What stands before the first boundary and after the last one is nothing to anybody.
    _, *parts = (b"\r\n" + body).split(delimiter, MOST_PARTS + 1)
    form = Form({}, [])
    for place, part in enumerate(parts):
        if part.startswith(b"--"):
            return form
        if place < MOST_PARTS:
            _take(form, part)
    message = "the last boundary is missing, or there are too many parts"
    raise FormError(message)


def _take(form: Form, part: bytes) -> None:
    head, found, content = part.partition(b"\r\n\r\n")
    name, is_file = _named(head)
    if not found or name is None:
        message = "a part has no name"
        raise FormError(message)
    if is_file:
        form.files.append((name, content))
    else:
        form.fields[name] = content.decode("utf-8", "replace")


def _named(head: bytes) -> tuple[str | None, bool]:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        header, _, text = line.partition(":")
        if header.strip().lower() == "content-disposition":
            disposition = Message()
            disposition["Content-Disposition"] = text.strip()
            name = disposition.get_param("name", header="Content-Disposition")
            is_file = disposition.get_param("filename", header="Content-Disposition") is not None
            return (name if isinstance(name, str) else None), is_file
    return None, False
