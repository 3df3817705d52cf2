"""Gradio's `Blocks` as a page needs them that hundreds of people use, some of whom send what no page ever sends.

After each event Gradio made every component anew that the event could have written to, written or not, described each
of them three times for "deep links", and kept all that for every session. That was most of a busy server's time and
memory. Nothing here asks for it: the doors are closed to deep links, and values come to our handlers as they were sent.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block, BlocksConfig
from gradio.components import Component
from gradio.state_holder import SessionState

from ui.text import Language, say

# What a browser sends for each kind of component, besides nothing at all.
KINDS: Final[Mapping[type[Component], tuple[type, ...]]] = {
    gr.Textbox: (str,),
    gr.HTML: (str,),
    gr.Dropdown: (str,),
    gr.Number: (int, float),
    gr.Slider: (int, float),
    gr.Checkbox: (bool,),
    gr.Image: (dict, str),
}


class StudioBlocks(gr.Blocks):
    """A page whose events cost as much as what they change, and whose handlers get what its components can hold."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Gradio's own options
        super().__init__(**options)
        self.default_config = _Shared(self)

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, *more: bool, **named: bool
    ) -> list[Any]:
        """Refuse with one line what the page itself cannot send; what programs may send is checked by their endpoint.

        Raises gr.Error.
        """
        if block_fn.api_visibility == "private" and not _fit(block_fn.inputs, inputs):
            raise gr.Error(say(Language.ENGLISH, "failed.foreign"), print_exception=False)
        values: list[Any] = await super().preprocess_data(block_fn, inputs, state, *more, **named)
        return values

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """Prepare for the browser only what an event wrote, in the order of its outputs."""
        if predictions in ({}, gr.skip()):
            return [gr.skip() for _ in block_fn.outputs]
        if not isinstance(predictions, dict) or not all(isinstance(output, Block) for output in predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        narrowed = copy.copy(block_fn)
        narrowed.outputs = [output for output in block_fn.outputs if output in predictions]
        written = dict(zip(narrowed.outputs, await super().postprocess_data(narrowed, predictions, state), strict=True))
        if state:
            state.blocks_config.blocks.update(self.blocks)
        return [written.get(output, gr.skip()) for output in block_fn.outputs]


def _fit(components: Sequence[Block], values: Sequence[object]) -> bool:
    return len(components) == len(values) and all(map(_fits, components, values))


def _fits(component: Block, value: object) -> bool:
    if isinstance(component, gr.Radio):
        return value in [choice for _, choice in component.choices]
    kinds = next((kinds for made, kinds in KINDS.items() if isinstance(component, made)), (object,))
    return value is None or isinstance(value, kinds)


class _Shared(BlocksConfig):
    """What all sessions begin with; Gradio copies it for each of them."""

    def __copy__(self) -> BlocksConfig:
        own: BlocksConfig = super().__copy__()  # type: ignore[no-untyped-call]
        own.__class__ = _Own
        return own


class _Own(BlocksConfig):
    """The components of one session, which nobody asks to be described."""

    @staticmethod
    def config_for_block(*_: object, **__: object) -> dict[str, Any]:
        """Describe nothing."""
        return {}
