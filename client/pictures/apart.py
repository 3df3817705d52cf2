"""Pictures of strangers: decoded in processes of their own, with limits on memory, time and number."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Protocol

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.header import read
from client.pictures.picture import SEND_SIDE, Picture, damaged
from client.pictures.plan import plan_for
from client.pictures.prepare import prepare_picture
from client.pictures.preview import SIDE, preview_png
from client.pictures.source import open_source
from client.pictures.worker import PREVIEW, unpacked

SECONDS: Final = 20
MEMORY: Final = 2_000_000_000
AT_ONCE: Final = 2


class PictureWork(Protocol):
    """What is done to pictures, wherever it is done."""

    def prepare_picture(self, path: Path, side: int = SEND_SIDE) -> Picture:
        """Return a picture file ready to be sent; raise InvalidImageError."""

    def preview_png(self, path: Path, max_side: int = SIDE) -> bytes:
        """Return a PNG that any browser can show; raise InvalidImageError."""


class PicturesHere:
    """Does the work in this very process: the pictures are one's own."""

    prepare_picture = staticmethod(prepare_picture)
    preview_png = staticmethod(preview_png)


class PicturesApart:
    """Does what `prepare_picture` and `preview_png` do, with every decoder in a process that may crash.

    For public hosts (safety, "Pictures in"). A file that is fit is not decoded and needs no process.
    """

    def __init__(self, *, at_once: int = AT_ONCE, seconds: int = SECONDS, memory: int = MEMORY) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._seconds = seconds
        self._memory = memory

    def prepare_picture(self, path: Path, side: int = SEND_SIDE) -> Picture:
        """Return a picture file ready to be sent; raise InvalidImageError, also for one that takes too long."""
        with open_source(path) as source:
            fit = plan_for(read(source), side).as_is
        return prepare_picture(path, side) if fit else unpacked(self._run("prepare", path, side))

    def preview_png(self, path: Path, max_side: int = SIDE) -> bytes:
        """Return a PNG that any browser can show; raise InvalidImageError, also for one that takes too long."""
        return unpacked(self._run(PREVIEW, path, max_side)).data

    def _run(self, task: str, path: Path, side: int) -> bytes:
        command = [sys.executable, "-m", f"{__package__}.worker", task, os.fspath(path.absolute())]
        command += [str(side), str(self._seconds), str(self._memory)]
        # Nothing of our own environment: there may be a key in it.
        environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
        with self._places:
            try:
                done = subprocess.run(  # noqa: S603 - our own module, and the path is one argument
                    command, capture_output=True, check=True, timeout=self._seconds, env=environment
                )
            except subprocess.TimeoutExpired as error:
                raise InvalidImageError(Message.of("image.too_hard")) from error
            except subprocess.CalledProcessError as error:
                raise damaged() from error
        return done.stdout


def pictures_for(*, public: bool) -> PictureWork:
    """Return where pictures are decoded: those of strangers apart, one's own here."""
    return PicturesApart() if public else PicturesHere()
