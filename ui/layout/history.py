"""Draws the history: what was edited before, and beside it the edit that was opened."""

from dataclasses import dataclass

import gradio as gr

from ui.layout.words import html


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What is kept and where; the edits by day; the edit that is open."""

    kept: gr.HTML
    rows: gr.HTML
    opened: gr.HTML


def draw_history() -> HistoryPage:
    """Draw the history, empty: it is read when it is looked at."""
    with gr.Row(elem_id="history"):
        with gr.Column(elem_id="history-list", min_width=0):
            kept = html(elem_id="history-kept")
            rows = html(elem_id="history-rows")
        with gr.Column(elem_id="history-side", min_width=0):
            opened = html(elem_id="history-opened")
    return HistoryPage(kept, rows, opened)
