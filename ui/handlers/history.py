"""The history: reading it, opening an edit, going on from it, deleting it."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import gradio as gr

from client import Edits, Entry, ImageEditError, KeptPicture, Settings
from client.edits.history import History
from ui import downloads
from ui.dates import Calendar
from ui.handlers import Updates, id_in, to_the_form, unchanged
from ui.handlers.fill import restored
from ui.html.history_entry import draw_entry, draw_missing, version
from ui.html.history_list import draw_kept, draw_list, draw_unreadable
from ui.layout import Page
from ui.memory import Memory, visitor_name

PICTURES_A_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Looking:
    """Who looks at the history, and at how much of it, named as the page's components are."""

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
class Listing:
    """The newest edits of a visitor, each round after its parent; `more` tells that there are older ones."""

    entries: tuple[Entry, ...]
    more: bool

    @classmethod
    async def read(cls, history: History, visitor: str, limit: int) -> Self:
        """Read so many first rounds of a visitor, with all that came of them; raises ImageEditError."""
        entries = await history.page(visitor, limit=limit + 1)
        roots = list(dict.fromkeys(entry.root for entry in entries))
        shown = set(roots[:limit])
        return cls(tuple(entry for entry in entries if entry.root in shown), len(roots) > limit)

    @property
    def newest(self) -> Entry | None:
        """The edit that was made last, None where there is none."""
        return max(self.entries, key=lambda entry: entry.created, default=None)

    @property
    def versions(self) -> str:
        """A text that is another one as soon as anything is to be drawn otherwise."""
        return " ".join(f"{entry.id}.{version(entry)}" for entry in self.entries)

    @property
    def running(self) -> bool:
        """Whether one of the edits is being worked on."""
        return any(entry.running for entry in self.entries)

    @property
    def lacks_thumbnails(self) -> bool:
        """Whether a thumbnail is not made yet."""
        kept = [one for entry in self.entries for one in entry.pictures if isinstance(one, KeptPicture)]
        return any(one.thumbnail is None for one in kept) or any(None in entry.thumbnails for entry in self.entries)

    def neighbour(self, edit_id: str) -> str:
        """Return the id of the edit that takes the place of one that goes: the next, else the one before, else none."""
        ids = [entry.id for entry in self.entries]
        place = ids.index(edit_id) if edit_id in ids else len(ids)
        return next(iter((*ids[place + 1 :], *ids[:place][::-1])), "")


@dataclass(frozen=True)
class HistoryHandlers:
    """The handlers of the History tab; whatever id the browser names, only the visitor's own edits are found."""

    page: Page
    memory: Memory
    edits: Edits
    settings: Settings
    pictures_a_page: int = PICTURES_A_PAGE

    async def show(self, *, seen: str = "", **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Read the history and draw it, with the edit that was open; with the newest one if it was not `seen` yet."""
        looking = self._looking(asked)
        return await self._safely(looking, self._show(looking, max(1, looking.pages), seen))

    async def retell(self, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Draw the history in another language, if it was ever looked at."""
        looking = self._looking(asked)
        return await self._safely(looking, self._show(looking, looking.pages)) if looking.pages else unchanged()

    async def older(self, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Draw one page more."""
        looking = self._looking(asked)
        return await self._safely(looking, self._older(looking))

    async def follow(self, *, seen: str, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Look whether anything has changed meanwhile, and draw the list anew where it has."""
        looking = self._looking(asked)
        return await self._safely(looking, self._follow(looking, seen))

    async def open(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Draw one edit beside the list."""
        looking = self._looking(asked)
        return await self._safely(looking, self._open(looking, event))

    async def redraw(self, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Draw the edit that is open once more, with what has become of it."""
        looking = self._looking(asked)
        return await self._safely(looking, self._redraw(looking))

    async def use(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Put a result into the first slot, byte for byte, and go to the form."""
        looking = self._looking(asked)
        return await self._safely(looking, self._use(looking, event))

    async def download(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Hand a result over, with how it was made in it."""
        looking = self._looking(asked)
        return await self._safely(looking, self._download(looking, event))

    async def restore(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Fill in everything that an edit was asked with, and the seed that it had, and go to the form."""
        looking = self._looking(asked)
        return await self._safely(looking, self._restore(looking, event))

    async def fetch(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Fetch results that are still missing; it costs nothing."""
        looking = self._looking(asked)
        return await self._safely(looking, self._fetch(looking, event))

    async def remove(self, event: gr.EventData, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Really delete an edit, and open its neighbour."""
        looking = self._looking(asked)
        return await self._safely(looking, self._remove(looking, event))

    async def remove_all(self, **asked: Any) -> Updates:  # noqa: ANN401 - see Looking
        """Really delete all edits of this visitor that are not running."""
        looking = self._looking(asked)
        return await self._safely(looking, self._remove_all(looking))

    def leave(self) -> Updates:
        """Look no more for what changes."""
        return {self.page.history.clock: gr.update(active=False)}

    def _looking(self, asked: dict[str, Any]) -> Looking:
        return Looking(**{**asked, "visitor": visitor_name(self.settings, asked["visitor"])})

    async def _safely(self, looking: Looking, work: Awaitable[Updates]) -> Updates:
        """Say in the place of the list why the history cannot be read."""
        history = self.page.history
        try:
            return await work
        except ImageEditError as error:
            empty = dict.fromkeys((history.kept, history.opened, history.opened_id, history.seen), "")
            said = draw_unreadable(looking.language, error)
            return {**empty, history.rows: said, history.older: gr.update(visible=False), **self.leave()}

    async def _show(self, looking: Looking, pages: int, seen: str | None = None) -> Updates:
        found = await self._find(looking, pages)
        entry = await self._entry(looking, looking.opened)
        if entry is None or (seen is not None and found.newest and found.newest.id not in seen):
            entry = found.newest
        return {**await self._list(looking, found, pages), **self._opened(looking, entry)}

    async def _older(self, looking: Looking) -> Updates:
        pages = looking.pages + 1
        return await self._list(looking, await self._find(looking, pages), pages)

    async def _follow(self, looking: Looking, seen: str) -> Updates:
        found = await self._find(looking, max(1, looking.pages))
        if found.versions != seen:
            return await self._list(looking, found, looking.pages)
        return unchanged() if self._goes_on(found) else self.leave()

    async def _open(self, looking: Looking, event: gr.EventData) -> Updates:
        entry = await self._named(looking, event)
        if entry and entry.target and not entry.running and not all(entry.pasted):
            entry = await self.edits.pastes.make(looking.visitor, entry.id)
        return self._opened(looking, entry) if entry else self._missing(looking)

    async def _redraw(self, looking: Looking) -> Updates:
        entry = await self._entry(looking, looking.opened)
        return self._opened(looking, entry) if entry else unchanged()

    async def _download(self, looking: Looking, event: gr.EventData) -> Updates:
        entry, place = await self._named(looking, event), _place_in(event)
        handover = self.page.actions.handover
        if entry is None or place not in range(len(entry.results)):
            return {**self._missing(looking), handover: gr.update(value=None)}
        try:
            path = await downloads.with_settings(self.edits.history, entry, place, whole=_whole_in(event))
        except OSError:
            return {**self._opened(looking, entry), handover: gr.update(value=None)}
        return {handover: gr.update(value=str(path))}

    async def _use(self, looking: Looking, event: gr.EventData) -> Updates:
        entry, place = await self._named(looking, event), _place_in(event)
        if entry is None or place not in range(len(entry.results)):
            return self._missing(looking)
        path = downloads.picture_of(entry, place, whole=_whole_in(event)).path
        if not path.is_file():
            return self._opened(looking, entry)
        slot = self.page.slots[0]
        return {slot.picture: str(path), slot.url: "", **to_the_form(self.page)}

    async def _restore(self, looking: Looking, event: gr.EventData) -> Updates:
        entry = await self._named(looking, event)
        if entry is None:
            return self._missing(looking)
        return {**restored(self.page, self.memory, entry, seed=entry.request.seed), **to_the_form(self.page)}

    async def _fetch(self, looking: Looking, event: gr.EventData) -> Updates:
        await self.edits.fetch(looking.visitor, id_in(event))
        return await self._show(looking, max(1, looking.pages))

    async def _remove(self, looking: Looking, event: gr.EventData) -> Updates:
        edit_id, pages = id_in(event), max(1, looking.pages)
        neighbour = (await self._find(looking, pages)).neighbour(edit_id)
        await self.edits.history.delete(looking.visitor, edit_id)
        # One that began to run meanwhile, in another tab, stays, and is drawn with a way to stop it.
        stays = await self._entry(looking, edit_id)
        return await self._show(replace(looking, opened=stays.id if stays else neighbour), pages)

    async def _remove_all(self, looking: Looking) -> Updates:
        await self.edits.history.delete_all(looking.visitor)
        return await self._show(looking, 1)

    async def _find(self, looking: Looking, pages: int) -> Listing:
        return await Listing.read(self.edits.history, looking.visitor, pages * self.pictures_a_page)

    async def _named(self, looking: Looking, event: gr.EventData) -> Entry | None:
        return await self._entry(looking, id_in(event))

    async def _entry(self, looking: Looking, edit_id: str) -> Entry | None:
        return await self.edits.history.entry(looking.visitor, edit_id) if edit_id else None

    async def _list(self, looking: Looking, found: Listing, pages: int) -> Updates:
        history, language = self.page.history, looking.language
        usage, bounds = await self.edits.history.usage(looking.visitor), self.edits.history.bounds
        running = len(self.edits.running_of(looking.visitor))
        return {
            history.kept: draw_kept(language, usage, self.settings.home, bounds, running),
            history.rows: draw_list(found.entries, looking.calendar),
            history.older: gr.update(visible=found.more),
            history.pages: pages,
            history.seen: found.versions,
            history.clock: gr.update(active=self._goes_on(found)),
        }

    def _goes_on(self, found: Listing) -> bool:
        return found.running or (found.lacks_thumbnails and self.edits.history.making_thumbnails)

    def _opened(self, looking: Looking, entry: Entry | None) -> Updates:
        history = self.page.history
        drawn = draw_entry(entry, looking.calendar) if entry else ""
        return {history.opened: drawn, history.opened_id: entry.id if entry else ""}

    def _missing(self, looking: Looking) -> Updates:
        history = self.page.history
        return {history.opened: draw_missing(looking.language), history.opened_id: ""}


def _place_in(event: gr.EventData) -> int:
    """Return which result the browser names, -1 for what is no number."""
    place = getattr(event, "place", None)
    return place if isinstance(place, int) else -1


def _whole_in(event: gr.EventData) -> bool:
    """Tell whether the browser means all of a result, where it was put back into its original."""
    return getattr(event, "whole", False) is True
