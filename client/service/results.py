"""Stores what an answer delivers: links are fetched, pictures that are part of the answer are written down."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import httpx

from client.errors import Charge, InvalidImageError, UnexpectedResponseError
from client.messages import Message
from client.models import EditRequest, EditResult, ResultPicture
from client.service.answers import Delivered, WireAnswer
from client.service.download import HEADERS, RESULT_LIMIT, TIMEOUT, Download, NotFetchedError, too_large
from client.service.keys import redacting_logger
from client.service.post import Sleep
from client.service.storage import PartFile

AT_ONCE: Final = 3
# What failed with one of these may work later: the links are good for a day, and the disk can be made room on.
RETRYABLE_CODES: Final = frozenset({"error.not_fetched", "error.not_stored"})

Fetched = ResultPicture | Message

_log: Final = redacting_logger(__name__)


async def fetch_results(  # noqa: PLR0913 - all but the first two are keyword-only
    images: Sequence[str | bytes],
    folder: Path,
    *,
    transport: httpx.AsyncBaseTransport,
    base: str,
    sleep: Sleep = anyio.sleep,
    skip: Collection[int] = (),
) -> AsyncGenerator[tuple[int, Fetched]]:
    """Store the images in a folder, three at a time, and yield each one's place and file, or what went wrong with it.

    `transport` is a guarded one, for a service at `base`; the places in `skip` are left out. Whoever ends this early
    closes it, so that no download is left behind.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(place: int, image: str | bytes) -> tuple[int, Fetched]:
        async with turns:
            part = Path(folder, f"edit-{place + 1}.part")
            return place, await _stored(client, image, part, base, sleep)

    async with httpx.AsyncClient(transport=transport, headers=HEADERS, timeout=TIMEOUT, trust_env=False) as client:
        wanted = [(place, image) for place, image in enumerate(images) if place not in skip]
        tasks = [asyncio.create_task(one(place, image)) for place, image in wanted]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


# Whatever happens to one result must not take the others with it: they are paid for.
async def _stored(client: httpx.AsyncClient, image: str | bytes, path: Path, base: str, sleep: Sleep) -> Fetched:
    try:
        part = PartFile(path)
        try:
            await anyio.to_thread.run_sync(part.open)
            if isinstance(image, str):
                await Download(client, image, part, base, sleep).run()
            elif len(image) > RESULT_LIMIT:
                raise too_large()
            else:
                await anyio.to_thread.run_sync(part.write, image)
            return await anyio.to_thread.run_sync(part.finish)
        finally:
            part.discard()
    except NotFetchedError as error:
        return error.message
    except InvalidImageError:
        return Message.of("error.not_a_picture")
    except OSError as error:
        _log.warning("a result could not be stored: %s", error)
        return Message.of("error.not_stored")
    except Exception:  # noqa: BLE001 - see above
        _log.exception("a result was lost in a way that nobody thought of")
        return Message.of("error.not_fetched")


def pictures_among(fetched: Mapping[int, Fetched]) -> tuple[ResultPicture, ...]:
    """Return the results that were stored, in the service's order."""
    return tuple(one for _, one in sorted(fetched.items()) if isinstance(one, ResultPicture))


def result_of(
    request: EditRequest, answer: WireAnswer, delivered: Delivered, fetched: Mapping[int, Fetched], seconds: float
) -> EditResult:
    """Return the result of an edit from what was fetched; raises UnexpectedResponseError where that is nothing."""
    pictures = pictures_among(fetched)
    if not pictures:
        raise _nothing_stored(fetched, delivered, answer)
    return EditResult(
        pictures=_each_once(pictures, request.n),
        revised_prompt=delivered.revised_prompt,
        model=request.model,
        seed=request.seed or 0,
        asked_size=request.fixed_size,
        requested=request.n,
        received=len(delivered.images),
        seconds=seconds,
        request_id=delivered.request_id,
        warnings=(*request.warnings(), *_shortfalls(request.n, len(fetched), len(pictures))),
    )


def _nothing_stored(
    fetched: Mapping[int, Fetched], delivered: Delivered, answer: WireAnswer
) -> UnexpectedResponseError:
    said = [one for _, one in sorted(fetched.items()) if isinstance(one, Message)]
    hopeful = (message for message in said if message.code in RETRYABLE_CODES)
    return UnexpectedResponseError(
        next(hopeful, said[0]),
        charged=Charge.MAYBE,
        request_id=delivered.request_id,
        status=answer.status,
        raw=answer.body,
    )


def _each_once(pictures: tuple[ResultPicture, ...], requested: int) -> tuple[ResultPicture, ...]:
    """Drop repeated pictures where more came than were asked for: a gateway may give one as a link and as base64."""
    if len(pictures) <= requested:
        return pictures
    return tuple({picture.sha256: picture for picture in reversed(pictures)}.values())[::-1]


def _shortfalls(requested: int, received: int, stored: int) -> tuple[Message, ...]:
    warnings = []
    if received < requested:
        warnings.append(Message.of("warn.fewer", received=received, requested=requested))
    if stored < received:
        warnings.append(Message.of("warn.not_fetched", count=received - stored, requested=requested))
    return tuple(warnings)
