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

from client.service.addresses import is_result_link
from client.service.answers import WireAnswer
from client.service.keys import redacting_logger
from client.service.post import pieces_of
from client.service.retry import MAX_RETRY_AFTER, SUCCESSFUL, told_wait
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
_MAY_COME_YET: Final = {404, 408, 425, 429, _RANGE_REFUSED, *range(500, 600)}

_log: Final = redacting_logger(__name__)


class NotFetchedError(Exception):
    """A result does not come, whatever is tried; `code` is that of the message about it."""

    def __init__(self, code: str = "error.not_fetched") -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Download:
    """The download of one link into a file, over a client without a key; `base` is the operator's address."""

    client: httpx.AsyncClient
    link: str
    part: PartFile
    base: str
    sleep: Callable[[float], Awaitable[None]]
    _etag: str = ""

    async def run(self) -> None:
        """Fill the file; raises NotFetchedError, and OSError where the disk does not take it."""
        with anyio.move_on_after(FETCH_SECONDS):
            for wait in (*FETCH_WAITS, None):
                told = await self._attempt()
                if told is None:
                    return
                if wait is not None:
                    await self.sleep(max(wait, min(told, MAX_RETRY_AFTER)))
        raise NotFetchedError

    async def _attempt(self) -> float | None:
        """Fetch what is missing; None: it is whole now, else how long to wait at least before the next attempt."""
        try:
            async with self._opened() as response:
                if response.status_code in SUCCESSFUL:
                    return await self._receive(response)
                await _give_up_or_not(response)
                if response.status_code == _RANGE_REFUSED:
                    await anyio.to_thread.run_sync(self.part.restart)
                return told_wait(WireAnswer.of(0, response.headers).headers, time.time()) or 0.0
        except (RefusedAddressError, httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.DecodingError):
            raise NotFetchedError from None
        except httpx.HTTPError as error:
            _log.info("a result broke off after %d bytes: %s", self.part.size, type(error).__name__)
            return 0.0

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[httpx.Response]:
        link = self.link
        for _ in range(REDIRECTS_LIMIT + 1):
            if not is_result_link(link, self.base):
                raise NotFetchedError
            async with self.client.stream("GET", link, headers=self._range(), extensions=_exactly(link)) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                link = _joined(link, response.headers["location"])
        raise NotFetchedError

    def _range(self) -> dict[str, str]:
        if not self.part.size:
            return {}
        only_if = {"If-Range": self._etag} if self._etag else {}
        return {"Range": f"bytes={self.part.size}-", **only_if}

    async def _receive(self, response: httpx.Response) -> float | None:
        partial = response.status_code == httpx.codes.PARTIAL_CONTENT
        goes_on = partial and _goes_on(response, self.part.size)
        if self.part.size and not goes_on:
            await anyio.to_thread.run_sync(self.part.restart)
        if partial and not goes_on:
            return 0.0
        etag = response.headers.get("etag", "")
        self._etag = "" if etag.startswith("W/") else etag
        waiting = bytearray()
        try:
            async for piece in pieces_of(response):
                waiting += piece
                if self.part.size + len(waiting) > RESULT_LIMIT:
                    raise NotFetchedError
                if len(waiting) >= _WRITE_AT_ONCE:
                    await self._write(waiting)
        except httpx.HTTPError:
            await self._write(waiting)
            raise
        await self._write(waiting)
        return None

    async def _write(self, waiting: bytearray) -> None:
        piece = bytes(waiting)
        waiting.clear()
        await anyio.to_thread.run_sync(self.part.write, piece)


def _joined(link: str, location: str) -> str:
    try:
        return urljoin(link, location)
    except ValueError:
        raise NotFetchedError from None


def _goes_on(response: httpx.Response, size: int) -> bool:
    """Tell whether a partial answer begins where the file ends."""
    return re.match(rf"bytes {size}-", response.headers.get("content-range", "")) is not None


async def _give_up_or_not(response: httpx.Response) -> None:
    if response.status_code in _MAY_COME_YET:
        return
    page = b""
    async for piece in pieces_of(response):
        page += piece
        if len(page) > _ERROR_PAGE_LIMIT:
            break
    signed_wrongly = b"SignatureDoesNotMatch" in page
    told_in_xml = response.status_code == httpx.codes.FORBIDDEN and page.lstrip().startswith(b"<")
    expired = (told_in_xml and not signed_wrongly) or response.status_code == httpx.codes.GONE
    raise NotFetchedError("error.expired" if expired else "error.not_fetched")


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
