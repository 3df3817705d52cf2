"""What the journal knows about an edit, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from client.errors import Charge
from client.messages import Message
from client.models import EditRequest, EditResult, KeptPicture, ResultPicture
from client.service.answers import WireAnswer


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


FREE: Final = frozenset({State.CREATED, State.REJECTED, State.STOPPED})


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
    `error` is what was said of one that failed, `request_id` the service's number for it. `round` counts from 1, `root`
    is the same for all rounds of one picture. `can_fetch`: the answer is still here, and results of it are missing.
    `running`: it is being worked on at this moment.
    """

    id: str
    visitor: str = field(repr=False)
    created: float
    ended: float | None
    state: State
    request: EditRequest
    drawn: bool
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

    @property
    def whole_request(self) -> EditRequest:
        """The request with its pictures, which are read from the disk when it is sent."""
        return self.request.model_copy(update={"pictures": self.pictures})

    @property
    def charged(self) -> Charge:
        """Whether it may have cost money."""
        return Charge.NO if self.offline or self.state in FREE else Charge.MAYBE


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
