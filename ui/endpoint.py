"""The one documented way in for programs: the endpoint /edit, with the same rules as the page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from client import Charge, EditRequest, EditResult, Edits, ImageEditError, InvalidImageError, Message, Settings
from client.catalog import DEFAULT_MODEL
from client.pictures import PictureWork
from ui import sizes
from ui.form import Form, SlotError, without_slot
from ui.guards import place_of
from ui.handlers.ended import failure_sentence
from ui.layout import Page
from ui.words import Language, advise, say


@dataclass(frozen=True)
class Endpoint:
    """What programs may call."""

    edits: Edits
    settings: Settings
    pictures: PictureWork

    async def edit(  # noqa: PLR0913, PLR0917 - the endpoint's arguments are its documentation
        self,
        image_1: dict[str, Any] | None = None,
        image_2: dict[str, Any] | None = None,
        image_3: dict[str, Any] | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        n: int | None = None,
        size: str | None = None,
        seed: int | None = None,
        prompt_extend: bool | None = None,  # noqa: FBT001 - see above
        watermark: bool | None = None,  # noqa: FBT001 - see above
        caller: gr.Request | None = None,
    ) -> tuple[list[str], str, dict[str, Any]]:
        """Edit one to three pictures by a prompt; what is left out or null has its default.

        Returns the result files, the prompt as the model read it, and the details: model, seed, size, requested,
        received, seconds, request_id, warnings.
        """
        assert caller  # noqa: S101 - Gradio hands it over with every call
        values: dict[str, Any] = {
            "prompt": prompt,
            "negative": negative_prompt,
            "model": DEFAULT_MODEL if model is None else model,
            "n": n,
            "seed": seed,
            "prompt_extend": prompt_extend,
            "watermark": watermark,
        }
        for number, image in enumerate((image_1, image_2, image_3), start=1):
            values[f"picture_{number}"] = _path(number, image)
        form = Form(language=Language.ENGLISH, **values)
        size = sizes.AUTO if size is None else size
        request = form.request(self.settings, self.pictures.prepare, size=size)
        with place_of(caller.state) as place:
            return answer(await make_edit(request, self.edits, self.settings, place.close))


def draw_endpoint(page: Page, edits: Edits, settings: Settings, pictures: PictureWork) -> None:
    """Offer `/edit`; its inputs are the page's own components, its outputs are drawn nowhere."""
    with gr.Row(visible=False):
        trigger = gr.Button("edit")
        size = gr.Textbox(sizes.AUTO, label="size")
        files = gr.File(file_count="multiple", label="results")
        revised = gr.Textbox(label="revised prompt")
        details = gr.JSON(label="details")
    trigger.click(
        Endpoint(edits, settings, pictures).edit,
        inputs=[
            *(slot.picture for slot in page.slots),
            page.prompt.text,
            page.negative.text,
            page.model.model,
            page.size.n,
            size,
            page.model.seed,
            page.model.prompt_extend,
            page.model.watermark,
        ],
        outputs=[files, revised, details],
        api_name="edit",
        api_visibility="public",
        concurrency_limit=None,
        # Gradio would refuse a wrong number or picture by itself, in words that help nobody.
        preprocess=False,
    )


def _path(number: int, image: dict[str, Any] | None) -> str | None:
    """Give the path of the file that was uploaded for a slot, None for an empty slot."""
    if image is None:
        return None
    if not image.get("path"):
        raise _spoken(SlotError(number, InvalidImageError(Message.of("image.missing"))))
    return str(image["path"])


async def make_edit(
    request: Awaitable[EditRequest], edits: Edits, settings: Settings, begun: Callable[[], object]
) -> EditResult:
    """Make the edit and wait for it; an error comes out as one sentence with advice.

    `begun` is called once it is on its way, or waits for its turn. Raises gr.Error: what happened, what to do and
    whether it may have cost money, in English. Where the edit was sent and somebody then stops it on the page, this
    says so; what the service makes is kept in the history all the same.
    """
    try:
        edit = edits.start(await request, settings)
        async for _ in edits.watch(edit):
            if edit.changes:
                begun()
    except (SlotError, ImageEditError) as error:
        raise _spoken(error) from error
    if edit.result is None:
        if edit.stopped and edit.sent and settings.offline:
            raise gr.Error(say(Language.ENGLISH, "status.stopped_offline"), print_exception=False)
        raise _spoken(edit.failure)
    return edit.result


def _spoken(error: Exception | None) -> gr.Error:
    english, (known, slot) = Language.ENGLISH, without_slot(error)
    said = failure_sentence(english, known, slot)
    if not isinstance(known, ImageEditError):
        return gr.Error(said, print_exception=True)
    charged = say(english, "failed.maybe" if known.charged is Charge.MAYBE else "failed.free")
    request = say(english, "failed.request", id=known.request_id) if known.request_id else ""
    whole = " ".join(part for part in (said, advise(english, known.message), charged, request) if part)
    return gr.Error(whole, print_exception=False)


def answer(result: EditResult) -> tuple[list[str], str, dict[str, Any]]:
    """Give what the endpoint returns: paths of the result files, the revised prompt, the details as JSON."""
    details = {
        "model": result.model,
        "seed": result.seed,
        "size": result.size,
        "requested": result.requested,
        "received": result.received,
        "seconds": round(result.seconds, 3),
        "request_id": result.request_id,
        "warnings": [str(warning) for warning in result.warnings],
    }
    return [str(Path(picture.path)) for picture in result.pictures], result.revised_prompt or "", details
