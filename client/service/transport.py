"""The way to the service: over the network, or into the offline engine in this very program."""

import functools
import ssl
from collections.abc import AsyncIterator

import anyio.to_thread
import httpx

from client.service.proxies import proxy_for
from client.settings import Settings


def make_transport(settings: Settings) -> httpx.AsyncBaseTransport:
    """Return what carries the requests: the offline engine exactly when there is neither a key nor a base URL."""
    if settings.offline:
        from client.offline import make_app  # noqa: PLC0415 - who has a key need not load the engine and OpenCV

        return httpx.ASGITransport(make_app(delay=settings.offline_delay), raise_app_exceptions=False)
    return FreshConnection()


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
        await self._stream.aclose()
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
