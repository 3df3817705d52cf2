"""What can be done with a result: look at it, take it along, go on from it."""

import asyncio
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from client import EditResult, Settings
from ui import html
from ui.handlers import Updates, unchanged
from ui.handlers.stage import result_facts
from ui.layout import Page
from ui.memory import Memory
from ui.outcome import Outcome
from ui.previews import new_archive_path
from ui.words import say


@dataclass(frozen=True)
class ResultHandlers:
    """The handlers of the row under the results, and of the prompt as the model read it."""

    page: Page
    memory: Memory
    settings: Settings

    async def select(self, event: gr.EventData, *, language: str, outcome: Outcome | None) -> Updates:
        """Take the result that is shown large as the one the buttons mean."""
        result, index = _result(outcome), getattr(event, "index", None)
        if outcome is None or result is None or not isinstance(index, int) or not 0 <= index < len(result.pictures):
            return {self.memory.selected: 0}
        return {
            self.memory.selected: index,
            self.page.actions.download: gr.update(value=str(result.pictures[index].path)),
            self.page.actions.facts: result_facts(language, outcome, index),
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

    async def archive(self, *, language: str, outcome: Outcome | None) -> Updates:
        """Pack all results that are still there into one archive, each as it is, and say how many are not."""
        result = _result(outcome)
        if result is None:
            return unchanged()
        pictures = [picture.path for picture in result.pictures]
        path = new_archive_path(f"qwen-edit-{result.seed}.zip")
        gone = await asyncio.to_thread(_pack, path, pictures)
        if not gone:
            return {self.page.actions.archive: gr.update(value=str(path))}
        if gone == len(pictures):
            said, archive = say(language, "history.files_gone"), None
        else:
            said, archive = say(language, "download.fewer", count=gone, total=len(pictures)), str(path)
        # Without a file, the link that is pressed next leads nowhere.
        return {
            self.page.actions.archive: gr.update(value=archive),
            self.page.prompt.status: html.status(language, "warning", said),
        }


def _result(outcome: Any) -> EditResult | None:  # noqa: ANN401 - a state holds anything
    return outcome.result if isinstance(outcome, Outcome) else None


def _pack(path: Path, pictures: list[Path]) -> int:
    """Pack pictures, of which PNG does not get smaller by packing; return how many are gone.

    Where all are gone, or anything else goes wrong, nothing is left, not even the folder.
    """
    gone = 0
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for picture in pictures:
                try:
                    archive.write(picture, picture.name)
                except FileNotFoundError:
                    gone += 1
    except OSError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    if gone == len(pictures):
        shutil.rmtree(path.parent, ignore_errors=True)
    return gone
