"""What one visitor's page remembers between two events; it lives in the server's memory and ends with the page."""

from dataclasses import dataclass

import gradio as gr

from ui.desk import Desk


@dataclass(frozen=True, slots=True)
class Memory:
    """One hidden component for each thing to remember; make it inside `gr.Blocks`."""

    own: gr.State  # Settings or None: the service and key that this visitor chose
    originals: gr.State  # dict: preview path -> path of the file as it was uploaded
    desk: gr.State  # Desk: the edits that are being watched; every event gets the same one, and changes it
    outcome: gr.State  # Outcome or None
    selected: gr.State  # which result is shown large
    # The name by which the browser knows its edits again. Gradio's own component for such things breaks the page in
    # browsers that allow no storage, as in a frame on a foreign page.
    visitor: gr.Textbox
    kept: gr.State  # dict: values of controls that the present model does not take


def make_memory() -> Memory:
    """Make the states, all empty."""
    visitor = gr.Textbox(visible="hidden", elem_id="visitor")
    return Memory(gr.State(None), gr.State({}), gr.State(Desk()), gr.State(None), gr.State(0), visitor, gr.State({}))
