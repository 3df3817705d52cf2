"""The history: reading it, opening an edit, going on from it, deleting it."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, Final

import gradio as gr

from client import Entry, ImageEditError, Jobs, KeptPicture, Settings
from ui import chronicle, fates, keeping, particulars
from ui.days import Calendar
from ui.handlers import Updates, unchanged
from ui.handlers.restore import restored
from ui.layout import EDIT, Page
from ui.text import say
from ui.visitors import whose

PICTURES_A_PAGE: Final = 50  # with all their rounds


@dataclass(frozen=True, kw_only=True, slots=True)
class Looking:
    """Who looks at the history, and at how much of it; every value is as the browser sent it."""

    language: str
    visitor: str
    zone: str
    opened: str
    pages: int

    @property
    def calendar(self) -> Calendar:
        """When things were, for whoever looks."""
        return Calendar.of(self.language, self.zone)


@dataclass(frozen=True, slots=True)
class Found:
    """The edits of the pages that are shown; `more` tells that there are older ones."""

    entries: tuple[Entry, ...]
    more: bool

    @property
    def versions(self) -> str:
        """A text that is another one as soon as anything is to be drawn otherwise."""
        return " ".join(f"{entry.id}.{fates.version(entry)}" for entry in self.entries)

    @property
    def running(self) -> bool:
        """Whether one of the edits is being worked on."""
        return any(entry.running for entry in self.entries)

    @property
    def undrawn(self) -> bool:
        """Whether a thumbnail is not made yet."""
        return any(
            None in entry.thumbnails
            or any(isinstance(kept, KeptPicture) and kept.thumbnail is None for kept in entry.pictures)
            for entry in self.entries
        )
