"""Says in plain words how far an edit of the history came, which round it is, and what it cost."""

from typing import Final

from client import Charge, Entry, State, model_spec
from ui.markup import Dot
from ui.words import say, tell

# It was sent, and nobody knows what became of it.
SILENT: Final = frozenset({"error.no_answer", "error.cut_off"})
UNREAD: Final = frozenset({State.SENDING, State.ANSWERED, State.FETCHING})
DOTS: Final[dict[State, Dot]] = {State.STOPPED: "idle", State.CREATED: "idle", State.REJECTED: "failed"}


def fate(language: str, entry: Entry) -> str:
    """Say what became of an edit that has no results to show, or has them not yet."""
    if entry.running:
        return say(language, "history.working")
    if entry.state is State.UNKNOWN and (entry.error is None or entry.error.code in SILENT) and not entry.offline:
        return say(language, "history.unknown")
    if entry.state in {State.REJECTED, State.UNKNOWN}:
        free = entry.charged is Charge.NO
        charge = say(language, "price.none" if free else "price.maybe")
        said = say(language, "history.failed" if free else "history.no_result", reason=_reason(language, entry))
        return f"{said} · {charge}"
    if entry.state is State.EXPIRED:
        return say(language, "history.gone", reason=_reason(language, entry))
    if entry.offline and entry.error:
        # It was at work, and nobody can say that it was not sent.
        return _reason(language, entry)
    return say(language, "history.not_fetched" if entry.state in UNREAD else "history.unsent")


def _reason(language: str, entry: Entry) -> str:
    sentence = tell(language, entry.error) if entry.error else say(language, "failed.unexpected")
    return sentence.rstrip(".。")


def dot(entry: Entry) -> Dot:
    """Give the sign that goes with the words of `fate`."""
    return "busy" if entry.running else DOTS.get(entry.state, "warning")


def cost(language: str, entry: Entry) -> str:
    """Say what the results cost, where that is known; an empty string elsewhere."""
    if entry.offline:
        return say(language, "price.free")
    price = model_spec(entry.request.model, hosted=entry.request.hosted).price_cny
    if price is None or entry.result is None:
        return ""
    return say(language, "history.price", price=f"{price * entry.result.received:.2f}")


def round_name(language: str, entry: Entry) -> str:
    """Say which round an edit is, and from which result it went on."""
    if entry.parent is None:
        return say(language, "history.round", number=entry.round)
    places = say(language, "history.places").split()
    if entry.parent.place >= len(places):
        return say(language, "history.round", number=entry.round)
    return say(language, "history.round_from", number=entry.round, place=places[entry.parent.place])


def version(entry: Entry) -> str:
    """Give a short text that is another one as soon as the edit is to be drawn otherwise."""
    drawn = sum(thumbnail is not None for thumbnail in entry.thumbnails)
    drawn += sum(isinstance(kept, str) or kept.thumbnail is not None for kept in entry.pictures)
    flags = f"{'r' * entry.running}{'f' * entry.can_fetch}"
    return f"{entry.state}.{len(entry.results)}.{drawn}.{flags}"
