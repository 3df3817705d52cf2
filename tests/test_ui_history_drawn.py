"""What is drawn of the history: days, rows, the edit that is open, and what is kept."""

import re
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from html_reader import HTMLReader
from past_edits import DAY, HOUR, NOON, a_result, an_edit, an_end, calendar, outcome_of, sent

from client import Entry, Message, State
from client.edits.journal import Bounds, Parent, Usage
from ui.dates import Calendar, zone_of
from ui.html.history_entry import draw_entry, state_text
from ui.html.history_list import DEEPEST, draw_kept, draw_list

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OFFLINE = {"offline": True, "base": "http://offline.invalid/v1"}


def lines(html: str) -> list[str]:
    """Return what each row says under its prompt."""
    found = re.findall(r'<span class="edit-line">(.*?)</span></span></button>', html)
    return [re.sub("<[^>]+>", "", line) for line in found]


def days_of(html: str) -> list[str]:
    return re.findall(r'<h3 class="day">(.*?)</h3>', html)


def ids(html: str) -> list[str]:
    return re.findall(r'data-edit="(.*?)"', html)


def line(entry: Entry, language: str = "en") -> str:
    (found,) = lines(draw_list([entry], calendar(language)))
    return found


def test_edits_stand_by_day_the_newest_first() -> None:
    edits = [
        an_edit(number, created=NOON - age) for number, age in ((4, HOUR), (3, DAY), (2, DAY + HOUR), (1, 30 * DAY))
    ]
    html = draw_list(edits, calendar())
    assert days_of(html) == ["Today", "Yesterday", "13 October 2026"]
    assert ids(html) == ["edit-4", "edit-3", "edit-2", "edit-1"]
    assert days_of(draw_list(edits, calendar("zh"))) == ["今天", "昨天", "2026年10月13日"]


def test_days_begin_at_the_visitors_own_midnight() -> None:
    late = an_edit(created=NOON - 11 * HOUR)  # 01:00 in London, 20:00 on the day before in New York
    for zone, day, time in (("Europe/London", "Today", "01:00"), ("America/New_York", "Yesterday", "20:00")):
        html = draw_list([late], calendar(zone=zone))
        assert days_of(html) == [day]
        assert f" · {time} · " in lines(html)[0]


@pytest.mark.parametrize(
    "name",
    [
        "",
        None,
        7,
        "../../../etc/passwd",
        "/etc/localtime",
        "America",
        "Nowhere/Here",
        "UTC\0",
        "zone.tab",
        "a" * 5000,
        {},
    ],
)
def test_what_is_no_time_zone_counts_as_utc(name: object) -> None:
    assert zone_of(name) is UTC


def test_time_zones_are_taken_by_their_names() -> None:
    for name in ("Asia/Shanghai", "America/Argentina/Buenos_Aires", "Etc/GMT+8", "UTC"):
        assert zone_of(name) == ZoneInfo(name)


def test_every_month_has_a_name() -> None:
    for language, first, last in (("en", "1 January 2025", "1 December 2025"), ("zh", "2025年1月1日", "2025年12月1日")):
        names = [calendar(language).name(date(2025, month, 1)) for month in range(1, 13)]
        assert (names[0], names[-1], len(set(names))) == (first, last, 12)


def test_rounds_stand_under_the_edit_that_they_go_on_from() -> None:
    first = an_edit(1, created=NOON - DAY)
    second = an_edit(2, round=2, root=1, parent=Parent("edit-1", 1), created=NOON - HOUR)
    third = an_edit(3, round=3, root=1, parent=Parent("edit-2", 0), created=NOON)
    other = an_edit(4, round=2, root=1, parent=Parent("edit-1", 0), created=NOON)
    html = draw_list([first, second, third, other], calendar())
    assert days_of(html) == ["Yesterday"]
    assert HTMLReader(html).deepest == 3
    assert [each.partition(" · 27 s")[0] for each in lines(html)] == [
        "Round 1 · 12:00",
        "Round 2, from the second result · Today, 11:00",
        "Round 3, from the first result · Today, 12:00",
        "Round 2, from the first result · Today, 12:00",
    ]
    assert "第 2 轮，来自第二张结果 · 今天 11:00" in draw_list([first, second], calendar("zh"))


@pytest.mark.parametrize("depth", [1, 5, 300])
def test_however_many_rounds_there_are_the_list_stays_whole(depth: int) -> None:
    chain = [an_edit(1)]
    chain += [an_edit(n, round=n, root=1, parent=Parent(f"edit-{n - 1}")) for n in range(2, depth + 2)]
    read = HTMLReader(draw_list([*chain, an_edit(1000)], calendar()))
    assert read.open == []
    assert read.deepest == min(depth, DEEPEST) + 1


def test_a_round_whose_parent_was_deleted_stands_on_its_own_day() -> None:
    # The journal lists it where its parent was: after the edits that were made since.
    newer, older = an_edit(5, created=NOON - DAY), an_edit(2, created=NOON - 2 * DAY)
    orphan = an_edit(6, round=2, root=3, created=NOON)
    html = draw_list([newer, orphan, older], calendar())
    assert days_of(html) == ["Today", "Yesterday", "10 November 2026"]
    assert ids(html) == ["edit-6", "edit-5", "edit-2"]
    assert lines(html)[0].startswith("Round 2 · 12:00")


LINES = {
    "27 s · about ¥0.40": an_edit(results=2),
    "27 s · about ¥1.00": an_edit(results=2, model="qwen-image-edit-max"),
    "27 s": an_edit(model="a-model-of-tomorrow"),
    "1 of 3 results · 27 s · about ¥0.20": an_edit(n=3),
    "27 s · free, offline": an_edit(**OFFLINE),
    "Working": an_end(State.SENDING, running=True),
    "Stopped before it was sent": an_end(State.STOPPED, "error.stopped"),
    "Not edited: The service did not accept the key · nothing was charged": an_end(State.REJECTED, "error.key_refused"),
    "No result: The service failed: oh · may be charged": an_end(State.UNKNOWN, "error.server", facts={"said": "oh"}),
    "Fate unknown: it was sent, no answer came; it may have been charged": an_end(State.UNKNOWN, "error.no_answer"),
    "Not edited: Something went wrong in this program · nothing was charged": an_end(
        State.UNKNOWN, "error.unexpected", **OFFLINE
    ),
    "The program ended before the edit was made. It costs nothing": an_end(
        State.STOPPED, "error.program_ended", **OFFLINE
    ),
    "Results gone: The links to the results have expired": an_end(State.EXPIRED, "error.expired"),
    "Results not fetched yet": an_end(State.FETCHING, "error.not_fetched", can_fetch=True),
}


@pytest.mark.parametrize(("said", "entry"), LINES.items(), ids=LINES)
def test_a_row_says_in_plain_words_how_far_its_edit_came(said: str, entry: Entry) -> None:
    assert line(entry) == f"Round 1 · 11:00 · {said}"
    chinese = line(entry, "zh")
    assert chinese.startswith("第 1 轮 · 11:00 · ")
    assert said not in chinese


def test_a_server_of_ones_own_has_no_price() -> None:
    assert line(an_edit(hosted=False)) == "Round 1 · 11:00 · 27 s"


def test_pictures_are_numbered_named_and_never_fetched_from_elsewhere() -> None:
    entry = an_edit(results=5, pictures=(sent(), "https://pictures.example/rose.jpg", sent(thumbnail=None)))
    html = draw_list([entry], calendar())
    assert re.findall(r'alt="(.*?)"', html) == ["Image 1", "Result 1", "Result 2", "Result 3"]
    assert re.findall(r'role="img" aria-label="(.*?)"', html) == ["Image 2", "Image 3"]
    assert re.findall(r'<b class="badge" data-number="(\d)">', html) == ["1", "2", "3"]
    assert '<span class="more" data-number="+2">' in html
    assert all(address.startswith("gradio_api/file=") for address in re.findall(r'src="(.*?)"', html))
    assert "pictures.example" not in html


def test_a_row_is_a_button_that_is_called_what_it_says() -> None:
    html = draw_list([an_edit(prompt="make it blue " * 40)], calendar())
    (named,) = re.findall(r'<button type="button" class="edit" [^>]*aria-labelledby="(.*?)"', html)
    assert f'id="{named}"><span class="edit-prompt" title="{"make it blue " * 40}">' in html


def test_an_edit_that_runs_has_a_place_for_each_result_that_is_to_come() -> None:
    html = draw_list([an_end(State.SENDING, running=True, n=2)], calendar())
    assert html.count("coming") == 2


def test_an_empty_history_says_so_and_draws_nothing_else() -> None:
    html = draw_list([], calendar())
    assert "Nothing has been edited here yet." in html
    assert "<ol" not in html


def test_what_comes_from_outside_is_read_and_not_obeyed() -> None:
    hostile = an_edit(
        prompt=HOSTILE,
        negative_prompt=HOSTILE,
        model="<b>model",
        request_id=HOSTILE,
        pictures=(f"https://a.example/{HOSTILE}",),
    )
    warned = replace(hostile, result=outcome_of(hostile, HOSTILE, Message.of("warn.unknown_model", model=HOSTILE)))
    failed = an_end(State.UNKNOWN, "error.server", facts={"said": HOSTILE}, prompt=HOSTILE, request_id=HOSTILE)
    for entry in (warned, failed):
        for html in (draw_list([entry], calendar()), draw_entry(entry, calendar())):
            assert "alert(1)" in html
            assert "<script" not in html
            assert "<img src=x" not in html
            assert "<b>model" not in html
            assert HTMLReader(html).open == []


def acts(html: str) -> list[str]:
    """List the buttons of the opened edit that are not in a question."""
    row = html.partition('<div class="acts">')[2].partition("</div>")[0]
    return re.findall(r'data-(?:act|ask)="(\w+)"', row) + re.findall(r"<a .*?>(.*?)</a>", row)


def opened(tmp_path: Path, entry: Entry, language: str = "en") -> str:
    for one in entry.results:
        (tmp_path / one.path.name).touch()
    return draw_entry(entry, calendar(language))


BUTTONS = {
    "unknown": (an_end(State.UNKNOWN, "error.no_answer"), ["again", "restore", "remove"]),
    "rejected": (an_end(State.REJECTED, "error.quota"), ["restore", "remove"]),
    "stopped": (an_end(State.STOPPED), ["restore", "remove"]),
    "not fetched": (an_end(State.FETCHING, can_fetch=True), ["fetch", "restore", "remove"]),
    "expired": (an_end(State.EXPIRED, "error.expired"), ["restore", "remove"]),
    "running": (an_end(State.SENDING, running=True), ["show", "stop", "restore"]),
}


@pytest.mark.parametrize(("entry", "expected"), BUTTONS.values(), ids=BUTTONS)
def test_an_edit_without_results_offers_what_helps_and_one_of_it_most(entry: Entry, expected: list[str]) -> None:
    html = draw_entry(entry, calendar())
    assert acts(html) == expected
    assert html.count('class="accent"') == 1
    assert state_text("en", entry) in html


def test_results_are_used_restored_downloaded_or_deleted(tmp_path: Path) -> None:
    html = opened(tmp_path, an_edit(results=2, folder=tmp_path))
    assert acts(html) == ["use", "restore", "download", "remove"]
    assert html.count('class="accent"') == 1
    assert re.findall(r'data-place="(\d)" data-put=".*?edit-(\d).png" data-whole', html) == [("0", "1"), ("1", "2")]


def test_a_download_is_called_after_what_it_is(tmp_path: Path) -> None:
    entry = an_edit(folder=tmp_path)
    entry = replace(entry, results=(a_result(tmp_path, 0, "image/jpeg"),))
    html = opened(tmp_path, entry)
    assert 'data-act="download">Download JPG</button>' in html


def test_missing_results_of_an_edit_that_is_done_can_still_be_fetched(tmp_path: Path) -> None:
    html = opened(tmp_path, an_edit(folder=tmp_path, n=2, can_fetch=True))
    assert acts(html) == ["use", "fetch", "restore", "download", "remove"]
    assert "<dt>Results</dt><dd>1 of 2 results came</dd>" in html


def test_an_edit_whose_files_are_gone_says_so(tmp_path: Path) -> None:
    html = draw_entry(an_edit(folder=tmp_path), calendar())
    assert "The files of this edit are no longer there." in html
    assert acts(html) == ["restore", "remove"]


def test_one_lost_file_does_not_hide_the_others(tmp_path: Path) -> None:
    entry = an_edit(results=2, folder=tmp_path)
    opened(tmp_path, entry)
    (tmp_path / "edit-1.png").unlink()
    html = draw_entry(entry, calendar())
    assert 'data-place="1"' in html.partition(">")[0]
    assert "edit-1.png" not in html
    assert 'alt="Result 2"' in html


def test_everything_known_about_an_edit_is_told(tmp_path: Path) -> None:
    entry = an_edit(folder=tmp_path, negative_prompt="blur", pictures=(sent(), "https://pictures.example/rose.jpg"))
    entry = replace(entry, result=outcome_of(entry, "make it very blue", Message.of("warn.no_watermark")))
    html = opened(tmp_path, entry)
    for name, said in (
        ("Model", "qwen-image-edit-plus"),
        ("Seed", "7"),
        ("Size", "32×24"),
        ("Results", "1 result"),
        ("Time", "27 s"),
        ("When", "Today, 11:00"),
        ("Request", "req-1"),
        ("Engine", "edits.example"),
        ("Negative prompt", "blur"),
        ("Note", "This server adds no watermark."),
    ):
        assert f"<dt>{name}</dt><dd>{said}</dd>" in html
    assert "Link to pictures.example" in html
    assert '<p class="written">make it <ins>very </ins>blue</p>' in html


def test_the_offline_engines_own_words_are_not_compared(tmp_path: Path) -> None:
    html = opened(tmp_path, an_edit(folder=tmp_path, **OFFLINE))
    assert '<h2>The offline engine says</h2><p class="written">make it very blue</p>' in html
    assert "<dt>Engine</dt><dd>offline engine</dd>" in html
    unsaid = an_edit(folder=tmp_path)
    assert "The service returned no rewritten prompt." in opened(
        tmp_path, replace(unsaid, result=outcome_of(unsaid, None))
    )


def test_sending_again_warns_and_shows_what_is_known() -> None:
    html = draw_entry(an_end(State.UNKNOWN, "error.no_answer"), calendar())
    question = html.partition('data-question="again"')[2].partition('data-question="remove"')[0]
    for said in ("may be charged again", "Today, 11:00", "Request req-1", "make it blue"):
        assert said in question
    free = draw_entry(an_end(State.UNKNOWN, "error.cut_off", **OFFLINE), calendar())
    assert 'data-act="again"' in free.partition('data-question="again"')[0]


def test_deleting_asks_once_more() -> None:
    html = draw_entry(an_end(State.REJECTED, "error.quota"), calendar())
    assert 'data-act="remove"' not in html.partition('data-question="remove"')[0]
    assert "This cannot be undone." in html


def test_what_is_kept_and_where_is_said() -> None:
    home = Path.home() / "qwen-edit-studio"
    html = draw_kept("en", Usage(128, 86_400_000), home, None)
    text = re.sub("<[^>]+>", "", html)
    assert "Kept until you delete it, in ~/qwen-edit-studio · 128 edits · 86 MB · Delete everything…" in text
    assert f'title="{home}"' in html
    assert "Delete all 128 edits" in text
    elsewhere = draw_kept("zh", Usage(1, 340_000), Path("/data"), None)
    assert "保存在 /data，直到你删除为止" in elsewhere
    assert "0.3 MB" in elsewhere


def test_what_is_still_running_is_said_to_stay_when_everything_is_deleted() -> None:
    def drawn(edits: int, running: int) -> str:
        return re.sub("<[^>]+>", " ", draw_kept("en", Usage(edits, 1_000_000), Path("/data"), None, running))

    assert "Delete all 2 edits" in drawn(3, 1)
    assert "What is still running stays." in drawn(3, 1)
    assert "still running" not in drawn(3, 0)
    assert "Delete the only edit, with its pictures" in drawn(2, 1)
    assert "Delete everything" not in drawn(2, 2)


def test_a_public_page_says_how_long_and_for_whom_and_not_where() -> None:
    html = draw_kept(
        "en", Usage(3, 2_500_000_000), Path("/data/secret"), Bounds(seconds=7200, visitor_bytes=500_000_000)
    )
    assert "Kept on this server for 2 hours and up to 500 MB, for this browser alone" in html
    assert "3 edits · 2.5 GB" in html
    assert "/data" not in html


def test_where_nothing_is_kept_nothing_can_be_deleted() -> None:
    assert "Delete" not in draw_kept("en", Usage(0, 0), Path("/data"), None)


def test_the_calendar_knows_what_day_it_is() -> None:
    assert Calendar.of("en", "UTC").today >= date(2026, 1, 1)
