"""How an edit ended, as the page remembers it: enough to show it again, in another language too."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from client import Charge, Edit, EditRequest, EditResult, Entry, ImageEditError, Message, ResultPicture, State
from client.edits.target import Pasted, Target, usable
from ui.form import without_slot
from ui.watchlist import WatchedEdit

UNKNOWN = Message.of("error.cut_off")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an edit ended; `id` is empty for one that never began.

    `pictures` are those that were sent, by their numbers, as far as there are files to show. `recorded` tells that it
    is to be sent again as the history has it, and not as the form describes it. `price` is what its results cost and
    `session` what all did that this page has seen made, in yuan at the makers' prices; None where they have none.
    `target` is what the results were put back into, and `pasted` what became of each. `first` is the picture that the
    first round began with, where this is a later one.
    """

    kind: Literal["done", "failed", "stopped"]
    prompt: str
    picture: Path | None
    seconds: float
    offline: bool
    host: str = ""
    result: EditResult | None = None
    error: Exception | None = None
    slot: int | None = None
    sent: bool = True
    id: str = ""
    recorded: bool = False
    pictures: tuple[Path | None, ...] = ()
    price: float | None = None
    session: float = 0.0
    target: Target | None = None
    pasted: tuple[Pasted | None, ...] = ()
    first: Path | None = None

    def __post_init__(self) -> None:
        """Keep nothing alive with the error, since a page remembers it for as long as it is open."""
        if self.known_error:
            self.known_error.detached()

    @property
    def known_error(self) -> ImageEditError | None:
        """The error, if it is one that the client foresees."""
        return self.error if isinstance(self.error, ImageEditError) else None

    def pasted_at(self, place: int) -> Pasted | None:
        """Return what the result at `place` became when it was put back; None where it was not, or does not fit."""
        return usable(self.pasted, self.target, place)

    def picture_at(self, place: int, *, whole: bool) -> ResultPicture | None:
        """Return the picture that stands for the result at `place`: as put back, unless all of it is meant."""
        if self.result is None:
            return None
        place = min(place, len(self.result.pictures) - 1)
        made = None if whole else self.pasted_at(place)
        return made.picture if made else self.result.pictures[place]


def of_unsent(watched: WatchedEdit, error: Exception | None, seconds: float) -> Outcome:
    """Tell why an edit was not sent; without an error, that it was stopped before that."""
    known, slot = without_slot(error)
    ended = _of(watched, seconds)
    return ended("failed" if error else "stopped", error=known, slot=slot, sent=False, recorded=watched.recorded)


def of_edit(watched: WatchedEdit, edit: Edit, seconds: float) -> Outcome:
    """Tell how an edit ended that this program has made."""
    ended = _of(watched, seconds)
    if edit.result:
        return ended("done", result=edit.result, price=price_of_edit(edit))
    if edit.stopped:
        return ended("stopped", sent=edit.sent)
    return ended("failed", error=edit.error, sent=edit.sent, recorded=watched.recorded)


def of_lost(watched: WatchedEdit, reason: Message) -> Outcome:
    """Tell that nobody can say any more how an edit ended, nor whether it was charged."""
    error = ImageEditError(reason, charged=Charge.NO if watched.offline else Charge.MAYBE)
    return _of(watched, 0)("failed", error=error, recorded=watched.recorded)


def of_entry(entry: Entry) -> Outcome:
    """Tell how an edit ended, as the history knows it."""
    seconds = entry.result.seconds if entry.result else max(0.0, (entry.ended or entry.created) - entry.created)
    ended = _of(WatchedEdit.of_entry(entry), seconds)
    if entry.result:
        price = price_of(entry.request, entry.result.received, offline=entry.offline)
        return ended("done", result=entry.result, price=price, target=entry.target, pasted=entry.pasted)
    if entry.state is State.STOPPED:
        return ended("stopped", sent=False)
    error = ImageEditError(entry.error or UNKNOWN, charged=entry.charged, request_id=entry.request_id)
    return ended("failed", error=error, recorded=True)


def price_of(request: EditRequest, received: int, *, offline: bool) -> float | None:
    """Give what so many results cost at the makers' price, in yuan; None where it is free, or nobody knows."""
    each = request.spec.price_cny
    return None if offline or each is None else each * received


def price_of_edit(edit: Edit) -> float | None:
    """Give what the results of an edit cost that this program has made; None too where it has none."""
    return price_of(edit.request, edit.result.received, offline=edit.settings.offline) if edit.result else None


def _of(watched: WatchedEdit, seconds: float) -> partial[Outcome]:
    """Return what makes an outcome of an edit, with all that is the same however it ended."""
    return partial(
        Outcome,
        prompt=watched.prompt,
        picture=watched.picture,
        seconds=seconds,
        offline=watched.offline,
        host=watched.host,
        id=watched.id,
        pictures=watched.pictures,
    )
