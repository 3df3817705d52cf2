"""Days and times of day as a visitor's own clock shows them."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Self
from zoneinfo import ZoneInfo

from ui.words import say

NAME: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


def zone_of(name: object) -> tzinfo:
    """Return the time zone that a browser names, such as Asia/Shanghai; UTC for what is no name of one."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Not known here, or a file beside the time zones that is none.
        return UTC


@dataclass(frozen=True, slots=True)
class Calendar:
    """Says when something was, in a visitor's language and time zone; moments are seconds since 1970."""

    language: str
    zone: tzinfo
    today: date

    @classmethod
    def of(cls, language: str, zone_name: object, now: float | None = None) -> Self:
        """Make it for this moment, from what the browser calls its time zone."""
        zone = zone_of(zone_name)
        return cls(language, zone, datetime.fromtimestamp(time.time() if now is None else now, zone).date())

    def day(self, moment: float) -> date:
        """Return the day on which a moment was."""
        return datetime.fromtimestamp(moment, self.zone).date()

    def name(self, day: date) -> str:
        """Say “Today”, “Yesterday”, or the date in full."""
        if day == self.today:
            return say(self.language, "history.today")
        if day == self.today - timedelta(days=1):
            return say(self.language, "history.yesterday")
        month = say(self.language, "history.months").split()[day.month - 1]
        return say(self.language, "history.date", year=day.year, month=month, day=day.day)

    def time(self, moment: float) -> str:
        """Say the hour and the minute."""
        return f"{datetime.fromtimestamp(moment, self.zone):%H:%M}"

    def when(self, moment: float) -> str:
        """Say the day and the time."""
        return say(self.language, "history.when", day=self.name(self.day(moment)), time=self.time(moment))
