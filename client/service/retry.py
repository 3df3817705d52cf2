"""Whether a request may be sent again, and what has happened if it may not (CONTRACT.md, section 4).

An edit costs money and carries no key by which a service could tell a second copy from a second edit. So only what was
provably never sent, or was refused before anything was done, goes out again by itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from client.errors import (
    Charge,
    ImageEditError,
    InvalidRequestError,
    NoAnswerError,
    UnexpectedResponseError,
    UnreachableError,
)
from client.messages import Message
from client.models import Phase
from client.service import failures
from client.service.answers import WireAnswer
from client.service.failures import Kind

CONNECT_AGAIN: Final = 2
TOLD_AGAIN: Final = 3
UNTOLD_AGAIN: Final = 1
UNAVAILABLE_AGAIN: Final = 1
TOLD_LIMIT: Final = 60.0
CONNECT_WAIT: Final = (0.5, 2.0)
UNTOLD_WAIT: Final = (2.0, 5.0)
TOLD_EXTRA: Final = 0.5
SUCCESSFUL: Final = range(200, 300)
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_MALFORMED: Final = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended: with an answer, or with an exception while it was still `SENDING` or already `WORKING`.

    The first attempt is `number` 1; `now` is in seconds since 1970, for services that say until when to wait.
    """

    number: int
    phase: Phase
    outcome: WireAnswer | Exception
    now: float = 0.0
    sent_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What went wrong, and between how many and how many seconds to wait before it is sent again (None: it is not)."""

    error: ImageEditError
    wait: tuple[float, float] | None = None


def decide(attempt: Attempt) -> Decision | WireAnswer:
    """Decide what an attempt means; an answer that is to be read is returned as it is."""
    outcome = attempt.outcome
    error: ImageEditError
    if isinstance(outcome, WireAnswer):
        return outcome if outcome.status in SUCCESSFUL else _refused(attempt, outcome)
    if isinstance(outcome, _NEVER_SENT):
        again = attempt.number <= CONNECT_AGAIN
        return Decision(UnreachableError(Message.of("error.unreachable")), CONNECT_WAIT if again else None)
    if isinstance(outcome, httpx.DecodingError):
        error = UnexpectedResponseError(Message.of("error.unreadable"), charged=Charge.MAYBE)
    elif isinstance(outcome, httpx.ProxyError):
        error = UnreachableError(Message.of("error.proxy"))
    elif attempt.phase is not Phase.SENDING:
        error = NoAnswerError(Message.of("error.no_answer"), charged=Charge.MAYBE)
    elif isinstance(outcome, _MALFORMED):
        error = InvalidRequestError(Message.of("request.wire"))
    else:
        error = UnreachableError(Message.of("error.unreachable"))
    return Decision(error)


def _refused(attempt: Attempt, answer: WireAnswer) -> Decision:
    """Decide what an answer means whose status says that the edit was not made: here a 429 is waited out."""
    error = failures.error_of(answer, sent_bytes=attempt.sent_bytes)
    told = told_wait(answer.headers, attempt.now)
    again = _times_again(answer.status, error, told=told is not None)
    if attempt.number > again or (told is not None and told > TOLD_LIMIT):
        return Decision(error)
    return Decision(error, UNTOLD_WAIT if told is None else (told, told + TOLD_EXTRA))


def _times_again(status: int, error: ImageEditError, *, told: bool) -> int:
    """Return how often a request that was refused with this status may go out again."""
    if status == TOO_MANY and error.message.code == Kind.RATE.code:
        return TOLD_AGAIN if told else UNTOLD_AGAIN
    if status == UNAVAILABLE and error.message.code in {Kind.SERVER.code, Kind.RATE.code}:
        return UNAVAILABLE_AGAIN if told else 0
    return 0


def told_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds the service asks to wait, None where it does not say or says something else."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    told = headers.get("retry-after", "")
    seconds = _number(told)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
