"""Brings one result here from its link: byte for byte, going on where it broke off, and only from where it may come."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import anyio
import anyio.to_thread
import httpx

from client.messages import Message
from client.service.addresses import is_result_link
from client.service.keys import redacting_logger
from client.service.post import pieces_of
from client.service.retry import MAX_RETRY_AFTER, SUCCESSFUL, retry_after_seconds
from client.service.storage import PartFile
from client.service.transport import RefusedAddressError, proxy_for

RESULT_LIMIT: Final = 32 * 1024 * 1024
FETCH_WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 15.0, 15.0)
FETCH_SECONDS: Final = 600.0
REDIRECTS_LIMIT: Final = 2
TIMEOUT: Final = httpx.Timeout(connect=10.0, write=10.0, read=60.0, pool=10.0)
HEADERS: Final = {"Accept": "image/*, */*", "Accept-Encoding": "identity", "User-Agent": "qwen-edit-studio"}

_WRITE_AT_ONCE: Final = 256 * 1024
_ERROR_PAGE_LIMIT: Final = 4096
_RANGE_REFUSED: Final = 416
RETRYABLE_STATUSES: Final = {404, 408, 425, 429, _RANGE_REFUSED, *range(500, 600)}

_log: Final = redacting_logger(__name__)


class NotFetchedError(Exception):
    """A result was not fetched; whether fetching it later may help, the code of `message` tells (`RETRYABLE_CODES`)."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__()
        self.message = message or Message.of("error.not_fetched")


def too_large() -> NotFetchedError:
    """Return the error for a result of more than `RESULT_LIMIT` bytes."""
    return NotFetchedError(Message.of("error.result_too_large", limit=RESULT_LIMIT // 2**20))


@dataclass(slots=True)
class Download:
    """The download of one link into a file, over a client without a key; `base` is the operator's address."""

    client: httpx.AsyncClient
    link: str
    part: PartFile
    base: str
    sleep: Callable[[float], Awaitable[None]]
    _version: tuple[str, str, str] = ("", "", "")
    _retry_after: float = 0.0

    async def run(self) -> None:
        """Fill the file; raises NotFetchedError, and OSError where the disk does not take it."""
        if not is_result_link(self.link, self.base):
            raise NotFetchedError(Message.of("error.result_address"))
        with anyio.move_on_after(FETCH_SECONDS):
            for wait in (*FETCH_WAITS, None):
                if await self._attempt():
                    return
                if wait is not None:
                    await self.sleep(max(wait, min(self._retry_after, MAX_RETRY_AFTER)))
        raise NotFetchedError

    async def _attempt(self) -> bool:
        """Fetch what is missing, and tell whether it is whole now; notes how many seconds the service asks to wait."""
        self._retry_after = 0.0
        try:
            async with self._opened() as response:
                if response.status_code in SUCCESSFUL:
                    return await self._receive(response)
                await _raise_if_final(response)
                if response.status_code == _RANGE_REFUSED:
                    await anyio.to_thread.run_sync(self.part.restart)
                self._retry_after = retry_after_seconds(response.headers, time.time()) or 0.0
                return False
        except (RefusedAddressError, httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.DecodingError):
            raise NotFetchedError from None
        except httpx.HTTPError as error:
            _log.info("a result broke off after %d bytes: %s", self.part.size, type(error).__name__)
            return False

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[httpx.Response]:
        link = self.link
        for _ in range(REDIRECTS_LIMIT + 1):
            async with self.client.stream("GET", link, headers=self._range(), extensions=_exactly(link)) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                link = _joined(link, response.headers["location"])
            if not is_result_link(link, self.base):
                # It may come yet: the login page of a hotel's network redirects to anywhere, too.
                raise NotFetchedError
        raise NotFetchedError

    def _range(self) -> dict[str, str]:
        if not self.part.size:
            return {}
        etag = self._version[0]
        only_if = {"If-Range": etag} if etag and not etag.startswith("W/") else {}
        return {"Range": f"bytes={self.part.size}-", **only_if}

    async def _receive(self, response: httpx.Response) -> bool:
        """Add what comes to the file, and tell whether it is whole now; False: more of it must be asked for."""
        partial = response.status_code == httpx.codes.PARTIAL_CONTENT
        goes_on = partial and self._goes_on(response)
        if self.part.size and not goes_on:
            await anyio.to_thread.run_sync(self.part.restart)
        if partial and not goes_on:
            return False
        if not self.part.size:
            self._version = _version_of(response)
        waiting = bytearray()
        try:
            async for piece in pieces_of(response):
                waiting += piece
                if self.part.size + len(waiting) > RESULT_LIMIT:
                    raise too_large()
                if len(waiting) >= _WRITE_AT_ONCE:
                    await self._write(waiting)
        except httpx.HTTPError:
            if _packed(response):
                # The service counts packed bytes, and the file holds unpacked ones.
                await anyio.to_thread.run_sync(self.part.restart)
            else:
                await self._write(waiting)
            raise
        await self._write(waiting)
        total = _version_of(response)[2] if partial else ""
        return not total.isdecimal() or self.part.size >= int(total)

    def _goes_on(self, response: httpx.Response) -> bool:
        """Tell whether a partial answer begins where the file ends, and is of what the file is the beginning of.

        Many services give no ETag that If-Range could hold: then what both answers say of it is compared.
        """
        if not response.headers.get("content-range", "").startswith(f"bytes {self.part.size}-"):
            return False
        pairs = zip(self._version, _version_of(response), strict=True)
        return all(before == now for before, now in pairs if before and now)

    async def _write(self, waiting: bytearray) -> None:
        piece = bytes(waiting)
        waiting.clear()
        await anyio.to_thread.run_sync(self.part.write, piece)


def _joined(link: str, location: str) -> str:
    try:
        return urljoin(link, location)
    except ValueError:
        raise NotFetchedError from None


def _version_of(response: httpx.Response) -> tuple[str, str, str]:
    """Return the ETag, the date and the whole length of what an answer is (a part of); "" for what it does not say."""
    headers = response.headers
    length = "" if _packed(response) else headers.get("content-length", "")
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        length = headers.get("content-range", "").rpartition("/")[2].strip("*")
    return headers.get("etag", ""), headers.get("last-modified", ""), length


def _packed(response: httpx.Response) -> bool:
    return response.headers.get("content-encoding", "").lower() not in {"", "identity"}


async def _raise_if_final(response: httpx.Response) -> None:
    """Raise NotFetchedError unless asking again in a moment may help."""
    if response.status_code in RETRYABLE_STATUSES:
        return
    page = b""
    async for piece in pieces_of(response):
        page += piece
        if len(page) > _ERROR_PAGE_LIMIT:
            break
    signed_wrongly = b"SignatureDoesNotMatch" in page
    told_in_xml = response.status_code == httpx.codes.FORBIDDEN and page.lstrip().startswith(b"<")
    expired = (told_in_xml and not signed_wrongly) or response.status_code == httpx.codes.GONE
    raise NotFetchedError(Message.of("error.expired" if expired else "error.not_fetched"))


def _exactly(link: str) -> dict[str, object]:
    """Return what makes the HTTP library ask for this very link where it would write it in another way.

    Only without a proxy: there the same setting would replace the address that the proxy is to connect to.
    """
    found = re.match(r"[^:]+://[^/?#]*([^#]*)", link)
    target = found[1] if found else ""
    target = target if target.startswith("/") else f"/{target}"
    if not target.isascii() or httpx.URL(link).raw_path == target.encode() or proxy_for(link):
        return {}
    return {"target": target.encode()}
