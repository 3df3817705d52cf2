"""What the program is told by its environment: key, service, folders; checked once and frozen."""

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import platformdirs

from client.catalog import Abilities
from client.errors import InvalidRequestError
from client.messages import Message
from client.service.dialects import ABILITIES, DIALECTS
from client.service.keys import ApiKey

OFFLINE_HOST: Final = "http://offline.invalid"
DEFAULT_DIALECT: Final = "qwen"
OFFLINE_DELAY_LIMIT: Final = 600.0
RESULTS: Final = "results"
PICTURES: Final = "pictures"
THUMBNAILS: Final = "thumbnails"
CONCURRENCY: Final = 2
CONCURRENCY_LIMIT: Final = 1000

_T = TypeVar("_T")
_D = TypeVar("_D")
_HOST: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\]")


class ConfigurationError(Exception):
    """A setting has a value that cannot be used; its text is one sentence that names the setting."""


def _user_folder() -> Path:
    return platformdirs.user_data_path("qwen-edit-studio", appauthor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where edits go, with which key, and where results live.

    `public` means that strangers reach the page: they type their own key or use the offline engine. `concurrency` is
    how many edits go out at a time under one key.
    """

    api_key: ApiKey | None = None
    base_url: str | None = None
    dialect: str = DEFAULT_DIALECT
    home: Path = field(default_factory=_user_folder)
    offline_delay: float = 0.0
    allowed_hosts: tuple[str, ...] = ()
    public: bool = False
    concurrency: int = CONCURRENCY

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the QWEN_EDIT_… variables; an empty one counts as not set.

        Raises ConfigurationError with one sentence, which never holds the key.
        """
        variables = os.environ if environ is None else environ
        public = _read(variables, "QWEN_EDIT_PUBLIC", _yes_or_no, bool(variables.get("SPACE_ID", "").strip()))
        key = _read(variables, "QWEN_EDIT_API_KEY", _key, None)
        return cls(
            # Nothing limits yet what strangers spend, so they never spend the owner's money.
            api_key=None if public else key,
            base_url=_read(variables, "QWEN_EDIT_BASE_URL", _base_url, None),
            dialect=_read(variables, "QWEN_EDIT_DIALECT", _dialect, DEFAULT_DIALECT),
            home=_read(variables, "QWEN_EDIT_HOME", _home, None) or _user_folder(),
            offline_delay=_read(variables, "QWEN_EDIT_OFFLINE_DELAY", _offline_delay, 0.0),
            allowed_hosts=_read(variables, "QWEN_EDIT_ALLOWED_HOSTS", _allowed_hosts, ()) + _space_hosts(variables),
            public=public,
            concurrency=_read(variables, "QWEN_EDIT_CONCURRENCY", _concurrency, CONCURRENCY),
        )

    @property
    def offline(self) -> bool:
        """Whether the offline engine answers: exactly when there is neither a key nor a base URL."""
        return self.api_key is None and self.base_url is None

    @property
    def endpoint_base(self) -> str:
        """The address that the dialect's paths are added to, without a slash at its end."""
        return DIALECTS[self.dialect].endpoint_base(OFFLINE_HOST if self.offline else self._address)

    @property
    def abilities(self) -> Abilities:
        """What can be said in the dialect of the service."""
        return ABILITIES[self.dialect]

    @property
    def host(self) -> str:
        """The name of the service, to be shown: that of the base URL, or of the default one."""
        return urlsplit(self._address).hostname or ""

    @property
    def _address(self) -> str:
        return self.base_url or self.abilities.bases[0]

    @property
    def results_dir(self) -> Path:
        """The folder that results are stored in."""
        return self.home / RESULTS

    @property
    def picture_dirs(self) -> tuple[Path, ...]:
        """The folders that hold nothing but pictures, every one under a name that nobody can guess."""
        return tuple(self.home / name for name in (RESULTS, PICTURES, THUMBNAILS))

    def with_key(self, key: ApiKey) -> Self:
        """Return these settings with the key that a person typed for this session."""
        return replace(self, api_key=key)

    def connected(self, *, dialect: str, address: str, key: ApiKey | None) -> Self:
        """Return these settings with the service that a person chose for this session.

        An empty `address` means the dialect's usual one. Raises InvalidRequestError for what is no address; and on a
        public page for all but the known services, or strangers could send requests from here to wherever they like.
        """
        base = _typed_address(address or ABILITIES[dialect].bases[0])
        if self.public:
            base = self._known_address(dialect, base)
        return replace(self, dialect=dialect, base_url=base, api_key=key)

    def _known_address(self, dialect: str, typed: str) -> str:
        """Return the address, in the operator's writing or ours, of the known service that the typed one leads to."""
        known = [base for abilities in ABILITIES.values() if abilities.hosted for base in abilities.bases]
        if self.base_url:
            known.append(self.base_url)
        endpoints = {_endpoint(dialect, base): base for base in known}
        try:
            return endpoints[_endpoint(dialect, typed)]
        except KeyError:
            raise InvalidRequestError(Message.of("request.public_address")) from None

    def disconnected(self) -> Self:
        """Return these settings with the offline engine, which a person chose for this session."""
        return replace(self, dialect=DEFAULT_DIALECT, base_url=None, api_key=None)


def _space_hosts(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the name under which a Hugging Face Space is served, which the Space itself sets."""
    host = variables.get("SPACE_HOST", "").strip().lower()
    return (host,) if host else ()


def _read(variables: Mapping[str, str], name: str, convert: Callable[[str], _T], default: _D) -> _T | _D:
    text = variables.get(name, "").strip()
    return convert(text) if text else default


def _key(text: str) -> ApiKey:
    try:
        return ApiKey.parse(text)
    except InvalidRequestError:
        message = "QWEN_EDIT_API_KEY must be 8 to 256 visible ASCII characters without spaces."
        raise ConfigurationError(message) from None


def _base_url(text: str) -> str:
    message = (
        "QWEN_EDIT_BASE_URL must be an http or https address without a user name, such as https://onetoken.one/v1."
    )
    try:
        parts = urlsplit(text)
        fits = parts.port != 0
    except ValueError:
        raise ConfigurationError(message) from None
    fits = fits and parts.scheme in {"http", "https"} and "@" not in parts.netloc
    if not fits or not _HOST.fullmatch(_bracketed(parts.hostname or "")) or re.search(r"[^\x21-\x7e]|[\\?#]", text):
        raise ConfigurationError(message)
    return text.rstrip("/")


def _typed_address(text: str) -> str:
    try:
        return _base_url(text.strip())
    except ConfigurationError:
        raise InvalidRequestError(Message.of("request.address")) from None


def _endpoint(dialect: str, address: str) -> tuple[str, str | None, int, str]:
    """Return scheme, host, port and path that requests in this dialect go to, alike for every writing of an address."""
    parts = urlsplit(DIALECTS[dialect].endpoint_base(address))
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), parts.path


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _yes_or_no(text: str) -> bool:
    if text not in {"0", "1"}:
        message = "QWEN_EDIT_PUBLIC must be 1 (strangers reach this page) or 0 (only you do)."
        raise ConfigurationError(message)
    return text == "1"


def _dialect(text: str) -> str:
    if text.lower() not in DIALECTS:
        *most, last = DIALECTS
        message = f"QWEN_EDIT_DIALECT must be {', '.join(most)} or {last}."
        raise ConfigurationError(message)
    return text.lower()


def _home(text: str) -> Path:
    try:
        home = Path(text).expanduser().absolute()
        # It is made at the first start; until then, what counts is the folder that it will stand in.
        nearest = next(folder for folder in (home, *home.parents) if folder.exists())
        usable = nearest.is_dir() and os.access(nearest, os.W_OK)
    except (OSError, RuntimeError):
        usable = False
    if not usable:
        message = "QWEN_EDIT_HOME must be a folder that can be written to."
        raise ConfigurationError(message)
    return home


def _offline_delay(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= OFFLINE_DELAY_LIMIT:
        message = f"QWEN_EDIT_OFFLINE_DELAY must be a number of seconds from 0 to {OFFLINE_DELAY_LIMIT:.0f}."
        raise ConfigurationError(message)
    return seconds


def _concurrency(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= CONCURRENCY_LIMIT:
        message = f"QWEN_EDIT_CONCURRENCY must be a whole number from 1 to {CONCURRENCY_LIMIT}."
        raise ConfigurationError(message)
    return number


def _allowed_hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not all(_HOST.fullmatch(name) for name in hosts):
        message = (
            "QWEN_EDIT_ALLOWED_HOSTS must be host names separated by commas, without http:// and without ports, "
            "such as studio.example.org."
        )
        raise ConfigurationError(message)
    return hosts
