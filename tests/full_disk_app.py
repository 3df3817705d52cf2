"""Runs the app on a disk that is full while a file `full` lies in its home folder, and nearly full while `nearly` does.

It stands in for a small disk, which only the superuser may make. The operating system's answers are replaced at the
two places where Python passes them on; the database, which does not write through Python, still has room.
"""

import errno
import os
import runpy
import shutil
import sys
from collections import namedtuple
from pathlib import Path

HOME = Path(os.environ["QWEN_EDIT_HOME"])
WRITING = os.O_WRONLY | os.O_RDWR
Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - what shutil gives


def refuse(event: str, values: tuple[object, ...]) -> None:
    if event != "open" or not isinstance(values[2], int) or not values[2] & WRITING:
        return
    if HOME / "results" in Path(str(values[0])).parents and (HOME / "full").exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def usage(folder: object) -> Usage:
    real = shutil_usage(folder)
    return Usage(real.total, real.total - 5_000_000, 5_000_000) if (HOME / "nearly").exists() else Usage(*real)


shutil_usage = shutil.disk_usage
shutil.disk_usage = usage
sys.addaudithook(refuse)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
runpy.run_path(str(Path(__file__).resolve().parent.parent / "app.py"), run_name="__main__")
