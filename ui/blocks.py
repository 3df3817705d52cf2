"""Gradio's `Blocks` as a page needs them that hundreds of people use, some of whom send what no page ever sends.

After each event Gradio made every component anew that the event could have written to, written or not, described each
of them three times for "deep links", and kept all that for every session. That was most of a busy server's time and
memory. Nothing here asks for it: the doors are closed to deep links, and values come to our handlers as they were sent.
"""

import copy
from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block, BlocksConfig
from gradio.components import Component
from gradio.state_holder import SessionState

from ui.words import Language, say

# What a browser sends for each kind of component, besides nothing at all.
KINDS: Final[Mapping[type[Component], tuple[type, ...]]] = {
    gr.Textbox: (str,),
    gr.HTML: (str,),
    gr.Dropdown: (str,),
    gr.Number: (int, float),
    gr.Slider: (int, float),
    gr.Checkbox: (bool,),
    gr.Image: (dict,),
}
_NOTHING: Final[dict[str, Any]] = {}  # one for all sessions and components
# Seconds between two looks whether there is an event. Gradio looks every millisecond, which keeps a tenth of a small
# computer busy while nobody does anything.
LOOKING: Final = 0.005


class StudioBlocks(gr.Blocks):
    """A page whose events cost as much as what they change, and whose handlers get what its components can hold."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Gradio's own options
        super().__init__(**options)
        self.default_config = _Shared(self)

    def queue(self, **options: Any) -> Self:  # noqa: ANN401 - Gradio's own options
        """Set up the queue of events; it sleeps longer than Gradio's while there are none."""
        super().queue(**options)
        self._queue.sleep_when_free = LOOKING
        return self

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, *more: bool, **named: bool
    ) -> list[Any]:
        """Refuse with one line what no page and no upload sends; raises gr.Error.

        Of what programs send only files are looked at here; the endpoint checks the rest and says what is wrong.
        """
        if block_fn.api_visibility == "public":
            # What a program leaves out has its default, also where the endpoint was given more since it was written.
            inputs = [*inputs, *(None for _ in block_fn.inputs[len(inputs) :])]
        checked = Component if block_fn.api_visibility == "private" else gr.Image
        if not _fit(block_fn.inputs, inputs, checked):
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
            state.blocks_config.blocks.maps[0].clear()  # type: ignore[attr-defined]
        return [written.get(output, gr.skip()) for output in block_fn.outputs]


def _fit(components: Sequence[Block], values: Sequence[object], checked: type[Component]) -> bool:
    pairs = zip(components, values, strict=False)
    return len(components) == len(values) and all(_fits(*pair) for pair in pairs if isinstance(pair[0], checked))


def _fits(component: Block, value: object) -> bool:
    if isinstance(component, gr.Radio):
        return value in [choice for _, choice in component.choices]
    kinds = next((kinds for made, kinds in KINDS.items() if isinstance(component, made)), (object,))
    return value is None or isinstance(value, kinds)


class _Shared(BlocksConfig):
    """What all sessions begin with; Gradio copies it for each of them."""

    def __copy__(self) -> BlocksConfig:
        own = _Own(self.root_block)
        own.blocks, own.fns, own.fn_id = ChainMap({}, self.blocks), self.fns, self.fn_id  # type: ignore[assignment]
        return own


class _Own(BlocksConfig):
    """The components of one session: only while an event goes on are some of them its own, and none is described."""

    @staticmethod
    def config_for_block(*_: object, **__: object) -> dict[str, Any]:
        """Describe nothing."""
        return _NOTHING
