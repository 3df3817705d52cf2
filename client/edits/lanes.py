"""Turns: how many edits go out under one key at a time, and who is next."""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from client.settings import Settings

Told = Callable[[int | None], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    told: Told
    turn: asyncio.Future[None]
    place: int = 0


@dataclass(slots=True)
class Turn:
    """The right to go on; whoever has it gives it back once it is `over`, and may say so twice."""

    _lane: "Lane"
    waited: bool
    _over: bool = field(default=False)

    def over(self) -> None:
        """Let the next one go on."""
        if not self._over:
            self._over = True
            self._lane.leave()


class Lane:
    """Lets `limit` edits go on at a time; the rest wait, and visitors take turns however much each of them asks for."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._limit = limit
        self._queues: dict[str, deque[_Waiting]] = {}

    @property
    def empty(self) -> bool:
        """Whether nobody goes on or waits here."""
        return self._free == self._limit

    @property
    def free(self) -> bool:
        """Whether a turn can be had without waiting."""
        return self._free > 0

    async def turn(self, visitor: str, told: Told) -> Turn:
        """Wait for a turn; `told` hears at each change which place in the queue it is (1: the next), then None."""
        if self.free:
            self._free -= 1
            return Turn(self, waited=False)
        waiting = _Waiting(told, asyncio.get_running_loop().create_future())
        self._queues.setdefault(visitor, deque()).append(waiting)
        self._tell()
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled():
                self.leave()
            else:
                self._remove(visitor, waiting)
            raise
        told(None)
        return Turn(self, waited=True)

    def leave(self) -> None:
        """Give a turn back: it goes to the visitor who has waited longest for one."""
        if not self._queues:
            self._free += 1
            return
        visitor = next(iter(self._queues))
        queue = self._queues.pop(visitor)
        waiting = queue.popleft()
        if queue:
            self._queues[visitor] = queue
        waiting.turn.set_result(None)
        self._tell()

    def _remove(self, visitor: str, waiting: _Waiting) -> None:
        queue = self._queues[visitor]
        queue.remove(waiting)
        if not queue:
            del self._queues[visitor]
        self._tell()

    def _tell(self) -> None:
        for place, waiting in enumerate(self._in_order(), start=1):
            if waiting.place != place:
                waiting.place = place
                waiting.told(place)

    def _in_order(self) -> Iterator[_Waiting]:
        queues = [list(queue) for queue in self._queues.values()]
        for number in range(max(map(len, queues), default=0)):
            yield from (queue[number] for queue in queues if number < len(queue))


class Lanes:
    """One lane for each key and service; a key is known here only by a hash that means nothing elsewhere."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._lanes: dict[bytes, Lane] = {}

    def lane(self, settings: Settings) -> Lane:
        """Return the lane of edits with these settings."""
        key = settings.api_key.reveal() if settings.api_key else ""
        name = hashlib.blake2b(f"{key}\n{settings.endpoint_base}".encode(), key=self._secret).digest()
        self._lanes = {known: lane for known, lane in self._lanes.items() if not lane.empty or known == name}
        return self._lanes.setdefault(name, Lane(settings.concurrency))
