import base64
import errno
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import httpx
import pytest
from doubles import BASE, KEY, Clock, Service, client_of, edit_request, edited, links, png, public, reply, settings

from client import Charge, EditResult, ImageEditClient, ImageEditError, Progress, UnexpectedResponseError
from client.service.download import FETCH_WAITS, RESULT_LIMIT
from client.service.storage import PartFile
from client.service.transport import resolve

EXPIRED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>'
UNSIGNED = b'<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code></Error>'


class Broken(httpx.AsyncByteStream):
    """A body that breaks off after what is there."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self._content = content
        self._error = error or httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        raise self._error


def answers(*given: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left = list(given)

    def answer(_: httpx.Request) -> httpx.Response:
        now = left.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    return answer


async def edit(service: Service, home: Path, clock: Clock | None = None, **changes: object) -> EditResult:
    return await client_of(service, home, clock=clock).edit(edit_request(**changes))


async def failure(service: Service, home: Path, clock: Clock | None = None, **changes: object) -> ImageEditError:
    with pytest.raises(ImageEditError) as failed:
        await edit(service, home, clock, **changes)
    assert not files_in(home, "*.part")
    return failed.value


def files_in(home: Path, pattern: str) -> list[Path]:
    return list(home.rglob(pattern))


async def test_a_result_is_stored_byte_for_byte_with_what_is_known_about_it(tmp_path: Path) -> None:
    content = png(48, 16) + b"what a service may add"
    service = Service(result=lambda _: httpx.Response(200, content=content))
    (stored,) = (await edit(service, tmp_path)).pictures
    assert stored.path.read_bytes() == content
    assert (stored.path.name, stored.path.parent.parent) == ("edit-1.png", tmp_path / "results")
    assert (stored.width, stored.height, stored.mime, stored.size_bytes) == (48, 16, "image/png", len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert len(stored.path.parent.name) == 32


async def test_results_are_fetched_without_the_key_by_their_very_links(tmp_path: Path) -> None:
    link = "https://x.example/%e4%2F/../a'b|c.png?Signature=a%2Bb/c==&x=%zz"
    service = Service([reply({"data": [{"url": link}]})])
    await edit(service, tmp_path)
    (fetched,) = service.fetches
    target = fetched.extensions.get("target", fetched.url.raw_path)
    assert target == link.removeprefix("https://x.example").encode()
    assert "authorization" not in fetched.headers
    assert KEY not in str(fetched.headers.raw)
    assert fetched.headers["host"] == "x.example"
    assert service.posts[0].headers["authorization"] == f"Bearer {KEY}"


async def test_the_name_of_a_file_follows_its_content_and_not_its_link(tmp_path: Path) -> None:
    bitmap = b"BM" + (70).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    bitmap += (40).to_bytes(4, "little") + (2).to_bytes(4, "little") * 2 + b"\x01\x00\x18\x00" + bytes(24) + bytes(16)
    (stored,) = (await edit(Service(result=lambda _: httpx.Response(200, content=bitmap)), tmp_path)).pictures
    assert (stored.path.suffix, stored.mime, stored.width) == (".bmp", "image/bmp", 2)


async def test_several_results_keep_the_services_order_and_are_shown_as_they_come(tmp_path: Path) -> None:
    colours = {f"{place}.png": (place, 0, 0) for place in range(4)}
    service = Service(
        [reply(edited(4))],
        result=lambda request: httpx.Response(200, content=png(colour=colours[request.url.path.rpartition("/")[2]])),
    )
    told = list[Progress]()
    result = await client_of(service, tmp_path).edit(edit_request(n=4), told.append)
    assert [stored.path.name for stored in result.pictures] == [f"edit-{place}.png" for place in (1, 2, 3, 4)]
    assert [stored.path.read_bytes() for stored in result.pictures] == [png(colour=(place, 0, 0)) for place in range(4)]
    shown = [progress.pictures for progress in told if progress.pictures]
    assert [len(pictures) for pictures in shown] == [1, 2, 3, 4]
    assert all(list(pictures) == sorted(pictures, key=lambda stored: stored.path) for pictures in shown)
    assert result.warnings == ()


async def test_no_more_than_three_results_are_fetched_at_once(tmp_path: Path) -> None:
    now, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        if request.method == "POST":
            return httpx.Response(200, json=edited(6))
        now += 1
        most = max(most, now)
        await anyio.sleep(0.01)
        now -= 1
        return httpx.Response(200, content=png())

    client = ImageEditClient(settings(tmp_path), transport=httpx.MockTransport(answer), resolve=public)
    assert len((await client.edit(edit_request(n=6))).pictures) == 6
    assert most == 3


async def test_what_breaks_off_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    content = png(64, 64) + bytes(range(256)) * 40
    first = httpx.Response(200, stream=Broken(content[:5000]), headers={"ETag": '"v1"'})
    second = httpx.Response(206, stream=Broken(content[5000:7000]), headers={"Content-Range": "bytes 5000-9/*"})
    third = httpx.Response(206, content=content[7000:], headers={"Content-Range": f"bytes 7000-9/{len(content)}"})
    service = Service(result=answers(first, second, third))
    (stored,) = (await edit(service, tmp_path)).pictures
    assert stored.path.read_bytes() == content
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    asked = [(request.headers.get("range"), request.headers.get("if-range")) for request in service.fetches]
    assert asked == [(None, None), ("bytes=5000-", '"v1"'), ("bytes=7000-", '"v1"')]


@pytest.mark.parametrize(
    "second",
    [
        [httpx.Response(200, content=png())],
        [
            httpx.Response(206, content=b"wrong place", headers={"Content-Range": "bytes 1-9/9"}),
            httpx.Response(200, content=png()),
        ],
        [httpx.Response(206, content=b"no place"), httpx.Response(200, content=png())],
        [httpx.Response(416), httpx.Response(200, content=png())],
    ],
)
async def test_a_service_that_cannot_go_on_is_asked_from_the_start(
    second: list[httpx.Response], tmp_path: Path
) -> None:
    service = Service(result=answers(httpx.Response(200, stream=Broken(b"first half")), *second))
    (stored,) = (await edit(service, tmp_path)).pictures
    assert stored.path.read_bytes() == png()
    assert stored.sha256 == hashlib.sha256(png()).hexdigest()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"ETag": 'W/"v1"'}, {"ETag": 'W/"v2"'}),
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, {"Last-Modified": "Wed, 21 Oct 2015 07:29:00 GMT"}),
        ({"Content-Length": "900"}, {"Content-Range": "bytes 10-899/901"}),
    ],
)
async def test_the_end_of_another_picture_is_not_added_to_the_beginning_of_one(
    first: dict[str, str], then: dict[str, str], tmp_path: Path
) -> None:
    began = httpx.Response(200, stream=Broken(b"first half"), headers=first)
    other = httpx.Response(206, content=b"of another", headers={"Content-Range": "bytes 10-899/900"} | then)
    service = Service(result=answers(began, other, httpx.Response(200, content=png())))
    (stored,) = (await edit(service, tmp_path)).pictures
    assert stored.path.read_bytes() == png()
    assert [request.headers.get("range") for request in service.fetches] == [None, "bytes=10-", None]


async def test_a_part_of_what_was_asked_for_is_not_taken_for_all_of_it(tmp_path: Path) -> None:
    content = png(64, 64) + bytes(range(256)) * 40
    total = len(content)
    parts = [
        httpx.Response(200, stream=Broken(content[:5000])),
        httpx.Response(206, content=content[5000:7000], headers={"Content-Range": f"bytes 5000-6999/{total}"}),
        httpx.Response(206, content=content[7000:], headers={"Content-Range": f"bytes 7000-{total - 1}/{total}"}),
    ]
    (stored,) = (await edit(Service(result=answers(*parts)), tmp_path)).pictures
    assert stored.path.read_bytes() == content


async def test_what_was_unpacked_on_the_way_cannot_go_on_and_starts_again(tmp_path: Path) -> None:
    packed = httpx.Response(200, stream=Broken(gzip.compress(png())), headers={"Content-Encoding": "gzip"})
    service = Service(result=answers(packed, httpx.Response(200, content=png())))
    (stored,) = (await edit(service, tmp_path)).pictures
    assert stored.path.read_bytes() == png()
    assert [request.headers.get("range") for request in service.fetches] == [None, None]


async def test_fetching_survives_five_resets_and_three_times_busy(tmp_path: Path) -> None:
    faults = [httpx.ReadError("reset")] * 3 + [httpx.Response(503) for _ in range(3)] + [httpx.ConnectError("gone")] * 2
    clock = Clock()
    service = Service(result=answers(*faults, httpx.Response(200, content=png())))
    assert len((await edit(service, tmp_path, clock)).pictures) == 1
    assert clock.pauses == list(FETCH_WAITS[:8])


async def test_a_service_that_says_how_long_to_wait_is_given_that_time_up_to_a_minute(tmp_path: Path) -> None:
    busy = [httpx.Response(503, headers={"Retry-After": told}) for told in ("20", "500", "0.1")]
    clock = Clock()
    await edit(Service(result=answers(*busy, httpx.Response(200, content=png()))), tmp_path, clock)
    assert clock.pauses == [20.0, 60.0, 2.0]


async def test_giving_up_says_so_without_the_links_and_keeps_the_answer(tmp_path: Path) -> None:
    service = Service([reply(edited(), X_Oneapi_Request_Id="id-7")], result=lambda _: httpx.Response(500))
    clock = Clock()
    error = await failure(service, tmp_path, clock)
    assert isinstance(error, UnexpectedResponseError)
    assert (error.message.code, error.charged, error.request_id) == ("error.not_fetched", Charge.MAYBE, "id-7")
    assert "http" not in str(error)
    assert links(1)[0].encode() in error.raw
    assert clock.pauses == list(FETCH_WAITS)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(403, content=EXPIRED), "error.expired"),
        (httpx.Response(410), "error.expired"),
        (httpx.Response(403, content=UNSIGNED), "error.not_fetched"),
        (httpx.Response(403, content=b"no"), "error.not_fetched"),
        (httpx.Response(403, stream=Broken(b"<x>" * 5000, AssertionError("read too far"))), "error.expired"),
        (httpx.Response(401), "error.not_fetched"),
        (httpx.Response(304), "error.not_fetched"),
        (httpx.Response(200, content=b"<html><script>alert(1)</script></html>"), "error.not_a_picture"),
        (httpx.Response(200, content=b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "error.not_a_picture"),
        (httpx.Response(200, content=b"%PDF-1.7"), "error.not_a_picture"),
        (httpx.Response(200, content=b""), "error.not_a_picture"),
        (httpx.Response(200, content=png()[:20]), "error.not_a_picture"),
        (httpx.Response(200, stream=httpx.ByteStream(b""), headers={"Content-Encoding": "br"}), "error.not_fetched"),
    ],
)
async def test_what_will_never_be_a_picture_is_not_asked_for_again(
    answer: httpx.Response, code: str, tmp_path: Path
) -> None:
    service = Service(result=answers(answer))
    error = await failure(service, tmp_path)
    assert error.message.code == code
    assert len(service.fetches) == 1
    assert not files_in(tmp_path, "edit-*")


async def test_a_result_beyond_the_limit_is_cut_off(tmp_path: Path) -> None:
    class Endless(httpx.AsyncByteStream):
        given = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                self.given += 1024 * 1024
                yield bytes(1024 * 1024)

    endless = Endless()
    service = Service(result=answers(httpx.Response(200, stream=endless)))
    assert (await failure(service, tmp_path)).message.code == "error.result_too_large"
    assert endless.given == RESULT_LIMIT + 1024 * 1024


async def test_results_that_came_are_kept_when_others_did_not(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/1.png"):
            return httpx.Response(403, content=EXPIRED)
        return httpx.Response(200, content=png())

    result = await edit(Service([reply(edited(3))], result=answer), tmp_path, n=3)
    assert [stored.path.name for stored in result.pictures] == ["edit-1.png", "edit-3.png"]
    assert [str(warning) for warning in result.warnings] == ["1 of 3 results could not be fetched."]
    assert (result.requested, result.received) == (3, 3)


async def test_one_result_that_fails_as_nobody_thought_takes_no_other_with_it(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/0.png"):
            raise ZeroDivisionError
        return httpx.Response(200, content=png())

    result = await edit(Service([reply(edited(2))], result=answer), tmp_path, n=2)
    assert [stored.path.name for stored in result.pictures] == ["edit-2.png"]
    assert [warning.code for warning in result.warnings] == ["warn.not_fetched"]


async def test_names_are_looked_up_to_all_their_addresses() -> None:
    assert {"127.0.0.1", "::1"} & set(await resolve("localhost", 80))


async def test_fewer_results_than_asked_for_are_a_warning_with_both_numbers(tmp_path: Path) -> None:
    result = await edit(Service([reply(edited(2))]), tmp_path, n=4)
    assert [str(warning) for warning in result.warnings] == ["2 of 4 results came. All 4 may be charged."]
    assert (result.requested, result.received, len(result.pictures)) == (4, 2, 2)


async def test_pictures_inside_the_answer_are_stored_like_fetched_ones(tmp_path: Path) -> None:
    written = base64.b64encode(png(40, 40)).decode()
    service = Service([reply({"data": [{"b64_json": written}, {"b64_json": "AAAA"}]})])
    result = await edit(service, tmp_path, n=2)
    assert [stored.path.read_bytes() for stored in result.pictures] == [png(40, 40)]
    assert [warning.code for warning in result.warnings] == ["warn.not_fetched"]
    assert service.fetches == []


async def test_a_picture_inside_the_answer_has_the_same_limit(tmp_path: Path) -> None:
    written = base64.b64encode(png() + bytes(RESULT_LIMIT)).decode()
    error = await failure(Service([reply({"data": [{"b64_json": written}]})]), tmp_path)
    assert error.message.code == "error.result_too_large"


async def test_a_picture_that_came_both_as_a_link_and_as_base64_is_kept_once(tmp_path: Path) -> None:
    written = base64.b64encode(png()).decode()
    content = [{"image": link} for link in links(1)]
    metadata = {"output": {"choices": [{"message": {"content": content}}]}}
    result = await edit(Service([reply({"data": [{"b64_json": written}], "metadata": metadata})]), tmp_path)
    assert [stored.path.name for stored in result.pictures] == ["edit-1.png"]


@pytest.mark.parametrize(
    ("location", "hops", "stored"),
    [
        ("https://elsewhere.example/a.png", 1, True),
        ("https://elsewhere.example/a.png", 2, True),
        ("https://elsewhere.example/a.png", 3, False),
        ("/other.png", 1, True),
        ("http://elsewhere.example/a.png", 1, False),
        ("https://127.0.0.1/a.png", 1, False),
        ("https://localhost/a.png", 1, False),
        ("file:///etc/passwd", 1, False),
        ("https://[bad/a.png", 1, False),
    ],
)
async def test_at_most_two_redirects_are_followed_and_each_is_checked(
    location: str, hops: int, tmp_path: Path, *, stored: bool
) -> None:
    moved = [httpx.Response(302, headers={"Location": location}) for _ in range(hops)]
    service = Service(result=answers(*moved, httpx.Response(200, content=png())))
    if stored:
        assert len((await edit(service, tmp_path)).pictures) == 1
        assert len(service.fetches) == hops + 1
    else:
        assert (await failure(service, tmp_path)).message.code == "error.not_fetched"
        assert len(service.fetches) == min(hops, 3)


@pytest.mark.parametrize(
    "link",
    [
        "http://anything.example/a.png",
        "https://localhost/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://user:secret@anything.example/a.png",
        "https://anything.example/a b.png",
        "https://2130706433/",
    ],
)
async def test_a_link_to_where_no_result_can_be_is_not_opened(link: str, tmp_path: Path) -> None:
    service = Service([reply({"data": [{"url": link}]})])
    assert (await failure(service, tmp_path)).message.code == "error.result_address"
    assert service.fetches == []


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:169.254.169.254"], []])
async def test_a_name_that_leads_into_a_private_network_is_not_connected_to(
    addresses: list[str], tmp_path: Path
) -> None:
    async def private(host: str, port: int) -> list[str]:
        assert (host, port) == ("x.example", 443)
        return addresses

    service = Service([reply({"data": [{"url": "https://x.example/a.png"}]})])
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, tmp_path, resolve=private).edit(edit_request())
    assert failed.value.message.code == "error.not_fetched"
    assert service.fetches == []


async def test_the_connection_goes_to_the_very_address_that_was_checked(tmp_path: Path) -> None:
    async def two(host: str, port: int) -> list[str]:  # noqa: ARG001 - the shape of a resolver
        return ["2606:4700::1111", "93.184.215.14"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "2606:4700::1111":
            raise httpx.ConnectError(request.method)
        return httpx.Response(200, content=png())

    service = Service([reply({"data": [{"url": "https://x.example:8443/a.png?s=%2B"}]})], result=answer)
    await client_of(service, tmp_path, resolve=two).edit(edit_request())
    assert [request.url.host for request in service.fetches] == ["2606:4700::1111", "93.184.215.14"]
    for request in service.fetches:
        assert request.headers["host"] == "x.example:8443"
        assert request.extensions["sni_hostname"] == "x.example"
        assert (request.url.port, request.url.raw_path) == (8443, b"/a.png?s=%2B")


async def test_the_operators_own_host_needs_no_public_address(tmp_path: Path) -> None:
    async def never(host: str, port: int) -> list[str]:
        raise AssertionError(host, port)

    service = Service([reply(edited())])
    assert len((await client_of(service, tmp_path, resolve=never).edit(edit_request())).pictures) == 1
    assert service.fetches[0].url.host == httpx.URL(BASE).host


async def test_a_name_that_cannot_be_looked_up_is_tried_again(tmp_path: Path) -> None:
    asked = []

    async def late(host: str, port: int) -> list[str]:
        asked.append((host, port))
        if len(asked) < 3:
            raise OSError(errno.EAGAIN, host)
        return ["93.184.215.14"]

    service = Service([reply({"data": [{"url": "https://x.example/a.png"}]})])
    result = await client_of(service, tmp_path, resolve=late).edit(edit_request())
    assert len(result.pictures) == 1
    assert asked == [("x.example", 443)] * 3


async def test_behind_a_proxy_names_are_left_to_it_unless_they_are_known_to_be_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    async def unknown(host: str, port: int) -> list[str]:
        raise OSError(host, port)

    async def private(host: str, port: int) -> list[str]:  # noqa: ARG001 - the shape of a resolver
        return ["10.0.0.1"]

    answer = [reply({"data": [{"url": "https://x.example/a|b.png"}]})]
    service = Service(answer)
    assert len((await client_of(service, tmp_path, resolve=unknown).edit(edit_request())).pictures) == 1
    assert service.fetches[0].url.host == "x.example"
    assert "target" not in service.fetches[0].extensions
    refused = Service(answer)
    with pytest.raises(ImageEditError):
        await client_of(refused, tmp_path, resolve=private).edit(edit_request())
    assert refused.fetches == []


async def test_a_disk_that_takes_nothing_is_said_to_be_the_reason(tmp_path: Path) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=png())

    class Spiteful(Service):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                results = tmp_path / "results"
                results.rmdir()
                results.write_text("a file where the folder was")
            return super()._answer(request)

    with pytest.raises(ImageEditError) as failed:
        await edit(Spiteful(result=answer), tmp_path)
    assert (failed.value.message.code, failed.value.charged) == ("error.not_stored", Charge.MAYBE)


def test_a_file_that_is_given_up_while_a_thread_opens_it_is_neither_left_open_nor_there(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "results" / "edit-1.part")
    part.discard()
    part.open()
    assert not (tmp_path / "results").exists()
    with pytest.raises(OSError, match="not open"):
        part.write(b"a piece")
