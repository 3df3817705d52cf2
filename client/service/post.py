"""Sends to the service: an edit, once or as often as is safe, or the question which models there are."""

import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

import anyio
import httpx

from client.errors import InvalidRequestError, UnreachableError
from client.messages import Message
from client.models import Phase
from client.service.answers import WireAnswer
from client.service.keys import ApiKey, redacting_logger
from client.service.retry import SUCCESSFUL, Attempt, Cause, decide

TIMEOUT: Final = httpx.Timeout(connect=10.0, write=60.0, read=600.0, pool=10.0)
LISTING_TIMEOUT: Final = httpx.Timeout(10.0)
LISTING_LIMIT: Final = 4 * 1024 * 1024
POST_SECONDS: Final = 1800.0
# Six results of 32 MiB as base64, and some room for the JSON around them.
ANSWER_LIMIT: Final = 6 * 32 * 1024 * 1024 * 4 // 3 + 1024 * 1024
COUNT_DOWN: Final = 1.0

Sleep = Callable[[float], Awaitable[None]]
BeforeFirstByte = Callable[[], Awaitable[None]]
RequestFactory = Callable[[], Awaitable[httpx.Request]]
TRANSPORT_ERRORS: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    OSError,
    UnicodeError,
)
_random: Final = secrets.SystemRandom()
_log: Final = redacting_logger(__name__)


class ReportPhase(Protocol):
    """Awaited with each phase of sending, before the next step is taken."""

    async def __call__(self, phase: Phase, *, sent: bool, wait_seconds: float | None = None) -> None:
        """Take note of a phase; `sent` tells whether the service may have begun to work."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends over a transport with a key; how long to wait for what is part of it so that tests need not wait."""

    transport: httpx.AsyncBaseTransport
    key: ApiKey | None
    sleep: Sleep
    timeout: httpx.Timeout

    async def send(
        self,
        make_request: RequestFactory,
        before_first_byte: BeforeFirstByte,
        report: ReportPhase,
        request_text: str = "",
    ) -> WireAnswer:
        """Return a successful answer; sends again only what provably was not taken, and raises ImageEditError.

        What is sent is made for each attempt, and forgotten once it is sent: an answer may take minutes, and pictures
        would fill the memory. `before_first_byte` is awaited in each attempt; when it raises, nothing is sent.
        `request_text` is every text of the request, which services repeat in their failures.
        """
        retries = Counter[Cause]()
        while True:
            try:
                sending = _Sending(await make_request(), before_first_byte, report, request_text)
            except httpx.InvalidURL:
                raise InvalidRequestError(Message.of("request.wire")) from None
            outcome = await self._outcome(sending)
            if isinstance(outcome, WireAnswer) and outcome.status in SUCCESSFUL:
                return outcome
            attempt = Attempt(
                outcome=outcome, sent=sending.sent, retries=retries, now=time.time(), sent_bytes=sending.length
            )
            decision = decide(attempt)
            _log.warning("attempt %d: %s (%s)", retries.total() + 1, decision.error.message.code, _outline(outcome))
            if decision.cause is None or decision.wait is None:
                raise decision.error
            retries[decision.cause] += 1
            pause = Phase.WAITING if isinstance(outcome, WireAnswer) else Phase.RECONNECTING
            await self._wait(pause, _random.uniform(*decision.wait), report)

    async def ask(self, url: str) -> WireAnswer:
        """Return what the service answers to a GET, whatever it is; raises UnreachableError."""
        try:
            async with (
                open_client(self.transport, self.key, LISTING_TIMEOUT) as client,
                client.stream("GET", url) as response,
            ):
                return await read_answer(response, LISTING_LIMIT)
        except TRANSPORT_ERRORS:
            raise UnreachableError(Message.of("error.unreachable")) from None

    async def _outcome(self, sending: "_Sending") -> WireAnswer | Exception:
        try:
            with anyio.fail_after(POST_SECONDS):
                return await self._post(sending)
        except TRANSPORT_ERRORS as error:
            return error

    async def _post(self, sending: "_Sending") -> WireAnswer:
        async with open_client(self.transport, self.key, self.timeout) as client:
            extensions = {"trace": sending.trace}
            content = sending.body()
            await sending.report(Phase.SENDING, sent=False)
            async with client.stream(
                "POST", sending.url, content=content, headers=sending.headers, extensions=extensions
            ) as response:
                return replace(
                    await read_answer(response, ANSWER_LIMIT), url=str(sending.url), request_text=sending.request_text
                )

    async def _wait(self, pause: Phase, seconds: float, report: ReportPhase) -> None:
        while seconds > 0:
            await report(pause, sent=False, wait_seconds=seconds)
            await self.sleep(min(seconds, COUNT_DOWN))
            seconds -= COUNT_DOWN


class _Sending:
    """One attempt: knows from when on the request may have reached the service."""

    def __init__(
        self, request: httpx.Request, before_first_byte: BeforeFirstByte, report: ReportPhase, request_text: str
    ) -> None:
        self.url = request.url
        self.request_text = request_text
        self.headers = request.headers
        self.length = int(request.headers["Content-Length"])
        self.report = report
        self.sent = False
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - what dialects make can be sent
        self._stream: httpx.AsyncByteStream | None = request.stream
        self._before_first_byte = before_first_byte

    async def trace(self, event: str, facts: Mapping[str, object]) -> None:
        """Take note when the connection stands and the first byte goes out; a proxy's CONNECT is not the request."""
        request = facts.get("request")
        if event.endswith("send_request_headers.started") and getattr(request, "method", b"POST") == b"POST":
            await self._start()

    async def body(self) -> AsyncIterator[bytes]:
        # Transports without a trace, such as the offline engine, first ask for the body.
        await self._start()
        if self._stream is not None:
            async for piece in self._stream:
                yield piece
        self._stream = None
        await self.report(Phase.WORKING, sent=True)

    async def _start(self) -> None:
        if not self.sent:
            await self._before_first_byte()
            self.sent = True
            await self.report(Phase.SENDING, sent=True)


def open_client(transport: httpx.AsyncBaseTransport, key: ApiKey | None, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """Return a client that carries the key and follows no redirect."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "qwen-edit-studio"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key.reveal()}"
    return httpx.AsyncClient(transport=transport, headers=headers, timeout=timeout, trust_env=False)


async def read_answer(response: httpx.Response, limit: int) -> WireAnswer:
    """Read an answer of at most `limit` bytes; what there is of a failure is enough when the rest of it is lost."""
    successful = response.status_code in SUCCESSFUL
    # A successful answer is paid for: what cannot be unpacked is kept as it came.
    pieces = response.aiter_raw() if successful and not _can_unpack(response) else None
    body = bytearray()
    try:
        async for piece in pieces or pieces_of(response):
            body += piece
            if len(body) > limit:
                raise httpx.DecodingError("The answer is too long.")  # noqa: EM101, TRY003 - never shown
    except httpx.RequestError:
        if successful:
            raise
    del body[limit:]
    return WireAnswer.of(response.status_code, response.headers, bytes(body))


def pieces_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """Return the body in small pieces.

    No compression was asked for. These two are undone all the same, because they make at most a thousand bytes of one;
    others could make so much of so little that the memory is full before anyone can count it.
    """
    if not _can_unpack(response):
        raise httpx.DecodingError("The answer is packed in a way that was not asked for.")  # noqa: EM101, TRY003 - never shown
    return response.aiter_bytes()


def _can_unpack(response: httpx.Response) -> bool:
    return response.headers.get("content-encoding", "").lower() in {"", "identity", "gzip", "deflate"}


def _outline(outcome: WireAnswer | Exception) -> str:
    return str(outcome.status) if isinstance(outcome, WireAnswer) else type(outcome).__name__
