"""Keeps the fetching of results away from private networks, whatever a link or a name server says."""

import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import httpx

from client.service.addresses import is_base_host, is_public_address
from client.service.proxies import proxy_for

RESOLVE_SECONDS: Final = 10.0
ADDRESSES_LIMIT: Final = 4

Resolve = Callable[[str, int], Awaitable[list[str]]]


class RefusedAddressError(httpx.TransportError):
    """A name leads to an address that is not on the internet."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host; raises OSError."""
    with anyio.fail_after(RESOLVE_SECONDS):
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(address[4][0] for address in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects only to addresses that were looked at: every one of a name must be public.

    The connection goes to the address that was checked, so a name server cannot answer differently the second time; the
    certificate is still checked against the name. The host that the operator configured as `base` is not looked at.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, base: str, resolve: Resolve = resolve) -> None:
        self._inner = inner
        self._base = base
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises RefusedAddressError and every other httpx.TransportError."""
        if is_base_host(request.url.host, self._base):
            return await self._inner.handle_async_request(request)
        if proxy_for(str(request.url)):
            return await self._through_proxy(request)
        return await self._to_first(await self._checked(request), request)

    async def _through_proxy(self, request: httpx.Request) -> httpx.Response:
        # Behind a proxy a computer often cannot look names up; then the proxy does, as the operator wants it to.
        with contextlib.suppress(httpx.ConnectError):
            await self._checked(request)
        return await self._inner.handle_async_request(request)

    async def _checked(self, request: httpx.Request) -> list[str]:
        url = request.url
        try:
            addresses = await self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError):
            raise httpx.ConnectError("The name cannot be looked up.", request=request) from None  # noqa: EM101, TRY003
        if not addresses or not all(map(is_public_address, addresses)):
            raise RefusedAddressError("The name leads to a private address.", request=request)  # noqa: EM101, TRY003
        return addresses[:ADDRESSES_LIMIT]

    async def _to_first(self, addresses: list[str], request: httpx.Request) -> httpx.Response:
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_pinned(request, addresses[-1]))

    async def aclose(self) -> None:
        """Close what is below."""
        await self._inner.aclose()


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions=dict(request.extensions) | {"sni_hostname": request.url.host},
    )
