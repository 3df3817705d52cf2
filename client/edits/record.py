"""What is noted down about an edit on its way, each time before the next step is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from client.messages import Message
from client.models import ResultPicture
from client.service.answers import WireAnswer

# What failed with one of these may work later: the links are good for a day, and the disk can be made room on.
MAY_COME_YET: Final = frozenset({"error.not_fetched", "error.not_stored"})

Outcome = ResultPicture | Message


class Record(Protocol):
    """Where an edit leaves its traces, so that nothing paid for is lost with the program.

    `folder` is where its results go; `kept` are those that an earlier run stored, by their place in the answer.
    """

    @property
    def folder(self) -> Path:
        """Where the results go."""

    @property
    def kept(self) -> Mapping[int, ResultPicture]:
        """The results that are there already."""

    async def sending(self) -> None:
        """Take note that the next byte goes to the service; raises InvalidRequestError, and then nothing is sent."""

    async def not_taken(self) -> None:
        """Take note that the service provably did not take it, and that it will be sent again."""

    async def answered(self, answer: WireAnswer, seconds: float) -> None:
        """Take note of a successful answer, before anyone reads it, and of how long it took; raises nothing."""

    async def fetching(self) -> None:
        """Take note that the answer could be read; raises nothing."""

    async def stored(self, place: int, picture: ResultPicture) -> None:
        """Take note of one result that is on the disk; raises nothing."""

    def fetched(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of what became of every result."""


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Notes nothing down, for programs that use the client without a history."""

    folder: Path
    kept: Mapping[int, ResultPicture] = field(default_factory=dict)

    async def sending(self) -> None:
        """Let it be sent."""

    async def not_taken(self) -> None:
        """Note nothing."""

    async def answered(self, answer: WireAnswer, seconds: float) -> None:
        """Note nothing."""

    async def fetching(self) -> None:
        """Note nothing."""

    async def stored(self, place: int, picture: ResultPicture) -> None:
        """Note nothing."""

    def fetched(self, outcomes: Sequence[Outcome]) -> None:
        """Note nothing."""
