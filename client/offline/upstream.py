"""What the models' own service answers where it is asked without a gateway (contract, section 5, `dashscope`)."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import JSONResponse

from client.offline.engine import Edited
from client.offline.limits import MODELS
from client.offline.refusals import RefusedError

LISTED_AT_ONCE: Final = 20
"""Models in one answer where nobody asks for another number."""

_INVALID: Final = "InvalidParameter"
_MISSING: Final = (400, _INVALID, "Required parameter(s) missing or invalid, please check the request parameters.")
_TOLD: Final[Mapping[int | str, tuple[int, str, str]]] = {
    400: _MISSING,
    401: (401, "InvalidApiKey", "Invalid API-key provided."),
    404: (400, _INVALID, "url error, please check url！"),
    "convert_request_failed": _MISSING,
    "model_not_found": (404, _INVALID, "Model not exist."),
    "read_request_body_failed": (413, "RequestTooLarge", "Request body is too large."),
    "bad_response": (500, "InternalError", "An internal error has occurred."),
}
"""What upstream answers where the gateway's error has this code, or only this status."""


def edit_answer(edited: Edited, links: Sequence[str], request_id: str) -> JSONResponse:
    """Answer with results: all of them are the content of one message."""
    content = [{"image": link} for link in links] + [{"text": edited.revised_prompt}]
    message = {"role": "assistant", "content": content}
    return JSONResponse(
        {
            "output": {"choices": [{"finish_reason": "stop", "message": message}]},
            "usage": {"height": edited.height, "image_count": len(links), "width": edited.width},
            "request_id": request_id,
        }
    )


def error_answer(refusal: RefusedError, request_id: str) -> JSONResponse:
    """Answer with an error in three fields; a gateway makes other statuses and codes of many of them."""
    code = "InvalidParameter.DataInspection" if "data inspection" in refusal.message else _INVALID
    status, code, message = _TOLD.get(refusal.code or refusal.status, (400, code, refusal.message))
    return JSONResponse({"code": code, "message": message, "request_id": request_id}, status_code=status)


def models_answer(asked: Mapping[str, str], request_id: str) -> JSONResponse:
    """Answer with a page of the models whose names hold what was asked for."""
    found = [name for name in MODELS if asked.get("name", "") in name]
    page, size = _count(asked.get("page_no"), 1), _count(asked.get("page_size"), LISTED_AT_ONCE)
    models = [{"model": name, "name": name} for name in found[(page - 1) * size : page * size]]
    output = {"total": len(found), "page_no": page, "page_size": size, "models": models}
    return JSONResponse({"output": output, "request_id": request_id})


def _count(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and 0 < int(text) <= len(MODELS) ** 2 else usual
