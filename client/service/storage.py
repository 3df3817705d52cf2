"""Where results are written: first under another name, and under their own only when they are whole and on the disk."""

import errno
import hashlib
import os
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, Final

from client.errors import InvalidRequestError
from client.messages import Message
from client.models import ResultPicture
from client.pictures import read_header

ROOM_NEEDED: Final = 200_000_000
# What `made_up_name` returns, as a regular expression: a file or folder of somebody else is hardly called so.
MADE_UP_NAME: Final = "[0-9a-f]{32}"
_SUFFIXES: Final = {"JPEG": "jpg", "TIFF": "tif"}


def check_room(folder: Path, needed: int = ROOM_NEEDED) -> None:
    """Make the folder for results and see that there is room in it, before money is spent.

    Raises InvalidRequestError where the folder cannot be written to or less than `needed` bytes are free.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        # Rights tell less than trying: there are disks that are mounted to be read only, and lists of rights besides.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        raise InvalidRequestError(Message.of("request.folder")) from None
    if free < needed:
        raise InvalidRequestError(Message.of("request.disk_full", megabytes=free // 1_000_000))


def made_up_name() -> str:
    """Return a name that nobody can guess."""
    return secrets.token_hex(16)


def unused_folder(results: Path) -> Path:
    """Return the path of a folder that does not exist yet and cannot be guessed; writing a result makes it."""
    return results / made_up_name()


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is either whole and on the disk, or not there; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # On Windows a plain rename fails where the file is there already.
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


class PartFile:
    """A result that is being received; every method may raise OSError and blocks, so call it in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        # Whoever gives it up while a thread opens it must not leave it open.
        self._opening = threading.Lock()
        self._discarded = False
        self._opened: BinaryIO | None = None
        self.size = 0

    def open(self) -> None:
        """Make the file, unless it was discarded meanwhile."""
        with self._opening:
            if not self._discarded:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._opened = self._path.open("wb")

    @property
    def _file(self) -> BinaryIO:
        if self._opened is None:
            raise OSError(errno.EBADF, "The file is not open.")
        return self._opened

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    def restart(self) -> None:
        """Empty the file, to receive the result from its beginning."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = 0

    def finish(self) -> ResultPicture:
        """Give the file its name when it is a picture and on the disk; raises InvalidImageError where it is none."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        header = read_header(self._path)
        suffix = _SUFFIXES.get(header.format, header.format.lower())
        path = self._path.with_suffix(f".{suffix}")
        # It may be there already, from a program that ended before it was noted.
        self._path.replace(path)
        _sync_folder(path.parent)
        return ResultPicture(
            path=path,
            width=header.width,
            height=header.height,
            mime=header.mime,
            sha256=self._hash.hexdigest(),
            size_bytes=self.size,
        )

    def discard(self) -> None:
        """Remove the file, unless it has become a result."""
        with self._opening:
            self._discarded = True
            if self._opened is not None:
                self._opened.close()
                self._path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # Windows has no handles of folders that could be synced.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
