"""The key of a service, wrapped so that only one way of looking at it shows it."""

import re
from typing import Final, Self

from client.errors import InvalidRequestError
from client.messages import Message

_KEY: Final = re.compile(r"[\x21-\x7e]{8,256}")


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
