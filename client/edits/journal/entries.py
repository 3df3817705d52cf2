"""What the journal knows about an edit, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from client.edits.target import Pasted, Target, usable
from client.errors import Charge, ImageEditError
from client.messages import Message
from client.models import EditRequest, EditResult, KeptPicture, ResultPicture
from client.service.answers import WireAnswer
from client.service.results import RETRYABLE_CODES


class State(StrEnum):
    """How far an edit came.

    `created` was not sent. `sending` may have reached the service. `answered` has an answer that is not read yet,
    `fetching` one whose results are not all here. At an end are `done`, `rejected` (not made), `unknown` (perhaps
    made), `expired` (made, but its results are gone) and `stopped` (before it was sent).
    """

    CREATED = "created"
    SENDING = "sending"
    ANSWERED = "answered"
    FETCHING = "fetching"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    STOPPED = "stopped"


# What becomes of an edit's error, and back: `end_state` and `charge_of` are the only places that know it.
_NOT_CHARGED: Final = frozenset({State.CREATED, State.REJECTED, State.STOPPED})
_STOPPED: Final = frozenset({"error.stopped", "error.program_ended"})
_RESULTS_GONE: Final = frozenset({"error.expired", "error.answer_gone"})


def end_state(error: ImageEditError, *, answer_kept: bool) -> State:
    """Return the state of an edit that ended with this error.

    `answer_kept` tells that its answer is in the journal and its links may still work: what could not be fetched or
    stored is then left to be fetched later. The charge is not written down besides, since the state tells it.
    """
    code = error.message.code
    if code in _STOPPED:
        return State.STOPPED
    if code in RETRYABLE_CODES:
        return State.FETCHING if answer_kept else State.EXPIRED
    if code in _RESULTS_GONE:
        return State.EXPIRED
    return State.REJECTED if error.charged is Charge.NO else State.UNKNOWN


def charge_of(state: State, *, offline: bool) -> Charge:
    """Return whether an edit in this state may have cost money."""
    return Charge.NO if offline or state in _NOT_CHARGED else Charge.MAYBE


@dataclass(frozen=True, slots=True)
class Parent:
    """The result that an edit goes on from: the edit that made it, and its place there, counted from 0."""

    edit: str
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One edit of the history; times are seconds since 1970, `request` is without its pictures.

    `pictures` are those that were sent, in order, a link as its text; `results` are the stored ones and `thumbnails`
    theirs, None where there is none yet. `result` is as the edit returned it, also where only some results came;
    `error` is why it failed, `request_id` the service's number for it. `seed_was_random`: nobody chose the
    seed. `round` counts from 1, `root` is the same for all rounds of one picture. `can_fetch`: the answer is still
    here, and results of it are missing. `running`: it is at work at this moment, or not all of it is recorded yet.
    `target` is what the results are put back into, `pasted` is what became of each; None where it is not made yet.
    """

    id: str
    visitor: str = field(repr=False)
    created: float
    ended: float | None
    state: State
    request: EditRequest
    seed_was_random: bool
    pictures: tuple[KeptPicture | str, ...]
    results: tuple[ResultPicture, ...]
    thumbnails: tuple[Path | None, ...]
    result: EditResult | None
    error: Message | None
    request_id: str | None
    parent: Parent | None
    round: int
    root: int
    dialect: str
    base: str
    offline: bool
    can_fetch: bool
    running: bool = False
    target: Target | None = None
    pasted: tuple[Pasted | None, ...] = ()

    @property
    def whole_request(self) -> EditRequest:
        """The request with its pictures, which are read from the disk when it is sent."""
        return self.request.model_copy(update={"pictures": self.pictures})

    @property
    def shown_thumbnails(self) -> tuple[Path | None, ...]:
        """The thumbnails of the results as they are shown: as they were put back, where they were."""
        made = (usable(self.pasted, self.target, place) for place in range(len(self.thumbnails)))
        return tuple(one.thumbnail if one else small for one, small in zip(made, self.thumbnails, strict=True))

    @property
    def charged(self) -> Charge:
        """Whether it may have cost money."""
        return charge_of(self.state, offline=self.offline)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of the service as it came, with what is needed to fetch its results.

    They go into `folder`; those that an earlier run stored are in `stored`, by their place. `seconds` is how long the
    answer took, `arrived` when it came, in seconds since 1970.
    """

    wire: WireAnswer = field(repr=False)
    folder: Path
    seconds: float
    arrived: float
    stored: Mapping[int, ResultPicture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much is kept for somebody."""

    edits: int
    size_bytes: int
