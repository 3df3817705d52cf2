"""The key of a service, and what keeps keys, signed links and pictures out of logs and error texts."""

import logging
import re
from typing import Final, Self

from client.errors import ImageEditError, InvalidRequestError
from client.messages import Message

_KEY: Final = re.compile(r"[\x21-\x7e]{8,256}")
_GONE: Final = "…"
_PATTERNS: Final = (
    (re.compile(r"data:[\w.+/-]*;base64,[A-Za-z0-9+/=_%-]*"), "data:…"),
    (re.compile(r"((?:https?|oss)://[^\s\"'<>?]*)\?[^\s\"'<>]*", re.IGNORECASE), r"\1?…"),
    (
        re.compile(
            r"\b((?:x-oss-|x-amz-)?(?:signature|credential|security-token)|ossaccesskeyid|expires)=[^&\s\"'<>]*",
            re.IGNORECASE,
        ),
        r"\1=…",
    ),
    (re.compile(r"\b(bearer)\s+[^\s\"',]+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"\bsk-[\w-]+"), "sk-…"),
    (re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}"), _GONE),
)

# The libraries below write addresses, and at the level DEBUG whole lists of headers, under these names.
_LIBRARIES: Final = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))


class ApiKey:
    """A key that only `reveal` shows: every other way of looking at it gives its last four characters."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take the key that a person typed or pasted, without the white space around it.

        Raises InvalidRequestError for anything but 8 to 256 visible ASCII characters: a stray character would
        otherwise end up inside the exceptions of the HTTP libraries.
        """
        text = text.strip()
        if not _KEY.fullmatch(text):
            raise InvalidRequestError(Message.of("request.key"))
        return cls(text)

    def reveal(self) -> str:
        """Return the key itself, for the Authorization header."""
        return self._text

    def __repr__(self) -> str:
        return "…" + self._text[-4:]

    __str__ = __repr__

    def __deepcopy__(self, memo: object) -> "ApiKey":
        # What keeps a visitor's settings may copy them; only what leaves the program is cut short.
        return self

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> tuple[type["ApiKey"], tuple[str]]:
        return (ApiKey, (repr(self),))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def redact(text: str, key: ApiKey | None = None) -> str:
    """Return the text without the live key, other keys, signatures of links, and pictures written as base64."""
    text = _without(text, key)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    # Once more: taking something out can bring the two halves of a key together.
    return _without(text, key)


def redacted(error: ImageEditError, key: ApiKey | None) -> ImageEditError:
    """Return the error with everything that a service said redacted, should it repeat what it was sent.

    From its raw body only the live key is taken, because it is kept to be read again.
    """
    facts = {name: redact(fact, key) if isinstance(fact, str) else fact for name, fact in error.message.facts.items()}
    error.message = Message(error.message.code, facts)
    error.args = (error.message,)
    error.service_said = redact(error.service_said, key)
    error.request_id = error.request_id and redact(error.request_id, key)
    error.raw = without_key(error.raw, key)
    return error


def _without(text: str, key: ApiKey | None) -> str:
    return text if key is None else text.replace(key.reveal(), _GONE)


def without_key(body: bytes, key: ApiKey | None) -> bytes:
    """Return a body without the live key, should a service repeat what it was sent; nothing else is taken from it."""
    return body if key is None else body.replace(key.reveal().encode(), _GONE.encode())


class RedactingFilter(logging.Filter):
    """Redacts every record, its traceback included, and lets it pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record; returns True."""
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - unlike in a handler, it would end what was being logged
            text = f"{record.msg} {record.args}"
        record.msg, record.args = redact(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = record.exc_text and redact(record.exc_text)
        record.stack_info = record.stack_info and redact(record.stack_info)
        return True


_FILTER: Final = RedactingFilter()


def redacting_logger(name: str) -> logging.Logger:
    """Return the logger of this name, which redacts what is written to it; every module here writes to one."""
    logger = logging.getLogger(name)
    logger.addFilter(_FILTER)
    return logger


def guard_logs() -> None:
    """Make the loggers of the HTTP libraries redact what they write; doing it twice is harmless."""
    for name in _LIBRARIES:
        redacting_logger(name)
