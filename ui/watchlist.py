"""What one page is watching: the edit on its stage, and the others beside it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from client import Edit, Entry, KeptPicture, State
from ui.lineage import Lineage


@dataclass(frozen=True, slots=True)
class WatchedEdit:
    """An edit that a page watches: its id, and what the page shows of it.

    `pictures` are the files of those that were sent, by their numbers; None for a link, and for what is gone.
    `state` is how the history says that it ended. `recorded` tells that it is to be sent again as the history has it:
    only of an edit that this page has just begun does the form say the same.
    """

    id: str
    prompt: str
    picture: Path | None
    offline: bool
    host: str
    state: State | None = None
    recorded: bool = False
    pictures: tuple[Path | None, ...] = ()

    @classmethod
    def of_entry(cls, entry: Entry) -> "WatchedEdit":
        """Make it from what the history knows."""
        pictures = [
            kept.path if isinstance(kept, KeptPicture) and kept.path.is_file() else None for kept in entry.pictures
        ]
        target = entry.target
        # What results were put back into is what they are compared with: of what was sent it may show a part.
        if target and target.box and target.place < len(pictures) and target.original.path.is_file():
            pictures[target.place] = target.original.path
        return cls(
            entry.id,
            entry.request.prompt,
            next(iter(pictures), None),
            entry.offline,
            host_of(entry),
            entry.state,
            recorded=True,
            pictures=tuple(pictures),
        )

    @classmethod
    def of_edit(cls, edit: Edit) -> "WatchedEdit":
        """Make it from what the program knows while the history cannot be read."""
        return cls(edit.id, edit.request.prompt, None, edit.settings.offline, edit.settings.host, recorded=True)


def host_of(entry: Entry) -> str:
    """Give the name of the service that made an edit."""
    return urlsplit(entry.base).hostname or ""


@dataclass(slots=True)
class Watchlist:
    """All events of a page share one, so that a newer one can take over from an older one.

    `shown` is the edit that runs on the stage; `preparing` is the turn of one that is about to take it, 0 if there is
    none. `others` are those beside it, the newest last, and `listed` is the list of them as the page has it. Only the
    latest to take a `turn` may still write to the page. `stopped` is the latest turn that was stopped before there was
    an edit; it stops those before it too, which may be the other half of a double click. `paid` is what the results of
    the edits that were made meanwhile cost, by their ids. `lineage` is what the strip under the stage shows. `engine`
    is the host of the service in use, empty for the offline engine; `answers` tells of services, by their hosts,
    whether they answered when they were last asked. `usual` is between how many seconds edits like those that run
    mostly took, by their ids. `word` is what the status line says in place of its usual sentence, for as long as the
    first picture in the slots is the one beside it and nothing is typed or begun. `declined` are the pictures whose
    settings were offered, and taken over or not.
    """

    language: str = "en"
    shown: WatchedEdit | None = None
    preparing: int = 0
    others: dict[str, WatchedEdit] = field(default_factory=dict)
    turn: int = 0
    stopped: int = 0
    listed: str = ""
    paid: dict[str, float] = field(default_factory=dict)
    lineage: Lineage | None = None
    engine: str = ""
    answers: dict[str, bool] = field(default_factory=dict)
    usual: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    word: tuple[Path | None, str] | None = None

    @property
    def busy(self) -> bool:
        """Whether the stage belongs to an edit that runs, or is about to."""
        return self.preparing > 0 or self.shown is not None

    def take_turn(self) -> int:
        """Take over from whichever event writes to the page now."""
        self.turn += 1
        return self.turn

    def clear_stage(self, *, preparing: int = 0) -> None:
        """Put the edit that runs on the stage beside it, for that of the turn `preparing` to come."""
        if self.shown:
            self.others[self.shown.id] = self.shown
        self.shown, self.preparing, self.word = None, preparing, None

    def word_on(self, picture: Path | None) -> str:
        """Give what is to be said while this is the first picture; an empty text where it is the usual."""
        return self.word[1] if self.word and self.word[0] == picture else ""

    def show(self, watched: WatchedEdit) -> None:
        """Put an edit on the stage."""
        if self.shown is None or self.shown.id != watched.id:
            self.clear_stage()
        self.forget(watched.id)
        self.shown, self.preparing = watched, 0

    def begin(self, watched: WatchedEdit, turn: int) -> None:
        """Put an edit that was prepared on the stage, or beside it where something else has taken its place."""
        if self.preparing == turn:
            self.show(watched)
        else:
            self.notice(watched)

    def keep_lineage(self, picture: Path | None) -> None:
        """Go on with the rounds under the stage only if the picture that the page is about now is among them."""
        if self.lineage and picture not in self.lineage.files:
            self.lineage = None

    def forget(self, edit_id: str) -> None:
        """Take an edit from beside the stage."""
        self.others.pop(edit_id, None)

    def has(self, edit_id: str) -> bool:
        """Tell whether an edit is on the stage or beside it."""
        return edit_id in self.others or (self.shown is not None and self.shown.id == edit_id)

    def notice(self, watched: WatchedEdit) -> None:
        """Put an edit beside the stage, unless it is there or on it."""
        if not self.has(watched.id):
            self.others[watched.id] = watched
