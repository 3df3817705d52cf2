"""Makes edits as tasks of their own, so that a page that goes away, or only watches, does not lose them."""

import asyncio
import functools
import secrets
import time
from collections.abc import AsyncIterator
from typing import Final

import httpx

from client.api import ImageEditClient
from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, EditResult, Phase, Progress
from client.redact import redacting_logger
from client.settings import Settings

DOUBLE_CLICK_SECONDS: Final = 2.0
FINISHED_KEPT: Final = 50
WATCH_SECONDS: Final = 1.0

_log: Final = redacting_logger(__name__)


class Job:
    """One edit that was started: how far it is, and in the end its result or its error.

    `id` cannot be guessed, `started` is a time of `time.monotonic`. A finished job lets go of the pictures it was
    given, which would fill the memory; `request` then has none. `stopped` means that nobody waits for it any more.
    """

    def __init__(self, request: EditRequest, settings: Settings) -> None:
        self.id = secrets.token_urlsafe(16)
        self.request = request
        self.progress = Progress(Phase.SENDING, request.n)
        self.result: EditResult | None = None
        self.error: ImageEditError | None = None
        self.started = time.monotonic()
        self.stopped = False
        self._settings = settings
        self._changed = asyncio.Event()

    @property
    def sent(self) -> bool:
        """Whether the service may have begun to work on it, so that it may cost money."""
        return self.progress.sent

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self.result is not None or self.error is not None

    def repeats(self, request: EditRequest, settings: Settings) -> bool:
        """Tell whether this request is the second half of a double click."""
        recent = time.monotonic() - self.started < DOUBLE_CLICK_SECONDS
        going_on = not self.done and not self.stopped
        return recent and going_on and self._settings == settings and self.request == request

    def take(self, outcome: Progress | EditResult | ImageEditError) -> None:
        """Take note of what happened and wake everyone who watches."""
        if isinstance(outcome, Progress):
            self.progress = outcome
        elif isinstance(outcome, EditResult):
            self.result = outcome
        else:
            self.error = outcome
        if self.done:
            self.request = self.request.model_copy(update={"pictures": ()})
        self._wake()

    def leave(self) -> None:
        """Take note that nobody waits for it any more."""
        self.stopped = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Return at the next change, at the latest after a second."""
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return


class Jobs:
    """All edits of this program. It is used from one event loop; `transport` replaces the network in tests."""

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def start(self, request: EditRequest, settings: Settings | None = None) -> Job:
        """Start an edit and return at once; the second half of a double click gets the job of the first.

        `settings` are those of one visitor, who may have chosen another service; without them the program's own hold.
        Raises InvalidRequestError when the program is closing.
        """
        settings = settings or self._settings
        if self._closing:
            raise InvalidRequestError(Message.of("request.closing"))
        twin = next((job for job in self._jobs.values() if job.repeats(request, settings)), None)
        if twin is not None:
            return twin
        job = Job(request, settings)
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run(job, settings))
        self._tasks[job.id] = task
        task.add_done_callback(functools.partial(self._ended, job))
        self._forget_oldest()
        return job

    def find(self, job_id: str) -> Job | None:
        """Return the job of this id, None where it is not known or no longer kept."""
        return self._jobs.get(job_id)

    async def watch(self, job: Job) -> AsyncIterator[Job]:
        """Yield the job now, at every change, and at least once a second; end after it was yielded done or stopped."""
        while True:
            yield job
            if job.done or job.stopped:
                return
            await job.changed()

    def stop(self, job: Job) -> bool:
        """Cancel an edit that is not sent yet; False: it is sent (or done), and what comes is still stored."""
        if job.done:
            return False
        job.leave()
        return self._cancel_unsent(job)

    def _cancel_unsent(self, job: Job) -> bool:
        if job.sent:
            return False
        self._tasks[job.id].cancel()
        job.take(ImageEditError(Message.of("error.stopped")))
        return True

    async def close(self, grace: float) -> None:
        """Take no more edits, cancel what is not sent, and give the rest `grace` seconds to finish."""
        self._closing = True
        running = {self._jobs[job_id]: task for job_id, task in self._tasks.items()}
        for job in running:
            self._cancel_unsent(job)
        if running:
            _, late = await asyncio.wait(running.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, job: Job, settings: Settings) -> None:
        # In a thread, because the first one offline loads the engine and OpenCV.
        client = await asyncio.to_thread(ImageEditClient, settings, transport=self._transport)
        try:
            job.take(await client.edit(job.request, job.take))
        except ImageEditError as error:
            job.take(error)

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        del self._tasks[job.id]
        broken = None if task.cancelled() else task.exception()
        if broken:
            _log.error("an edit broke in a way that nobody thought of", exc_info=broken)
        if not job.done:
            # Cancelled while the program closes, or broken: whoever watches must not wait for ever.
            code = "error.no_answer" if task.cancelled() else "error.unexpected"
            job.take(ImageEditError(Message.of(code), charged=Charge.MAYBE if job.sent else Charge.NO))

    def _forget_oldest(self) -> None:
        finished = [job.id for job in self._jobs.values() if job.done]
        for job_id in finished[:-FINISHED_KEPT]:
            del self._jobs[job_id]
