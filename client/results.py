"""Stores what an answer delivers: links are fetched, pictures that are part of the answer are written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import httpx

from client.download import HEADERS, RESULT_LIMIT, TIMEOUT, Download, NotFetchedError
from client.errors import InvalidImageError
from client.messages import Message
from client.models import ResultPicture
from client.post import Sleep
from client.redact import redacting_logger
from client.storage import PartFile

AT_ONCE: Final = 3

_log: Final = redacting_logger(__name__)


@dataclass(frozen=True, slots=True)
class Results:
    """Where results come from (over a guarded transport, for a service at `base`) and the folder they go to."""

    transport: httpx.AsyncBaseTransport
    base: str
    folder: Path
    sleep: Sleep = anyio.sleep

    async def store(
        self, images: Sequence[str | bytes], on_picture: Callable[[tuple[ResultPicture, ...]], None]
    ) -> tuple[ResultPicture | Message, ...]:
        """Store every image, three at a time, and return each one, or what went wrong with it, in the order given.

        `on_picture` is called after each one with all pictures so far, in the same order.
        """
        outcomes: dict[int, ResultPicture | Message] = {}
        limiter = anyio.CapacityLimiter(AT_ONCE)

        async def one(client: httpx.AsyncClient, place: int, image: str | bytes) -> None:
            async with limiter:
                outcomes[place] = await self._stored(client, image, f"edit-{place + 1}")
            on_picture(pictures_among([outcomes[key] for key in sorted(outcomes)]))

        async with (
            httpx.AsyncClient(transport=self.transport, headers=HEADERS, timeout=TIMEOUT, trust_env=False) as client,
            anyio.create_task_group() as tasks,
        ):
            for place, image in enumerate(images):
                tasks.start_soon(one, client, place, image)
        return tuple(outcomes[key] for key in sorted(outcomes))

    # Whatever happens to one result must not take the others with it: they are paid for.
    async def _stored(self, client: httpx.AsyncClient, image: str | bytes, stem: str) -> ResultPicture | Message:
        try:
            part = await anyio.to_thread.run_sync(PartFile, self.folder, stem)
            try:
                await self._fill(client, part, image)
                return await anyio.to_thread.run_sync(part.finish)
            finally:
                part.discard()
        except NotFetchedError as error:
            return Message.of(error.code)
        except InvalidImageError:
            return Message.of("error.not_a_picture")
        except OSError as error:
            _log.warning("a result could not be stored: %s", error)
            return Message.of("error.not_stored")
        except Exception:  # noqa: BLE001 - see above
            _log.exception("a result was lost in a way that nobody thought of")
            return Message.of("error.not_fetched")

    async def _fill(self, client: httpx.AsyncClient, part: PartFile, image: str | bytes) -> None:
        if isinstance(image, bytes):
            if len(image) > RESULT_LIMIT:
                raise NotFetchedError
            await anyio.to_thread.run_sync(part.write, image)
        else:
            await Download(client, image, part, self.base, self.sleep).run()


def pictures_among(outcomes: Sequence[ResultPicture | Message]) -> tuple[ResultPicture, ...]:
    """Return those that were stored."""
    return tuple(outcome for outcome in outcomes if isinstance(outcome, ResultPicture))
