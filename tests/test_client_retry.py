import contextlib
import math
import random
import tomllib
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from doubles import Clock, Reply, Service, client_of, edit_request, edited, reply
from hypothesis import given
from hypothesis import strategies as st

import client
from client import ImageEditError, Phase, Progress
from client.service.answers import WireAnswer
from client.service.retry import Attempt, decide, retry_after_seconds

CASES = tomllib.loads((Path(__file__).parent / "retry_table.toml").read_text(encoding="utf-8"))["case"]


def fault(described: dict[str, Any]) -> Reply:
    if "raises" in described:
        kind: type[Exception] = getattr(httpx, described["raises"])
        return kind("it broke")
    return WireAnswer.of(described["status"], described.get("headers", {}), described.get("body", "").encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_every_row_of_the_table_holds(case: dict[str, Any], tmp_path: Path) -> None:
    service = Service([*map(fault, case["faults"]), reply(edited())])
    clock, told = Clock(), list[Progress]()
    sending = client_of(service, tmp_path, clock=clock).edit(edit_request(), told.append)
    if "error" in case:
        with pytest.raises(ImageEditError) as failed:
            await sending
        error = failed.value
        assert type(error) is getattr(client, case["error"])
        assert (error.message.code, error.charged) == (case["code"], case["charged"])
        assert case.get("words", "") in str(error)
    else:
        assert len((await sending).pictures) == 1
    assert len(service.posts) == case["posts"]
    waited = pauses(told)
    assert len(waited) == len(case.get("waits", []))
    for (least, most), seconds in zip(case.get("waits", []), waited, strict=True):
        assert least <= seconds <= most
    assert sum(clock.pauses) == pytest.approx(sum(waited))


def pauses(told: list[Progress]) -> list[float]:
    """Return how long each pause was announced to be, from the count-downs."""
    found = []
    for before, now in pairwise(told):
        if now.pauses and not before.pauses:
            found.append(now.wait_seconds or 0.0)
    return found


async def test_a_wait_is_counted_down_and_nothing_counts_as_sent_meanwhile(tmp_path: Path) -> None:
    service = Service([WireAnswer.of(429, {"Retry-After": "3"}), reply(edited())])
    told = list[Progress]()
    await client_of(service, tmp_path).edit(edit_request(), told.append)
    waiting = [progress for progress in told if progress.pauses]
    seconds = [progress.wait_seconds or 0.0 for progress in waiting]
    assert len(seconds) in {3, 4}
    assert [round(now - then, 6) for then, now in pairwise(seconds)] == [-1.0] * (len(seconds) - 1)
    assert {progress.phase for progress in waiting} == {Phase.WAITING}
    assert not any(progress.sent for progress in waiting)
    assert told[-1].sent


def test_a_date_to_wait_for_is_never_taken_as_earlier_than_told() -> None:
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}
    decision = decide(Attempt(outcome=WireAnswer.of(429, headers), sent=True, now=1445412480.0))
    assert decision.wait == (10.0, 10.5)


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [
        (httpx.ConnectError("x"), (0.5, 2.0)),
        (WireAnswer.of(429, {}), (2.0, 5.0)),
        (WireAnswer.of(429, {"retry-after": "0"}), (0.0, 0.5)),
        (WireAnswer.of(429, {"retry-after": "0.25"}), (0.25, 0.75)),
        (WireAnswer.of(429, {"retry-after-ms": "1500"}), (1.5, 2.0)),
        (WireAnswer.of(503, {"retry-after": "60"}), (60.0, 60.5)),
        (WireAnswer.of(503, {"retry-after": "61"}), None),
        (WireAnswer.of(500, {"retry-after": "1"}), None),
        (WireAnswer.of(300, {}), None),
    ],
)
def test_each_wait_lies_between_two_bounds(outcome: WireAnswer | Exception, wait: tuple[float, float] | None) -> None:
    assert decide(Attempt(outcome=outcome, sent=True)).wait == wait


@given(st.text(max_size=40) | st.datetimes().map(format_datetime) | st.floats().map(str))
def test_a_time_to_wait_is_a_number_of_seconds_or_nothing_whatever_the_service_writes(written: str) -> None:
    for name in ("retry-after", "retry-after-ms"):
        told = retry_after_seconds({name: written}, 1.7e9)
        assert told is None or (math.isfinite(told) and told >= 0)


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def all_exceptions() -> list[Exception]:
    kinds = subclasses(httpx.RequestError) | subclasses(httpx.StreamError) | {httpx.InvalidURL, httpx.CookieConflict}
    ready: list[Exception] = [
        OSError("x"),
        TimeoutError(),
        UnicodeEncodeError("ascii", "ü", 0, 1, "ordinal not in range"),
        httpx.HTTPStatusError("x", request=httpx.Request("GET", "http://x"), response=httpx.Response(500)),
    ]
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        if kind.__module__ == "httpx":
            bare = kind in {httpx.StreamConsumed, httpx.ResponseNotRead, httpx.RequestNotRead, httpx.StreamClosed}
            ready.append(kind() if bare else kind("x"))
    return ready


NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
# What each subclass of httpx.RequestError means before the first byte goes out, and after.
BROKE_OFF = ("error.unreachable", "error.no_answer")
MALFORMED = ("request.wire", "error.no_answer")
MEANINGS = {
    "CloseError": BROKE_OFF,
    "ConnectError": ("error.unreachable", "error.unreachable"),
    "ConnectTimeout": ("error.unreachable", "error.unreachable"),
    "DecodingError": ("error.unreadable", "error.unreadable"),
    "LocalProtocolError": MALFORMED,
    "NetworkError": BROKE_OFF,
    "PoolTimeout": ("error.unreachable", "error.unreachable"),
    "ProtocolError": BROKE_OFF,
    "ProxyError": ("error.proxy", "error.proxy"),
    "ReadError": BROKE_OFF,
    "ReadTimeout": BROKE_OFF,
    "RemoteProtocolError": BROKE_OFF,
    "RequestError": BROKE_OFF,
    "TimeoutException": BROKE_OFF,
    "TooManyRedirects": BROKE_OFF,
    "TransportError": BROKE_OFF,
    "UnsupportedProtocol": MALFORMED,
    "WriteError": BROKE_OFF,
    "WriteTimeout": BROKE_OFF,
}


def test_every_subclass_of_httpxs_request_error_has_a_meaning() -> None:
    kinds = {kind.__name__ for kind in subclasses(httpx.RequestError) if kind.__module__ == "httpx"}
    assert kinds == set(MEANINGS)


@pytest.mark.parametrize("exception", all_exceptions(), ids=lambda exception: type(exception).__name__)
@pytest.mark.parametrize("sent", [False, True])
def test_every_exception_of_httpx_becomes_an_error_and_only_the_never_sent_go_again(
    exception: Exception, *, sent: bool
) -> None:
    name = type(exception).__name__
    malformed = isinstance(exception, httpx.InvalidURL | UnicodeError)
    before, after = MEANINGS.get(name, MALFORMED if malformed else BROKE_OFF)
    decision = decide(Attempt(outcome=exception, sent=sent))
    assert decision.error.message.code == (after if sent else before)
    assert (decision.wait is not None) == (name in NEVER_SENT)
    may_have_run = decision.error.message.code in {"error.no_answer", "error.unreadable"}
    assert decision.error.charged == ("maybe" if may_have_run else "no")


@pytest.mark.parametrize("exception", all_exceptions(), ids=lambda exception: type(exception).__name__)
async def test_no_exception_of_httpx_leaves_the_client_untranslated(exception: Exception, tmp_path: Path) -> None:
    service = Service([exception])
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, tmp_path).edit(edit_request())
    assert failed.value.message.code != "error.unexpected"
    assert len(service.posts) == (3 if type(exception).__name__ in NEVER_SENT else 1)


async def test_a_service_that_is_found_again_gets_the_whole_body_again(tmp_path: Path) -> None:
    service = Service([httpx.ConnectError("gone"), reply(edited())])
    await client_of(service, tmp_path).edit(edit_request())
    assert service.posts[0].content == service.posts[1].content
    assert int(service.posts[1].headers["content-length"]) == len(service.posts[1].content)


async def test_random_faults_are_never_answered_by_sending_again_what_may_have_been_charged(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - the same faults each time
    kinds = [fault(described) for case in CASES for described in case["faults"]]
    for _ in range(150):
        faults = [chance.choice(kinds) for _ in range(5)]
        service = Service([*faults, reply(edited())])
        with contextlib.suppress(ImageEditError):
            await client_of(service, tmp_path).edit(edit_request())
        for then in faults[: len(service.posts) - 1]:
            assert safe_to_repeat(then)


def safe_to_repeat(fault: Reply) -> bool:
    if isinstance(fault, Exception):
        return type(fault).__name__ in NEVER_SENT
    return fault.status == 429 or (fault.status == 503 and "retry-after" in fault.headers)
