"""Keeps two programs from working in one folder: each would take the other's edits for those of a crash."""

import os
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from client.settings import ConfigurationError

# A program that is started again may meet the last moments of the one before.
PATIENCE: Final = 1.0
PAUSE: Final = 0.05


class HomeLock:
    """The right to work in a folder; the operating system gives it back however a program ends."""

    def __init__(self, home: Path) -> None:
        """Take the lock; raises ConfigurationError where another program has it, or the folder cannot be used."""
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(home / "journal.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            message = f"QWEN_EDIT_HOME must be a folder that can be written to; {home} cannot."
            raise ConfigurationError(message) from None
        deadline = time.monotonic() + PATIENCE
        while not _locked(self._handle):
            if time.monotonic() > deadline:
                os.close(self._handle)
                _refuse(home)
            time.sleep(PAUSE)

    def release(self) -> None:
        """Give the folder back."""
        os.close(self._handle)


def _refuse(home: Path) -> NoReturn:
    message = f"Another running Qwen Edit Studio uses {home}: end it, or set QWEN_EDIT_HOME to another folder."
    raise ConfigurationError(message)


if sys.platform == "win32":
    import msvcrt

    def _locked(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
