"""The client: sends an edit, reads the answer and fetches the results, or says why not."""

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import httpx

from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, EditResult, KeptPicture, Phase, Progress
from client.service import storage
from client.service.answers import Delivered, WireAnswer
from client.service.dialects import DIALECTS
from client.service.failures import Kind, listed_models, words_of
from client.service.keys import ApiKey, guard_logs, redacted, redacting_logger, without_key
from client.service.post import TIMEOUT, BeforeFirstByte, Sender, Sleep
from client.service.results import Fetched, fetch_results, pictures_among, result_of
from client.service.transport import BorrowedTransport, GuardedTransport, Resolve, make_transport, resolve
from client.settings import Settings

# The offline engine wants a bearer key as the service does, and looks no closer.
OFFLINE_KEY: Final = ApiKey("offline-engine")
BAD_REQUEST: Final = 400
_READ_IN_PLACE: Final = 256 * 1024

OnProgress = Callable[[Progress], Awaitable[None]]

_log: Final = redacting_logger(__name__)


class ImageEditClient:
    """Edits pictures through a service, or through the offline engine where there is neither key nor address.

    `edit` does all of it; whoever keeps a journal takes the steps one by one: `send`, `read`, `fetch`, `result`. Every
    method raises ImageEditError and nothing else; its `charged` says whether the edit may have cost money.

    It holds nothing open between two calls. `transport` replaces the network (the offline engine, a mock) and
    is never closed here; `resolve`, `sleep` and `timeout` let tests do without a name server and without patience.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        sleep: Sleep = anyio.sleep,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._settings = settings
        self._dialect = DIALECTS[settings.dialect]
        self._transport = BorrowedTransport(transport) if transport else make_transport(settings)
        self._resolve = resolve
        self._sleep = sleep
        self._timeout = timeout
        guard_logs()

    async def edit(self, request: EditRequest, on_progress: Callable[[Progress], None] | None = None) -> EditResult:
        """Send the edit, fetch and store its results, and return them.

        `on_progress` is called at each change of phase, and after each result; what it raises is only logged.
        """
        request, started = request.with_seed(), time.monotonic()

        async def tell(progress: Progress) -> None:
            try:
                if on_progress is not None:
                    on_progress(progress)
            except Exception:  # noqa: BLE001 - a fault in what watches must not lose an edit that is paid for
                _log.exception("the progress of an edit could not be shown")

        answer = await self.send(request, on_progress=tell)
        delivered = await self.read(request, answer)
        fetched: dict[int, Fetched] = {}
        await tell(Progress(Phase.FETCHING, request.n, sent=True))
        async with aclosing(self.fetch(delivered, storage.unused_folder(self._settings.results_dir))) as results:
            async for place, one in results:
                fetched[place] = one
                await tell(Progress(Phase.FETCHING, request.n, pictures_among(fetched), sent=True))
        return self.result(request, answer, delivered, fetched, time.monotonic() - started)

    async def send(
        self,
        request: EditRequest,
        *,
        before_first_byte: BeforeFirstByte | None = None,
        on_progress: OnProgress | None = None,
    ) -> WireAnswer:
        """Send the edit, again only where it provably was not taken, and return the answer; no key is left in it.

        `before_first_byte` is awaited each time before anything goes out; when it raises an ImageEditError, nothing
        does. `on_progress` is awaited at each change of phase, before the next step is taken: a pause before it is
        sent again is a phase of its own. Kept pictures are read for each attempt and forgotten when it is sent.
        """
        request = self._as_sent(request)
        progress = Progress(Phase.SENDING, request.n)

        async def tell(phase: Phase, *, sent: bool, wait_seconds: float | None = None) -> None:
            nonlocal progress
            progress = Progress(phase, request.n, wait_seconds=wait_seconds, sent=sent)
            if on_progress is not None:
                await on_progress(progress)

        with self._explained_errors(request, lambda: progress.sent):
            sender = self._sender()
            await anyio.to_thread.run_sync(storage.check_room, self._settings.results_dir)
            make = partial(self._built, request)
            answer = await sender.send(make, before_first_byte or _nothing, tell, words_of(request))
            headers = {name: without_key(text.encode(), self._key).decode() for name, text in answer.headers.items()}
            return replace(answer, headers=headers, body=without_key(answer.body, self._key))

    async def read(self, request: EditRequest, answer: WireAnswer) -> Delivered:
        """Return what an answer to this request delivers."""
        with self._explained_errors():
            answer = replace(answer, request_text=words_of(request))
            if len(answer.body) <= _READ_IN_PLACE:
                return self._dialect.parse_response(answer)
            return await anyio.to_thread.run_sync(self._dialect.parse_response, answer)

    def fetch(
        self, delivered: Delivered, folder: Path, skip: Collection[int] = ()
    ) -> AsyncGenerator[tuple[int, Fetched]]:
        """Fetch the results as they come, and yield each one's place with its file in `folder` or with what went wrong.

        The places in `skip` are left out. It costs nothing, however often it is done, and raises nothing: what goes
        wrong with a result is yielded as a message. Whoever ends it early closes it.
        """
        base = self._settings.endpoint_base
        transport = GuardedTransport(self._transport, base, self._resolve)
        return fetch_results(delivered.images, folder, transport=transport, base=base, sleep=self._sleep, skip=skip)

    def result(
        self,
        request: EditRequest,
        answer: WireAnswer,
        delivered: Delivered,
        fetched: Mapping[int, Fetched],
        seconds: float,
    ) -> EditResult:
        """Return the result of an edit from what was fetched of it; that nothing was is an error."""
        with self._explained_errors():
            return result_of(self._as_sent(request), answer, delivered, fetched, seconds)

    async def models(self) -> tuple[str, ...]:
        """Return the names of the models that the service lists; many services list none."""
        with self._explained_errors(sent=lambda: False):
            url = self._dialect.models_url(self._settings.endpoint_base)
            return listed_models(await self._sender().ask(url))

    def _as_sent(self, request: EditRequest) -> EditRequest:
        return request.with_seed().model_copy(update={"hosted": self._dialect.ABILITIES.hosted})

    @property
    def _key(self) -> ApiKey | None:
        return OFFLINE_KEY if self._settings.offline else self._settings.api_key

    def _sender(self) -> Sender:
        if self._key is None and self._dialect.ABILITIES.needs_key:
            raise InvalidRequestError(Message.of("request.no_key"))
        return Sender(self._transport, self._key, self._sleep, self._timeout)

    async def _built(self, request: EditRequest) -> httpx.Request:
        build = partial(self._dialect.build_request, request, self._settings.endpoint_base)
        # Kept pictures are read from the disk.
        kept = any(isinstance(picture, KeptPicture) for picture in request.pictures)
        return await anyio.to_thread.run_sync(build) if kept else build()

    @contextlib.contextmanager
    def _explained_errors(
        self, request: EditRequest | None = None, sent: Callable[[], bool] = lambda: True
    ) -> Iterator[None]:
        """Let errors out without secrets and with the likely reason, and nothing else than ImageEditError."""
        try:
            yield
        except ImageEditError as error:
            if self._key is None and error.message.code == Kind.KEY.code:
                error.message = Message.of("request.no_key")
            # Official samples disagree on whether a size goes with several results (CONTRACT.md, section 1).
            unexplained = error.status == BAD_REQUEST and error.message.code == Kind.REJECTED.code
            if unexplained and request and request.fixed_size and request.n > 1:
                error.message = Message.of("error.perhaps_size_with_n", **error.message.facts)
            raise redacted(error, self._key) from None
        except Exception:  # noqa: BLE001 - whatever happens, an edit that may have cost money ends with a sentence
            _log.exception("an edit failed in a way that nobody thought of")
            charged = Charge.MAYBE if sent() else Charge.NO
            raise ImageEditError(Message.of("error.unexpected"), charged=charged) from None


async def _nothing() -> None:
    """Do nothing before the first byte: for whoever keeps no journal."""
