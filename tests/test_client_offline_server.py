import io
import json
import math
import pickle
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import unquote

import anyio
import httpx
import numpy as np
import pytest
from offline_calls import SMALL, caller, data_uri, file_of, pixels_of, request_body, scene
from PIL import Image

from client.offline.engine import Edited, Order
from client.offline.rules import LARGEST_BODY, MODELS
from client.offline.server import ResultStore, make_app

PICTURE = {"image": SMALL}
PROMPT = {"text": "black and white"}
PNG = file_of(scene((96, 64)))


async def post(body: object, **headers: str) -> httpx.Response:
    async with caller() as service:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await service.post(
            "/images/edits", content=content, headers={"Content-Type": "application/json"} | headers
        )


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].endswith(f" (request id: {answer.headers['X-Oneapi-Request-Id']})")
    return error


async def test_an_edit_is_answered_in_the_shape_of_the_gateway() -> None:
    answer = await post(request_body(n=1, size="512*768", seed=3))
    assert answer.status_code == 200
    body = answer.json()
    assert abs(body["created"] - time.time()) < 60
    (item,) = body["data"]
    assert item["b64_json"] == ""
    assert "black and white" in item["revised_prompt"]
    (choice,) = body["metadata"]["output"]["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"] == [{"image": item["url"]}, {"text": item["revised_prompt"]}]
    assert body["metadata"]["usage"] == {"height": 768, "image_count": 1, "width": 512}
    assert re.fullmatch(r"[0-9a-f-]{36}", body["metadata"]["request_id"])
    assert re.fullmatch(r"\d{20}[0-9a-f]{8}", answer.headers["X-Oneapi-Request-Id"])


async def test_of_several_results_data_holds_only_the_last_and_metadata_all() -> None:
    async with caller() as service:
        body = (await service.post("/images/edits", json=request_body(n=4))).json()
        links = [item["image"] for item in body["metadata"]["output"]["choices"][0]["message"]["content"][:-1]]
        assert len(set(links)) == 4
        assert [item["url"] for item in body["data"]] == [links[-1]]
        files = [(await service.get(link)).content for link in links]
    assert len(set(files)) == 4


KEYLESS = [None, "", "Bearer", "Bearer ", "Basic abc", "sk-without-the-word"]


@pytest.mark.parametrize("header", KEYLESS)
@pytest.mark.parametrize(("method", "path"), [("POST", "/images/edits"), ("GET", "/models"), ("GET", "/models/x")])
async def test_without_a_bearer_key_no_json_is_taken_and_models_are_listed_only_to_those_who_send_none(
    header: str | None, method: str, path: str
) -> None:
    async with caller() as service:
        del service.headers["Authorization"]
        answer = await service.request(method, path, headers={} if header is None else {"Authorization": header})
    if header is None and method == "GET":
        # Servers that take forms ask nobody for a key, and whoever can edit there can see the models too.
        assert answer.status_code == 200
        return
    assert answer.status_code == 401
    error = error_of(answer)
    assert error["message"].startswith("无效的令牌 ")
    assert (error["type"], error["param"], error["code"]) == ("new_api_error", "", "")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"null", b'{"model": NaN}', b"\xff\xfe", b"[" * 200_000, b"1" * 5000]
)
async def test_a_body_that_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    answer = await post(body)
    assert answer.status_code == 400
    assert error_of(answer)["type"] == "new_api_error"


@pytest.mark.parametrize("model", [None, "", 7])
async def test_a_request_must_name_a_model(model: object) -> None:
    answer = await post(request_body() | {"model": model})
    assert answer.status_code == 400
    assert "模型" in error_of(answer)["message"]


async def test_only_json_is_taken() -> None:
    answer = await post(json.dumps(request_body()).encode(), **{"Content-Type": "text/plain"})
    assert answer.status_code == 400


async def test_an_unknown_model_is_503_model_not_found() -> None:
    answer = await post(request_body(model="gpt-image-1"))
    assert answer.status_code == 503
    error = error_of(answer)
    assert error["code"] == "model_not_found"
    assert "gpt-image-1" in error["message"]
    assert "可用渠道" in error["message"]


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_of_the_contract_edits(model: str) -> None:
    assert (await post(request_body(model=model, n=1, watermark=False, seed=1))).status_code == 200


WRONG_TYPES = [
    *[{"n": value} for value in ("1", 1.0, True, [1])],
    *[{"seed": value} for value in ("5", 5.5, False)],
    *[{"size": value} for value in (1024, ["1024*1024"])],
    *[{"watermark": value} for value in ("true", 1)],
    *[{"prompt_extend": value} for value in ("false", 0)],
    *[{"negative_prompt": value} for value in (1, ["blur"])],
]


@pytest.mark.parametrize("parameters", WRONG_TYPES, ids=str)
async def test_json_of_another_type_is_500_convert_request_failed(parameters: dict[str, object]) -> None:
    answer = await post(request_body(**parameters))
    assert answer.status_code == 500
    error = error_of(answer)
    assert (error["code"], error["type"]) == ("convert_request_failed", "new_api_error")
    assert next(iter(parameters)) in error["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": []},
        {"input": "text"},
        {"input": {"messages": {}}},
        {"input": {"messages": ["hello"]}},
        {"input": {"messages": [{"role": 1, "content": []}]}},
        {"input": {"messages": [{"role": "user", "content": "hello"}]}},
        {"input": {"messages": [{"role": "user", "content": [[]]}]}},
        {"input": {"messages": [{"role": "user", "content": [{"image": 1}]}]}},
        {"input": {"messages": [{"role": "user", "content": [{"text": {}}]}]}},
    ],
    ids=str,
)
async def test_a_request_built_wrongly_is_500_convert_request_failed(change: dict[str, object]) -> None:
    answer = await post(request_body() | change)
    assert answer.status_code == 500
    assert error_of(answer)["code"] == "convert_request_failed"


REFUSED = {
    "no text": request_body(PICTURE),
    "an empty text": request_body(PICTURE, {"text": ""}),
    "a blank text": request_body(PICTURE, {"text": "  "}),
    "two texts": request_body(PICTURE, PROMPT, PROMPT),
    "no picture": request_body(PROMPT),
    "an empty picture": request_body({"image": ""}, PROMPT),
    "four pictures": request_body(PICTURE, PICTURE, PICTURE, PICTURE, PROMPT),
    "no message": request_body() | {"input": {"messages": []}},
    "two messages": request_body() | {"input": {"messages": request_body()["input"]["messages"] * 2}},
    "no input": {"model": "qwen-image-edit-plus"},
    "n 0": request_body(n=0),
    "n 7": request_body(n=7),
    "n -1": request_body(n=-1),
    "n 2 of a model that makes one": request_body(model="qwen-image-edit", n=2),
    "a size for a model without": request_body(model="qwen-image-edit", size="512*512"),
    "rewriting for a model without": request_body(model="qwen-image-edit", prompt_extend=False),
    "a negative seed": request_body(seed=-1),
    "a seed too large": request_body(seed=2**31),
    "a side too small": request_body(size="511*1024"),
    "a side too large": request_body(size="1024*2049"),
    "an area too small": request_body(model="qwen-image-2.0", size="500*520"),
    "an area too large": request_body(model="qwen-image-2.0-pro", size="2048*2064"),
    "too slim": request_body(model="qwen-image-3.0", size="4000*400"),
    "an x in the size": request_body(size="1024x1024"),
    "a size in words": request_body(size="auto"),
    "a size of nothing": request_body(size="0*1024"),
    "half a size": request_body(size="1024*"),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_upstream_refuses_is_400_with_its_message(why: str) -> None:
    answer = await post(REFUSED[why])
    assert answer.status_code == 400
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("bad_response_status_code", "bad_response_status_code")


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("qwen-image-edit-plus", "512*2048"),
        ("qwen-image-edit-max", "2048*512"),
        ("qwen-image-2.0", "256*1024"),
        ("qwen-image-2.0-pro", "4096*1024"),
        ("qwen-image-3.0", "2048*256"),
    ],
)
async def test_sizes_at_the_edge_of_the_range_are_taken(model: str, size: str) -> None:
    answer = await post(request_body(model=model, size=size))
    usage = answer.json()["metadata"]["usage"]
    assert f"{usage['width']}*{usage['height']}" == size


@pytest.mark.parametrize(
    "address", ["https://example.com/cat.png", "http://127.0.0.1/cat.png", "oss://bucket/cat.png", "HTTPS://A.B/C"]
)
async def test_an_address_is_never_fetched_but_answered_as_one_that_failed(address: str) -> None:
    answer = await post(request_body({"image": address}, PROMPT))
    assert answer.status_code == 400
    assert "during the data inspection process" in error_of(answer)["message"]


BROKEN_PICTURES = {
    "bare base64": SMALL.split(",")[1],
    "not base64": "data:image/png;base64,####",
    "base64 with a gap": SMALL[:60] + " " + SMALL[60:],
    "no base64 at all": "data:image/png,abc",
    "nothing": "data:image/png;base64,",
    "another type than the file's": SMALL.replace("image/png", "image/jpeg"),
    "no picture": data_uri(b"hello, this is text"),
    "SVG": data_uri(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
    "cut off": data_uri(PNG[: len(PNG) // 2]),
    "over 10 MB": data_uri(PNG + bytes(10_000_000)),
    "a file path": "/etc/passwd",
}


@pytest.mark.parametrize("why", BROKEN_PICTURES)
async def test_a_picture_that_cannot_be_used_is_400(why: str) -> None:
    answer = await post(request_body({"image": BROKEN_PICTURES[why]}, PROMPT))
    assert answer.status_code == 400
    assert "image" in error_of(answer)["message"]


async def test_a_bomb_is_refused_by_its_header() -> None:
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    answer = await post(request_body({"image": data_uri(bomb.getvalue())}, PROMPT))
    assert answer.status_code == 400
    assert "too large: 9000×9000" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("GIF", "image/gif"),
    ],
)
async def test_every_format_of_the_reference_is_read(kind: str, mime: str) -> None:
    answer = await post(request_body({"image": data_uri(file_of(scene((96, 64)), kind), mime)}, PROMPT))
    assert answer.status_code == 200


async def test_unknown_keys_are_dropped_silently() -> None:
    body = request_body(steps=50, lora="x") | {"response_format": "b64_json", "n": "many", "user": 3}
    answer = await post(body)
    assert answer.status_code == 200
    assert answer.json()["data"][0]["b64_json"] == ""


async def test_null_counts_as_left_out() -> None:
    nothing = dict.fromkeys(["n", "seed", "size", "watermark", "prompt_extend", "negative_prompt"])
    assert (await post(request_body(**nothing))).status_code == 200


async def test_text_after_the_first_800_letters_is_cut_and_of_the_negative_prompt_after_500() -> None:
    body = request_body(PICTURE, {"text": "sepia" + "." * 795 + " mirror"}, negative_prompt="." * 500 + " sepia")
    revised = (await post(body)).json()["data"][0]["revised_prompt"]
    assert "sepia" in revised
    assert "mirrored" not in revised


async def test_half_a_letter_in_a_prompt_does_no_harm() -> None:
    body = json.dumps(request_body(PICTURE, {"text": "sepia and \ud83d something"}, negative_prompt="\udc00")).encode()
    assert (await post(body)).status_code == 200


@pytest.mark.parametrize("header", ["Content-Length", "chunked"])
async def test_a_body_over_the_limit_is_413_and_not_read_to_its_end(header: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 3 * LARGEST_BODY:
            sent += 2**20
            yield bytes(2**20)

    length = {"Content-Length": str(3 * LARGEST_BODY)} if header == "Content-Length" else {}
    async with caller() as service:
        headers = {"Content-Type": "application/json"} | length
        answer = await service.post("/images/edits", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert error_of(answer)["code"] == "read_request_body_failed"
    assert sent <= LARGEST_BODY + 2**20


async def test_a_trailing_slash_is_redirected_with_307() -> None:
    async with caller() as service:
        answer = await service.post("/images/edits/", json=request_body())
    assert answer.status_code == 307
    assert answer.headers["Location"] == "http://offline.invalid/v1/images/edits"


@pytest.mark.parametrize(("method", "path"), [("GET", "/images/edits"), ("POST", "/images/generations"), ("GET", "/")])
async def test_other_addresses_under_v1_are_404(method: str, path: str) -> None:
    async with caller() as service:
        answer = await service.request(method, path)
    assert answer.status_code == 404
    assert error_of(answer)["message"].startswith(f"Invalid URL ({method} /v1{path})")


async def test_a_wrong_base_address_gets_a_web_page_as_from_the_gateway() -> None:
    async with caller() as service:
        answer = await service.post("http://offline.invalid/images/edits", json=request_body())
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_models_lists_every_model() -> None:
    async with caller() as service:
        listed = (await service.get("/models")).json()
        known = (await service.get("/models/qwen-image-edit-plus")).json()
        unknown = await service.get("/models/other")
    assert [model["id"] for model in listed["data"]] == list(MODELS)
    assert listed["object"] == "list"
    assert known == listed["data"][1]
    assert unknown.status_code == 200
    assert unknown.json()["error"]["code"] == "model_not_found"


async def test_every_answer_has_its_own_request_id() -> None:
    async with caller() as service:
        answers = [await service.get(path) for path in ("/models", "/models", "/nowhere", "http://offline.invalid/")]
    assert len({answer.headers["X-Oneapi-Request-Id"] for answer in answers}) == 4


async def test_links_lead_to_the_address_the_request_came_to() -> None:
    async with caller() as service:
        answer = await service.post("https://engine.test:8443/v1/images/edits", json=request_body())
    link = answer.json()["data"][0]["url"]
    assert link.startswith("https://engine.test:8443/results/")
    assert "%2B" in link
    assert link.endswith("%3D")


async def link_and_file(service: httpx.AsyncClient) -> tuple[str, bytes]:
    body = (await service.post("/images/edits", json=request_body())).json()
    link = body["data"][0]["url"]
    return link, (await service.get(link)).content


async def test_a_result_is_a_png_that_needs_no_key() -> None:
    async with caller() as service:
        link, content = await link_and_file(service)
        del service.headers["Authorization"]
        answer = await service.get(link)
        head = await service.head(link)
    assert answer.content == content
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "access-control-allow-origin" not in answer.headers
    assert pixels_of(content).shape[2] == 3
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(content)))


@pytest.mark.parametrize("change", ["decoded", "without query", "another name", "more query"])
async def test_a_link_that_was_changed_counts_as_expired(change: str) -> None:
    async with caller() as service:
        link, _ = await link_and_file(service)
        changed = {
            "decoded": unquote(link),
            "without query": link.split("?")[0],
            "another name": link.replace("/results/", "/results/x"),
            "more query": link + "&x=1",
        }[change]
        answer = await service.get(changed)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/xml"
    assert b"<Code>AccessDenied</Code>" in answer.content


async def test_a_download_can_go_on_where_it_broke_off() -> None:
    async with caller() as service:
        link, content = await link_and_file(service)
        total = len(content)
        first = await service.get(link, headers={"Range": "bytes=0-999"})
        rest = await service.get(link, headers={"Range": "bytes=1000-", "If-Range": first.headers["ETag"]})
        beyond = await service.get(link, headers={"Range": f"bytes={total}-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.headers["Content-Range"] == f"bytes 0-999/{total}"
    assert first.content + rest.content == content
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{total}")


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=-", "bytes=-10", "lines=0-5", "bytes=0-1,4-5", ""])
async def test_a_range_that_is_not_from_here_on_gives_the_whole_file(header: str) -> None:
    async with caller() as service:
        link, content = await link_and_file(service)
        answer = await service.get(link, headers={"Range": header})
    assert (answer.status_code, answer.content) == (200, content)


async def test_a_range_of_another_version_gives_the_whole_file() -> None:
    async with caller() as service:
        link, content = await link_and_file(service)
        answer = await service.get(link, headers={"Range": "bytes=9-", "If-Range": '"other"'})
    assert (answer.status_code, answer.content) == (200, content)


def test_old_results_make_room_for_new_ones() -> None:
    by_number = ResultStore(most_results=2)
    links = [by_number.put(bytes([number])) for number in range(4)]
    assert [found(by_number, link) for link in links] == [None, None, b"\x02", b"\x03"]
    by_weight = ResultStore(most_bytes=100)
    links = [by_weight.put(bytes(40)) for _ in range(3)]
    assert [found(by_weight, link) is None for link in links] == [True, False, False]
    large = by_weight.put(bytes(500))
    assert found(by_weight, large) == bytes(500)
    assert found(by_weight, links[2]) is None


def found(store: ResultStore, link: str) -> bytes | None:
    name, _, query = link.partition(".png?")
    result = store.get(name, query)
    return None if result is None else result.content


def test_names_of_results_cannot_be_guessed() -> None:
    names = {ResultStore().put(b"same").partition(".png?")[0] for _ in range(50)}
    assert len(names) == 50
    assert all(math.log2(64) * len(name) >= 128 for name in names)


async def test_an_edit_is_answered_after_the_delay_and_a_mistake_at_once() -> None:
    async with caller(delay=0.2) as service:
        started = time.perf_counter()
        assert (await service.post("/images/edits", json=request_body())).status_code == 200
        assert time.perf_counter() - started >= 0.2
    async with caller(delay=3600) as service:
        assert (await service.post("/images/edits", json=request_body(n=7))).status_code == 400
        broken = request_body({"image": data_uri(PNG[:400])}, PROMPT)
        assert (await service.post("/images/edits", json=broken)).status_code == 400


async def test_all_work_on_pictures_can_be_done_in_another_process() -> None:
    rendered = []

    async def render(function: Callable[[Order], Edited | str], order: Order) -> Edited | str:
        rendered.append(order.prompt)
        function, order = pickle.loads(pickle.dumps((function, order)))  # noqa: S301 - our own
        answer: Edited | str = pickle.loads(pickle.dumps(function(order)))  # noqa: S301 - our own
        return answer

    transport = httpx.ASGITransport(make_app(render=render))
    headers = {"Authorization": "Bearer sk-test"}
    async with httpx.AsyncClient(transport=transport, base_url="http://offline.invalid/v1", headers=headers) as service:
        good = await service.post("/images/edits", json=request_body())
        bad = await service.post("/images/edits", json=request_body({"image": data_uri(b"no picture")}, PROMPT))
    assert (good.status_code, bad.status_code) == (200, 400)
    assert rendered == ["black and white"] * 2


async def test_an_engine_that_fails_where_it_should_not_is_an_error_of_the_server() -> None:
    async def render(_: object, __: object) -> str:
        raise MemoryError

    transport = httpx.ASGITransport(make_app(render=render))
    async with httpx.AsyncClient(transport=transport, base_url="http://offline.invalid/v1") as service:
        answer = await service.post("/images/edits", json=request_body(), headers={"Authorization": "Bearer sk-test"})
    assert (answer.status_code, error_of(answer)["code"]) == (500, "bad_response")


async def test_edits_at_the_same_time_do_not_change_each_others_bytes() -> None:
    prompts = ["oil painting", "watercolour", "blur", "pencil sketch"]
    files: dict[str, set[bytes]] = {prompt: set() for prompt in prompts}
    async with caller() as service:

        async def one(prompt: str) -> None:
            body = request_body(PICTURE, {"text": prompt}, size="512*512", seed=5)
            link = (await service.post("/images/edits", json=body)).json()["data"][0]["url"]
            files[prompt].add((await service.get(link)).content)

        async with anyio.create_task_group() as tasks:
            for prompt in prompts * 3:
                tasks.start_soon(one, prompt)
    assert all(len(made) == 1 for made in files.values())


async def test_a_picture_lies_upright_on_white_whatever_its_file_says() -> None:
    turned = scene((128, 128))
    turned[:64] = (250, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 3
    clear = np.zeros((128, 128, 4), np.uint8)
    async with caller() as service:

        async def made(content: bytes, mime: str) -> np.ndarray[Any, Any]:
            body = request_body({"image": data_uri(content, mime)}, {"text": "hello"}, seed=1)
            link = (await service.post("/images/edits", json=body)).json()["data"][0]["url"]
            return pixels_of((await service.get(link)).content)

        upside_down = await made(file_of(turned, "JPEG", exif=exif, quality=95), "image/jpeg")
        on_white = await made(file_of(clear), "image/png")
        deep = np.linspace(0, 65535, 128 * 128, dtype=np.uint16).reshape(128, 128)
        sixteen_bit = await made(file_of(deep), "image/png")
    assert upside_down[800:, :, 0].mean() > 230
    assert upside_down[:200, :, 0].mean() < 220
    assert on_white.min() > 245
    assert len(np.unique(sixteen_bit)) > 200


async def test_the_client_can_go_away_in_the_middle() -> None:
    app, sent = make_app(), []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:  # noqa: ANN401 - an ASGI message
        sent.append(message)

    headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json"), (b"host", b"h")]
    scope = {"type": "http", "method": "POST", "path": "/v1/images/edits", "raw_path": b"", "query_string": b""}
    scope |= {"headers": headers, "scheme": "http", "server": ("h", 80), "http_version": "1.1", "root_path": ""}
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
