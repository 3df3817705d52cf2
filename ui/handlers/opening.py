"""A page that has just been opened, or opened once more."""

from dataclasses import dataclass
from typing import Any

from ui.desk import Desk
from ui.handlers import Updates, merged
from ui.handlers.language import LanguageHandlers
from ui.handlers.watch import WatchHandlers
from ui.outcome import Outcome


@dataclass(frozen=True)
class OpeningHandlers:
    """The handler of a fresh page."""

    language: LanguageHandlers
    watch: WatchHandlers

    async def open(self, *, desk: Desk, visitor: str, outcome: Outcome | None, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say everything in the reader's language, and show what is running; in one answer, so that it comes soon."""
        found = await self.watch.found(desk, visitor, values["language"])
        if values["prompt"]:
            # It was typed in this very tab before it was loaded anew, perhaps for a next edit while this one runs.
            found.pop(self.watch.page.prompt.text, None)
        return merged(await self.language.refresh(desk=desk, outcome=outcome, **values), found)
