"""One picture in a process of its own. The answer is a line of JSON and the bytes of the picture after it."""

import json
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import Picture
from client.pictures.prepare import prepare_picture
from client.pictures.preview import preview_png

PREVIEW: Final = "preview"
GENTLY: Final = 10  # of at most 19: whoever looks at the page comes first


def answer(sender: Connection, task: str, path: Path, side: int, seconds: int, memory: int) -> None:  # noqa: PLR0913, PLR0917 - all that the process is told
    """Do one task under limits and send the answer; a crash or a limit ends the process without one."""
    os.environ.clear()
    # Ctrl+C reaches every process of a terminal; the app ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(seconds, memory)
    sender.send_bytes(_answer(task, path, side))


def _answer(task: str, path: Path, side: int) -> bytes:
    try:
        if task == PREVIEW:
            return _packed({}) + preview_png(path, side)
        picture = prepare_picture(path, side)
    except InvalidImageError as error:
        return _packed({"refused": _fields(error.message)})
    notes = [_fields(note) for note in picture.notes]
    return _packed({"mime": picture.mime, "size": [picture.width, picture.height], "notes": notes}) + picture.data


def _limit(seconds: int, memory: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - it does not exist on Windows

        os.nice(GENTLY)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _packed(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _fields(message: Message) -> dict[str, object]:
    return {"code": message.code, "facts": dict(message.facts)}


def unpacked(answer: bytes) -> Picture:
    """Return the picture in an answer to either task; raise InvalidImageError where it was refused."""
    line, _, content = answer.partition(b"\n")
    fields = json.loads(line)
    if "refused" in fields:
        raise InvalidImageError(Message(**fields["refused"]))
    width, height = fields.get("size", (0, 0))
    notes = tuple(Message(**note) for note in fields.get("notes", ()))
    return Picture(content, fields.get("mime", "image/png"), width, height, notes)
