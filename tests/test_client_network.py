import asyncio
import os
import random
import socket
from pathlib import Path

import httpx
import pytest
from bad_server import BEFORE, FAULTS, BadServer, bad_server
from doubles import KEY, Clock, edit_request, picture, settings

from client import Charge, ImageEditClient, ImageEditError, Phase, Progress, UnreachableError
from client.service.transport import proxy_for

# How many edits the search for one that is sent twice makes; more of them find no more, but a night's run may want to.
EDITS = int(os.environ.get("QWEN_EDIT_TEST_EDITS", "2000"))
QUICK = httpx.Timeout(connect=5.0, write=5.0, read=0.15, pool=5.0)
SENT_AGAIN = {"slow down", "slow down until", "busy until"}


def client_of(bad: BadServer, home: Path, timeout: httpx.Timeout = QUICK) -> ImageEditClient:
    return ImageEditClient(settings(home, base=bad.base), sleep=Clock().sleep, timeout=timeout)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_an_edit_goes_over_a_real_connection_and_comes_back(tmp_path: Path) -> None:
    async with bad_server() as bad:
        result = await client_of(bad, tmp_path).edit(edit_request())
    (visit,) = bad.visits
    assert visit.head.startswith("POST /v1/images/edits HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".lower() in visit.head.lower()
    assert "transfer-encoding" not in visit.head.lower()
    assert len(visit.body) == visit.length
    assert result.pictures[0].path.exists()


@pytest.mark.parametrize("fault", [*BEFORE, *(name for name in FAULTS if name not in {"well", "drip", *SENT_AGAIN})])
async def test_whatever_the_network_does_ends_in_a_sentence_and_one_request(fault: str, tmp_path: Path) -> None:
    async with bad_server(fault) as bad:
        with pytest.raises(ImageEditError) as failed:
            await client_of(bad, tmp_path).edit(edit_request())
    assert failed.value.message.code != "error.unexpected"
    assert [visit.fault for visit in bad.visits] == [fault]
    broken = fault in BEFORE or fault.split(maxsplit=1)[0] in {
        "reset",
        "close",
        "silence",
        "nonsense",
        "endless",
        "only",
    }
    if broken:
        assert (failed.value.message.code, failed.value.charged) == ("error.no_answer", Charge.MAYBE)


async def test_a_failure_is_understood_though_the_rest_of_it_is_lost(tmp_path: Path) -> None:
    async with bad_server("truncated failure") as bad:
        with pytest.raises(ImageEditError) as failed:
            await client_of(bad, tmp_path).edit(edit_request())
    assert (failed.value.status, failed.value.message.code) == (500, "error.server")


async def test_an_answer_in_the_middle_of_the_upload_is_heard(tmp_path: Path) -> None:
    request = edit_request(pictures=(picture(bytes(9_000_000)),))
    async with bad_server("early refusal") as bad:
        with pytest.raises(ImageEditError) as failed:
            await client_of(bad, tmp_path).edit(request)
    # Some systems reset the connection before the answer is read, and then nobody can know.
    assert failed.value.message.code in {"error.too_large", "error.no_answer"}
    assert len(bad.visits) == 1


async def test_a_connection_that_breaks_is_not_used_for_the_next_edit(tmp_path: Path) -> None:
    async with bad_server() as bad:
        client = client_of(bad, tmp_path)
        await client.edit(edit_request())
        await client.edit(edit_request())
    assert len(bad.visits) == 2


async def test_a_slow_answer_is_read_to_its_end(tmp_path: Path) -> None:
    async with bad_server("drip") as bad:
        result = await client_of(bad, tmp_path).edit(edit_request())
    assert len(result.pictures) == 1


async def test_nothing_counts_as_sent_before_the_connection_stands(tmp_path: Path) -> None:
    told = list[Progress]()
    client = ImageEditClient(settings(tmp_path, base=f"http://127.0.0.1:{closed_port()}"), sleep=Clock().sleep)
    with pytest.raises(UnreachableError) as failed:
        await client.edit(edit_request(), told.append)
    assert failed.value.charged == Charge.NO
    assert not any(progress.sent for progress in told)
    assert [progress.phase for progress in told if not progress.pauses] == [Phase.SENDING] * 3
    assert {progress.phase for progress in told if progress.pauses} == {Phase.RECONNECTING}


async def test_a_service_without_tls_behind_a_tls_address_is_unreachable(tmp_path: Path) -> None:
    async with bad_server(*["speak first"] * 3) as bad:
        base = bad.base.replace("http://", "https://")
        client = ImageEditClient(settings(tmp_path, base=base), sleep=Clock().sleep)
        with pytest.raises(UnreachableError):
            await client.edit(edit_request())
    assert len(bad.visits) == 3


async def test_the_phases_of_an_edit_follow_what_happens_on_the_wire(tmp_path: Path) -> None:
    told = list[Progress]()
    async with bad_server() as bad:
        await client_of(bad, tmp_path).edit(edit_request(), told.append)
    seen = [(progress.phase, progress.sent, len(progress.pictures)) for progress in told]
    assert seen == [
        (Phase.SENDING, False, 0),
        (Phase.SENDING, True, 0),
        (Phase.WORKING, True, 0),
        (Phase.FETCHING, True, 0),
        (Phase.FETCHING, True, 1),
    ]


async def test_a_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")[0])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    told = list[Progress]()
    with pytest.raises(UnreachableError) as failed:
        await ImageEditClient(settings(tmp_path)).edit(edit_request(), told.append)
    server.close()
    assert asked == ["CONNECT edits.example:443 HTTP/1.1"]
    assert (failed.value.message.code, failed.value.charged) == ("error.proxy", Charge.NO)
    assert not any(progress.sent for progress in told)


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "socks5://127.0.0.1:1", "http://[bad"])
async def test_a_proxy_that_cannot_be_one_is_said_without_its_address(
    proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UnreachableError) as failed:
        await ImageEditClient(settings(tmp_path), sleep=Clock().sleep).edit(edit_request())
    assert failed.value.message.code in {"error.proxy", "error.unreachable"}
    assert "127.0.0.1" not in str(failed.value)


async def test_this_computer_is_reached_without_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    async with bad_server() as bad:
        assert len((await client_of(bad, tmp_path).edit(edit_request())).pictures) == 1


async def test_no_edit_that_may_have_been_charged_is_ever_sent_twice(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - the same faults each time
    kinds = [*BEFORE, *FAULTS]
    suffered = set[str]()
    async with bad_server() as bad:
        client = client_of(bad, tmp_path, httpx.Timeout(5.0, read=0.05))
        for _ in range(EDITS):
            # Mostly faults after which an edit goes on, or no two of them would ever follow each other.
            often = chance.random() < 0.6
            bad.faults[:] = [chance.choice(sorted(SENT_AGAIN) if often else kinds) for _ in range(3)]
            bad.visits.clear()
            try:
                await client.edit(edit_request())
            except ImageEditError as error:
                suffered.add(error.message.code)
            faults = [visit.fault for visit in bad.visits]
            assert all(fault in SENT_AGAIN for fault in faults[:-1]), faults
            suffered.update(faults)
    assert len(suffered & set(kinds)) >= 20


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://127.0.0.1:8000/v1", False),
        ("http://127.1/", False),
        ("http://localhost/", False),
        ("http://[::1]:8000/", False),
        ("http://127.evil.example/", True),
        ("http://127.0.0.1.evil.example/", True),
    ],
)
def test_only_this_computer_is_reached_past_the_proxy(
    url: str, monkeypatch: pytest.MonkeyPatch, *, proxied: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert (proxy_for(url) is not None) is proxied
