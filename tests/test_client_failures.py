import json

import pytest

from client import AuthenticationError, Charge, ContentRefusedError, ImageEditError, QuotaError, ServerError
from client.service.answers import WireAnswer
from client.service.failures import Kind, error_of, read


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
