"""Which addresses are taken: links that a person typed, and links to results that the service gives.

A typed link is passed on to the service and never opened here, so its check is of the text alone. Links to results are
opened here: `transport.GuardedTransport` looks at what their names resolve to as well.
"""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from client.errors import InvalidRequestError
from client.messages import Message

PICTURE_URL_LIMIT: Final = 2048
RESULT_URL_LIMIT: Final = 8192

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\s\\\ud800-\udfff]")
_LABEL: Final = re.compile(r"[\w-]{1,63}")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_PRIVATE_NAMES: Final = ("localhost", "local", "localdomain", "internal", "lan", "home.arpa")
# The storage that upstream puts results on; it hands out plain http links to it now and then.
_STORAGE: Final = "aliyuncs.com"
# Networks that `is_global` lets through although they lead to other, possibly private, IPv4 addresses.
_IPV4_IN_IPV6: Final = tuple(map(IPv6Network, ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96")))


def picture_link(text: str) -> str:
    """Return the link to a picture as it was typed, without the white space around it.

    Raises InvalidRequestError unless it is an http or https address of a public name, or an oss address
    (CONTRACT.md, section 7).
    """
    link = text.strip()
    if len(link) > PICTURE_URL_LIMIT or not _may_be_passed_on(link):
        raise InvalidRequestError(Message.of("request.url"))
    return link


def _may_be_passed_on(link: str) -> bool:
    parts = _split(link)
    if parts is None or parts.scheme not in {"http", "https", "oss"}:
        return False
    host = _plain(parts.hostname or "")
    return is_name(host) if parts.scheme == "oss" else is_public_name(host)


def is_result_link(link: str, base: str) -> bool:
    """Tell whether a link to a result may be opened, as far as its text tells.

    It must be https to a public name. Plain http is taken for the service's own family, and any address for the host
    that the operator configured as `base`.
    """
    parts = _split(link) if len(link) <= RESULT_URL_LIMIT else None
    if parts is None or parts.scheme not in {"http", "https"}:
        return False
    if is_base_host(parts.hostname or "", base):
        return parts.scheme == "https" or urlsplit(base).scheme == "http"
    host = _plain(parts.hostname or "")
    return is_public_name(host) and (parts.scheme == "https" or _in_family(host, base))


def is_base_host(host: str, base: str) -> bool:
    """Tell whether this is the host that the operator configured; a computer's names for itself are one host.

    Whatever its port: servers put results on another one, with a storage of their own or TLS before them.
    """
    own = urlsplit(base).hostname or ""
    return host.lower() == own or (is_loopback(host.lower()) and is_loopback(own))


def is_loopback(host: str) -> bool:
    """Tell whether this is one of a computer's names for itself; 127.evil.example is not."""
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.[0-9]{1,3}){1,3}", host) is not None


def is_name(host: str) -> bool:
    """Tell whether this is a host name and not an IP address in any notation."""
    labels = host.split(".")
    return all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])


def is_public_name(host: str) -> bool:
    """Tell whether this name may stand for a host on the internet."""
    private = any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)
    return is_name(host) and "." in host and not private


def is_public_address(text: str) -> bool:
    """Tell whether this IP address is one on the internet, seen through every embedding of IPv4 in IPv6."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public_address(str(address.ipv4_mapped))
        if address.scope_id or address.is_site_local or any(address in network for network in _IPV4_IN_IPV6):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _split(link: str) -> SplitResult | None:
    if _FORBIDDEN.search(link):
        return None
    try:
        parts = urlsplit(link)
        usable = parts.port != 0 and "@" not in parts.netloc and bool(parts.hostname)
    except ValueError:
        return None
    return parts if usable else None


def _plain(host: str) -> str:
    """Return the host as a resolver sees it: full-width characters are plain ones, one dot at the end is nothing."""
    return unicodedata.normalize("NFKC", host).replace("。", ".").lower().removesuffix(".")


def _in_family(host: str, base: str) -> bool:
    own = urlsplit(base).hostname or ""
    family = (own.removeprefix("api.").removeprefix("www."), _STORAGE)
    return any(host == name or host.endswith(f".{name}") for name in family)
