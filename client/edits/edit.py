"""One edit while the program works on it."""

import asyncio
import hashlib
import secrets
import time
from typing import Final

from client.edits.target import Target
from client.errors import Charge, ImageEditError
from client.messages import Message
from client.models import EditRequest, EditResult, KeptPicture, Phase, Progress
from client.pictures import Picture
from client.settings import Settings

DOUBLE_CLICK_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 1.0


class Edit:
    """One edit that was started: how far it is, and in the end its result or its error.

    `id` cannot be guessed and is the same in the history, `visitor` is its owner, `started` is a time of
    `time.monotonic`. `request` has its real seed, and no pictures any more at the end; `seed_was_random` tells that
    nobody chose the seed. `target` is what its results are put back into. `stopped` means that nobody waits for it any
    more. `changes` counts the updates.
    """

    def __init__(
        self,
        request: EditRequest,
        settings: Settings,
        visitor: str = "",
        edit_id: str | None = None,
        target: Target | None = None,
    ) -> None:
        self.id = edit_id or secrets.token_urlsafe(16)
        self.visitor = visitor
        self.request = request.with_seed()
        self.settings = settings
        self.target = target
        self.progress = Progress(Phase.SENDING, request.n)
        self.result: EditResult | None = None
        self.error: ImageEditError | None = None
        self.started = time.monotonic()
        self.stopped = False
        self.seed_was_random = request.seed is None
        self.changes = 0
        self._asked = request.without_pictures()
        self._changed = asyncio.Event()

    @property
    def sent(self) -> bool:
        """Whether the service may have begun to work on it, so that it may cost money."""
        return self.progress.sent

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self.result is not None or self.error is not None

    @property
    def failure(self) -> ImageEditError:
        """Why there is no result: its error, or that it was stopped after it was sent."""
        charged = Charge.NO if self.settings.offline else Charge.MAYBE
        return self.error or ImageEditError(Message.of("error.stopped_sent"), charged=charged)

    @property
    def is_old(self) -> bool:
        """Whether it was started too long ago for a second, equal request to be a double click."""
        return time.monotonic() - self.started >= DOUBLE_CLICK_SECONDS

    def asks_for(self, request: EditRequest, settings: Settings, target: Target | None) -> bool:
        """Tell whether this edit has the same request, service and key, and its results go the same way."""
        if self._asked != request.without_pictures() or self.settings != settings or self.target != target:
            return False
        mine, others = self.request.pictures, request.pictures
        return len(mine) == len(others) and all(map(_same, mine, others))

    def update(self, change: Progress | EditResult | ImageEditError) -> None:
        """Store the new progress, the result or the error, and wake everyone who watches."""
        if isinstance(change, Progress):
            self.progress = change
        elif isinstance(change, EditResult):
            self.result = change
        else:
            self.error = change.detached()
        if self.done:
            self.request = self.request.without_pictures()
        self._wake()

    def set_position(self, position: int | None) -> None:
        """Store its position in the queue, 1 being the next; None when its turn has come."""
        self.update(Progress(Phase.SENDING, self.request.n, position=position))

    def mark_stopped(self) -> None:
        """Store that nobody waits for it any more."""
        self.stopped = True
        self._wake()

    def _wake(self) -> None:
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, since: int) -> None:
        """Return when there were more than `since` changes, at the latest after a second."""
        if self.changes > since:
            return
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return


def _same(one: Picture | KeptPicture | str, other: Picture | KeptPicture | str) -> bool:
    if type(one) is type(other) and not isinstance(one, KeptPicture):
        return one == other
    return not isinstance(one, str) and not isinstance(other, str) and sha256_of(one) == sha256_of(other)


def sha256_of(picture: Picture | KeptPicture) -> str:
    """Return the SHA-256 of a picture's bytes as hexadecimal digits."""
    return picture.sha256 if isinstance(picture, KeptPicture) else hashlib.sha256(picture.data).hexdigest()
