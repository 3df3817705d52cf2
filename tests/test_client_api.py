import base64
import gzip
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from doubles import BASE, KEY, Clock, Service, client_of, edit_request, edited, links, png, public, reply, settings

from client import (
    ApiKey,
    Charge,
    ImageEditClient,
    ImageEditError,
    InvalidRequestError,
    Phase,
    Progress,
    RequestRejectedError,
    Settings,
    UnexpectedResponseError,
    UnreachableError,
)
from client.service.answers import WireAnswer
from client.service.post import open_client, read_answer
from client.service.storage import check_room


async def failure(service: Service, home: Path, **changes: object) -> ImageEditError:
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, home).edit(edit_request(**changes))
    return failed.value


async def test_a_result_says_how_it_was_made(tmp_path: Path) -> None:
    answer = edited(2, metadata={"request_id": "up-1"})
    answer["data"][0]["revised_prompt"] = "Make it a deep blue."
    service = Service([reply(answer)])
    result = await client_of(service, tmp_path).edit(edit_request(n=2, size="1024x1536", model="qwen-image-edit-max"))
    assert (result.model, result.seed, result.size) == ("qwen-image-edit-max", 7, "1024*1536")
    assert (result.requested, result.received, result.request_id) == (2, 2, "up-1")
    assert result.revised_prompt == "Make it a deep blue."
    assert 0 < result.seconds < 60
    assert result.warnings == ()


async def test_a_drawn_seed_is_the_one_that_is_sent_and_told(tmp_path: Path) -> None:
    service = Service()
    result = await client_of(service, tmp_path).edit(edit_request(seed=None))
    assert service.sent()["parameters"]["seed"] == result.seed


async def test_a_seed_of_nought_is_sent_and_told(tmp_path: Path) -> None:
    service = Service()
    assert (await client_of(service, tmp_path).edit(edit_request(seed=0))).seed == 0
    assert service.sent()["parameters"]["seed"] == 0


@pytest.mark.parametrize("changes", [{}, {"model": "qwen-image-edit", "size": "1024*1024"}])
async def test_where_the_service_chooses_the_size_that_of_the_first_picture_is_told(
    changes: dict[str, object], tmp_path: Path
) -> None:
    result = await client_of(Service(), tmp_path).edit(edit_request(**changes))
    assert (result.asked_size, result.size) == (None, "32*24")


async def test_what_was_said_before_an_edit_is_among_its_warnings(tmp_path: Path) -> None:
    result = await client_of(Service(), tmp_path).edit(edit_request(prompt="p" * 900, n=2))
    assert [warning.code for warning in result.warnings] == ["warn.prompt_long", "warn.fewer"]


async def test_the_post_goes_to_the_address_without_a_slash_at_its_end(tmp_path: Path) -> None:
    service = Service()
    await client_of(service, tmp_path).edit(edit_request())
    (post,) = service.posts
    assert str(post.url) == f"{BASE}/images/edits"
    assert post.headers["content-type"] == "application/json"
    assert post.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("streamed", [True, False])
async def test_an_answer_may_come_at_once_or_in_pieces(tmp_path: Path, *, streamed: bool) -> None:
    content, body = png(), httpx.Response(200, json=edited()).content

    def answer(request: httpx.Request) -> httpx.Response:
        given = body if request.method == "POST" else content
        if streamed:
            return httpx.Response(200, stream=httpx.ByteStream(given))
        return httpx.Response(200, content=given)

    client = ImageEditClient(settings(tmp_path), transport=httpx.MockTransport(answer), resolve=public)
    (stored,) = (await client.edit(edit_request())).pictures
    assert stored.path.read_bytes() == content


@pytest.mark.parametrize("status", [200, 500])
async def test_of_an_answer_beyond_the_limit_only_a_failure_is_read_and_only_its_beginning(status: int) -> None:
    endless = httpx.Response(status, stream=httpx.ByteStream(b"x" * 100))
    if status == 200:
        with pytest.raises(httpx.DecodingError):
            await read_answer(endless, 10)
    else:
        assert (await read_answer(endless, 10)).body == b"x" * 10


async def test_a_packed_answer_is_unpacked_though_nobody_asked_for_it(tmp_path: Path) -> None:
    packed = WireAnswer.of(200, {"Content-Encoding": "gzip"}, gzip.compress(json.dumps(edited()).encode()))
    assert len((await client_of(Service([packed]), tmp_path).edit(edit_request())).pictures) == 1


async def test_an_answer_with_pictures_of_many_megabytes_is_read(tmp_path: Path) -> None:
    content = png() + bytes(9_000_000)
    service = Service([reply({"data": [{"b64_json": base64.b64encode(content).decode()}]})])
    (stored,) = (await client_of(service, tmp_path).edit(edit_request())).pictures
    assert stored.size_bytes == len(content)


async def test_without_a_key_nothing_is_sent_to_a_service_that_needs_one(tmp_path: Path) -> None:
    service = Service()
    client = ImageEditClient(settings(tmp_path, key=None), transport=service.transport())
    for call in (client.edit(edit_request()), client.models()):
        with pytest.raises(InvalidRequestError) as refused:
            await call
        assert refused.value.message.code == "request.no_key"
    assert service.posts == service.fetches == []


def test_a_service_that_needs_no_key_is_sent_none() -> None:
    client = open_client(Service().transport(), None, httpx.Timeout(1.0))
    assert "authorization" not in client.headers


async def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    service = Service()
    error = await failure(service, tmp_path)
    assert (error.message.code, error.charged) == ("request.folder", Charge.NO)
    assert service.posts == []


def test_a_folder_that_is_there_but_takes_no_file_is_refused() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        check_room(Path("/proc/self"))
    assert refused.value.message.code == "request.folder"


def test_too_little_room_is_said_with_what_is_left(tmp_path: Path) -> None:
    check_room(tmp_path / "new" / "results")
    with pytest.raises(InvalidRequestError, match=r"^Only [0-9]+ MB are free where results are stored"):
        check_room(tmp_path, needed=1 << 62)


async def test_a_refusal_of_several_results_with_a_size_says_what_may_be_the_reason(tmp_path: Path) -> None:
    refusal = reply({"error": {"message": "bad parameters"}}, 400)
    error = await failure(Service([refusal]), tmp_path, n=2, size="1024*1024")
    assert isinstance(error, RequestRejectedError)
    assert error.message.code == "error.perhaps_size_with_n"
    assert str(error).endswith("only where no size is asked for: bad parameters")
    assert error.service_said == "bad parameters"
    for changes in ({"n": 2}, {"size": "1024*1024"}):
        assert (await failure(Service([refusal]), tmp_path, **changes)).message.code == "error.rejected"


async def test_a_body_that_is_too_large_is_said_with_what_was_sent(tmp_path: Path) -> None:
    service = Service([WireAnswer.of(413, {}, b"<html>")])
    error = await failure(service, tmp_path)
    megabytes = round(len(service.posts[0].content) / 1e6, 1)
    assert f"{megabytes} MB were sent" in str(error)


async def test_a_fault_in_what_watches_does_not_lose_the_edit(tmp_path: Path) -> None:
    def broken(progress: Progress) -> None:
        raise RuntimeError(progress)

    assert len((await client_of(Service(), tmp_path).edit(edit_request(), broken)).pictures) == 1


async def test_what_nobody_thought_of_still_ends_in_a_sentence(tmp_path: Path) -> None:
    error = await failure(Service([ZeroDivisionError("a fault of ours")]), tmp_path)
    assert (error.message.code, error.charged) == ("error.unexpected", Charge.MAYBE)


async def test_the_models_of_a_service_are_listed(tmp_path: Path) -> None:
    listing = {"object": "list", "data": [{"id": "qwen-image-edit"}, {"id": "gpt"}, {"name": "odd"}, "x", {"id": 5}]}
    service = Service(result=lambda _: httpx.Response(200, json=listing))
    assert await client_of(service, tmp_path).models() == ("qwen-image-edit", "gpt")
    (asked,) = service.fetches
    assert str(asked.url) == f"{BASE}/models"
    assert asked.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.Response(200, json={"error": {"code": "model_not_found"}}), None, "error.model_not_found"),
        (httpx.Response(200, json={"data": []}), UnexpectedResponseError, "error.unreadable"),
        (httpx.Response(200, html="<html>"), UnexpectedResponseError, "error.wrong_address"),
        (httpx.Response(401), None, "error.key_refused"),
        (httpx.Response(404), None, "error.wrong_address"),
        (httpx.Response(502), None, "error.no_answer"),
        (httpx.ReadTimeout("slow"), UnreachableError, "error.unreachable"),
        (httpx.ConnectError("gone"), UnreachableError, "error.unreachable"),
    ],
)
async def test_a_service_that_lists_no_models_is_said_and_never_means_a_charge(
    answer: httpx.Response | Exception, kind: type[ImageEditError] | None, code: str, tmp_path: Path
) -> None:
    def result(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(kind or ImageEditError) as failed:
        await client_of(Service(result=result), tmp_path).models()
    assert (failed.value.message.code, failed.value.charged) == (code, Charge.NO)


ECHO = {"error": {"message": f"bad key {KEY}, Bearer {KEY} (request id: {KEY})", "code": KEY}}
ERROR_PATHS: dict[str, Service] = {
    "echo 401": Service([reply(ECHO, 401)]),
    "echo 400": Service([reply(ECHO, 400)]),
    "echo 500": Service([reply(ECHO, 500)]),
    "echo 200": Service([reply(ECHO)]),
    "echo in plain words": Service([WireAnswer.of(400, {}, f"your key is {KEY}".encode())]),
    "echo in a page": Service([WireAnswer.of(200, {"content-type": "text/html"}, f"<html>{KEY}".encode())]),
    "echo without an image": Service([reply({"data": [], "request_id": KEY})]),
    "echo as nonsense": Service([WireAnswer.of(200, {}, f"{{{KEY}".encode())]),
    "echo in a header": Service([WireAnswer.of(500, {"X-Oneapi-Request-Id": KEY}, b"")]),
    "rate limit": Service([WireAnswer.of(429, {"Retry-After": "1"}, KEY.encode())]),
    "unreachable": Service([httpx.ConnectError(f"cannot connect with {KEY}")]),
    "timeout": Service([httpx.ReadTimeout(f"Bearer {KEY}")]),
    "broken protocol": Service([httpx.RemoteProtocolError(f"illegal header value b'Bearer {KEY}'")]),
    "illegal header": Service([httpx.LocalProtocolError(f"illegal header value b'Bearer {KEY}'")]),
    "not ASCII": Service([UnicodeEncodeError("ascii", f"Bearer {KEY}ü", 0, 1, "ordinal not in range")]),
    "a fault of ours": Service([ZeroDivisionError(f"Bearer {KEY}")]),
    "expired": Service(result=lambda _: httpx.Response(403, content=f"<Error>{KEY}</Error>".encode())),
    "not a picture": Service(result=lambda _: httpx.Response(200, content=KEY.encode())),
    "not fetched": Service(result=lambda _: httpx.Response(500, content=KEY.encode())),
    "redirected": Service(result=lambda _: httpx.Response(302, headers={"Location": f"https://x.example/?k={KEY}"})),
}


def stored_in(folder: Path) -> list[str]:
    return [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ERROR_PATHS)
async def test_the_key_is_nowhere_in_what_an_error_leaves_behind(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = await failure(ERROR_PATHS[name], tmp_path)
    left = [str(error), repr(error), repr(vars(error)), error.service_said, repr(error.message), caplog.text]
    left += traceback.format_exception(error)
    left += stored_in(tmp_path)
    assert not [text for text in left if KEY in text or KEY[3:] in text]
    assert KEY.encode() not in error.raw


async def test_signed_links_and_pictures_are_not_logged_even_at_the_lowest_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await client_of(Service(), tmp_path).edit(edit_request())
    assert "/results/0.png" in caplog.text
    assert "Signature" not in caplog.text
    assert links(1)[0] not in caplog.text
    assert "base64" not in caplog.text


@pytest.mark.parametrize("attribute", [repr, str, lambda client: repr(vars(client))])
def test_a_client_does_not_show_its_key(attribute: Callable[[object], str], tmp_path: Path) -> None:
    assert KEY not in attribute(client_of(Service(), tmp_path))


async def test_offline_the_same_code_edits_through_the_engine_in_this_program(tmp_path: Path) -> None:
    told = list[Progress]()
    client = ImageEditClient(Settings(home=tmp_path), sleep=Clock().sleep)
    result = await client.edit(edit_request(prompt="black and white", n=2), told.append)
    assert [stored.path.name for stored in result.pictures] == ["edit-1.png", "edit-2.png"]
    assert all(stored.mime == "image/png" for stored in result.pictures)
    assert result.pictures[0].sha256 != result.pictures[1].sha256
    assert result.revised_prompt
    assert result.request_id
    assert told[0].phase is Phase.SENDING
    assert told[-1].pictures == result.pictures
    assert "qwen-image-edit-plus" in await client.models()


async def test_offline_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    results = [await ImageEditClient(Settings(home=tmp_path)).edit(edit_request(prompt="sepia")) for _ in range(2)]
    assert results[0].pictures[0].sha256 == results[1].pictures[0].sha256
    assert results[0].pictures[0].path != results[1].pictures[0].path


async def test_a_key_leads_away_from_the_offline_engine(tmp_path: Path) -> None:
    service = Service()
    client = ImageEditClient(
        Settings(home=tmp_path).with_key(ApiKey.parse(KEY)), transport=service.transport(), resolve=public
    )
    await client.edit(edit_request())
    assert service.posts[0].url.host == "onetoken.one"


async def test_an_answer_packed_in_a_way_that_cannot_be_undone_is_kept_as_it_came(tmp_path: Path) -> None:
    packed = WireAnswer.of(200, {"Content-Encoding": "br", "X-Oneapi-Request-Id": "id-7"}, b"\x8b\x02\x80{}\x03")
    error = await failure(Service([packed]), tmp_path)
    assert isinstance(error, UnexpectedResponseError)
    assert (error.message.code, error.charged, error.request_id) == ("error.unreadable", Charge.MAYBE, "id-7")
    assert error.raw == packed.body


async def test_a_failure_packed_in_a_way_that_cannot_be_undone_is_known_by_its_status(tmp_path: Path) -> None:
    packed = WireAnswer.of(401, {"Content-Encoding": "br"}, b"nonsense")
    error = await failure(Service([packed]), tmp_path)
    assert (error.message.code, error.service_said) == ("error.key_refused", "")


async def test_a_transport_that_was_lent_is_not_closed(tmp_path: Path) -> None:
    closed = []

    class Lent(httpx.MockTransport):
        async def aclose(self) -> None:
            closed.append(self)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=edited()) if request.method == "POST" else httpx.Response(200, content=png())

    await ImageEditClient(settings(tmp_path), transport=Lent(answer), resolve=public).edit(edit_request())
    assert closed == []


async def test_a_model_whose_name_cannot_be_written_is_not_listed(tmp_path: Path) -> None:
    listing = b'{"data": [{"id": "bad \\ud83d"}, {"id": "qwen-image-edit"}]}'
    service = Service(result=lambda _: httpx.Response(200, content=listing))
    assert await client_of(service, tmp_path).models() == ("qwen-image-edit",)
