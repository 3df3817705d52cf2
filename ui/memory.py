"""What one visitor's page remembers between two events; it lives in the server's memory and ends with the page."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

from ui.desk import Desk

VISITOR_KEY: Final = "qwen-edit-visitor"
# Gradio asks for one; it comes with the page, and keeps nothing secret.
VISITOR_SECRET: Final = "qwen-edit-studio"  # noqa: S105 - see above


@dataclass(frozen=True, slots=True)
class Memory:
    """One hidden `gr.State` for each thing to remember; make it inside `gr.Blocks`."""

    own: gr.State  # Settings or None: the service and key that this visitor chose
    originals: gr.State  # dict: preview path -> path of the file as it was uploaded
    desk: gr.State  # Desk: the edits that are being watched; every event gets the same one, and changes it
    outcome: gr.State  # Outcome or None
    selected: gr.State  # which result is shown large
    visitor: gr.BrowserState  # whose edits these are, on a public page; "" until the page has loaded
    kept: gr.State  # dict: values of controls that the present model does not take


def make_memory() -> Memory:
    """Make the states, all empty."""
    visitor = gr.BrowserState("", storage_key=VISITOR_KEY, secret=VISITOR_SECRET)
    return Memory(gr.State(None), gr.State({}), gr.State(Desk()), gr.State(None), gr.State(0), visitor, gr.State({}))
