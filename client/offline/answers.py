"""The JSON and the files that the server answers with."""

import time
import uuid
from collections.abc import Sequence
from typing import Final

from starlette.responses import JSONResponse, Response

from client.offline.engine import Edited
from client.offline.limits import MODELS
from client.offline.ranges import UnsatisfiableRangeError, asked_range
from client.offline.refusals import RefusedError
from client.offline.store import StoredResult

MODELS_CREATED: Final = 1626777600
"""The gateway gives every model the same date."""

_EXPIRED: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>AccessDenied</Code>\n'
    "  <Message>Request has expired.</Message>\n</Error>\n"
)


def error_answer(refusal: RefusedError, request_id: str) -> JSONResponse:
    """Answer with an error, the request id at the end of its message (contract, section 3)."""
    message = f"{refusal.message} (request id: {request_id})"
    error = {"message": message, "type": refusal.kind, "param": "", "code": refusal.code}
    return JSONResponse({"error": error}, status_code=refusal.status)


def edit_answer(edited: Edited, links: Sequence[str]) -> JSONResponse:
    """Answer with results, as the gateway does: `data` holds only the last of several, `metadata` all of them."""
    content = [{"image": link} for link in links] + [{"text": edited.revised_prompt}]
    message = {"role": "assistant", "content": content}
    return JSONResponse(
        {
            "created": int(time.time()),
            "data": [{"url": links[-1], "b64_json": "", "revised_prompt": edited.revised_prompt}],
            "metadata": {
                "output": {"choices": [{"finish_reason": "stop", "message": message}]},
                "usage": {"height": edited.height, "image_count": len(links), "width": edited.width},
                "request_id": str(uuid.uuid4()),
            },
        }
    )


def models_answer() -> JSONResponse:
    """Answer with the list of models."""
    return JSONResponse({"success": True, "data": [_model(name) for name in MODELS], "object": "list"})


def model_answer(name: str) -> JSONResponse:
    """Answer with one model; one that is not there is an error under status 200, as in the gateway."""
    if name in MODELS:
        return JSONResponse(_model(name))
    message = f"The model '{name}' does not exist"
    error = {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    return JSONResponse({"error": error})


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": MODELS_CREATED, "owned_by": "offline"}


def file_answer(result: StoredResult | None, range_header: str | None, if_range: str | None) -> Response:
    """Answer with a result or the part of it that is asked for; a link that leads nowhere counts as expired."""
    if result is None:
        return Response(_EXPIRED, 403, media_type="application/xml")
    total = len(result.content)
    headers = {"Accept-Ranges": "bytes", "ETag": result.etag, "Cache-Control": "private"}
    try:
        wanted = asked_range(range_header if if_range in {None, result.etag} else None, total)
    except UnsatisfiableRangeError:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{total}"})
    if wanted is None:
        return Response(result.content, headers=headers, media_type="image/png")
    first, last = wanted
    headers["Content-Range"] = f"bytes {first}-{last}/{total}"
    return Response(result.content[first : last + 1], 206, headers, media_type="image/png")
