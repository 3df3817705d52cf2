"""One edit while the program works on it."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Final

from client.edits.journal.shelf import digest
from client.errors import Charge, ImageEditError
from client.messages import Message
from client.models import EditRequest, EditResult, Phase, Progress
from client.pictures import Picture
from client.settings import Settings

DOUBLE_CLICK_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 1.0


class Edit:
    """One edit that was started: how far it is, and in the end its result or its error.

    `id` cannot be guessed and is the same in the history, `visitor` is whose edit it is, `started` is a time of
    `time.monotonic`. An edit lets go of the pictures it was given as soon as they are stored, since they would fill the
    memory; `request` then has none. `stopped` means that nobody waits for it any more. `asked` is the same for the two
    halves of a double click, as far as it can be told without the pictures. `changes` counts what happened to it.
    """

    def __init__(self, request: EditRequest, settings: Settings, visitor: str = "", edit_id: str | None = None) -> None:
        self.id = edit_id or secrets.token_urlsafe(16)
        self.visitor = visitor
        self.request = request.with_seed()
        self.settings = settings
        self.progress = Progress(Phase.SENDING, request.n)
        self.result: EditResult | None = None
        self.error: ImageEditError | None = None
        self.started = time.monotonic()
        self.stopped = False
        self.drawn = request.seed is None
        self.asked = (visitor, _bare(request))
        self._digests: Sequence[str] = ()
        self.changes = 0
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
        """Why whoever waited for it has no result: its error, or that it was stopped after it was sent."""
        charged = Charge.NO if self.settings.offline else Charge.MAYBE
        return self.error or ImageEditError(Message.of("error.stopped_sent"), charged=charged)

    @property
    def is_old(self) -> bool:
        """Whether it was started too long ago for the same asked once more to be a double click."""
        return time.monotonic() - self.started >= DOUBLE_CLICK_SECONDS

    def is_twin_of(self, other: "Edit") -> bool:
        """Tell whether this goes on and asks for the very same as another edit."""
        going_on = not self.done and not self.stopped
        alike = self.asked == other.asked and self.settings == other.settings
        return going_on and alike and self._has(other.request.pictures)

    def _has(self, pictures: tuple[Picture | str, ...]) -> bool:
        if not self._digests:
            return self.request.pictures == pictures
        return list(map(_name, pictures)) == self._digests

    def remember(self, pictures: Sequence[Picture | str], digests: Sequence[str]) -> None:
        """Take note of which pictures it has, so that they can be let go."""
        pairs = zip(pictures, digests, strict=True)
        self._digests = [one if isinstance(one, str) else known for one, known in pairs]

    @property
    def bare(self) -> EditRequest:
        """What is asked for, without the pictures."""
        return _bare(self.request)

    def let_go(self) -> None:
        """Forget the pictures themselves; which they were is known."""
        self.request = self.bare

    def take(self, outcome: Progress | EditResult | ImageEditError) -> None:
        """Take note of what happened and wake everyone who watches."""
        if isinstance(outcome, Progress):
            self.progress = outcome
        elif isinstance(outcome, EditResult):
            self.result = outcome
        else:
            self.error = outcome.lightened()
        if self.done:
            self.let_go()
        self._wake()

    def wait_at(self, position: int | None) -> None:
        """Take note of its place in the queue."""
        self.take(Progress(Phase.SENDING, self.request.n, position=position))

    def leave(self) -> None:
        """Take note that nobody waits for it any more."""
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


def _bare(request: EditRequest) -> EditRequest:
    return request.model_copy(update={"pictures": ()})


def _name(picture: Picture | str) -> str:
    return picture if isinstance(picture, str) else digest(picture)
