import base64
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

import httpx
import pytest
from doubles import KEY, Clock, Service, edit_request, edited, how_it_is_sent, picture, png, public, reply, settings
from offline_calls import caller, file_of, pixels_of, scene
from PIL import Image
from starlette.requests import Request
from starlette.types import Message

from client import Charge, EditRequest, ImageEditClient, ImageEditError, InvalidRequestError, Picture, Settings, catalog
from client.offline.rules import LARGEST_BODY
from client.service import openai
from client.service.answers import Delivered, WireAnswer
from client.service.dialects import ABILITIES

BASE = "http://gpu.example:30000/v1"
EDITS = f"{BASE}/images/edits"
LINK = "https://pictures.example/cat.png"
QWEN = "Qwen/Qwen-Image-Edit-2511"
CODED = base64.b64encode(png()).decode()


def client_of(service: Service, home: Path, clock: Clock | None = None, key: str | None = KEY) -> ImageEditClient:
    chosen = replace(settings(home, base=BASE, key=key), dialect="openai")
    return ImageEditClient(chosen, transport=service.transport(), resolve=public, sleep=(clock or Clock()).sleep)


def pictures_in(count: int = 1) -> dict[str, object]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(png(8 + n, 8)).decode()} for n in range(count)]}


async def failure(service: Service, home: Path, key: str | None = KEY, **changes: object) -> ImageEditError:
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, home, key=key).edit(edit_request(**changes))
    return failed.value


def post_of(**changes: object) -> httpx.Request:
    return openai.build_request(edit_request(**changes), BASE)


Upload = tuple[str, str | None, str | None, bytes]


async def form_of(request: httpx.Request) -> tuple[dict[str, str], list[Upload]]:
    """Read a form with what FastAPI reads it with: vLLM-Omni and SGLang are built on it."""
    parts: list[Message] = [{"type": "http.request", "body": request.read(), "more_body": False}]

    async def receive() -> Message:
        return parts.pop()

    fields, files = {}, []
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    async with Request({"type": "http", "method": "POST", "headers": headers}, receive).form() as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields[name] = value
            else:
                files.append((name, value.filename, value.content_type, await value.read()))
    return fields, files


def read(value: object, url: str = EDITS) -> Delivered:
    return openai.parse_response(replace(WireAnswer.of(200, {}, json.dumps(value).encode()), url=url))


def test_a_server_of_ones_own_says_what_it_cannot_carry() -> None:
    able = ABILITIES["openai"]
    assert able.carries == {"negative_prompt", "n", "size", "seed"}
    assert (able.needs_key, able.hosted) == (False, False)
    assert able.bases == ("http://127.0.0.1:8000/v1",)


async def test_an_edit_is_a_form_with_a_picture() -> None:
    post = post_of(n=2, size="1024*1536", seed=42, negative_prompt="blurry", prompt='a "b"\nim 图')
    assert (post.method, str(post.url)) == ("POST", EDITS)
    fields, files = await form_of(post)
    assert fields == {
        "model": "qwen-image-edit-plus",
        "prompt": 'a "b"\nim 图',
        "n": "2",
        "size": "1024x1536",
        "negative_prompt": "blurry",
        "seed": "42",
        "response_format": "b64_json",
    }
    assert files == [("image", "image-1.png", "image/png", png())]


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_one_picture_has_its_own_name_and_several_share_another_never_both(count: int) -> None:
    pictures = tuple(picture(png(8 + place, 8)) for place in range(count))
    _, files = await form_of(post_of(pictures=pictures))
    assert [content for *_, content in files] == [one.data for one in pictures]
    assert {name for name, *_ in files} == ({"image"} if count == 1 else {"image[]"})


async def test_what_was_left_alone_is_left_out_but_the_number_of_results_and_the_answers_form_are_always_said() -> None:
    fields, _ = await form_of(post_of(seed=None, negative_prompt=" "))
    assert fields == {
        "model": "qwen-image-edit-plus",
        "prompt": "make it blue",
        "n": "1",
        "response_format": "b64_json",
    }


async def test_a_seed_of_nought_is_a_seed() -> None:
    assert (await form_of(post_of(seed=0)))[0]["seed"] == "0"


async def test_rewriting_and_watermark_are_not_sent() -> None:
    fields, _ = await form_of(post_of(prompt_extend=True, watermark=True))
    assert not fields.keys() & {"prompt_extend", "watermark"}


async def test_a_link_among_the_pictures_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    service = Service()
    error = await failure(service, tmp_path, pictures=(picture(), LINK))
    assert isinstance(error, InvalidRequestError)
    assert str(error) == "This server takes no links to pictures. Add the picture as a file."
    assert (error.charged, service.posts, service.fetches) == (Charge.NO, [], [])


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff", "gif"])
async def test_a_file_is_named_after_its_place_and_its_type(kind: str) -> None:
    _, files = await form_of(post_of(pictures=(picture(), Picture(b"x", f"image/{kind}", 8, 8))))
    assert files[1] == ("image[]", f"image-2.{kind}", f"image/{kind}", b"x")


@pytest.mark.parametrize("prompt", ["line\r\nbreak", "\r\n\r\n", "--", '"; name="model', "图\u2028", "\x00", "a\rb\nc"])
async def test_the_parser_of_those_servers_reads_every_field_and_picture_as_it_was_written(prompt: str) -> None:
    contents = [png(), b"\r\n--" * 40_000, png(8, 8)]
    fields, files = await form_of(
        post_of(prompt=f"x{prompt}", negative_prompt=f"y{prompt}", pictures=tuple(map(picture, contents)))
    )
    assert (fields["prompt"], fields["negative_prompt"]) == (f"x{prompt}", f"y{prompt}")
    assert [content for *_, content in files] == contents


def test_the_parser_of_pythons_mail_reads_the_same_form() -> None:
    post = post_of(prompt="make it blue\nand red", size="512*512")
    head = f"MIME-Version: 1.0\r\nContent-Type: {post.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + post.read(), policy=HTTP)
    names = [part.get_param("name", header="Content-Disposition") for part in message.iter_parts()]
    assert names == ["model", "prompt", "n", "size", "seed", "response_format", "image"]
    assert not message.defects


async def test_a_picture_is_sent_in_small_pieces_and_never_copied() -> None:
    content = bytes(20_000_000)
    post = post_of(pictures=(picture(content), picture()))
    longest, peak = await how_it_is_sent(post)
    assert longest <= 256 * 1024
    assert peak < 1_000_000


async def test_the_length_that_is_told_is_that_of_what_is_sent(tmp_path: Path) -> None:
    service = Service([reply(pictures_in())])
    await client_of(service, tmp_path).edit(edit_request(pictures=(picture(), picture(png(8, 8)))))
    (post,) = service.posts
    assert int(post.headers["content-length"]) == len(post.content)
    assert post.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert "transfer-encoding" not in post.headers


@pytest.mark.parametrize("model", [QWEN, "qwen-image-edit", "sd-cpp-local"])
async def test_any_models_name_is_served_without_the_catalogs_limits_and_warnings(model: str, tmp_path: Path) -> None:
    service = Service([reply(pictures_in())])
    request = edit_request(model=model, size="256*2048", prompt="p" * 900, negative_prompt="n" * 600, hosted=False)
    result = await client_of(service, tmp_path).edit(request)
    fields, _ = await form_of(service.posts[0])
    assert (fields["model"], fields["size"], len(fields["prompt"])) == (model, "256x2048", 900)
    assert (result.size, result.warnings) == ("256*2048", ())


async def test_that_there_will_be_no_watermark_is_said(tmp_path: Path) -> None:
    result = await client_of(Service([reply(pictures_in())]), tmp_path).edit(edit_request(watermark=True))
    assert [str(warning) for warning in result.warnings] == ["This server adds no watermark."]


def test_a_server_of_ones_own_has_no_prices_and_limits_of_its_own() -> None:
    for name in (*(spec.name for spec in catalog.MODELS), QWEN):
        spec = catalog.model_spec(name, hosted=False)
        assert (spec.name, spec.price_cny, spec.max_n, spec.prompt_extend) == (name, None, 6, False)
        assert spec.size is not None
        assert (spec.size.low, spec.size.high) == (64, 4096)
    assert EditRequest(prompt="x", pictures=(picture(),), model="qwen-image-edit", n=6, hosted=False).n == 6
    with pytest.raises(InvalidRequestError, match="64 to 4096"):
        edit_request(size="32*512", hosted=False)


def test_pictures_in_the_answer_come_before_links_to_them() -> None:
    item = {"b64_json": CODED, "url": "/v1/images/1/content", "revised_prompt": "bluer"}
    assert read({"created": 1, "data": [item], "id": "img-1"}) == Delivered((png(),), "bluer", None)


def test_what_vllm_omni_answers_is_read() -> None:
    item = {"b64_json": CODED, "url": None, "revised_prompt": None}
    answer = {"created": 1701234567, "data": [item], "output_format": None, "size": None}
    assert read(answer) == Delivered((png(),), None, None)


@pytest.mark.parametrize(
    ("url", "asked", "meant"),
    [
        ("/v1/images/7/content", EDITS, "http://gpu.example:30000/v1/images/7/content"),
        ("/v1/images/7/content?variant=1", EDITS, "http://gpu.example:30000/v1/images/7/content?variant=1"),
        ("/files/7.png", EDITS, "http://gpu.example:30000/files/7.png"),
        ("7/content", EDITS, "http://gpu.example:30000/v1/images/7/content"),
        # Behind a proxy that keeps a part of the path for itself, and of which the server does not know.
        ("/v1/images/7", "https://team.example/gpu-1/v1/images/edits", "https://team.example/gpu-1/v1/images/7"),
        ("/gpu-1/v1/images/7", "https://team.example/gpu-1/v1/images/edits", "https://team.example/gpu-1/v1/images/7"),
        ("/v1/images/7", "https://api.example/v1/openai/images/edits", "https://api.example/v1/images/7"),
        ("//cdn.example/7.png", EDITS, "http://cdn.example/7.png"),
        ("HTTPS://x.Example/%e4+a?x=%zz", EDITS, "HTTPS://x.Example/%e4+a?x=%zz"),
        (" https://x.example/7.png ", EDITS, "https://x.example/7.png"),
        ("//[bad/7.png", EDITS, "//[bad/7.png"),
        ("file:///etc/passwd", EDITS, "file:///etc/passwd"),
    ],
)
def test_a_link_may_be_relative_to_the_server_that_gave_it(url: str, asked: str, meant: str) -> None:
    assert read({"data": [{"b64_json": None, "url": url}]}, asked).images == (meant,)


@pytest.mark.parametrize("url", [f"data:image/png;base64,{CODED}", f" data:image/png;base64,{CODED}\n"])
def test_a_picture_may_stand_where_its_link_would(url: str) -> None:
    assert read({"data": [{"url": url}]}).images == (png(),)


def test_what_is_too_long_for_a_link_is_a_picture() -> None:
    content = png() + bytes(7000)
    assert read({"data": [{"url": base64.b64encode(content).decode()}]}).images == (content,)


def test_upstreams_shape_is_understood_from_a_proxy_too() -> None:
    choices = [{"message": {"content": [{"image": f"data:image/png;base64,{CODED}"}, {"image": CODED}]}}]
    assert read({"data": [], "metadata": {"output": {"choices": choices}}}).images == (png(),)


async def test_a_relative_link_is_fetched_from_the_server_without_the_key(tmp_path: Path) -> None:
    service = Service([reply({"data": [{"url": "/v1/images/7/content"}]})])
    result = await client_of(service, tmp_path).edit(edit_request())
    assert len(result.pictures) == 1
    (fetch,) = service.fetches
    assert str(fetch.url) == "http://gpu.example:30000/v1/images/7/content"
    assert "authorization" not in fetch.headers


@pytest.mark.parametrize("url", ["file:///etc/passwd", "//169.254.169.254/meta", "//127.0.0.1/x", "gopher://x.example"])
async def test_a_link_that_leads_elsewhere_is_not_followed(url: str, tmp_path: Path) -> None:
    service = Service([reply({"data": [{"url": url}]})])
    assert (await failure(service, tmp_path)).message.code == "error.result_address"
    assert service.fetches == []


async def test_pictures_in_the_answer_are_stored_byte_for_byte(tmp_path: Path) -> None:
    service = Service([reply(pictures_in(3))])
    result = await client_of(service, tmp_path).edit(edit_request(n=3))
    assert [stored.path.read_bytes() for stored in result.pictures] == [png(8 + place, 8) for place in range(3)]
    assert service.fetches == []


@pytest.mark.parametrize("value", [{"data": []}, {"created": 1}, {"data": [{"b64_json": "", "url": None}]}])
def test_an_answer_without_a_picture_is_an_error(value: object) -> None:
    with pytest.raises(ImageEditError) as failed:
        read(value)
    assert (failed.value.message.code, failed.value.charged) == ("error.no_image", Charge.MAYBE)


MISSING = {"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": None}
LATE = {"type": "int_parsing", "loc": ["body", "n"], "msg": "Input should be a valid integer", "input": "x"}
FAILURES: list[tuple[int, object, str, str]] = [
    (400, {"detail": "Invalid size format: '1024x'."}, "error.rejected", "Invalid size format: '1024x'."),
    (422, {"detail": "Field 'image' or 'url' is required"}, "error.rejected", "Field 'image' or 'url' is required"),
    (422, {"detail": [MISSING]}, "error.rejected", "prompt: Field required"),
    (
        422,
        {"detail": [MISSING, LATE]},
        "error.rejected",
        "prompt: Field required; n: Input should be a valid integer",
    ),
    (422, {"detail": [{"loc": ["body"], "msg": "bad"}, {"loc": "n", "msg": "odd"}]}, "error.rejected", "bad; odd"),
    (500, {"detail": "Image edit failed: out of memory"}, "error.server", "Image edit failed: out of memory"),
    (503, {"detail": "The server is overloaded"}, "error.server", "The server is overloaded"),
    (404, {"detail": "Not Found"}, "error.wrong_address", "Not Found"),
    (
        404,
        {"error": {"message": "The model `x` does not exist.", "type": "NotFoundError", "param": None, "code": 404}},
        "error.model_not_found",
        "The model `x` does not exist.",
    ),
    (404, {"error": "model not found"}, "error.model_not_found", "model not found"),
    (400, {"error": "prompt required"}, "error.rejected", "prompt required"),
    (500, {"error": "server_error", "message": "bad alloc"}, "error.server", "bad alloc"),
    (500, {"error": "generation failed", "message": "beside it"}, "error.server", "generation failed"),
    (400, "at least one image[] required", "error.rejected", '"at least one image[] required"'),
    (400, b"prompt required", "error.rejected", "prompt required"),
    (401, {"error": "Unauthorized"}, "error.key_refused", "Unauthorized"),
    (
        401,
        {"error": {"message": "Incorrect API key", "type": "invalid_request_error", "code": "invalid_api_key"}},
        "error.key_refused",
        "Incorrect API key",
    ),
    (400, {"error": {"message": "no", "code": "content_policy_violation"}}, "error.content_refused", "no"),
    (400, {"error": {"message": "no", "code": "moderation_blocked"}}, "error.content_refused", "no"),
    (400, {"error": {"message": "no", "code": "billing_hard_limit_reached"}}, "error.quota", "no"),
    (429, {"error": {"message": "no", "code": "insufficient_quota"}}, "error.quota", "no"),
    (413, b"<html>", "error.too_large", ""),
    (200, {"detail": "out of memory"}, "error.server", "out of memory"),
]


@pytest.mark.parametrize(("status", "body", "code", "said"), FAILURES)
async def test_what_such_servers_say_went_wrong_is_understood(
    status: int, body: object, code: str, said: str, tmp_path: Path
) -> None:
    answer = WireAnswer.of(status, {}, body) if isinstance(body, bytes) else reply(body, status)
    service = Service([answer])
    error = await failure(service, tmp_path)
    assert (error.message.code, error.service_said, error.status) == (code, said, status)
    assert len(service.posts) == 1


@pytest.mark.parametrize("key", [KEY, None])
async def test_a_key_is_sent_where_there_is_one_and_none_is_needed(key: str | None, tmp_path: Path) -> None:
    service = Service([reply(pictures_in())])
    await client_of(service, tmp_path, key=key).edit(edit_request())
    assert service.posts[0].headers.get("authorization") == (f"Bearer {KEY}" if key else None)


async def test_a_server_that_wants_a_key_after_all_is_told_apart_from_a_wrong_key(tmp_path: Path) -> None:
    refusal = reply({"error": "Unauthorized"}, 401)
    assert str(await failure(Service([refusal]), tmp_path, key=None)) == "A key is needed for this service. Enter one."
    assert str(await failure(Service([refusal]), tmp_path)) == "The service did not accept the key."
    forbidden = Service(result=lambda _: httpx.Response(401, json={"error": "Unauthorized"}))
    with pytest.raises(ImageEditError) as failed:
        await client_of(forbidden, tmp_path, key=None).models()
    assert failed.value.message.code == "request.no_key"


async def test_the_models_of_a_server_are_listed(tmp_path: Path) -> None:
    service = Service(result=lambda _: httpx.Response(200, json={"data": [{"id": QWEN, "object": "model"}]}))
    assert await client_of(service, tmp_path).models() == (QWEN,)
    assert str(service.fetches[0].url) == f"{BASE}/models"


async def test_an_openai_style_gateway_may_answer_with_links_in_upstreams_order(tmp_path: Path) -> None:
    service = Service([reply(edited(2))])
    # Its links are on another host, whose addresses are looked at like all others.
    result = await client_of(service, tmp_path).edit(edit_request(n=2))
    assert len(result.pictures) == 2
    assert len(service.fetches) == 2


async def test_offline_the_engine_takes_the_form_and_answers_with_pictures(tmp_path: Path) -> None:
    results = [
        await ImageEditClient(Settings(home=tmp_path, dialect=dialect)).edit(edit_request(prompt="sepia", n=2))
        for dialect in ("qwen", "openai")
    ]
    first, second = ([stored.sha256 for stored in result.pictures] for result in results)
    assert first == second
    assert results[1].warnings == ()


PNG = file_of(scene((96, 64)))
UPLOAD = ("image", ("a.png", PNG, "image/png"))


async def post(fields: Mapping[str, str], *files: tuple[str, tuple[str, bytes, str]], **headers: str) -> httpx.Response:
    async with caller() as service:
        del service.headers["Authorization"]
        return await service.post("/images/edits", data=dict(fields), files=list(files), headers=headers)


async def test_the_offline_server_answers_a_form_in_the_shape_of_such_servers() -> None:
    answer = await post({"prompt": "sepia", "n": "2", "size": "512x768", "model": QWEN, "steps": "50"}, UPLOAD)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["output_format"], body["size"]) == ("png", "512x768")
    files = [base64.b64decode(item["b64_json"]) for item in body["data"]]
    assert [pixels_of(content).shape for content in files] == [(768, 512, 3)] * 2
    assert {item["url"] for item in body["data"]} == {None}
    assert "sepia" in body["data"][0]["revised_prompt"]


@pytest.mark.parametrize("name", ["image", "image[]"])
async def test_several_pictures_may_stand_under_either_name(name: str) -> None:
    files = [(name, (f"{seed}.png", file_of(scene((96, 64), seed)), "image/png")) for seed in range(3)]
    answer = await post({"prompt": "Use the colours of image 3 in image 1"}, *files)
    assert answer.status_code == 200


async def test_a_files_type_and_name_are_not_believed() -> None:
    answer = await post({"prompt": "sepia"}, ("image", ("a.txt", PNG, "text/plain")))
    assert answer.status_code == 200


def bomb() -> bytes:
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")
    return written.getvalue()


REFUSED: dict[str, tuple[dict[str, str], list[Any], int, object]] = {
    "no prompt": ({}, [UPLOAD], 422, [MISSING]),
    "a blank prompt": ({"prompt": " "}, [UPLOAD], 422, "string_too_short"),
    "no picture": ({"prompt": "x"}, [("mask", UPLOAD[1])], 422, "Field 'image' or 'url' is required"),
    "both names": ({"prompt": "x"}, [UPLOAD, ("image[]", UPLOAD[1])], 400, "under 'image', or all under 'image[]'"),
    "four pictures": ({"prompt": "x"}, [UPLOAD] * 4, 400, "Received 4 input images."),
    "a link": ({"prompt": "x", "url": LINK}, [UPLOAD], 400, "does not fetch addresses"),
    "an asterisk": ({"prompt": "x", "size": "512*512"}, [UPLOAD], 400, "Invalid size format: '512*512'."),
    "a huge size": ({"prompt": "x", "size": "4096x512"}, [UPLOAD], 400, "Each side must have 64 to 2048 pixels."),
    "links wanted": ({"prompt": "x", "response_format": "url"}, [UPLOAD], 400, "Only response_format 'b64_json'"),
    "no number": ({"prompt": "x", "n": "x"}, [UPLOAD], 422, "int_parsing"),
    "half a number": ({"prompt": "x", "n": "1.5"}, [UPLOAD], 422, "int_parsing"),
    "no result": ({"prompt": "x", "n": "0"}, [UPLOAD], 422, "greater than or equal to 1"),
    "too many results": ({"prompt": "x", "n": "11"}, [UPLOAD], 422, "less than or equal to 10"),
    "a seed too large": ({"prompt": "x", "seed": str(2**31)}, [UPLOAD], 422, "less than or equal to 2147483647"),
    "no picture in the file": ({"prompt": "x"}, [("image", ("a.png", b"text", "image/png"))], 400, "cannot be read"),
    "half a picture": ({"prompt": "x"}, [("image", ("a.png", PNG[:400], "image/png"))], 400, "damaged"),
    "a bomb": ({"prompt": "x"}, [("image", ("a.png", bomb(), "image/png"))], 400, "too large: 9000×9000"),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_the_offline_server_refuses_a_form_as_such_servers_do(why: str) -> None:
    fields, files, status, expected = REFUSED[why]
    answer = await post(fields, *files)
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"detail"}
    if isinstance(expected, str):
        assert expected in json.dumps(body, ensure_ascii=False)
    else:
        assert body["detail"] == expected


async def test_a_form_over_the_limit_is_413_with_a_detail() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(LARGEST_BODY + 1)}
    async with caller() as service:
        answer = await service.post("/images/edits", content=b"", headers=headers)
    assert (answer.status_code, answer.json()) == (413, {"detail": "request body too large"})


FORM = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
BROKEN = {
    "no boundary": b"hello",
    "another boundary": FORM.replace(b"--x", b"--y"),
    "a part without a name": FORM.replace(b'; name="a"', b""),
    "countless parts": FORM.removesuffix(b"--x--\r\n") * 65 + b"--x--\r\n",
}


@pytest.mark.parametrize("why", BROKEN)
async def test_a_body_that_is_no_form_is_refused(why: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with caller() as service:
        answer = await service.post("/images/edits", content=BROKEN[why], headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"detail": "There was an error parsing the body"})


async def test_another_address_under_v1_answers_a_form_with_a_detail() -> None:
    async with caller() as service:
        answer = await service.post("/images/variations", data={"a": "1"}, files=[UPLOAD])
    assert (answer.status_code, answer.json()["detail"]) == (404, "Invalid URL (POST /v1/images/variations)")
