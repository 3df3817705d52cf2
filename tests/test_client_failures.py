import json
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import Service, client_of, edit_request, edited, picture, reply
from hypothesis import given
from hypothesis import strategies as st

from client import AuthenticationError, Charge, ContentRefusedError, ImageEditError, Message, QuotaError, ServerError
from client.service.answers import WireAnswer
from client.service.failures import BY_TEXT, Kind, error_of, read, words_of


def answer(status: int, body: object, **headers: str) -> WireAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return WireAnswer.of(status, {name.replace("_", "-"): text for name, text in headers.items()}, raw)


def gateway(message: str, code: object = "", kind: str = "new_api_error") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": "", "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # The rows of the contract's table.
        (401, gateway("无效的令牌 (request id: 2026)"), Kind.KEY),
        (403, gateway("no", "insufficient_user_quota"), Kind.QUOTA),
        (403, gateway("no", "pre_consume_token_quota_failed"), Kind.QUOTA),
        (403, gateway("用户额度不足, 剩余额度: ¥0.10"), Kind.QUOTA),
        (403, gateway("该令牌无权访问模型 qwen-image-edit-max"), Kind.NOT_ALLOWED),
        (403, gateway("no", "access_denied"), Kind.NOT_ALLOWED),
        (403, b"<html>blocked, rate limit</html>", Kind.NOT_ALLOWED),
        (404, gateway("Invalid URL (POST /v1/image/edits)", kind="invalid_request_error"), Kind.ADDRESS),
        (404, b"404 page not found", Kind.ADDRESS),
        (405, b"", Kind.ADDRESS),
        (413, gateway("too big", "read_request_body_failed"), Kind.TOO_LARGE),
        (500, gateway("http: request body too large"), Kind.TOO_LARGE),
        (413, b"<html><h1>413 Request Entity Too Large</h1></html>", Kind.TOO_LARGE),
        (429, gateway("您已达到请求数限制：1分钟内最多请求10次"), Kind.RATE),
        (429, b"", Kind.RATE),
        (429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, Kind.RATE),
        (429, {"code": "Throttling.AllocationQuota", "message": "Free allocated quota exceeded"}, Kind.QUOTA),
        (429, gateway("Free allocated quota exceeded."), Kind.QUOTA),
        (429, {"code": "CommodityNotPurchased", "message": "no"}, Kind.QUOTA),
        (429, {"code": "PostpaidBillOverdue", "message": "no"}, Kind.QUOTA),
        (500, gateway("x", "convert_request_failed"), Kind.REJECTED),
        (500, gateway("x", "invalid_request"), Kind.REJECTED),
        (500, gateway("x", "sensitive_words_detected"), Kind.CONTENT),
        (500, gateway("x", "do_request_failed"), Kind.SERVER),
        (500, gateway("x", "bad_response"), Kind.SERVER),
        (503, gateway("x", "model_not_found"), Kind.MODEL),
        (503, gateway("当前分组 default 下对于模型 x 无可用渠道"), Kind.MODEL),
        (502, b"<html>", Kind.UNKNOWN),
        (504, b"", Kind.UNKNOWN),
        (520, b"<html>", Kind.UNKNOWN),
        (524, b"<html>", Kind.UNKNOWN),
        (525, b"<html>", Kind.SERVER),
        (408, b"", Kind.UNKNOWN),
        (402, {"error": {"message": "Payment required"}}, Kind.QUOTA),
        (407, b"", Kind.PROXY),
        (400, gateway("bad size"), Kind.REJECTED),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, Kind.REJECTED),
        (301, b"", Kind.ADDRESS),
        (308, b"", Kind.ADDRESS),
        (299, b"", Kind.SERVER),
        (600, b"", Kind.SERVER),
        # By text, whatever the status and the capitals.
        (400, gateway("Output data may contain INAPPROPRIATE CONTENT."), Kind.CONTENT),
        (500, gateway("Green network check failed"), Kind.CONTENT),
        (400, gateway("<400> InternalError.Algo.DataInspectionFailed: no"), Kind.CONTENT),
        (400, {"code": "IPInfringementSuspect", "message": "no"}, Kind.CONTENT),
        (400, {"code": "Arrearage", "message": "Access denied."}, Kind.QUOTA),
        (400, gateway("please make sure your account is in Good Standing"), Kind.QUOTA),
        (400, gateway("error: insufficient_quota"), Kind.QUOTA),
        (500, gateway("pre_consume failed"), Kind.QUOTA),
        (401, {"code": "InvalidApiKey", "message": "Invalid API-key provided."}, Kind.KEY),
        (500, gateway("Invalid API-key provided."), Kind.KEY),
        (400, gateway("url error, please check url！"), Kind.MODEL),
        (400, gateway("Failed to download the image"), Kind.IMAGE_URL),
        (400, gateway("Unable to download the media resource during the data inspection process"), Kind.IMAGE_URL),
        (400, {"code": "InvalidURL", "message": "The provided URL is not valid"}, Kind.IMAGE_URL),
        (400, {"code": "RewriteFailed", "message": "no"}, Kind.REWRITE),
        (500, gateway("RewriteFailed: no"), Kind.REWRITE),
        (500, gateway("当前分组上游负载已饱和，请稍后再试"), Kind.RATE),
        (400, gateway("Throttling: too fast"), Kind.RATE),
        # Codes of other types, and other shapes.
        (200, {"error": {"code": 429, "message": "slow down"}}, Kind.RATE),
        (200, {"code": 401, "msg": "who are you", "data": None}, Kind.KEY),
        (200, {"code": "500", "msg": "oops"}, Kind.SERVER),
        (200, {"code": 200, "data": {"error": "rate limit"}}, Kind.RATE),
        (400, {"error": "Invalid API-key"}, Kind.KEY),
        (400, {"error": {"message": {"nested": "额度"}}}, Kind.QUOTA),
        (404, {"detail": "Not Found"}, Kind.ADDRESS),
        (500, {"success": False, "message": "Throttling"}, Kind.RATE),
        (400, {"error": [{"message": "Failed to download"}]}, Kind.IMAGE_URL),
        (400, b"rate limit reached", Kind.RATE),
        (400, b"[]", Kind.REJECTED),
        (400, {"error": {"message": "no", "type": "insufficient_quota"}}, Kind.QUOTA),
        (400, {"error": {"message": "no", "type": "insufficient_quota", "code": "invalid_request"}}, Kind.REJECTED),
    ],
)
def test_a_failure_is_known_by_its_code_then_its_text_then_its_status(status: int, body: object, kind: Kind) -> None:
    assert read(answer(status, body)).kind is kind


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gateway("无效的令牌 (request id: 20260101)"), "无效的令牌"),
        ({"error": "plain words"}, "plain words"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"msg": "field required"}, {"msg": "too long"}]}, "field required; too long"),
        ({"success": False, "message": "no luck"}, "no luck"),
        ({"success": False}, ""),
        ({"code": "Oops", "message": "flat"}, "flat"),
        ({"code": "Oops", "message": ""}, "Oops"),
        ({"error": {"code": "Oops"}}, "Oops"),
        ({"code": 500, "msg": "wrapped", "data": None}, "wrapped"),
        ({"error": {"type": "odd"}, "message": "beside it"}, "beside it"),
        (b"words in a row", "words in a row"),
        (b"two\nlines\x00", "two lines"),
        (b"<html><body>no</body></html>", ""),
        (b"long " * 200, ""),
        (b"l" * 500, "l" * 500),
        (b"l" * 501, ""),
        (b"half a letter: \xe5", "half a letter: \ufffd"),
        (b"", ""),
        ({"error": {"message": "x" * 900}}, "x" * 500),
    ],
)
def test_what_the_service_said_is_kept_short_and_readable(body: object, said: str) -> None:
    assert error_of(answer(400, body)).service_said == said


def test_a_web_page_says_nothing_though_it_has_no_tags() -> None:
    assert error_of(answer(400, b"rate limit", Content_Type="text/html")).service_said == ""


def test_a_failure_carries_everything_that_is_known() -> None:
    failed = answer(401, gateway("无效的令牌 (request id: 2026)"), X_Other="1")
    error = error_of(failed)
    assert isinstance(error, AuthenticationError)
    assert (error.status, error.request_id, error.raw, error.charged) == (401, "2026", failed.body, Charge.NO)
    assert str(error) == "The service did not accept the key."


@pytest.mark.parametrize(
    ("status", "body", "kind"), [(400, gateway("green network"), ContentRefusedError), (402, b"", QuotaError)]
)
def test_the_error_says_what_the_caller_can_do(status: int, body: object, kind: type[ImageEditError]) -> None:
    assert type(error_of(answer(status, body))) is kind


def test_a_body_that_is_too_large_is_said_with_its_size() -> None:
    assert str(error_of(answer(413, b""), sent_bytes=13_370_000)) == (
        "The pictures are too large for the service: 13.4 MB were sent."
    )


def test_a_failure_without_words_is_said_by_its_status() -> None:
    error = error_of(answer(599, b"<html>"))
    assert isinstance(error, ServerError)
    assert str(error) == "The service failed: status 599"


@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_may_have_run_may_have_been_charged(kind: Kind) -> None:
    assert (kind.charge == Charge.MAYBE) == (kind in {Kind.SERVER, Kind.UNKNOWN})


ECHOES = {
    "saturation, in Chinese": ({"prompt": "提高饱和度"}, "处理“提高饱和度”时出错"),
    "saturation, cut off": ({"prompt": "把天空的饱和度提高一些"}, "内部错误：把天空的饱和"),
    "saturation, rewritten by the service": ({"prompt": "more colour"}, "生成失败：高饱和配色，色彩饱和，画面饱和度高"),
    "a word of a rate limit": (
        {"prompt": "a road sign that says RATE LIMIT 50"},
        'failed: "a road sign that says rate limit 50"',
    ),
    "a word over two lines": ({"prompt": "rate\r\n\tlimit"}, "failed: rate limit"),
    "a word in wide letters": ({"prompt": "ｒａｔｅ ｌｉｍｉｔ"}, "failed: rate limit"),  # noqa: RUF001 - wide on purpose
    "a word that was typed escaped": ({"prompt": r"\u989d\u5EA6 on the banknote"}, "failed: 额度 on the banknote"),
    "a word behind an escaped quote": (
        {"prompt": 'the word "throttling" in red'},
        r"bad prompt {\"text\": \"the word \\\"throttling\\\" in red\"}",
    ),
    "a quota, in Chinese": ({"prompt": "把发票上的额度改成五百"}, "渲染失败: 把发票上的额度改成五百"),
    "a word of the content check": (
        {"prompt": "x", "negative_prompt": "Green Network cables"},
        "cannot avoid green network cables",
    ),
    "a word that only begins like one": ({"prompt": "x"}, "the throttlings of an engine, unrate limitless, arrearages"),
    "the model's own name": ({"model": "throttling"}, "worker of throttling crashed"),
    "a link": (
        {"pictures": (picture(), "https://pictures.example/unable to download.png".replace(" ", "%20"))},
        "lost Unable to download.png",
    ),
}


@pytest.mark.parametrize("status", [500, 503, 200])
@pytest.mark.parametrize("case", ECHOES)
async def test_a_failure_that_repeats_what_it_was_sent_is_never_called_free(
    case: str, status: int, tmp_path: Path
) -> None:
    changes, said = ECHOES[case]
    service = Service([reply(gateway(said), status)])
    with pytest.raises(ImageEditError) as failed:
        await client_of(service, tmp_path).edit(edit_request(**changes))
    assert (failed.value.message.code, failed.value.charged) == ("error.server", Charge.MAYBE)
    assert len(service.posts) == 1


PHRASES = [phrase for _, phrases in BY_TEXT for phrase in phrases]
prompts = st.lists(st.sampled_from([*PHRASES, "饱和度", " ", ", ", '"', "cat", "天空"]), min_size=1, max_size=8).map(
    "".join
)


@given(prompts, st.data())
def test_no_part_of_a_prompt_explains_a_failure_however_it_is_repeated(prompt: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(prompt)))
    part = prompt[start : data.draw(st.integers(start, len(prompt)))]
    change = data.draw(st.sampled_from([str.upper, str.title, json.dumps, repr, "\n".join, str]))
    failed = replace(
        answer(500, gateway(f"failed: “{change(part)}”")), request_text=words_of(edit_request(prompt=f"x{prompt}"))
    )
    assert error_of(failed).charged == Charge.MAYBE


async def test_a_kept_answer_that_repeats_its_prompt_is_not_called_free_either(tmp_path: Path) -> None:
    kept = reply(gateway("处理“提高饱和”时出错"))
    with pytest.raises(ImageEditError) as failed:
        await client_of(Service(), tmp_path).read(edit_request(prompt="提高饱和"), kept)
    assert (failed.value.message.code, failed.value.charged) == ("error.server", Charge.MAYBE)


async def test_what_a_request_repeats_does_not_stop_a_rate_limit_from_being_one(tmp_path: Path) -> None:
    service = Service([reply(gateway("慢一点: 把额度改成五百"), 429), reply(edited())])
    assert (await client_of(service, tmp_path).edit(edit_request(prompt="把额度改成五百"))).pictures
    assert len(service.posts) == 2


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("当前分组上游负载已饱和，请稍后再试", Kind.RATE),
        ("系统饱和", Kind.RATE),
        ("上游负载饱和请稍后", Kind.RATE),
        ("饱和", Kind.RATE),
        ("Requests rate limit exceeded", Kind.RATE),
        ("you are being Rate Limited", Kind.RATE),
        ("InternalError: Throttling.RateQuota", Kind.RATE),
        ("PrepaidBillOverdue", Kind.QUOTA),
        ("用户额度不足", Kind.QUOTA),
        ("pre_consume_token_quota_failed", Kind.QUOTA),
        ("Invalid URL (POST /v1/x)", Kind.ADDRESS),
    ],
)
def test_what_a_service_says_of_itself_is_understood_beside_a_request_that_speaks_of_other_things(
    said: str, kind: Kind
) -> None:
    words = words_of(edit_request(prompt="提高饱和，make it 50% brighter", negative_prompt="模糊"))
    assert read(replace(answer(500, gateway(said)), request_text=words.replace("饱和", ""))).kind is kind


@pytest.mark.parametrize("status", [408, 502, 504, 520, 524])
@pytest.mark.parametrize("body", [gateway("rate limit"), b"green network", {"code": 400, "message": "no"}])
def test_what_a_proxy_says_after_it_gave_up_explains_nothing(status: int, body: object) -> None:
    failed = error_of(answer(status, body))
    assert (failed.message.code, failed.charged) == ("error.no_answer", Charge.MAYBE)


CODES = {
    Kind.CONTENT: "DataInspectionFailed data_inspection_failed IPInfringementSuspect sensitive_words_detected "
    "content_policy_violation moderation_blocked",
    Kind.QUOTA: "insufficient_user_quota insufficient_quota pre_consume_token_quota_failed Arrearage "
    "Throttling.AllocationQuota CommodityNotPurchased billing_hard_limit_reached PrepaidBillOverdue",
    Kind.KEY: "InvalidApiKey invalid_api_key",
    Kind.NOT_ALLOWED: "access_denied AccessDenied",
    Kind.MODEL: "model_not_found ModelNotFound",
    Kind.IMAGE_URL: "InvalidURL",
    Kind.REWRITE: "RewriteFailed",
    Kind.TOO_LARGE: "read_request_body_failed",
    Kind.REJECTED: "convert_request_failed invalid_request",
    Kind.RATE: "Throttling Throttling.RateQuota throttling.user",
}


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in CODES.items() for code in codes.split()])
def test_each_code_is_known_under_any_status_and_in_any_capitals(kind: Kind, code: str) -> None:
    for written in (code, code.upper()):
        assert read(answer(500, {"code": written, "message": "green network"})).kind is kind


SAID = {
    Kind.CONTENT: "inappropriate content, green network, DataInspectionFailed, IPInfringementSuspect, "
    "sensitive_words_detected",
    Kind.QUOTA: "额度, insufficient_user_quota, pre_consume, pre_consume_token_quota_failed, Arrearage, good standing, "
    "insufficient_quota, Free allocated quota, CommodityNotPurchased, BillOverdue, PrepaidBillOverdue, "
    "PostpaidBillOverdue",
    Kind.KEY: "无效的令牌, InvalidApiKey, Invalid API-key",
    Kind.MODEL: "model_not_found, 可用渠道, Model not exist, model not found, `x` does not exist",
    Kind.ADDRESS: "Invalid URL (POST)",
    Kind.IMAGE_URL: "data inspection process, Failed to download, InvalidURL, Unable to download",
    Kind.REWRITE: "RewriteFailed",
    Kind.RATE: "Throttling, rate limit, rate limits, rate limited, 请求数限制, 饱和",
    Kind.TOO_LARGE: "request body too large, read_request_body_failed",
}


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, all_ in SAID.items() for said in all_.split(", ")])
def test_each_phrase_is_known_as_words_of_its_own(kind: Kind, said: str) -> None:
    for message in (said, f"Oops: {said}.", f"({said.upper()})"):
        assert read(answer(500, gateway(message))).kind is kind


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_failure_has_a_sentence(kind: Kind) -> None:
    assert str(Message.of(kind.code, said="no", megabytes=1))


def test_a_code_counts_behind_a_proxy_and_beside_its_own_echo() -> None:
    assert read(answer(502, gateway("x", "model_not_found"))).kind is Kind.MODEL
    assert read(replace(answer(500, gateway("x", "Throttling.User")), request_text="throttling")).kind is Kind.RATE


@pytest.mark.parametrize(("prompt", "kind"), [("Throttling an engine", Kind.SERVER), ("an engine", Kind.RATE)])
def test_a_lone_word_is_a_code_unless_the_request_holds_it(prompt: str, kind: Kind) -> None:
    failed = answer(500, {"error": "throttling", "message": "boom"})
    assert read(replace(failed, request_text=words_of(edit_request(prompt=prompt)))).kind is kind


def test_a_lone_word_that_is_no_code_is_what_was_said() -> None:
    assert error_of(answer(500, {"error": "提高饱和度", "message": "beside it"})).service_said == "提高饱和度"
