"""Pictures of strangers: decoded in processes of their own, with limits on memory, time and number."""

import functools
import multiprocessing
import os
import threading
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, SpawnContext
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
from client.pictures.worker import PREVIEW, answer, unpacked

SECONDS: Final = 20
MEMORY: Final = 2_000_000_000
AT_ONCE: Final = 2
LONGEST_ANSWER: Final = 256_000_000


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
        _processes()
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
        with self._places:
            return self._answered(task, path, side)

    def _answered(self, task: str, path: Path, side: int) -> bytes:
        late = threading.Event()
        processes = _processes()
        receiver, sender = processes.Pipe(duplex=False)
        told = (sender, task, path.absolute(), side, self._seconds, self._memory)
        worker = processes.Process(target=answer, args=told, daemon=True)

        def end() -> None:
            late.set()
            worker.kill()

        with receiver:
            with sender:
                worker.start()
            timer = threading.Timer(self._seconds, end)
            timer.start()
            try:
                return receiver.recv_bytes(LONGEST_ANSWER)
            except (EOFError, OSError) as error:
                raise InvalidImageError(Message.of("image.too_hard")) if late.is_set() else damaged() from error
            finally:
                timer.cancel()
                timer.join()
                worker.kill()
                worker.join()
                worker.close()


@functools.cache
def _processes() -> ForkServerContext | SpawnContext:
    """Start the process that all others are made from: with everything imported, which takes longer than most pictures.

    It knows nothing of our own environment, for there may be a key in it.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", answer.__module__])
    own = dict(os.environ)
    os.environ.clear()
    # Several are at work at once, and a process with threads is not to be copied.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(own)
    return context


def pictures_for(*, public: bool) -> PictureWork:
    """Return where pictures are decoded: those of strangers apart, one's own here."""
    return PicturesApart() if public else PicturesHere()
