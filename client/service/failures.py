"""What a failure means: from what the service says to the error a person reads (CONTRACT.md, section 3).

A gateway keeps only the text of what its upstream said, so the code is looked at first and the text second, both
without regard to capitals. Only where neither tells anything does the status decide.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import unquote

from client.errors import (
    AuthenticationError,
    Charge,
    ContentRefusedError,
    ImageEditError,
    NoAnswerError,
    QuotaError,
    RateLimitError,
    RequestRejectedError,
    ServerError,
    UnexpectedResponseError,
)
from client.messages import Message
from client.models import EditRequest
from client.service import answers
from client.service.answers import Delivered, WireAnswer

# After these the edit may have run behind a proxy that gave up: the origin's answer is not known.
_UNKNOWN: Final = {408, 502, 504, *range(520, 525)}


class Kind(Enum):
    """The kinds of failure that call for different advice: the code of the message, and the error."""

    CONTENT = ("error.content_refused", ContentRefusedError)
    QUOTA = ("error.quota", QuotaError)
    KEY = ("error.key_refused", AuthenticationError)
    NOT_ALLOWED = ("error.not_allowed", AuthenticationError)
    MODEL = ("error.model_not_found", RequestRejectedError)
    ADDRESS = ("error.wrong_address", RequestRejectedError)
    IMAGE_URL = ("error.image_url", RequestRejectedError)
    REWRITE = ("error.rewrite_failed", RequestRejectedError)
    RATE = ("error.rate_limit", RateLimitError)
    TOO_LARGE = ("error.too_large", RequestRejectedError)
    REJECTED = ("error.rejected", RequestRejectedError)
    PROXY = ("error.proxy", RequestRejectedError)
    SERVER = ("error.server", ServerError)
    UNKNOWN = ("error.no_answer", NoAnswerError)

    def __init__(self, code: str, error: type[ImageEditError]) -> None:
        self.code = code
        self.error = error

    @property
    def charge(self) -> Charge:
        """Whether money may have been spent on it."""
        return Charge.MAYBE if self in {Kind.SERVER, Kind.UNKNOWN} else Charge.NO


BY_CODE: Final[Mapping[str, Kind]] = {
    "datainspectionfailed": Kind.CONTENT,
    "data_inspection_failed": Kind.CONTENT,
    "ipinfringementsuspect": Kind.CONTENT,
    "sensitive_words_detected": Kind.CONTENT,
    "content_policy_violation": Kind.CONTENT,
    "moderation_blocked": Kind.CONTENT,
    "insufficient_user_quota": Kind.QUOTA,
    "insufficient_quota": Kind.QUOTA,
    "pre_consume_token_quota_failed": Kind.QUOTA,
    "arrearage": Kind.QUOTA,
    "throttling.allocationquota": Kind.QUOTA,
    "commoditynotpurchased": Kind.QUOTA,
    "billing_hard_limit_reached": Kind.QUOTA,
    "invalidapikey": Kind.KEY,
    "invalid_api_key": Kind.KEY,
    "access_denied": Kind.NOT_ALLOWED,
    "accessdenied": Kind.NOT_ALLOWED,
    "model_not_found": Kind.MODEL,
    "modelnotfound": Kind.MODEL,
    "invalidurl": Kind.IMAGE_URL,
    "rewritefailed": Kind.REWRITE,
    "read_request_body_failed": Kind.TOO_LARGE,
    "convert_request_failed": Kind.REJECTED,
    "invalid_request": Kind.REJECTED,
}

BY_TEXT: Final = (
    (Kind.CONTENT, ("inappropriate content", "green network", "datainspectionfailed", "ipinfringementsuspect")),
    (Kind.CONTENT, ("sensitive_words_detected",)),
    (Kind.QUOTA, ("额度", "insufficient_user_quota", "pre_consume", "pre_consume_token_quota_failed", "arrearage")),
    (Kind.QUOTA, ("good standing", "insufficient_quota", "free allocated quota", "commoditynotpurchased")),
    (Kind.QUOTA, ("billoverdue", "prepaidbilloverdue", "postpaidbilloverdue")),
    (Kind.KEY, ("无效的令牌", "invalidapikey", "invalid api-key")),
    (Kind.MODEL, ("model_not_found", "url error, please check url", "可用渠道")),
    (Kind.MODEL, ("model not exist", "model not found", "` does not exist")),
    (Kind.ADDRESS, ("invalid url (",)),
    (Kind.IMAGE_URL, ("data inspection process", "failed to download", "invalidurl", "unable to download")),
    (Kind.REWRITE, ("rewritefailed",)),
    (Kind.RATE, ("throttling", "rate limit", "rate limits", "rate limited", "请求数限制", "饱和")),
    (Kind.TOO_LARGE, ("request body too large", "read_request_body_failed")),
)
# A service's load is 饱和; a picture's colours are too, in words such as 饱和度, 高饱和 and 饱和的.
_LOAD: Final = re.compile(r"(?<![色彩高低过不更])饱和(?!(?![请了中])\w)")

BY_STATUS: Final[Mapping[int, Kind]] = {
    401: Kind.KEY,
    402: Kind.QUOTA,
    403: Kind.NOT_ALLOWED,
    404: Kind.ADDRESS,
    405: Kind.ADDRESS,
    407: Kind.PROXY,
    413: Kind.TOO_LARGE,
    429: Kind.RATE,
} | dict.fromkeys(_UNKNOWN, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Reading:
    """A failed answer, read: what kind of failure, in whose words, under which request id."""

    kind: Kind
    said: str
    request_id: str | None


def kind_of(status: int, failure: answers.Failure, request_text: str = "") -> Kind:
    """Return what kind of failure this is: by its code, then its text, then its status.

    Words that the request itself holds are not looked for: a service that repeats its prompt says nothing by them.
    """
    code, own = failure.code.lower(), _letters(request_text)
    if failure.bare and _letters(code) in own:
        code = ""
    if code in BY_CODE:
        return BY_CODE[code]
    if code.endswith("billoverdue"):
        return Kind.QUOTA
    if code.startswith("throttling"):
        return Kind.RATE
    if status in _UNKNOWN:
        return Kind.UNKNOWN
    text = " ".join(unicodedata.normalize("NFKC", failure.text).casefold().split())
    for kind, phrases in BY_TEXT:
        if any(_says(text, phrase) and _letters(phrase) not in own for phrase in phrases):
            return kind
    return _by_status(failure.status or status)


def _says(text: str, phrase: str) -> bool:
    """Tell whether a phrase stands in a text as words of their own."""
    if phrase == "饱和":
        return _LOAD.search(text) is not None
    before, after = (r"(?<![a-z0-9_])" if phrase[0].isalnum() else "", r"(?![a-z0-9_])" if phrase[-1].isalnum() else "")
    return re.search(before + re.escape(phrase) + after, text) is not None


def _letters(text: str) -> str:
    """Return the letters and digits alone, alike however a service shortens, quotes, escapes or capitalises a text."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", plain).casefold()))


def words_of(request: EditRequest) -> str:
    """Return every text that a request sends, and that a service may therefore repeat."""
    links = [link for link in request.pictures if isinstance(link, str)]
    return "\n".join([request.prompt, request.negative_prompt, request.model, *links, *map(unquote, links)])


def _by_status(status: int) -> Kind:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if 300 <= status < 400:  # noqa: PLR2004 - a redirect leads away from where edits are made
        return Kind.ADDRESS
    return Kind.REJECTED if 400 <= status < 500 else Kind.SERVER  # noqa: PLR2004 - the classes of HTTP


def read(answer: WireAnswer) -> Reading:
    """Read an answer whose status, or whose body, says that it failed."""
    value = answers.parsed(answer.body)
    failure = answers.failure_in(value)
    if failure is None:
        words = value is None or isinstance(value, str)
        text = answers.words_in(answer.headers, answer.body) if words else ""
        failure = answers.Failure(text=text)
    kind = kind_of(answer.status, failure, answer.request_text)
    return Reading(kind, failure.text or failure.code, answers.request_id_in(answer.headers, value))


def error_of(answer: WireAnswer, *, sent_bytes: int = 0) -> ImageEditError:
    """Return the error for an answer that says it failed; `sent_bytes` is how long the request was."""
    reading = read(answer)
    facts: dict[str, str | float] = {
        "said": reading.said or f"status {answer.status}",
        "megabytes": round(sent_bytes / 1e6, 1),
    }
    return reading.kind.error(
        Message.of(reading.kind.code, **facts),
        charged=reading.kind.charge,
        request_id=reading.request_id,
        status=answer.status,
        service_said=reading.said,
        raw=answer.body,
    )


def checked(delivered: Delivered, answer: WireAnswer) -> Delivered:
    """Return what a successful answer delivers; raises the error that tells why where it delivers nothing."""
    if delivered.images:
        return delivered
    value = answers.parsed(answer.body)
    if not isinstance(value, dict):
        page = answers.is_web_page(answer.headers, answer.body)
        raise web_page(answer) if page else unreadable(answer)
    raise error_of(answer) if answers.failure_in(value) else no_image(answer)


def listed_models(answer: WireAnswer) -> tuple[str, ...]:
    """Return the names of the models that an answer lists; raises an ImageEditError, which never means a charge."""
    listed = answers.parsed(answer.body)
    # OpenAI's list, which gateways and servers copy, and upstream's own.
    names = [item.get("id") for item in answers.reach(listed, "data")]
    names += [item.get("model") for item in answers.reach(listed, "output", "models")]
    found = tuple(name for name in names if isinstance(name, str) and name and name.isprintable())
    good = 200 <= answer.status < 300  # noqa: PLR2004 - the classes of HTTP
    if good and found:
        return found
    if not good or answers.failure_in(listed):
        error = error_of(answer)
    else:
        error = web_page(answer) if answers.is_web_page(answer.headers, answer.body) else unreadable(answer)
    error.charged = Charge.NO
    raise error


def unreadable(answer: WireAnswer) -> UnexpectedResponseError:
    """Return the error for a successful answer that nothing can be made of."""
    return _unexpected(answer, "error.unreadable", Charge.MAYBE)


def no_image(answer: WireAnswer) -> UnexpectedResponseError:
    """Return the error for a successful answer without any image."""
    return _unexpected(answer, "error.no_image", Charge.MAYBE)


def web_page(answer: WireAnswer) -> UnexpectedResponseError:
    """Return the error for a page for browsers, which stands where the address is wrong (CONTRACT.md, section 3)."""
    return _unexpected(answer, "error.wrong_address", Charge.NO)


def _unexpected(answer: WireAnswer, code: str, charged: Charge) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        Message.of(code),
        charged=charged,
        request_id=answers.request_id_in(answer.headers, answers.parsed(answer.body)),
        status=answer.status,
        raw=answer.body,
    )
