"""What servers answer to a form that teams run themselves: pictures in the answer, errors as a detail."""

import base64
import time

from starlette.responses import JSONResponse

from client.offline.engine import Edited
from client.offline.refusals import RefusedError


def edit_answer(edited: Edited) -> JSONResponse:
    """Answer with results, each a PNG as base64."""
    items = [
        {"b64_json": base64.b64encode(picture).decode(), "url": None, "revised_prompt": edited.revised_prompt}
        for picture in edited.pictures
    ]
    size = f"{edited.width}x{edited.height}"
    return JSONResponse({"created": int(time.time()), "data": items, "output_format": "png", "size": size})


def error_answer(refusal: RefusedError, _: str) -> JSONResponse:
    """Answer with an error: a sentence, or what is wrong with each field."""
    return JSONResponse({"detail": refusal.detail or refusal.message}, status_code=refusal.status)
