"""Stores what an answer delivers: links are fetched, pictures that are part of the answer are written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread
import httpx

from client.edits.record import Outcome, Record
from client.errors import InvalidImageError
from client.messages import Message
from client.models import ResultPicture
from client.service.download import HEADERS, RESULT_LIMIT, TIMEOUT, Download, NotFetchedError
from client.service.keys import redacting_logger
from client.service.post import Sleep
from client.service.storage import PartFile

AT_ONCE: Final = 3

_log: Final = redacting_logger(__name__)


@dataclass(frozen=True, slots=True)
class Results:
    """Where results come from (over a guarded transport, for a service at `base`) and the record of where they go."""

    transport: httpx.AsyncBaseTransport
    base: str
    record: Record
    sleep: Sleep = anyio.sleep

    async def store(
        self, images: Sequence[str | bytes], on_picture: Callable[[tuple[ResultPicture, ...]], None]
    ) -> tuple[Outcome, ...]:
        """Store every image, three at a time, and return each one, or what went wrong with it, in the order given.

        Those that an earlier run stored are taken as they are. `on_picture` is called after each one with all pictures
        so far, in the same order.
        """
        outcomes: dict[int, Outcome] = dict(self.record.kept)
        limiter = anyio.CapacityLimiter(AT_ONCE)

        async def one(client: httpx.AsyncClient, place: int, image: str | bytes) -> None:
            async with limiter:
                outcome = await self._stored(client, image, f"edit-{place + 1}")
                if isinstance(outcome, ResultPicture):
                    await self.record.stored(place, outcome)
                outcomes[place] = outcome
            on_picture(pictures_among([outcomes[key] for key in sorted(outcomes)]))

        async with (
            httpx.AsyncClient(transport=self.transport, headers=HEADERS, timeout=TIMEOUT, trust_env=False) as client,
            anyio.create_task_group() as tasks,
        ):
            for place, image in enumerate(images):
                if place not in self.record.kept:
                    tasks.start_soon(one, client, place, image)
        self.record.fetched(tuple(outcomes.values()))
        return tuple(outcomes[key] for key in sorted(outcomes))

    # Whatever happens to one result must not take the others with it: they are paid for.
    async def _stored(self, client: httpx.AsyncClient, image: str | bytes, stem: str) -> Outcome:
        try:
            part = await anyio.to_thread.run_sync(PartFile, self.record.folder, stem)
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


def pictures_among(outcomes: Sequence[Outcome]) -> tuple[ResultPicture, ...]:
    """Return those that were stored."""
    return tuple(outcome for outcome in outcomes if isinstance(outcome, ResultPicture))
