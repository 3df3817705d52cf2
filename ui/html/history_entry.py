"""One edit of the history in words and as HTML: how far it came, what it cost, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from client import Charge, Entry, ResultPicture, State
from client.edits.target import usable
from ui.dates import Calendar
from ui.html import Dot, Piece, draw
from ui.html.results import VERSIONS
from ui.lineage import file_name, file_stem
from ui.outcome import price_of
from ui.prompt import compare_to_revised
from ui.sizes import AUTO
from ui.watchlist import host_of
from ui.words import advise, say, seconds_text, tell

# It was sent, and nobody knows what became of it.
NO_ANSWER: Final = frozenset({"error.no_answer", "error.cut_off"})
WITHOUT_RESULTS_YET: Final = frozenset({State.SENDING, State.ANSWERED, State.FETCHING})
DOTS: Final[dict[State, Dot]] = {State.STOPPED: "idle", State.CREATED: "idle", State.REJECTED: "failed"}


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an edit: it acts at once, or asks first; `key` finds its words."""

    act: str
    key: str
    kind: Literal["act", "ask"] = "act"


@dataclass(frozen=True, slots=True)
class Shown:
    """A result whose file is still there, and the name under which it is downloaded.

    `put` is the result as it was put back into its original, the same as `path` where it was not.
    """

    place: int
    path: Path
    put: Path
    thumbnail: Path | None
    file_name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands in place of results."""

    dot: Dot
    text: str
    advice: str = ""


def draw_entry(entry: Entry, calendar: Calendar) -> str:
    """Draw an edit with everything that is known about it, its first result shown large."""
    language = calendar.language
    results = [_shown(entry, place, result) for place, result in enumerate(entry.results) if result.path.is_file()]
    hosts = [urlsplit(kept).hostname or "" for kept in entry.pictures if isinstance(kept, str)]
    return draw(
        "history_entry",
        "entry",
        language=language,
        edit=entry,
        version=version(entry),
        results=results,
        put_back=_put_back(entry, results),
        notice=_notice(entry, language),
        buttons=_buttons(entry, has_results=bool(results)),
        links=say(language, "list.comma").join(say(language, "slot.link", host=host) for host in hosts),
        prompts=_prompts(entry),
        made=calendar.when(entry.created),
        request=_request_number(entry, language),
        facts=_facts(entry, calendar),
    )


def _shown(entry: Entry, place: int, result: ResultPicture) -> Shown:
    made = usable(entry.pasted, entry.target, place)
    name = file_name(file_stem(entry), place, result.mime)
    return Shown(place, result.path, made.picture.path if made else result.path, entry.shown_thumbnails[place], name)


def _put_back(entry: Entry, results: Sequence[Shown]) -> str:
    """Return the key of what results are called that were put back into their original; empty where none was."""
    target, was_put_back = entry.target, any(one.put != one.path for one in results)
    return VERSIONS[target.painted, target.manner.keep] if target and was_put_back else ""


def draw_missing(language: str) -> str:
    """Say that an edit is not here any more."""
    return draw("history_entry", "missing", language=language)


def state_text(language: str, entry: Entry) -> str:
    """Say what became of an edit that has no results to show, or has them not yet."""
    if entry.running:
        return say(language, "history.working")
    if entry.state is State.UNKNOWN and (entry.error is None or entry.error.code in NO_ANSWER) and not entry.offline:
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
    return say(language, "history.not_fetched" if entry.state in WITHOUT_RESULTS_YET else "history.unsent")


def _reason(language: str, entry: Entry) -> str:
    sentence = tell(language, entry.error) if entry.error else say(language, "failed.unexpected")
    return sentence.rstrip(".。")


def state_dot(entry: Entry) -> Dot:
    """Return the sign that goes with the words of `state_text`."""
    return "busy" if entry.running else DOTS.get(entry.state, "warning")


def cost_text(language: str, entry: Entry) -> str:
    """Say what the results cost, where that is known; an empty string elsewhere."""
    if entry.offline:
        return say(language, "price.free")
    price = entry.result and price_of(entry.request, entry.result.received, offline=False)
    return say(language, "history.price", price=f"{price:.2f}") if price else ""


def round_text(language: str, entry: Entry) -> str:
    """Say which round an edit is, and from which result it went on."""
    places = say(language, "history.places").split()
    if entry.parent is None or entry.parent.place >= len(places):
        return say(language, "history.round", number=entry.round)
    return say(language, "history.round_from", number=entry.round, place=places[entry.parent.place])


def count_text(language: str, received: int, requested: int) -> str:
    """Say how many results came, and of how many where some are missing."""
    if received >= requested:
        return say(language, "count.results", count=received)
    return say(language, "details.fewer_came", received=received, requested=requested)


def version(entry: Entry) -> str:
    """Return a short text that is another one as soon as the edit is to be drawn otherwise."""
    drawn = sum(thumbnail is not None for thumbnail in entry.thumbnails)
    drawn += sum(isinstance(kept, str) or kept.thumbnail is not None for kept in entry.pictures)
    drawn += sum(2 if made.thumbnail else 1 for made in entry.pasted if made)
    flags = f"{'r' * entry.running}{'f' * entry.can_fetch}"
    return f"{entry.state}.{len(entry.results)}.{drawn}.{flags}"


def _notice(entry: Entry, language: str) -> Notice:
    if entry.results:
        return Notice("idle", say(language, "history.files_gone"), "" if entry.running else _advice(entry, language))
    return Notice(state_dot(entry), state_text(language, entry), "" if entry.running else _advice(entry, language))


def _advice(entry: Entry, language: str) -> str:
    return advise(language, entry.error) if entry.error else ""


def _buttons(entry: Entry, *, has_results: bool) -> list[Button]:
    """List what can be done with the edit, the most useful first."""
    restore = Button("restore", "history.restore")
    if entry.running:
        return [Button("show", "act.show"), Button("stop", "act.stop"), restore]
    buttons = [Button("use", "use.1")] if has_results else []
    if entry.can_fetch:
        buttons.append(Button("fetch", "history.fetch"))
    if entry.state is State.UNKNOWN:
        buttons.append(Button("again", "act.resend", "ask" if entry.charged is Charge.MAYBE else "act"))
    return [*buttons, restore, Button("remove", "history.delete", "ask")]


def _prompts(entry: Entry) -> tuple[list[Piece], list[Piece]]:
    written, revised = entry.request.prompt, entry.result.revised_prompt if entry.result else None
    return compare_to_revised(written, revised, offline=entry.offline)


def _request_number(entry: Entry, language: str) -> str:
    return entry.request_id or say(language, "details.no_request")


def _facts(entry: Entry, calendar: Calendar) -> list[tuple[str, str]]:
    language, request, result = calendar.language, entry.request, entry.result
    sizes = dict.fromkeys(f"{picture.width}×{picture.height}" for picture in entry.results)
    asked = request.size.replace("*", "×") if request.size != AUTO else say(language, "size.auto")
    rows = [
        ("model.label", request.model),
        ("seed.label", str(request.seed)),
        ("details.size", say(language, "list.comma").join(sizes) or asked),
    ]
    if result:
        count = count_text(language, len(entry.results), request.n)
        seconds = say(language, "status.seconds", seconds=seconds_text(result.seconds))
        rows += [("stage.results", count), ("details.seconds", seconds)]
    rows += [
        ("history.made", calendar.when(entry.created)),
        ("details.request", _request_number(entry, language)),
        ("details.engine", say(language, "details.offline") if entry.offline else host_of(entry)),
        *([("section.negative", request.negative_prompt)] if request.negative_prompt else []),
        *(("details.warning", tell(language, message)) for message in (result.warnings if result else ())),
    ]
    return [(say(language, key), value) for key, value in rows]
