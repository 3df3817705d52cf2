"""Whether a failed request may be sent again: the table of CONTRACT.md, section 4, as one function.

An edit costs money and carries no key by which a service could tell a second copy from a second edit. So only what was
provably never sent, or was refused before anything was done, goes out again by itself. Nothing here sends or sleeps:
`post.Sender` does both, and counts how often.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import Enum, auto
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
from client.service import failures
from client.service.answers import WireAnswer
from client.service.failures import Kind

MAX_RETRY_AFTER: Final = 60.0
CONNECT_WAIT: Final = (0.5, 2.0)
UNADVISED_WAIT: Final = (2.0, 5.0)
ADVISED_EXTRA: Final = 0.5
SUCCESSFUL: Final = range(200, 300)
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_MALFORMED: Final = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)


class Cause(Enum):
    """Why a request goes out again: the rows of the table, each with a number of retries of its own."""

    CONNECT = auto()
    TOO_MANY_WITH_HINT = auto()
    TOO_MANY_WITHOUT_HINT = auto()
    UNAVAILABLE_WITH_HINT = auto()


MAX_RETRIES: Final[Mapping[Cause, int]] = {
    Cause.CONNECT: 2,
    Cause.TOO_MANY_WITH_HINT: 3,
    Cause.TOO_MANY_WITHOUT_HINT: 1,
    Cause.UNAVAILABLE_WITH_HINT: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt failed: with an answer of any status but 2xx, or with an exception.

    `sent` tells whether the first byte had gone out, `retries` how often the request was sent again before and why.
    `now` is in seconds since 1970, for services that say until when to wait.
    """

    outcome: WireAnswer | Exception
    sent: bool
    retries: Mapping[Cause, int] = field(default_factory=dict)
    now: float = 0.0
    sent_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What went wrong; where it is sent again, for what `cause`, and the least and most seconds to `wait` before."""

    error: ImageEditError
    cause: Cause | None = None
    wait: tuple[float, float] | None = None


def decide(attempt: Attempt) -> Decision:
    """Return the error that a failed attempt means, and whether the request may go out again."""
    outcome = attempt.outcome
    error: ImageEditError
    if isinstance(outcome, WireAnswer):
        return _refused(attempt, outcome)
    if isinstance(outcome, _NEVER_SENT):
        return _again(attempt, UnreachableError(Message.of("error.unreachable")), Cause.CONNECT, CONNECT_WAIT)
    if isinstance(outcome, httpx.DecodingError):
        error = UnexpectedResponseError(Message.of("error.unreadable"), charged=Charge.MAYBE)
    elif isinstance(outcome, httpx.ProxyError):
        error = UnreachableError(Message.of("error.proxy"))
    elif attempt.sent:
        error = NoAnswerError(Message.of("error.no_answer"), charged=Charge.MAYBE)
    elif isinstance(outcome, _MALFORMED):
        error = InvalidRequestError(Message.of("request.wire"))
    else:
        error = UnreachableError(Message.of("error.unreachable"))
    return Decision(error)


def _refused(attempt: Attempt, answer: WireAnswer) -> Decision:
    """Decide about an answer whose status says that the edit was not made: only 429 and 503 may pass by waiting."""
    error = failures.error_of(answer, sent_bytes=attempt.sent_bytes)
    hint = retry_after_seconds(answer.headers, attempt.now)
    if hint is not None and hint > MAX_RETRY_AFTER:
        return Decision(error)
    advised = (hint, hint + ADVISED_EXTRA) if hint is not None else None
    code = error.message.code
    if answer.status == TOO_MANY and code == Kind.RATE.code:
        if advised:
            return _again(attempt, error, Cause.TOO_MANY_WITH_HINT, advised)
        return _again(attempt, error, Cause.TOO_MANY_WITHOUT_HINT, UNADVISED_WAIT)
    if answer.status == UNAVAILABLE and advised and code in {Kind.SERVER.code, Kind.RATE.code}:
        return _again(attempt, error, Cause.UNAVAILABLE_WITH_HINT, advised)
    return Decision(error)


def _again(attempt: Attempt, error: ImageEditError, cause: Cause, wait: tuple[float, float]) -> Decision:
    """Return that it is sent again, unless it was as often as this cause allows."""
    used_up = attempt.retries.get(cause, 0) >= MAX_RETRIES[cause]
    return Decision(error) if used_up else Decision(error, cause, wait)


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
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
