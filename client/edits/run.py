"""What is known about one edit while it is made: when it began, whether it was sent, what has come."""

import time
from collections.abc import Callable
from typing import Final

from client.edits.record import Record
from client.errors import ImageEditError
from client.messages import Message
from client.models import AUTO, EditRequest, Phase, Progress, ResultPicture
from client.service.failures import Kind
from client.service.keys import redacting_logger

BAD_REQUEST: Final = 400

OnProgress = Callable[[Progress], None]

_log: Final = redacting_logger(__name__)


class Run:
    """One edit on its way; it tells `on_progress` what changes, and survives whatever that does.

    `elapsed` is how many seconds it took before, where an earlier run of the program began it. `warnings` are what a
    person should know of the request.
    """

    def __init__(
        self, request: EditRequest, on_progress: OnProgress | None, record: Record, elapsed: float = 0.0
    ) -> None:
        self.warnings = request.warnings()
        self.request = request
        self.record = record
        self.sent = False
        self._on_progress = on_progress
        self._started = time.monotonic() - elapsed

    @property
    def seed(self) -> int:
        """The seed that is sent."""
        return self.request.seed or 0

    @property
    def size(self) -> str | None:
        """The size that is asked for, None where the service chooses it."""
        return self.request.size if self.request.spec.size and self.request.size != AUTO else None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def explained(self, error: ImageEditError) -> ImageEditError:
        """Return the error, with the likely reason where the service gave none that is known."""
        # Official samples disagree on whether a size goes with several results (contract, section 1).
        unexplained = error.status == BAD_REQUEST and error.message.code == Kind.REJECTED.code
        if unexplained and self.size and self.request.n > 1:
            error.message = Message.of("error.size_with_n")
        return error

    def tell(self, phase: Phase, *, sent: bool, wait_seconds: float | None = None) -> None:
        """Take note of a phase."""
        self.sent = sent
        self._tell(Progress(phase, self.request.n, wait_seconds=wait_seconds, sent=sent))

    def show(self, pictures: tuple[ResultPicture, ...]) -> None:
        """Take note of the results that are there so far."""
        self._tell(Progress(Phase.FETCHING, self.request.n, pictures, sent=True))

    def _tell(self, progress: Progress) -> None:
        if self._on_progress is None:
            return
        try:
            self._on_progress(progress)
        except Exception:  # noqa: BLE001 - a fault in what watches must not lose an edit that is paid for
            _log.exception("the progress of an edit could not be shown")
