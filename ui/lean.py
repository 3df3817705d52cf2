"""Gradio's `Blocks` without work that this page has no use for and that hundreds of visitors cannot afford.

After each event Gradio made every component anew that the event could have written to, written or not, described each
of them three times for "deep links", and kept all that for every session. That was most of a busy server's time and
memory. Nothing here asks for it: the doors are closed to deep links, and values come to our handlers as they were sent.
"""

import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block, BlocksConfig
from gradio.state_holder import SessionState


class LeanBlocks(gr.Blocks):
    """A page whose events cost as much as what they change."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Gradio's own options
        super().__init__(**options)
        self.default_config = _Shared(self)

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
