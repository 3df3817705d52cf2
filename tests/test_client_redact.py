import logging
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import ApiKey, ContentRefusedError, ImageEditClient, Message, Settings
from client.service.keys import RedactingFilter, redact, redacted

KEY = ApiKey.parse("sk-canary-0123456789abcdef")
keys = st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], min_size=8, max_size=256)


@given(st.text(), keys, st.text())
def test_the_live_key_never_survives_whatever_stands_around_it(before: str, key: str, after: str) -> None:
    assert key not in redact(before + key + after, ApiKey(key))


@given(st.text(), keys, st.integers(1, 7))
def test_a_key_that_redaction_would_put_together_does_not_survive(text: str, key: str, place: int) -> None:
    # What is taken out of the middle could bring the two halves of a key together.
    for middle in (key, "sk-other", "data:image/png;base64,AAAA"):
        assert key not in redact(text + key[:place] + middle + key[place:], ApiKey(key))


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=4, max_size=64))
def test_any_key_of_the_usual_form_is_taken_out_though_it_is_not_the_live_one(rest: str) -> None:
    assert redact(f"key sk-{rest}, yes") == "key sk-…, yes"
    assert redact(f"Authorization: Bearer {rest}") == "Authorization: Bearer …"


@given(
    st.sampled_from(["http", "https", "oss", "HTTPS"]),
    st.text(alphabet=string.ascii_lowercase + "./", max_size=20),
    st.text(alphabet=string.ascii_letters + string.digits + "%&=+/-_.~", max_size=60),
)
def test_a_link_keeps_its_place_and_loses_what_signs_it(scheme: str, path: str, query: str) -> None:
    assert redact(f"GET {scheme}://x.example/{path}?{query} done") == f"GET {scheme}://x.example/{path}?… done"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/a.png?Expires=1&OSSAccessKeyId=LTAI&Signature=a%2B", "/a.png?Expires=…&OSSAccessKeyId=…&Signature=…"),
        ("x-oss-signature=abc&x-amz-security-token=def", "x-oss-signature=…&x-amz-security-token=…"),
        ('{"image": "data:image/png;base64,iVBORw0KGgo="}', '{"image": "data:…"}'),
        ("A" * 199, "A" * 199),
        ("A" * 200 + "==", "…"),
        ("the task-force asked at risk-free rates", "the task-force asked at risk-free rates"),
        ("b'Bearer abc'", "b'Bearer …'"),
    ],
)
def test_only_what_is_private_is_taken_out(text: str, left: str) -> None:
    assert redact(text) == left


def test_an_error_loses_the_key_in_every_part() -> None:
    key = KEY.reveal()
    said = Message.of("error.rejected", said=f"bad {key}", megabytes=1.5)
    error = redacted(ContentRefusedError(said, request_id=key, service_said=f"no {key}", raw=key.encode()), KEY)
    assert key not in repr((error.args, vars(error)))
    assert str(error) == "The service refused the request: bad …"
    assert error.message.facts["megabytes"] == 1.5


def test_an_error_without_a_key_keeps_its_raw_body() -> None:
    assert redacted(ContentRefusedError(Message.of("error.quota"), raw=b"sk-abcdefgh"), None).raw == b"sk-abcdefgh"


def test_every_logger_of_the_client_and_the_libraries_below_it_redacts(tmp_path: Path) -> None:
    ImageEditClient(Settings(home=tmp_path))
    names = {
        "httpx",
        *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
        "client.service.client",
        "client.edits.edits",
        "client.service.post",
        "client.service.download",
        "client.service.results",
    }
    found = {
        name
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and any(isinstance(one, RedactingFilter) for one in logger.filters)
    }
    below = {name for name in logging.root.manager.loggerDict if name.startswith("httpcore.")}
    assert found >= names | below


def test_a_log_record_is_redacted_with_its_arguments_and_its_traceback() -> None:
    try:
        raise ValueError(f"Bearer {KEY.reveal()}")  # noqa: EM102, TRY003, TRY301 - the text is what is tested
    except ValueError as error:
        exc_info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("n", 10, "p", 1, "asked %s", (f"https://x.example/?s={KEY.reveal()}",), exc_info)
    assert RedactingFilter().filter(record)
    written = logging.Formatter().format(record)
    assert "asked https://x.example/?…" in written
    assert "ValueError: Bearer …" in written
    assert "canary" not in written


def test_a_key_is_equal_to_the_same_key_alone() -> None:
    assert ApiKey(KEY.reveal()) == KEY
    assert ApiKey("another-key") != KEY
    assert KEY.reveal() != KEY


def test_a_log_call_that_does_not_fit_its_arguments_does_not_stop_what_it_logs() -> None:
    record = logging.LogRecord("n", 10, "p", 1, "asked %d of %s", (f"Bearer {KEY.reveal()}",), None)
    assert RedactingFilter().filter(record)
    assert "asked %d of %s" in record.getMessage()
    assert "canary" not in record.getMessage()


def test_what_another_handler_already_wrote_of_a_record_is_redacted_too() -> None:
    record = logging.LogRecord("n", 10, "p", 1, "asked", (), None)
    record.exc_text = record.stack_info = f"Bearer {KEY.reveal()}"
    RedactingFilter().filter(record)
    assert "canary" not in logging.Formatter().format(record)
