"""Asks a page all along how long its answers take, from a program of its own: `python page_answers.py URL`.

In turn it asks for the page, its configuration, a script and, where the page has a prompt, what is said to somebody who
types there: a quick event that goes through the queue. It waits a moment between two of them. When its input ends it
prints the milliseconds of each, and how many answers had a status of 500 or above.
"""

import itertools
import json
import math
import re
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from calling import Caller, calling
from space_check import ROOT

PAUSE: Final = 0.05
SCRIPT: Final = re.compile(r'src="\.?(/assets/[^"]+\.js)"')


@dataclass
class PageAnswers:
    """How many milliseconds each answer took, by what was asked for; `broken` counts those of status 500 and above."""

    times: dict[str, list[float]] = field(default_factory=dict)
    broken: int = 0

    @property
    def worst_95(self) -> float:
        """The 95th percentile of what is slowest."""
        return max(map(percentile_95, self.times.values()))

    def __str__(self) -> str:
        told = [f"{name} {statistics.median(ms):.0f}/{percentile_95(ms):.0f}" for name, ms in self.times.items()]
        number = sum(map(len, self.times.values()))
        return f"{', '.join(told)} ms (median/p95 of {number} answers, {self.broken} broken)"


def percentile_95(times: list[float]) -> float:
    """Return the time that 95 % are not above."""
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


@contextmanager
def asked_all_along(url: str) -> Iterator[PageAnswers]:
    """Ask the page at this address for as long as the block lasts; what is yielded is filled at the end."""
    command = [sys.executable, __file__, url]
    path = {"PYTHONPATH": f"{ROOT / 'tests'}"}
    answers = PageAnswers()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=path) as asking:  # noqa: S603 - ourselves
        try:
            yield answers
        finally:
            printed, _ = asking.communicate()
    told = json.loads(printed)
    answers.times, answers.broken = told["times"], told["broken"]


class Asking:
    """The program's side: a visitor who asks for one thing after the other."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._caller = Caller(http)
        self._script = SCRIPT.findall(http.get("/").text)[0]
        self.answers = PageAnswers()

    def ask_until(self, ended: Callable[[], bool]) -> None:
        """Ask until it is over."""
        ways: dict[str, Callable[[], httpx.Response]] = {
            "page": lambda: self._http.get("/"),
            "config": lambda: self._http.get("/config"),
            "script": lambda: self._http.get(self._script),
        }
        typing = next((each for each in self._caller.listeners if each["api_name"] == "check_prompt"), None)
        if typing:
            ways["event"] = lambda: self._type(typing)
        for name in itertools.cycle(ways):
            started = time.perf_counter()
            answer = ways[name]()
            self.answers.times.setdefault(name, []).append(1000 * (time.perf_counter() - started))
            self.answers.broken += answer.is_server_error
            if ended():
                return

    def _type(self, listener: dict[str, Any]) -> httpx.Response:
        body = {
            "data": self._caller.inputs(listener, prompt="Make it blue."),
            "fn_index": listener["id"],
            "session_hash": self._caller.session,
        }
        joined = self._http.post("/gradio_api/queue/join", json=body)
        if joined.is_success:
            self._http.get("/gradio_api/queue/data", params={"session_hash": self._caller.session})
        return joined


def main(url: str) -> None:
    """Ask until the input ends, waiting a moment between two questions, and print what was seen."""
    with calling(url) as http:
        asking = Asking(http)
        asking.ask_until(lambda: bool(select.select([sys.stdin], [], [], PAUSE)[0]))
    sys.stdout.write(json.dumps({"times": asking.answers.times, "broken": asking.answers.broken}))


if __name__ == "__main__":
    main(sys.argv[1])
