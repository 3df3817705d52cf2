"""Why a request is refused, as the gateway puts it: status, type, code, message; others put it in their own way."""

from typing import NoReturn


class RefusedError(Exception):
    """A request that is answered with an error; `detail` is what a server that takes forms says of its fields."""

    def __init__(
        self, status: int, message: str, *, code: str = "", kind: str = "new_api_error", detail: object = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.kind = kind
        self.detail = detail


def refuse_key() -> NoReturn:
    """Refuse a request with no key, or with one that cannot be one."""
    raise RefusedError(401, "无效的令牌")


def refuse_body(message: str) -> NoReturn:
    """Refuse a body that is not JSON, or names no model."""
    raise RefusedError(400, message)


def refuse_length() -> NoReturn:
    """Refuse a body beyond the gateway's limit."""
    raise RefusedError(413, "request body too large", code="read_request_body_failed")


def refuse_model(model: str) -> NoReturn:
    """Refuse a model that no channel of the gateway serves."""
    raise RefusedError(503, f"分组 default 下模型 {model} 无可用渠道（distributor）", code="model_not_found")


def refuse_type(message: str) -> NoReturn:
    """Refuse JSON of another type than the gateway's own structures have."""
    raise RefusedError(500, message, code="convert_request_failed")


def refuse_upstream(message: str) -> NoReturn:
    """Refuse what the model's own service refuses; of its answer the gateway keeps the status and the message."""
    raise RefusedError(400, message, code="bad_response_status_code", kind="bad_response_status_code")


def refuse_address() -> NoReturn:
    """Refuse a picture's address, as if the service had got nothing from there."""
    refuse_upstream(
        "Unable to download the media resource during the data inspection process: "
        "the offline engine does not fetch addresses."
    )


def refuse_form(status: int, message: str) -> NoReturn:
    """Refuse a form."""
    raise RefusedError(status, message)


def refuse_field(name: str, kind: str, message: str, given: str | None = None) -> NoReturn:
    """Refuse one field of a form."""
    raise RefusedError(422, message, detail=[{"type": kind, "loc": ["body", name], "msg": message, "input": given}])


def engine_failed() -> RefusedError:
    """Give the refusal for an engine that failed where it should not have."""
    return RefusedError(500, "the offline engine failed", code="bad_response")


def no_such_path(method: str, path: str) -> RefusedError:
    """Give the refusal for a path under which nothing is served."""
    return RefusedError(404, f"Invalid URL ({method} {path})", kind="invalid_request_error")
