"""How many edits go out under one key at a time, and who is next."""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from client.settings import Settings

OnPlace = Callable[[int | None], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    on_place: OnPlace
    turn: asyncio.Future[None]
    place: int = 0


class Limiter:
    """Lets `limit` edits go on at a time; the rest wait, and visitors take turns however much each of them asks for."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._limit = limit
        self._queues: dict[str, deque[_Waiting]] = {}

    @property
    def unused(self) -> bool:
        """Whether nobody goes on or waits here."""
        return self._free == self._limit

    @asynccontextmanager
    async def turn(self, visitor: str, on_place: OnPlace) -> AsyncIterator[None]:
        """Wait for a turn and have it while the block runs.

        `on_place` is called with the place in the queue whenever it changes (1: the next), and with None at the end.
        """
        waited = await self._wait(visitor, on_place)
        try:
            if waited:
                on_place(None)
            yield
        finally:
            self._give_back()

    async def _wait(self, visitor: str, on_place: OnPlace) -> bool:
        if self._free:
            self._free -= 1
            return False
        waiting = _Waiting(on_place, asyncio.get_running_loop().create_future())
        self._queues.setdefault(visitor, deque()).append(waiting)
        self._tell()
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.cancelled():
                self._remove(visitor, waiting)
            else:
                self._give_back()
            raise
        return True

    def _give_back(self) -> None:
        """Give a turn to the visitor who has waited longest for one."""
        while self._queues:
            visitor = next(iter(self._queues))
            queue = self._queues.pop(visitor)
            waiting = queue.popleft()
            if queue:
                self._queues[visitor] = queue
            # One that was cancelled a moment ago stands here until its task runs again.
            if not waiting.turn.cancelled():
                waiting.turn.set_result(None)
                self._tell()
                return
        self._free += 1

    def _remove(self, visitor: str, waiting: _Waiting) -> None:
        queue = self._queues.get(visitor, deque())
        if waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[visitor]
            self._tell()

    def _tell(self) -> None:
        for place, waiting in enumerate(self._in_order(), start=1):
            if waiting.place != place:
                waiting.place = place
                waiting.on_place(place)

    def _in_order(self) -> Iterator[_Waiting]:
        queues = [list(queue) for queue in self._queues.values()]
        for number in range(max(map(len, queues), default=0)):
            yield from (queue[number] for queue in queues if number < len(queue))


class KeyLimiters:
    """One limiter for each key and service; a key is known here only by a hash that means nothing elsewhere."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._limiters: dict[bytes, Limiter] = {}

    def of(self, settings: Settings) -> Limiter:
        """Return the limiter of edits with these settings; those that nobody uses are forgotten."""
        key = settings.api_key.reveal() if settings.api_key else ""
        name = hashlib.blake2b(f"{key}\n{settings.endpoint_base}".encode(), key=self._secret).digest()
        self._limiters = {known: one for known, one in self._limiters.items() if not one.unused or known == name}
        return self._limiters.setdefault(name, Limiter(settings.concurrency))
