"""Draws the history: what was edited before, and beside it the edit that was opened."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

from ui.layout.labels import Labels, draw_html, on_load

OPENED: Final = ("again", "download", "fetch", "redraw", "remove", "restore", "show", "stop", "use")


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What is kept and where; the edits by day; the edit that is open; and what the page remembers of them.

    `zone` is the browser's time zone, `clock` ticks while an edit of the list goes on. The states are the id of the
    edit that is open, how many pages of edits are shown (0: nothing was read yet), and what they looked like.
    """

    kept: gr.HTML
    rows: gr.HTML
    older: gr.Button
    opened: gr.HTML
    zone: gr.Textbox
    clock: gr.Timer
    opened_id: gr.State
    pages: gr.State
    seen: gr.State


def draw_history(labels: Labels) -> HistoryPage:
    """Draw the history, empty: it is read when it is looked at."""
    with gr.Row(elem_id="history"):
        with gr.Column(elem_id="history-list", min_width=0):
            kept = draw_html(js_on_load=on_load("historyKept", "everything"), elem_id="history-kept")
            rows = draw_html(js_on_load=on_load("historyRows", "open"), elem_id="history-rows")
            older = labels.button("history.older", elem_id="history-older", visible=False)
        with gr.Column(elem_id="history-side", min_width=0):
            opened = draw_html(js_on_load=on_load("historyOpened", *OPENED), elem_id="history-opened")
        zone = gr.Textbox(visible="hidden", elem_id="history-zone")
    clock = gr.Timer(1.0, active=False)
    return HistoryPage(kept, rows, older, opened, zone, clock, gr.State(""), gr.State(0), gr.State(""))
