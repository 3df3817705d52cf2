"""The part of the history that a page shows, and whether it is to be drawn anew."""

from dataclasses import dataclass
from typing import Self

from client import Entry, History, KeptPicture
from ui.history import fates


@dataclass(frozen=True, slots=True)
class Found:
    """The newest edits; `more` tells that there are older ones."""

    entries: tuple[Entry, ...]
    more: bool

    @classmethod
    async def of(cls, history: History, visitor: str, limit: int) -> Self:
        """Read so many pictures of a visitor, with all their rounds; raises ImageEditError."""
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
        return " ".join(f"{entry.id}.{fates.version(entry)}" for entry in self.entries)

    @property
    def running(self) -> bool:
        """Whether one of the edits is being worked on."""
        return any(entry.running for entry in self.entries)

    @property
    def undrawn(self) -> bool:
        """Whether a thumbnail is not made yet."""
        kept = [one for entry in self.entries for one in entry.pictures if isinstance(one, KeptPicture)]
        return any(one.thumbnail is None for one in kept) or any(None in entry.thumbnails for entry in self.entries)

    def neighbour(self, edit_id: str) -> str:
        """Give the id of the edit that takes the place of one that goes: the next, else the one before, else none."""
        ids = [entry.id for entry in self.entries]
        place = ids.index(edit_id) if edit_id in ids else len(ids)
        return next(iter((*ids[place + 1 :], *ids[:place][::-1])), "")
