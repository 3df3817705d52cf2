"""How values are written into the journal's columns of JSON, and read again."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from client.messages import ENGLISH, Message
from client.models import EditRequest, EditResult, ResultPicture


def packed(value: object) -> str:
    """Return the value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_message(message: Message) -> dict[str, object]:
    """Return a message as JSON takes it."""
    return {"code": message.code, "facts": dict(message.facts)}


def to_message(value: Mapping[str, Any]) -> Message:
    """Return the message; one that this version does not know is told in general."""
    code = value["code"]
    return Message(code, value["facts"]) if code in ENGLISH else Message.of("error.unexpected")


def from_messages(messages: Iterable[Message]) -> list[dict[str, object]]:
    """Return messages as JSON takes them."""
    return [from_message(message) for message in messages]


def to_messages(values: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Return the messages; those that this version does not know are left out."""
    return tuple(to_message(value) for value in values if value["code"] in ENGLISH)


def from_request(request: EditRequest, *, drawn: bool) -> dict[str, object]:
    """Return what was asked for, without the prompt and the pictures, which have columns of their own."""
    return request.model_dump(exclude={"prompt", "pictures"}) | {"drawn": drawn}


def to_request(prompt: str, settings: Mapping[str, Any]) -> EditRequest:
    """Return the request without its pictures; what it may hold was checked before it was written."""
    known = {name: value for name, value in settings.items() if name in EditRequest.model_fields}
    return EditRequest.model_construct(prompt=prompt, pictures=(), **known)


def from_result(result: EditResult) -> dict[str, object]:
    """Return a result as JSON takes it, without its pictures."""
    return {
        "revised_prompt": result.revised_prompt,
        "size": result.size,
        "received": result.received,
        "seconds": result.seconds,
        "warnings": from_messages(result.warnings),
    }


def to_result(
    value: Mapping[str, Any], request: EditRequest, request_id: str | None, pictures: tuple[ResultPicture, ...]
) -> EditResult:
    """Return the result as the edit returned it."""
    return EditResult(
        pictures=pictures,
        revised_prompt=value["revised_prompt"],
        model=request.model,
        seed=request.seed or 0,
        size=value["size"],
        requested=request.n,
        received=value["received"],
        seconds=value["seconds"],
        request_id=request_id,
        warnings=to_messages(value["warnings"]),
    )
