"""Everything that can go wrong with an edit, split by what the caller can do about it.

ImageEditError
+ InvalidRequestError         said before anything is sent: model, size, prompt, picture
  - InvalidImageError
+ UnreachableError            nothing was sent; safe to try again
+ NoAnswerError               it was sent, and may have been done and charged
+ UnexpectedResponseError     an answer that cannot be read; the raw body is kept
+ StatusError
  - RequestRejectedError      400, 404, 413, 422
    . ContentRefusedError
  - AuthenticationError       401, 403
  - QuotaError                money
  - RateLimitError            429
  - ServerError               5xx

Which answer becomes which error, and whether it may have cost money, is decided in `client/service/failures.py`.
"""

from enum import StrEnum
from typing import Self

from client.messages import Message


class Charge(StrEnum):
    """Whether the edit that failed may have cost money."""

    NO = "no"
    MAYBE = "maybe"


class ImageEditError(Exception):
    """An edit did not work; `str(error)` is the English sentence that says why."""

    def __init__(  # noqa: PLR0913 - an error carries everything that is known, and all of it is keyword-only
        self,
        message: Message,
        *,
        charged: Charge = Charge.NO,
        request_id: str | None = None,
        status: int | None = None,
        service_said: str = "",
        raw: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.charged = charged
        self.request_id = request_id
        self.status = status
        self.service_said = service_said
        self.raw = raw

    def __str__(self) -> str:
        return str(self.message)

    def detached(self) -> Self:
        """Forget the calls in which it arose, which would keep their pictures in memory, and the raw answer."""
        self.__cause__ = self.__context__ = None
        self.raw = b""
        return self.with_traceback(None)


class InvalidRequestError(ImageEditError):
    """The edit cannot be sent as it is; nothing was sent."""


class InvalidImageError(InvalidRequestError):
    """A picture cannot be used."""


class UnreachableError(ImageEditError):
    """The service was not reached, so nothing was sent and it is safe to try again."""


class NoAnswerError(ImageEditError):
    """The edit was sent but its answer was lost, or a proxy answered instead (408, 502, 504, 520 to 524).

    It may have been made and charged.
    """


class UnexpectedResponseError(ImageEditError):
    """The service answered with something that cannot be read; `raw` keeps it."""


class StatusError(ImageEditError):
    """The service answered that it did not make the edit."""


class RequestRejectedError(StatusError):
    """The service does not take this request: 400, 404, 413, 422, or a caller's mistake under another status."""


class ContentRefusedError(RequestRejectedError):
    """The service's content check refused a picture or the prompt."""


class AuthenticationError(StatusError):
    """The key is wrong, expired, or may not do this: 401, 403."""


class QuotaError(StatusError):
    """The account has no money or quota left."""


class RateLimitError(StatusError):
    """Too many requests: 429."""


class ServerError(StatusError):
    """The service failed: 5xx, unless `NoAnswerError` fits."""
