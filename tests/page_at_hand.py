"""The page drawn without a browser or a server, so that its handlers can be called as its events would call them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio as gr
from doubles import png
from html_reader import HTMLReader

from client import EditResult, ResultPicture, Settings
from client.catalog import DEFAULT_MODEL
from ui.handlers import Updates
from ui.layout import Page, draw_page
from ui.memory import Memory, make_memory
from ui.outcome import Outcome
from ui.watchlist import WatchedEdit, Watchlist

KEY = "sk-canary-9876543210-wxyz"


@dataclass(frozen=True)
class Drawn:
    """The page and what it remembers."""

    page: Page
    memory: Memory


def draw() -> Drawn:
    # Where no event loop runs, Gradio makes some that nobody closes.
    return asyncio.run(_draw())


async def _draw() -> Drawn:
    with gr.Blocks(analytics_enabled=False):
        return Drawn(draw_page(), make_memory())


def offline(home: Path) -> Settings:
    return Settings(home=home)


def values(**changes: object) -> dict[str, Any]:
    """Return what a fresh page sends with its events, with `changes`."""
    slots = {f"{kind}_{number}": empty for number in (1, 2, 3) for kind, empty in (("picture", None), ("url", ""))}
    rest = {
        "language": "en",
        "originals": {},
        "prompt": "",
        "negative": "",
        "model": DEFAULT_MODEL,
        "n": 1,
        "size": "auto",
        "width": 1024,
        "height": 1024,
        "seed": None,
        "prompt_extend": True,
        "watermark": False,
        "own": None,
    }
    return slots | rest | changes


def uploaded(path: Path) -> dict[str, Any]:
    """Return a file as the browser names it after an upload."""
    return {"path": str(path), "url": f"http://127.0.0.1/gradio_api/file={path}", "meta": {"_type": "gradio.FileData"}}


def drawn_file(folder: Path, name: str = "picture.png", width: int = 640, height: int = 480) -> Path:
    path = folder / name
    path.write_bytes(png(width, height))
    return path


def told(updates: Updates, component: object) -> dict[str, Any]:
    """Return every property that an update gives a component; a plain value is its property `value`."""
    change = updates[component]
    return change if isinstance(change, dict) and "__type__" in change else {"value": change}


def value(updates: Updates, component: object) -> Any:  # noqa: ANN401 - whatever the component shows
    return told(updates, component)["value"]


def results_on(updates: Updates, page: Page) -> dict[str, Path]:
    """Return the files of the results on the stage, by their names: one large, and all of several small."""
    drawn = [attributes for _, attributes in HTMLReader(value(updates, page.stage.results)).elements]
    small = {each["data-words"]: each["data-put"] for each in drawn if "data-place" in each}
    found = small or {each["alt"]: each["src"] for each in drawn if each.get("class") == "after"}
    return {name or "": Path(unquote((url or "").removeprefix("gradio_api/file="))) for name, url in found.items()}


def result(folder: Path, count: int = 2, **changes: object) -> EditResult:
    """Return an edit whose results lie in `folder`, each another picture."""
    pictures = []
    for place in range(count):
        content = png(32, 24, (place, 20, 30))
        path = folder / f"edit-{place + 1}.png"
        path.write_bytes(content)
        pictures.append(ResultPicture(path, 32, 24, "image/png", "", len(content)))
    known: dict[str, Any] = {
        "pictures": tuple(pictures),
        "revised_prompt": "make it very blue",
        "model": DEFAULT_MODEL,
        "seed": 77,
        "asked_size": None,
        "requested": count,
        "received": count,
        "seconds": 2.25,
        "request_id": "req-1",
        "warnings": (),
    }
    return EditResult(**known | changes)


def watching() -> Watchlist:
    """Return the watchlist of a page on whose stage an edit runs."""
    return Watchlist(shown=WatchedEdit("an edit", "make it blue", None, offline=False, host="service.example"))


def done(folder: Path, count: int = 2, **changes: object) -> Outcome:
    return Outcome("done", "make it blue", None, 2.25, offline=False, result=result(folder, count, **changes))
