"""What one visitor's page remembers between two events, and under which name the journal keeps their edits."""

import re
import secrets
from dataclasses import dataclass
from typing import Final

import gradio as gr

from client import Settings
from ui.watchlist import Watchlist


@dataclass(frozen=True, slots=True)
class Memory:
    """One hidden component for each thing to remember; make it inside `gr.Blocks`."""

    own: gr.State  # Settings or None: the service and key that this visitor chose
    picture_sizes: gr.State  # dict: number of a picture -> (width, height) as it stands upright, where they are known
    originals: gr.State  # dict: preview path -> path of the file as it was uploaded
    unusable: gr.State  # bool: whether a slot holds what cannot be used
    watchlist: gr.State  # Watchlist: the edits that are being watched; every event gets the same one, and changes it
    outcome: gr.State  # Outcome or None
    selected: gr.State  # which result is shown large
    whole: gr.State  # bool: whether all of it is meant, where only a part of it was put into its original
    region: gr.Textbox  # what was painted on a picture in a slot: JSON, see Region; empty where nothing was
    repainted: gr.Textbox  # what is painted for results that are there, likewise
    structure: gr.Textbox  # what is chosen in the map maker, or drawn on the pad: JSON, see Structure
    preview: gr.Textbox  # the address of the map that was made last, for the browser to show
    laid: gr.Textbox  # a result as it lies over a picture, for the browser to show: JSON, see ResultHandlers.lay_over
    made: gr.State  # dict: path of a map or sketch in a slot -> Made: what it was made of
    # The name by which the browser knows its edits again. Gradio's own component for such things breaks the page in
    # browsers that allow no storage, as in a frame on a foreign page.
    visitor: gr.Textbox
    wording: gr.Textbox  # what the browser is to write into the prompt as if it were typed, so that it can be undone
    sent: gr.Textbox  # the files in the slots as they were added, for the browser to keep: JSON, a list of paths
    draft: gr.Textbox  # what the browser kept of the form when this tab was loaded anew: JSON, see Draft
    set_aside: gr.State  # dict: values of controls that the present model does not take


def make_memory() -> Memory:
    """Make the states, all empty."""
    return Memory(
        own=gr.State(None),
        picture_sizes=gr.State({}),
        originals=gr.State({}),
        unusable=gr.State(value=False),
        watchlist=gr.State(Watchlist()),
        outcome=gr.State(None),
        selected=gr.State(0),
        whole=gr.State(value=False),
        region=gr.Textbox(visible="hidden", elem_id="region"),
        repainted=gr.Textbox(visible="hidden", elem_id="repainted"),
        structure=gr.Textbox(visible="hidden", elem_id="structure"),
        preview=gr.Textbox(visible="hidden", elem_id="preview"),
        laid=gr.Textbox(visible="hidden", elem_id="laid"),
        made=gr.State({}),
        visitor=gr.Textbox(visible="hidden", elem_id="visitor"),
        wording=gr.Textbox(visible="hidden", elem_id="wording"),
        sent=gr.Textbox(visible="hidden", elem_id="sent-files"),
        draft=gr.Textbox(visible="hidden", elem_id="draft"),
        set_aside=gr.State({}),
    )


OWNER: Final = ""  # on a computer of one's own everything belongs to everybody who sees the page
# What `page.js` makes up and keeps in the browser: 24 random bytes. Whoever knows it sees the edits made under it.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{32}")


def visitor_name(settings: Settings, kept: object) -> str:
    """Give the visitor for the journal, from what the browser says it kept.

    On a public page, one that says nothing of use gets a name that nobody else has, and that nobody will know again.
    """
    if not settings.public:
        return OWNER
    return kept if isinstance(kept, str) and NAME.fullmatch(kept) else secrets.token_urlsafe(24)
