"""Holds what the service was sent, what the journal says and what lies on the disk against each other."""

import hashlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Container, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apparatus.slow_service import result_of
from crash_report import Row, rows

_NAMED: Final = re.compile(r"Edit (\S+):")
# So many edits may be prepared at one moment.
AT_ONCE: Final = 50

_GOING_ON: Final = "SELECT count(*) FROM edits WHERE state IN ('created', 'sending', 'answered', 'fetching')"


@dataclass(frozen=True)
class Books:
    """What was found: every edit that was `sent_twice`, and every one that is `wrong` with the reason.

    `removed` are the oldest, of which a public page keeps only so many gigabytes.
    """

    states: Counter[str]
    pictures: int
    removed: int
    sent_twice: list[str]
    wrong: list[str]

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"the journal is intact and has {states}; {self.pictures} results lie on the disk with the right bytes; "
            f"{self.removed} of the oldest edits had to make room; "
            f"{len(self.sent_twice)} edits were sent twice, {len(self.wrong)} are not as they should be"
        )


def wait_for_the_last(home: Path, seconds: float) -> None:
    """Wait until no edit is going on in the journal of a running app, or the time is over."""
    deadline = time.monotonic() + seconds
    with closing(sqlite3.connect(f"file:{home / 'journal.sqlite3'}?mode=ro", uri=True)) as journal:
        while journal.execute(_GOING_ON).fetchone()[0] and time.monotonic() < deadline:
            time.sleep(0.2)


def held_against(home: Path, posts: Mapping[str, int], succeeding: Container[str]) -> Books:
    """Look into the home folder of an app that has ended; `succeeding` are the edits that the service made."""
    found = {_name(row): row for row in rows(home)}
    missing = [(place, name) for place, name in enumerate(posts) if name not in found]
    # They are removed in the order in which they were started, which is not quite that in which they were sent.
    lost = [name for place, name in missing if place >= len(missing) + AT_ONCE]
    wrong = [f"{name}: sent, and not in the journal" for name in lost]
    pictures = 0
    for name, row in found.items():
        if name in posts and (row.state == "done") != (name in succeeding):
            wrong.append(f"{name}: it is {row.state}")
        for place in range(row.n) if row.state == "done" else ():
            if _is_right(row, name, place):
                pictures += 1
            else:
                wrong.append(f"{name}: result {place} is missing or another one")
    return Books(
        states=Counter(row.state for row in found.values()),
        pictures=pictures,
        removed=len(missing) - len(lost),
        sent_twice=[name for name, count in posts.items() if count > 1],
        wrong=wrong,
    )


def _name(row: Row) -> str:
    named = _NAMED.match(row.prompt)
    return named[1] if named else row.prompt


def _is_right(row: Row, name: str, place: int) -> bool:
    path, sha256 = row.results.get(place, (Path(), ""))
    wanted = result_of(name, place)
    return sha256 == hashlib.sha256(wanted).hexdigest() and path.is_file() and path.read_bytes() == wanted
