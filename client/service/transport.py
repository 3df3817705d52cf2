"""The way to the service: over the network, through its proxy, or into the offline engine in this very program.

Fetching results goes through `GuardedTransport`, which keeps away from private networks whatever a link or a name
server says.
"""

import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import anyio.to_thread
import httpx

from client.errors import InvalidImageError
from client.pictures.isolate import IsolatedWorkers
from client.service.addresses import is_base_host, is_loopback, is_public_address
from client.settings import Settings

RESOLVE_SECONDS: Final = 10.0
ADDRESSES_LIMIT: Final = 4

Resolve = Callable[[str, int], Awaitable[list[str]]]


def make_transport(settings: Settings) -> httpx.AsyncBaseTransport:
    """Return what carries the requests: the offline engine exactly when there is neither a key nor a base URL."""
    if settings.offline:
        return offline_transport(settings.offline_delay, _offline_workers() if settings.public else None)
    return FreshConnection()


def offline_transport(delay: float = 0.0, workers: IsolatedWorkers | None = None) -> httpx.ASGITransport:
    """Return the offline engine, which answers edits `delay` seconds late.

    With `workers`, for strangers' pictures, these alone decode and edit: not this process, where others' keys are.
    """
    # Who has a key need not load the engine.
    from client.offline.engine import Edited, Order  # noqa: PLC0415
    from client.offline.server import make_app  # noqa: PLC0415

    async def render(edit: Callable[[Order], Edited | str], order: Order) -> Edited | str:
        assert workers  # noqa: S101 - else this is not called
        try:
            return await workers.run(edit, order, returns={Edited})
        except InvalidImageError as error:
            return str(error)

    return httpx.ASGITransport(make_app(delay, render if workers else None), raise_app_exceptions=False)


@functools.cache
def _offline_workers() -> IsolatedWorkers:
    # Six results of four megapixels take longer than to prepare a picture.
    return IsolatedWorkers(seconds=60)


class BorrowedTransport(httpx.AsyncBaseTransport):
    """Sends over a transport that somebody else opened and will close.

    `httpx.AsyncClient` closes its transport when it is done, which would end the other requests on a shared one: edits
    that are being paid for.
    """

    def __init__(self, owned: httpx.AsyncBaseTransport) -> None:
        self._owned = owned

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises httpx.TransportError."""
        return await self._owned.handle_async_request(request)


class FreshConnection(httpx.AsyncBaseTransport):
    """Opens a new connection for each request, through the proxy that the environment names, and closes it after.

    A kept-alive connection that the service has closed meanwhile fails in a way that cannot be told from one that
    failed after the edit was made. The proxies of the environment are respected because many networks let nothing
    else out.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises httpx.TransportError."""
        # The Host header and not the address, which may be an IP address that was looked up and checked before.
        proxy = proxy_for(f"{request.url.scheme}://{request.headers['host']}")
        transport = await _open(request.url.scheme, proxy)
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            await transport.aclose()
            raise
        response.stream = _ClosingStream(response.stream, transport)
        return response


class _ClosingStream(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, transport: httpx.AsyncHTTPTransport
    ) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport has no other
        self._stream = stream
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            await self._transport.aclose()


async def _open(scheme: str, proxy: str | None) -> httpx.AsyncHTTPTransport:
    # Reading the certificates of the authorities takes 20 to 60 ms, and plain http needs none.
    context = await anyio.to_thread.run_sync(tls_context) if scheme == "https" else _no_tls()
    try:
        return httpx.AsyncHTTPTransport(verify=context, proxy=proxy, limits=httpx.Limits(max_keepalive_connections=0))
    except (ImportError, ValueError, httpx.InvalidURL):
        # The text of these holds the proxy's address, which may hold a password.
        message = "The proxy in the environment cannot be used."
        raise httpx.ProxyError(message) from None


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the authorities that are trusted; built once, when the first connection needs it."""
    return httpx.create_ssl_context()


@functools.cache
def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment (or the system) names for this address.

    A computer is never asked to reach itself through a proxy, whatever NO_PROXY says.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


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


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions=dict(request.extensions) | {"sni_hostname": request.url.host},
    )
