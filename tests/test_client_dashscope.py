import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from doubles import KEY, Clock, Service, edit_request, links, picture, png, public, reply, settings
from offline_calls import SMALL, caller, pixels_of, request_body

from client import Charge, ImageEditClient, ImageEditError, Settings
from client.service import dashscope, qwen
from client.service.answers import Delivered, WireAnswer
from client.service.dialects import ABILITIES

BASE = "https://dashscope-intl.aliyuncs.com/api/v1"
GENERATION = "/services/aigc/multimodal-generation/generation"
LINK = "https://pictures.example/cat.png"


def upstream(*images: str, text: str | None = None) -> dict[str, object]:
    content = [{"image": image} for image in images] + ([] if text is None else [{"text": text}])
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    usage = {"height": 24, "image_count": len(images), "width": 32}
    return {"output": {"choices": [choice]}, "usage": usage, "request_id": "f57528db-up"}


def client_of(service: Service, home: Path, clock: Clock | None = None, key: str | None = KEY) -> ImageEditClient:
    chosen = replace(settings(home, base="https://edits.example", key=key), dialect="dashscope")
    return ImageEditClient(chosen, transport=service.transport(), resolve=public, sleep=(clock or Clock()).sleep)


async def failure(service: Service, home: Path) -> ImageEditError:
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, home).edit(edit_request())
    return failed.value


def test_upstream_carries_everything_and_wants_a_key_of_one_of_its_two_regions() -> None:
    able = ABILITIES["dashscope"]
    assert able.carries == ABILITIES["qwen"].carries
    assert able.carries >= {"negative_prompt", "n", "size", "seed", "prompt_extend", "watermark", "picture_links"}
    assert able.needs_key
    assert able.hosted
    assert able.bases == ("https://dashscope.aliyuncs.com", "https://dashscope-intl.aliyuncs.com")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n": 4, "size": "1024x1536", "negative_prompt": "blurry", "watermark": True, "prompt_extend": False},
        {"model": "qwen-image-edit", "size": "1024*1024"},
        {"pictures": (picture(), LINK, picture(png(8, 8))), "prompt": 'put "image 2" here\n图'},
    ],
)
async def test_upstream_gets_the_very_body_that_a_gateway_gets(changes: dict[str, object]) -> None:
    request = edit_request(**changes)
    ours, gateways = dashscope.build_request(request, BASE), qwen.build_request(request, BASE)
    assert str(ours.url) == BASE + GENERATION
    assert ours.headers["content-type"] == "application/json"
    assert dict(ours.headers) == dict(gateways.headers)
    assert await ours.aread() == await gateways.aread()


@pytest.mark.parametrize(("link", "headers"), [("oss://bucket/cat.png", True), ("OSS://b/c.png", True), (LINK, False)])
async def test_a_temporary_link_comes_with_the_header_that_resolves_it(
    link: str, tmp_path: Path, *, headers: bool
) -> None:
    service = Service([reply(upstream(*links(1)))])
    await client_of(service, tmp_path).edit(edit_request(pictures=(picture(), link)))
    (post,) = service.posts
    assert (post.headers.get("x-dashscope-ossresourceresolve") == "enable") == headers


async def test_an_edit_is_one_post_that_is_answered_when_it_is_done(tmp_path: Path) -> None:
    service = Service([reply(upstream(*links(2), text="A deep blue picture."))])
    result = await client_of(service, tmp_path).edit(edit_request(n=2))
    (post,) = service.posts
    assert str(post.url) == f"https://edits.example/api/v1{GENERATION}"
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert "x-dashscope-async" not in post.headers
    assert (result.requested, result.received, len(result.pictures)) == (2, 2, 2)
    assert (result.revised_prompt, result.request_id) == ("A deep blue picture.", "f57528db-up")
    assert sorted(str(fetch.url) for fetch in service.fetches) == sorted(links(2))
    assert all("authorization" not in fetch.headers for fetch in service.fetches)


def test_images_of_several_choices_are_all_found_in_order() -> None:
    first, second, third = links(3)
    answer = upstream(first, second)
    answer["output"]["choices"] += upstream(third)["output"]["choices"]
    read = dashscope.parse_response(WireAnswer.of(200, {}, json.dumps(answer).encode()))
    assert read == Delivered((first, second, third), None, "f57528db-up")


async def test_fewer_results_than_asked_for_are_said_with_both_numbers(tmp_path: Path) -> None:
    result = await client_of(Service([reply(upstream(*links(1)))]), tmp_path).edit(edit_request(n=3))
    assert [str(warning) for warning in result.warnings] == ["1 of 3 results came. All 3 may be charged."]


async def test_an_answer_without_a_picture_keeps_its_id_and_its_body(tmp_path: Path) -> None:
    error = await failure(Service([reply(upstream(text="no"))]), tmp_path)
    assert (error.message.code, error.charged, error.request_id) == ("error.no_image", Charge.MAYBE, "f57528db-up")
    assert json.loads(error.raw) == upstream(text="no")


FAILURES = [
    (400, "DataInspectionFailed", "Input data may contain inappropriate content.", "error.content_refused"),
    (400, "IPInfringementSuspect", "Input data is suspected of infringement.", "error.content_refused"),
    (400, "Arrearage", "Access denied, please make sure your account is in good standing.", "error.quota"),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", "error.quota"),
    (400, "PrepaidBillOverdue", "The prepaid bill is overdue.", "error.quota"),
    (401, "InvalidApiKey", "Invalid API-key provided.", "error.key_refused"),
    (401, "InvalidApiKey", "No API-key provided.", "error.key_refused"),
    (403, "AccessDenied", "Access denied.", "error.not_allowed"),
    (403, "AccessDenied.Unpurchased", "Access to model denied.", "error.not_allowed"),
    (404, "InvalidParameter", "Model not exist.", "error.model_not_found"),
    (404, "ModelNotFound", "Model can not be found.", "error.model_not_found"),
    (400, "InvalidParameter", "url error, please check url！", "error.model_not_found"),
    (400, "InvalidParameter", "n must be between 1 and 6.", "error.rejected"),
    (
        400,
        "InvalidParameter.DataInspection",
        "Failed to find the requested media resource during the data inspection process",
        "error.image_url",
    ),
    (400, "InvalidURL", "Invalid URL provided in your request.", "error.image_url"),
    (400, "RewriteFailed", "The prompt could not be rewritten.", "error.rewrite_failed"),
    (500, "InternalError", "An internal error has occurred.", "error.server"),
    (500, "InternalError.Algo", "Output data may contain inappropriate content.", "error.content_refused"),
]


@pytest.mark.parametrize(("status", "code", "text", "expected"), FAILURES)
async def test_what_upstream_refuses_is_understood_and_not_sent_again(
    status: int, code: str, text: str, expected: str, tmp_path: Path
) -> None:
    service = Service([reply({"code": code, "message": text, "request_id": "r-1"}, status)])
    error = await failure(service, tmp_path)
    assert error.message.code == expected
    assert (error.service_said, error.request_id, error.status) == (text, "r-1", status)
    assert (error.charged == Charge.MAYBE) == (expected == "error.server")
    assert len(service.posts) == 1


async def test_a_failure_under_status_200_is_one_all_the_same(tmp_path: Path) -> None:
    failed = {"code": "DataInspectionFailed", "message": "no", "output": {"choices": []}, "request_id": "r-2"}
    error = await failure(Service([reply(failed)]), tmp_path)
    assert (error.message.code, error.request_id) == ("error.content_refused", "r-2")


@pytest.mark.parametrize("name", ["x-request-id", "x-dashscope-request-id"])
async def test_the_request_id_of_a_header_serves_where_the_body_has_none(name: str, tmp_path: Path) -> None:
    error = await failure(Service([WireAnswer.of(500, {name: "r-3"}, b"<html>")]), tmp_path)
    assert error.request_id == "r-3"


async def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    service = Service()
    with pytest.raises(ImageEditError) as refused:
        await client_of(service, tmp_path, key=None).edit(edit_request())
    assert refused.value.message.code == "request.no_key"
    assert service.posts == []


async def test_upstream_is_asked_only_for_its_models_for_pictures(tmp_path: Path) -> None:
    listed = {"output": {"total": 2, "models": [{"model": "qwen-image-edit"}, {"model": "qwen-image-3.0"}, {}]}}
    service = Service(result=lambda _: httpx.Response(200, json=listed))
    assert await client_of(service, tmp_path).models() == ("qwen-image-edit", "qwen-image-3.0")
    (asked,) = service.fetches
    assert asked.url.path == "/api/v1/models"
    assert dict(asked.url.params) == {"name": "qwen-image", "page_no": "1", "page_size": "100"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404, json={"code": "InvalidParameter", "message": "no"}), "error.wrong_address"),
        (httpx.Response(200, json={"output": {"models": []}}), "error.unreadable"),
        (httpx.Response(401, json={"code": "InvalidApiKey", "message": "no"}), "error.key_refused"),
    ],
)
async def test_a_region_that_lists_no_models_is_said_without_a_charge(
    answer: httpx.Response, code: str, tmp_path: Path
) -> None:
    with pytest.raises(ImageEditError) as failed:
        await client_of(Service(result=lambda _: answer), tmp_path).models()
    assert (failed.value.message.code, failed.value.charged) == (code, Charge.NO)


async def test_offline_the_engine_answers_as_upstream_with_the_same_pictures(tmp_path: Path) -> None:
    results = [
        await ImageEditClient(Settings(home=tmp_path, dialect=dialect)).edit(edit_request(prompt="sepia", n=2))
        for dialect in ("qwen", "dashscope")
    ]
    first, second = ([stored.sha256 for stored in result.pictures] for result in results)
    assert first == second
    assert results[0].revised_prompt == results[1].revised_prompt
    # Upstream's ids are of another kind than the gateway's.
    assert re.fullmatch(r"[0-9a-f-]{36}", results[1].request_id or "")


async def post(body: object, path: str = GENERATION, **headers: str) -> httpx.Response:
    async with caller() as service:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return await service.post(f"http://offline.invalid/api/v1{path}", content=content, headers=kind | headers)


async def test_the_offline_server_answers_in_the_shape_of_upstream() -> None:
    async with caller() as service:
        answer = await service.post(
            f"http://offline.invalid/api/v1{GENERATION}", json=request_body(n=3, size="512*768", seed=3)
        )
        body = answer.json()
        assert set(body) == {"output", "usage", "request_id"}
        (choice,) = body["output"]["choices"]
        assert (choice["finish_reason"], choice["message"]["role"]) == ("stop", "assistant")
        *images, text = choice["message"]["content"]
        assert set(text) == {"text"}
        assert body["usage"] == {"height": 768, "image_count": 3, "width": 512}
        files = [(await service.get(item["image"])).content for item in images]
    assert [pixels_of(content).shape for content in files] == [(768, 512, 3)] * 3
    assert answer.headers["X-Request-Id"] == body["request_id"]
    assert "X-Oneapi-Request-Id" not in answer.headers


MISSING = "Required parameter(s) missing or invalid, please check the request parameters."
WRONG = {
    "no key": (request_body(), {"Authorization": "Bearer "}, 401, "InvalidApiKey", "Invalid API-key provided."),
    "a model of somebody else": (request_body(model="wan-2"), {}, 404, "InvalidParameter", "Model not exist."),
    "no model": (request_body() | {"model": ""}, {}, 400, "InvalidParameter", MISSING),
    "no JSON": (b"{", {}, 400, "InvalidParameter", MISSING),
    "a form": (b"", {"Content-Type": "multipart/form-data; boundary=x"}, 400, "InvalidParameter", MISSING),
    "a number as text": (request_body(n="2"), {}, 400, "InvalidParameter", MISSING),
    "too many results": (
        request_body(n=7),
        {},
        400,
        "InvalidParameter",
        "n must be between 1 and 6 for qwen-image-edit-plus.",
    ),
    "a link": (request_body({"image": LINK}, {"text": "x"}), {}, 400, "InvalidParameter.DataInspection", None),
    "too much": (b"", {"Content-Length": str(10**9)}, 413, "RequestTooLarge", "Request body is too large."),
}


@pytest.mark.parametrize("why", WRONG)
async def test_the_offline_server_refuses_as_upstream_does(why: str) -> None:
    body, headers, status, code, text = WRONG[why]
    answer = await post(body, **headers)
    told = answer.json()
    assert set(told) == {"code", "message", "request_id"}
    assert (answer.status_code, told["code"]) == (status, code)
    assert told["message"] == text or (text is None and "data inspection process" in told["message"])
    assert told["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/services/aigc/text2image/generation"), ("GET", GENERATION)])
async def test_another_address_under_api_is_the_mistake_that_upstream_calls_a_url_error(method: str, path: str) -> None:
    async with caller() as service:
        answer = await service.request(method, f"http://offline.invalid/api/v1{path}", json={})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert answer.json()["message"] == "url error, please check url！"


@pytest.mark.parametrize(
    ("query", "count", "first"),
    [
        ("", 10, "qwen-image-edit"),
        ("?name=qwen-image-3.0", 2, "qwen-image-3.0"),
        ("?page_no=2&page_size=4", 4, "qwen-image-edit-max"),
        ("?page_no=9&page_size=4", 0, None),
        ("?page_no=0&page_size=x", 10, "qwen-image-edit"),
        ("?page_size=99999999999", 10, "qwen-image-edit"),
    ],
)
async def test_the_offline_server_lists_its_models_page_by_page(query: str, count: int, first: str | None) -> None:
    async with caller() as service:
        listed = (await service.get(f"http://offline.invalid/api/v1/models{query}")).json()["output"]
    names = [model["model"] for model in listed["models"]]
    assert (len(names), next(iter(names), None)) == (count, first)
    assert listed["total"] == (2 if "name" in query else 10)


async def test_upstreams_models_are_not_listed_without_a_key() -> None:
    async with caller() as service:
        answer = await service.get("http://offline.invalid/api/v1/models", headers={"Authorization": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "InvalidApiKey")


async def test_a_damaged_picture_is_refused_by_upstream_too() -> None:
    answer = await post(request_body({"image": SMALL[:200]}, {"text": "sepia"}))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert "image" in answer.json()["message"]
