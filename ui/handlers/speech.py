"""What one event says to a page, in several words one after the other."""

import asyncio
import time
from typing import Final

from ui.handlers import Updates

# Seconds between a word and one that says less. Gradio's page changes what it was told a moment ago into what it is
# told now: where it was too busy to act on the first, whatever only the first one names is lost.
SETTLE: Final = 0.5


class Speech:
    """Says again what the page may not have acted on yet; `first` is to be said with the first word.

    `pending` tells that it has not been said.
    """

    def __init__(self, first: Updates | None) -> None:
        self.pending = first is not None
        self._said: Updates = first or {}
        self._last = time.monotonic()
        self._young_until = self._last + SETTLE

    async def settle(self) -> None:
        """Wait until the next word may say less than the last one did."""
        if not self.pending:
            await asyncio.sleep(self._last + SETTLE - time.monotonic())

    def word(self, updates: Updates) -> Updates:
        """Return what is to be said now, with all that was said since the event began if that was a moment ago."""
        now = time.monotonic()
        again = self._said if self.pending or now < self._young_until else {}
        self._said, self._last, self.pending = {**again, **updates}, now, False
        return self._said
