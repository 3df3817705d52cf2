"""Writes one edit's steps into the journal while it is made."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from client.edits.journal.entries import State
from client.edits.journal.journal import ANSWER_SECONDS, Journal
from client.edits.journal.writer import JournalError
from client.edits.record import MAY_COME_YET, Outcome
from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditResult, ResultPicture
from client.service.answers import WireAnswer
from client.service.keys import redacting_logger

# A full disk is made room on within minutes, if at all.
INSIST_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, *(30.0,) * 20)

_log: Final = redacting_logger(__name__)


class Recording:
    """The record of one edit.

    Before anything is sent a journal that cannot be written to is an error. Afterwards it must not cost the result:
    what could not be written is kept in memory, and tried again with the end.
    """

    def __init__(
        self, journal: Journal, edit_id: str, folder: Path, *, kept: Mapping[int, ResultPicture], stored: float = 0.0
    ) -> None:
        self._journal = journal
        self._id = edit_id
        self._folder = folder
        self._kept = kept
        self._answered = stored
        self._answer: tuple[WireAnswer, float] | None = None
        self._pictures: dict[int, ResultPicture] = {}
        self._lacking = False

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self._folder

    @property
    def kept(self) -> Mapping[int, ResultPicture]:
        """The results that an earlier run stored."""
        return self._kept

    async def sending(self) -> None:
        """Write down that it is sent; raises InvalidRequestError where that cannot be done."""
        try:
            await self._journal.set_state(self._id, State.SENDING)
        except JournalError:
            raise InvalidRequestError(Message.of("request.journal")) from None

    async def not_taken(self) -> None:
        """Write down that it still waits to be sent."""
        await self._try_state(State.CREATED)

    async def answered(self, answer: WireAnswer, seconds: float) -> None:
        """Keep the answer."""
        self._answered = time.time()
        self._answer = (answer, seconds)
        try:
            await self._write_answer()
        except (JournalError, OSError) as error:
            _log.error("an answer could not be written down: %s", error)

    async def fetching(self) -> None:
        """Write down that its results are fetched."""
        await self._try_state(State.FETCHING)

    async def stored(self, place: int, picture: ResultPicture) -> None:
        """Write one result down."""
        self._pictures[place] = picture
        try:
            await self._write_pictures()
        except JournalError as error:
            _log.error("a result could not be written down: %s", error)

    def fetched(self, outcomes: Sequence[Outcome]) -> None:
        """Note whether results are lacking that may come yet."""
        failed = [outcome for outcome in outcomes if isinstance(outcome, Message)]
        self._lacking = any(message.code in MAY_COME_YET for message in failed)

    async def end(self, outcome: EditResult | ImageEditError) -> bool:
        """Write the end down, with all that could not be written before; False where it still cannot."""
        try:
            if self._lacking:
                await self._write_answer()
            await self._write_pictures()
            if isinstance(outcome, EditResult):
                await self._journal.finish(self._id, outcome, whole=not self._may_come)
            else:
                await self._journal.fail(self._id, self._state(outcome), outcome.message, outcome.request_id)
        except (JournalError, OSError) as error:
            _log.error("the end of an edit could not be written down: %s", error)
            return False
        return True

    async def insist(self, outcome: EditResult | ImageEditError) -> None:
        """Write the end down once there is room again; give up after ten minutes."""
        for pause in INSIST_PAUSES:
            await asyncio.sleep(pause)
            if await self.end(outcome):
                return

    @property
    def _may_come(self) -> bool:
        return self._lacking and time.time() - self._answered < ANSWER_SECONDS

    def _state(self, error: ImageEditError) -> State:
        code = error.message.code
        if code == "error.stopped":
            return State.STOPPED
        if self._may_come:
            return State.FETCHING
        if self._lacking or code == "error.expired":
            return State.EXPIRED
        return State.REJECTED if error.charged is Charge.NO else State.UNKNOWN

    async def _write_answer(self) -> None:
        if self._answer is not None:
            await self._journal.answered(self._id, *self._answer)
            self._answer = None

    async def _write_pictures(self) -> None:
        for place, picture in list(self._pictures.items()):
            await self._journal.stored(self._id, place, picture)
            self._pictures.pop(place, None)

    async def _try_state(self, state: State) -> None:
        try:
            await self._journal.set_state(self._id, state)
        except JournalError as error:
            _log.warning("a step of an edit could not be written down: %s", error)
