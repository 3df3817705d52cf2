import base64
import json
from typing import Any

import anyio
import httpx
import pytest
from doubles import edit_request, how_it_is_sent, picture, png
from hypothesis import given
from hypothesis import strategies as st

from client import Charge, EditRequest, ImageEditError, Picture, UnexpectedResponseError
from client.service import qwen
from client.service.answers import Delivered, WireAnswer, image_in, is_web_page, parsed, request_id_in

BASE = "https://onetoken.one/v1"
FIRST, SECOND, THIRD = (f"https://x.oss.aliyuncs.com/{name}.png?Signature=a%2Bb%3D" for name in "abc")


def body_of(request: EditRequest) -> dict[str, Any]:
    return json.loads(written(qwen.build_request(request, BASE)))


def written(post: httpx.Request) -> bytes:
    async def read() -> bytes:
        return await post.aread()

    body = anyio.run(read)
    assert len(body) == int(post.headers["content-length"])
    return body


def read(value: object, status: int = 200, **headers: str) -> Delivered:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return qwen.parse_response(WireAnswer.of(status, named, body))


def refusal(value: object, **headers: str) -> ImageEditError:
    with pytest.raises(ImageEditError) as refused:
        read(value, **headers)
    return refused.value


def upstream(*images: str, text: str | None = None) -> dict[str, object]:
    content = [{"image": image} for image in images] + ([] if text is None else [{"text": text}])
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    return {"output": {"choices": [choice]}, "usage": {"image_count": len(images)}, "request_id": "up-1"}


def test_the_body_is_exactly_that_of_the_reference() -> None:
    request = edit_request(
        pictures=(picture(), "https://pictures.example/cat.png"),
        prompt='put the cat of "image 2" here\n图',
        negative_prompt="blurry",
        n=2,
        size="1024x1536",
        seed=42,
        watermark=True,
    )
    post = qwen.build_request(request, BASE)
    assert (str(post.url), post.headers["content-type"]) == ("https://onetoken.one/v1/images/edits", "application/json")
    assert body_of(request) == {
        "model": "qwen-image-edit-plus",
        "input": {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"image": "data:image/png;base64," + base64.b64encode(png()).decode()},
                        {"image": "https://pictures.example/cat.png"},
                        {"text": 'put the cat of "image 2" here\n图'},
                    ],
                }
            ]
        },
        "parameters": {
            "n": 2,
            "size": "1024*1536",
            "negative_prompt": "blurry",
            "prompt_extend": True,
            "watermark": True,
            "seed": 42,
        },
    }


def test_what_was_left_alone_is_left_out_but_n_is_always_sent() -> None:
    assert body_of(edit_request(seed=None))["parameters"] == {"n": 1, "watermark": False, "prompt_extend": True}
    assert body_of(edit_request(negative_prompt=" "))["parameters"]["seed"] == 7


def test_what_the_model_does_not_take_is_left_out() -> None:
    request = edit_request(model="qwen-image-edit", size="1024*1024", prompt_extend=False)
    assert body_of(request)["parameters"] == {"n": 1, "watermark": False, "seed": 7}


def test_long_prompts_are_sent_whole() -> None:
    request = edit_request(prompt="图" * 900, negative_prompt="n" * 600)
    body = body_of(request)
    assert body["input"]["messages"][0]["content"][-1] == {"text": "图" * 900}
    assert body["parameters"]["negative_prompt"] == "n" * 600


@given(st.binary(max_size=2000), st.integers(0, 3))
def test_a_picture_is_sent_as_the_base64_of_its_very_bytes(content: bytes, extra: int) -> None:
    # The second length is around that of the pieces in which base64 is written.
    for data in (content, content.ljust(3 * 64 * 1024, b"\x07") + b"\x08" * extra):
        body = body_of(edit_request(pictures=(picture(data),)))
        coded = body["input"]["messages"][0]["content"][0]["image"]
        assert coded == "data:image/png;base64," + base64.b64encode(data).decode()


async def test_a_picture_becomes_base64_in_small_pieces_and_is_never_copied() -> None:
    post = qwen.build_request(edit_request(pictures=(picture(bytes(20_000_000)),)), BASE)
    longest, peak = await how_it_is_sent(post)
    assert longest <= 256 * 1024
    assert peak < 1_000_000


def test_a_request_never_shows_its_pictures() -> None:
    assert "PNG" not in repr(vars(qwen.build_request(edit_request(), BASE)))
    assert "PNG" not in repr(Picture(png(), "image/png", 1, 1))


def test_an_answer_never_shows_what_it_holds_nor_what_was_asked() -> None:
    wire = WireAnswer(200, {"set-cookie": "canary"}, b"canary", request_text="canary")
    assert "canary" not in repr(wire)
    assert "canary" not in repr(Delivered(("https://x.example/canary.png", b"canary"), None, None))


def test_all_images_of_one_choice_are_found_though_the_gateway_lists_the_last_alone() -> None:
    answer = {"created": 1, "data": [{"url": THIRD, "b64_json": "", "revised_prompt": ""}]}
    assert read(answer | {"metadata": upstream(FIRST, SECOND, THIRD)}).images == (FIRST, SECOND, THIRD)


def test_older_gateways_list_the_first_and_keep_the_rest_under_extra() -> None:
    answer = {"data": [{"url": FIRST}], "extra": upstream(FIRST, SECOND)}
    assert read(answer).images == (FIRST, SECOND)


def test_images_that_only_the_gateway_lists_come_after_those_of_upstream() -> None:
    answer = {"data": [{"url": THIRD}, {"url": FIRST}], "metadata": upstream(FIRST, SECOND)}
    assert read(answer).images == (FIRST, SECOND, THIRD)


def test_images_in_several_choices_are_all_found() -> None:
    choices = [{"message": {"content": [{"image": link}]}} for link in (FIRST, SECOND)]
    assert read({"data": None, "metadata": {"output": {"choices": choices}}}).images == (FIRST, SECOND)


def test_upstreams_own_answer_is_understood() -> None:
    edited = read(upstream(FIRST, SECOND, text="A red bicycle."))
    assert edited == Delivered((FIRST, SECOND), "A red bicycle.", "up-1")


@pytest.mark.parametrize("unused", ["", None, "  "])
def test_unused_fields_may_be_empty_or_null_or_absent(unused: object) -> None:
    item = {"url": unused, "b64_json": unused, "revised_prompt": unused}
    edited = read({"data": [item, {}, None, "text", {"url": FIRST}], "metadata": None, "extra": []})
    assert edited == Delivered((FIRST,), None, None)


def test_links_are_taken_byte_for_byte() -> None:
    link = "HTTPS://x.Example/%e4%2F+a b'\"|.png?Signature=a%2Bb/c==&x=%zz#f"
    body = json.dumps({"data": [{"url": link}]}).replace("&", "\\u0026").encode()
    assert read(body).images == (link,)


def test_white_space_around_a_link_is_no_part_of_it() -> None:
    assert read({"data": [{"url": f" {FIRST}\n"}]}).images == (FIRST,)


@pytest.mark.parametrize(
    "written",
    [
        base64.b64encode(png()).decode(),
        "data:image/png;base64," + base64.b64encode(png()).decode(),
        base64.b64encode(png()).decode().rstrip("="),
        "\n".join(base64.b64encode(png()).decode()[start : start + 76] for start in range(0, 200, 76)) + "\r\n",
        base64.urlsafe_b64encode(png()).decode(),
        " " + base64.b64encode(png()).decode() + "\n\n",
        " data:image/png;base64," + base64.b64encode(png()).decode() + "\n",
    ],
)
def test_base64_may_have_a_prefix_white_space_and_no_padding(written: str) -> None:
    assert read({"data": [{"url": "", "b64_json": written}]}).images == (png(),)
    assert read({"data": [{"url": written}]}).images == (png(),)


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["", "data:image/png;base64,"]), st.integers(0, 2))
def test_every_base64_is_read_whatever_its_padding(content: bytes, prefix: str, missing: int) -> None:
    written = base64.b64encode(content).decode()
    padding = len(written) - len(written.rstrip("="))
    assert image_in(prefix + written[: len(written) - min(missing, padding)]) == content


@pytest.mark.parametrize("written", ["A", "data:image/png;base64,AAAAA", "data:image/png;base64,", "!!!!"])
def test_damaged_base64_is_no_picture(written: str) -> None:
    assert image_in(written) in {b"", b"\x00\x00\x00"}


def test_base64_keeps_its_last_letters() -> None:
    assert image_in("XXXX") == b"]u\xd7"


def test_a_link_is_preferred_to_base64_of_the_same_picture() -> None:
    assert read({"data": [{"url": FIRST, "b64_json": "AAAA"}]}).images == (FIRST,)


@pytest.mark.parametrize("depth", [1, 2])
def test_envelopes_are_opened(depth: int) -> None:
    value: dict[str, object] = {"data": [{"url": FIRST, "revised_prompt": "bluer"}], "request_id": "in-1"}
    for _ in range(depth):
        value = {"code": 200, "msg": "ok", "data": value}
    assert read(value) == Delivered((FIRST,), "bluer", "in-1")


def test_an_envelope_is_no_image_itself() -> None:
    assert read({"data": {"url": SECOND, "data": [{"url": FIRST}]}}).images == (FIRST,)


def test_an_envelope_around_upstreams_answer_is_opened() -> None:
    assert read({"code": "0", "data": upstream(FIRST)}).images == (FIRST,)


def test_the_gateways_revised_prompt_comes_before_the_text_of_upstream() -> None:
    answer = {"data": [{"url": FIRST, "revised_prompt": "a"}], "metadata": upstream(FIRST, text="b")}
    assert read(answer).revised_prompt == "a"


@pytest.mark.parametrize("content", ["A red bicycle.", [{"text": ""}, {"text": "A red bicycle."}]])
def test_a_text_of_upstream_is_the_revised_prompt(content: object) -> None:
    choices = [{"message": {"content": content}}]
    answer = {"data": [{"url": FIRST, "revised_prompt": ""}], "metadata": {"output": {"choices": choices}}}
    assert read(answer).revised_prompt == "A red bicycle."


def test_an_empty_text_is_no_revised_prompt() -> None:
    assert read(upstream(FIRST, text=" ")).revised_prompt is None


@pytest.mark.parametrize(
    ("value", "headers", "expected"),
    [
        ({"request_id": "body"}, {"x-oneapi-request-id": "header"}, "header"),
        ({"request_id": "body"}, {"x-request-id": "proxy"}, "body"),
        ({"request_id": "body"}, {"x-dashscope-request-id": "ds"}, "body"),
        (None, {"x-request-id": "proxy"}, "proxy"),
        ({"metadata": {"request_id": "deep"}}, {}, "deep"),
        ({"extra": {"request_id": "deep"}}, {}, "deep"),
        ({"error": {"request_id": "deep"}}, {}, "deep"),
        ({"error": {"message": "无效的令牌 (request id: 2026abc)"}}, {}, "2026abc"),
        ({"message": "no (Request ID: m-1)"}, {}, "m-1"),
        ({"data": {"request_id": 17}}, {}, "17"),
        (None, {"x-dashscope-request-id": "ds"}, "ds"),
        ({"error": "text"}, {}, None),
        ({"request_id": "long" * 100}, {}, ("long" * 100)[:128]),
        ({"request_id": "two\nlines"}, {}, "two lines"),
    ],
)
def test_the_request_id_is_kept_wherever_it_stands(
    value: object, headers: dict[str, str], expected: str | None
) -> None:
    assert request_id_in(headers, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"created": 1, "data": []},
        {"created": 1, "data": None},
        {"data": [{"url": "", "b64_json": ""}]},
        {"code": 200, "msg": "ok", "data": {"data": []}},
        {"code": "0", "message": "ok", "data": []},
        {"code": "Success", "success": True, "data": []},
        {"code": "OK", "data": []},
        {"code": "None", "data": []},
        {"data": {"data": {"data": {"data": [{"url": FIRST}]}}}},
        upstream(),
        {},
    ],
)
def test_no_image_at_all_is_an_error_that_keeps_the_body_and_the_id(value: object) -> None:
    error = refusal(value, X_Oneapi_Request_Id="id-7")
    assert isinstance(error, UnexpectedResponseError)
    assert (error.message.code, error.charged, error.request_id) == ("error.no_image", Charge.MAYBE, "id-7")
    assert json.loads(error.raw) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[1]", b'"text"', b"null", b'{"data": [', b"\xff\xfe\x00", b"[" * 200_000, b"1" * 5000],
)
def test_an_answer_that_cannot_be_read_may_have_been_charged(body: bytes) -> None:
    error = refusal(body)
    assert isinstance(error, UnexpectedResponseError)
    assert (error.message.code, error.charged, error.raw) == ("error.unreadable", Charge.MAYBE, body)


@pytest.mark.parametrize(("thing", "count"), [(b"{}", 60_000), (b"[]", 60_000), (b'{"":0}', 40_000)])
def test_an_answer_of_countless_small_things_is_not_taken_apart(thing: bytes, count: int) -> None:
    body = b'{"data": [' + b",".join([thing] * count) + b"]}"
    assert refusal(body).message.code == "error.unreadable"


def test_an_answer_of_just_as_many_small_things_as_are_allowed_is_taken_apart() -> None:
    assert parsed(b"[" + b"0," * 99_999 + b"0]") == [0] * 100_000
    assert parsed(b"[" + b"0," * 100_000 + b"0]") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>", "text/html; charset=utf-8"),
        (b"welcome", "Text/HTML"),
        (b"\n<!DOCTYPE html><html>", ""),
        (b" <HTML>", "text/plain"),
    ],
)
def test_a_web_page_means_that_the_address_is_wrong(body: bytes, kind: str) -> None:
    error = refusal(body, Content_Type=kind)
    assert isinstance(error, UnexpectedResponseError)
    assert (error.message.code, error.charged) == ("error.wrong_address", Charge.NO)


def test_only_the_beginning_of_a_body_is_looked_at_for_a_web_page() -> None:
    assert is_web_page({}, b" " * 251 + b"<html>")
    assert not is_web_page({}, b" " * 252 + b"<html>")


def test_a_byte_order_mark_does_not_hide_an_answer() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps({"data": [{"url": FIRST}]}).encode()).images == (FIRST,)


NAMES = ["data", "url", "b64_json", "metadata", "extra", "output", "choices", "message", "content", "image", "error"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(json_values)
def test_no_json_whatever_its_shape_ends_in_anything_but_images_or_an_error_with_a_sentence(value: object) -> None:
    try:
        outcome = str(read(value).images[0:1])
    except ImageEditError as error:
        outcome = str(error)
    assert outcome not in {"", "()"}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("blue \ud83d sky", "blue ? sky"),
        ("blue\x00 sky\x1b[31m", "blue sky[31m"),
        ("first\nsecond\tthird", "first\nsecond\tthird"),
        ("\x00", None),
    ],
)
def test_a_rewritten_prompt_can_be_written_down_whatever_the_service_put_in_it(
    written: str, read_as: str | None
) -> None:
    assert read({"data": [{"url": FIRST, "revised_prompt": written}]}).revised_prompt == read_as
