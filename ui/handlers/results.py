"""What can be done with a result: look at it, take it along, go on from it."""

import asyncio
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from client import EditResult, Settings
from ui.handlers import Updates, unchanged
from ui.handlers.stage import result_facts
from ui.layout import Page
from ui.memory import Memory
from ui.outcome import Outcome
from ui.previews import new_archive_path


@dataclass(frozen=True)
class ResultHandlers:
    """The handlers of the row under the results, and of the prompt as the model read it."""

    page: Page
    memory: Memory
    settings: Settings

    def select(self, event: gr.SelectData, *, language: str, outcome: Outcome | None) -> Updates:
        """Take the result that is shown large as the one the buttons mean."""
        result, index = _result(outcome), event.index
        if result is None or not isinstance(index, int) or not 0 <= index < len(result.pictures):
            return {self.memory.selected: 0}
        return {
            self.memory.selected: index,
            self.page.actions.download: gr.update(value=str(result.pictures[index].path)),
            self.page.actions.facts: result_facts(language, result, index, self.settings),
        }

    def use_as(self, slot: int, *, outcome: Outcome | None, selected: int) -> Updates:
        """Put the selected result into a slot, byte for byte, in place of what is there."""
        result = _result(outcome)
        if result is None:
            return unchanged()
        parts = self.page.slots[slot - 1]
        picture = result.pictures[min(selected, len(result.pictures) - 1)]
        if not picture.path.is_file():
            return unchanged()  # deleted in another tab, or by the daily clean-up of a public page
        return {parts.picture: str(picture.path), parts.url: ""}

    def use_seed(self, *, outcome: Outcome | None) -> Updates:
        """Fill in the seed that these results were made with."""
        result = _result(outcome)
        return {self.page.model.seed: result.seed} if result else unchanged()

    def use_revised(self, *, outcome: Outcome | None) -> Updates:
        """Take the model's prompt as one's own; rewriting it again would change it once more."""
        result = _result(outcome)
        if result is None or not result.revised_prompt:
            return unchanged()
        return {self.page.prompt.text: result.revised_prompt, self.page.model.prompt_extend: False}

    async def archive(self, *, outcome: Outcome | None) -> Updates:
        """Pack all results into one archive, each as it is; PNG does not get smaller by packing."""
        result = _result(outcome)
        if result is None:
            return unchanged()
        path = new_archive_path(f"qwen-edit-{result.seed}.zip")
        await asyncio.to_thread(_pack, path, [picture.path for picture in result.pictures])
        return {self.page.actions.archive: gr.update(value=str(path))}


def _result(outcome: Any) -> EditResult | None:  # noqa: ANN401 - a state holds anything
    return outcome.result if isinstance(outcome, Outcome) else None


def _pack(path: Path, pictures: list[Path]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for picture in pictures:
            archive.write(picture, picture.name)
