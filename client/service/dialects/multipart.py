"""A form with files, in parts between boundaries (RFC 7578), none of whose contents is ever copied."""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_MIME: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_UNKNOWN: Final = "application/octet-stream"
# As browsers write them: these three could end the name, or the line that it stands in.
_ESCAPED: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


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
