"""Asks a service which models it offers."""

from typing import Final

import httpx

from client.errors import Charge, ImageEditError, UnreachableError
from client.messages import Message
from client.service import answers, failures
from client.service.answers import WireAnswer
from client.service.post import TRANSLATED, Sender, open_client, read_answer
from client.service.retry import SUCCESSFUL

LISTING_LIMIT: Final = 4 * 1024 * 1024
TIMEOUT: Final = httpx.Timeout(10.0)


async def list_models(sender: Sender, url: str) -> tuple[str, ...]:
    """Return the names that are listed under this address; raises ImageEditError, which never means a charge."""
    answer = await _asked(sender, url)
    listed = answers.parsed(answer.body)
    # OpenAI's list, which gateways and servers copy, and upstream's own.
    names = [item.get("id") for item in answers.reach(listed, "data")]
    names += [item.get("model") for item in answers.reach(listed, "output", "models")]
    found = tuple(name for name in names if isinstance(name, str) and name)
    if answer.status in SUCCESSFUL and found:
        return found
    raise _without_charge(_error(answer, listed))


async def _asked(sender: Sender, url: str) -> WireAnswer:
    try:
        async with (
            open_client(sender.transport, sender.key, TIMEOUT) as client,
            client.stream("GET", url) as response,
        ):
            return await read_answer(response, LISTING_LIMIT)
    except TRANSLATED:
        raise UnreachableError(Message.of("error.unreachable")) from None


def _error(answer: WireAnswer, listed: object) -> ImageEditError:
    if answer.status not in SUCCESSFUL or answers.failure_in(listed):
        return failures.error_of(answer)
    page = answers.is_web_page(answer.headers, answer.body)
    return failures.web_page(answer) if page else failures.unreadable(answer)


def _without_charge(error: ImageEditError) -> ImageEditError:
    error.charged = Charge.NO
    return error
