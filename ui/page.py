"""Puts the page together: draw, remember, wire; and the options to launch it with."""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from client import Edits, Settings
from client.pictures import IsolatedWorkers, PictureWork
from ui.blocks import StudioBlocks
from ui.endpoint import draw_endpoint
from ui.events import wire
from ui.examples import ASSETS, FOLDER
from ui.guards import FILE_LIMIT, Admission, guard
from ui.layout import draw_page
from ui.memory import make_memory
from ui.snippets import Snippets
from ui.theme import make_theme

# Seconds: how often Gradio looks for files that were uploaded, or made to be shown, longer ago than the second. Nothing
# paid for is among them: results, and the pictures that were sent, lie in the history's folder.
TIDY = (3600, 24 * 3600)
# Pages and callers whose state Gradio keeps, some 12 kB each; those idle longest are forgotten first.
SESSIONS = 4000
SCRIPTS = (
    "page.js",
    "edit.js",
    "slots.js",
    "keyboard.js",
    "zoom.js",
    "results.js",
    "painter.js",
    "maker.js",
    "history.js",
)  # the later ones add to what the first one makes
THREADS = 1000  # Gradio caps waiting edits by its threads, for handlers that use none as well


def build_app(settings: Settings, edits: Edits) -> gr.Blocks:
    """Make the whole page; results and examples are served from where they lie."""
    for folder in settings.picture_dirs:
        folder.mkdir(parents=True, exist_ok=True)
    gr.set_static_paths([*settings.picture_dirs, FOLDER])
    demo = StudioBlocks(title="Qwen Edit Studio", fill_width=True, delete_cache=TIDY, analytics_enabled=False)
    with demo:
        memory, page = make_memory(), draw_page()
        pictures = PictureWork(IsolatedWorkers() if settings.public else None)
        draw_endpoint(page, edits, settings, pictures)
        wire(demo, page, memory, edits, settings, pictures)
    demo.queue(default_concurrency_limit=None, api_open=False, status_update_rate=5)
    return demo


def launch_options(settings: Settings, *middleware: Middleware) -> dict[str, Any]:
    """Give the arguments of `launch()`: our look, and every door closed that nobody needs."""
    script = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return {
        "theme": make_theme(),
        "css_paths": [ASSETS / "style.css"],
        "head": f"<script>{script}</script>",
        "favicon_path": ASSETS / "icon.svg",
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "show_error": False,
        "ssr_mode": False,
        "max_file_size": FILE_LIMIT,
        "max_threads": THREADS,
        "state_session_capacity": SESSIONS,
        "app_kwargs": {
            "middleware": [guard(settings), *middleware, Middleware(Admission), Middleware(Snippets)],
            "openapi_url": None,
        },
    }
