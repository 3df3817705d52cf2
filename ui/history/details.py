"""Draws one edit of the history with everything that is known about it, and what can be done with it.

Everything that comes from outside is escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from client import Charge, Entry, ResultPicture, State
from ui import markup, reading
from ui.history import fates
from ui.history.days import Calendar
from ui.history.keeping import question
from ui.history.rows import sent_picture, thumbnail
from ui.markup import file_url
from ui.sizes import AUTO
from ui.words import advise, say, tell

ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def draw(entry: Entry, calendar: Calendar) -> str:
    """Draw an edit, its first result shown large."""
    language, results = calendar.language, _there(entry)
    gone, first = bool(entry.results) and not results, results[0][0] if results else 0
    parts = [
        back(language),
        _shown(entry, results, calendar) if results else _notice(entry, calendar, gone=gone),
        _buttons(entry, results, language),
        _stopping(entry, language) if entry.running else _questions(entry, calendar),
        _sent(entry, language),
        _prompts(entry, language),
        markup.table(_facts(entry, calendar)),
    ]
    known = f'data-opened="{escape(entry.id)}" data-version="{fates.version(entry)}" data-place="{first}"'
    return f"<article {known}>{''.join(parts)}</article>"


def missing(language: str) -> str:
    """Say that an edit is not here any more."""
    return f'<article>{back(language)}<p class="notice">{escape(say(language, "history.missing"))}</p></article>'


def back(language: str) -> str:
    """Draw the way back to the list, for screens that show one of them at a time."""
    words = escape(say(language, "history.back"))
    sign = '<span class="i i-left" aria-hidden="true"></span>'
    return f'<button type="button" class="back" data-act="back">{sign}{words}</button>'


def _there(entry: Entry) -> list[tuple[int, ResultPicture]]:
    """List the results whose files are still there, with their places."""
    return [(place, result) for place, result in enumerate(entry.results) if result.path.is_file()]


def _shown(entry: Entry, results: Sequence[tuple[int, ResultPicture]], calendar: Calendar) -> str:
    language, (place, first) = calendar.language, results[0]
    name = escape(say(language, "result.name", number=place + 1))
    large = f'<div class="large"><img src="{file_url(first.path)}" alt="{name}"></div>'
    if len(results) == 1:
        return large
    choices = "".join(_choice(entry, at, result, language, pressed=at == place) for at, result in results)
    label = escape(say(language, "stage.results"))
    return f'{large}<div class="choices" role="group" aria-label="{label}">{choices}</div>'


def _choice(entry: Entry, place: int, result: ResultPicture, language: str, *, pressed: bool) -> str:
    name = say(language, "result.name", number=place + 1)
    return (
        f'<button type="button" data-place="{place}" data-file="{file_url(result.path)}" '
        f'data-name="{_file_name(entry, place, result)}" data-words="{escape(name)}" '
        f'aria-pressed="{str(pressed).lower()}">{thumbnail(entry.thumbnails[place], name)}</button>'
    )


def _file_name(entry: Entry, place: int, result: ResultPicture) -> str:
    return f"qwen-edit-{entry.request.seed or 0}-{place + 1}.{ENDINGS.get(result.mime, 'png')}"


def _notice(entry: Entry, calendar: Calendar, *, gone: bool) -> str:
    language = calendar.language
    said = say(language, "history.files_gone") if gone else fates.fate(language, entry)
    sign = "idle" if gone else fates.dot(entry)
    advice = advise(language, entry.error) if entry.error and not entry.running else ""
    more = f'<p class="muted">{escape(advice)}</p>' if advice else ""
    return (
        f'<div class="notice"><p><span class="dot {sign}" aria-hidden="true"></span><span>{escape(said)}</span></p>'
        f"{more}</div>"
    )


def _buttons(entry: Entry, results: Sequence[tuple[int, ResultPicture]], language: str) -> str:
    acts = [*_acts(entry, has_results=bool(results)), ("act", "restore", "history.restore")]
    drawn = [_button(language, *act, accent=place == 0) for place, act in enumerate(acts)]
    if results:
        drawn.append(_download(entry, *results[0], language))
    if not entry.running:
        drawn.append(_button(language, "ask", "remove", "history.delete"))
    return f'<div class="acts">{"".join(drawn)}</div>'


def _acts(entry: Entry, *, has_results: bool) -> list[tuple[str, str, str]]:
    """List what can be done with this edit beside what can be done with every one, the most useful first."""
    if entry.running:
        return [("act", "show", "act.show"), ("act", "stop", "act.stop")]
    acts = [("act", "use", "use.1")] if has_results else []
    if entry.can_fetch:
        acts.append(("act", "fetch", "history.fetch"))
    if entry.state is State.UNKNOWN:
        acts.append(("ask" if entry.charged is Charge.MAYBE else "act", "again", "act.resend"))
    return acts


def _button(language: str, kind: str, act: str, key: str, *, accent: bool = False) -> str:
    look = ' class="accent"' if accent else ""
    state = ' aria-expanded="false"' if kind == "ask" else ""
    return f'<button type="button"{look} data-{kind}="{act}"{state}>{escape(say(language, key))}</button>'


def _download(entry: Entry, place: int, result: ResultPicture, language: str) -> str:
    name = _file_name(entry, place, result)
    words = escape(say(language, "history.download", kind=name.rpartition(".")[2].upper()))
    return f'<a class="button" href="{file_url(result.path)}" download="{name}">{words}</a>'


def _stopping(entry: Entry, language: str) -> str:
    """Draw what there is to know about stopping, for whoever presses it."""
    said = escape(say(language, "history.stopping_offline" if entry.offline else "history.stopping"))
    return f'<p class="small muted" role="status" data-stopping="{said}"></p>'


def _questions(entry: Entry, calendar: Calendar) -> str:
    language = calendar.language
    gone = f"<p>{escape(say(language, 'history.delete_ask'))}</p>"
    number = say(language, "failed.request", id=entry.request_id or say(language, "details.no_request"))
    sent = f"{calendar.when(entry.created)} · {number}"
    again = (
        f"<p>{escape(say(language, 'history.again_ask'))}</p>"
        f'<p class="muted">{escape(sent)}</p><q>{escape(entry.request.prompt)}</q>'
    )
    return question(language, "again", again, "act.resend") + question(language, "remove", gone, "history.delete_yes")


def _sent(entry: Entry, language: str) -> str:
    pictures = "".join(sent_picture(language, number, kept) for number, kept in enumerate(entry.pictures, start=1))
    hosts = [
        say(language, "slot.link", host=urlsplit(kept).hostname or "")
        for kept in entry.pictures
        if isinstance(kept, str)
    ]
    links = f'<p class="small muted">{escape(say(language, "list.comma").join(hosts))}</p>' if hosts else ""
    return f'<h3>{escape(say(language, "history.sent"))}</h3><div class="strip">{pictures}</div>{links}'


def _prompts(entry: Entry, language: str) -> str:
    written, revised = entry.request.prompt, entry.result.revised_prompt if entry.result else None
    # The offline engine says what it did, in words of its own: there is nothing to compare.
    compare = revised and not entry.offline
    yours, theirs = reading.beside(written, revised or "") if compare else (escape(written), escape(revised or ""))
    drawn = f'<h3>{escape(say(language, "read.yours"))}</h3><p class="written">{yours}</p>'
    if entry.result is None:
        return drawn
    if not revised:
        theirs = f'<span class="muted">{escape(say(language, "read.none"))}</span>'
    by = escape(say(language, "read.offline" if entry.offline else "read.model"))
    return f'{drawn}<h3>{by}</h3><p class="written">{theirs}</p>'


def _facts(entry: Entry, calendar: Calendar) -> list[tuple[str, str]]:
    language, request, result = calendar.language, entry.request, entry.result
    rows = [("model.label", request.model), ("seed.label", str(request.seed)), *_result_facts(entry, language)]
    rows += [
        ("history.made", calendar.when(entry.created)),
        ("details.request", entry.request_id or say(language, "details.no_request")),
        ("details.engine", say(language, "details.offline") if entry.offline else urlsplit(entry.base).hostname or ""),
        *([("section.negative", request.negative_prompt)] if request.negative_prompt else []),
        *(("details.warning", tell(language, message)) for message in (result.warnings if result else ())),
    ]
    return [(say(language, key), value) for key, value in rows]


def _result_facts(entry: Entry, language: str) -> list[tuple[str, str]]:
    sizes = say(language, "list.comma").join(
        dict.fromkeys(f"{picture.width}×{picture.height}" for picture in entry.results)
    )
    asked = entry.request.size.replace("*", "×") if entry.request.size != AUTO else ""
    count = {"received": len(entry.results), "requested": entry.request.n}
    rows = [("details.size", sizes or asked or say(language, "size.auto"))]
    if entry.result:
        seconds = say(language, "status.seconds", seconds=f"{entry.result.seconds:.1f}")
        rows += [("stage.results", say(language, "stage.results_sub", **count)), ("details.seconds", seconds)]
    return rows
