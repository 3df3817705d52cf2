"""The one documented way in for programs: the endpoint /edit, with the same rules as the page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from client import (
    Charge,
    Edit,
    EditResult,
    Edits,
    ImageEditError,
    InvalidImageError,
    InvalidRequestError,
    Message,
    Settings,
)
from client.catalog import DEFAULT_MODEL
from client.edits.target import Pasted, Target, original_in, usable
from client.pictures import PictureWork
from ui import sizes
from ui.form import Form, SlotError, without_slot
from ui.guards import place_of
from ui.handlers.edit import Asked
from ui.handlers.ended import failure_sentence
from ui.layout import NUMBERS, Page
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
        mask: dict[str, Any] | None = None,
        same_size_as: int | None = None,
        caller: gr.Request | None = None,
    ) -> tuple[list[str], str, dict[str, Any]]:
        """Edit one to three pictures by a prompt; what is left out or null has its default.

        With `mask`, a picture of the first one's size and white where it may change, each result is that picture with
        only what is white taken from what the service made; with `same_size_as`, the number of a picture, each result
        has exactly its size, and a mask belongs to that one.

        Returns the result files, the prompt as the model read it, and the details: model, seed, size, requested,
        received, seconds, request_id, warnings; with a mask or a size also `pasted`, for each result whether it was
        `accepted` (else the file is all that the service made), with a `confidence` and the share of the change that
        lies `outside` what was painted.
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
            values[f"picture_{number}"] = _picture(number, image)
        form = Form(language=Language.ENGLISH, **values)
        painted = _path(mask, InvalidImageError(Message.of("mask.unreadable")))
        asked = self._asked(form, size, painted, same_size_as or 0)
        with place_of(caller.state) as place:
            edit = await make_edit(asked, self.edits, self.settings, place.close)
            return await self._answer(edit)

    async def _asked(self, form: Form, size: str | None, mask: str | None, same_size_as: int) -> Asked:
        """Prepare what is asked for; raises SlotError and ImageEditError."""
        target = None
        if same_size_as not in {0, *NUMBERS} or isinstance(same_size_as, bool):
            raise InvalidRequestError(Message.of("request.same_size_as", limit=len(NUMBERS)))
        if mask or same_size_as:
            one = next((one for one in form.filled if one.number == (same_size_as or 1)), None)
            if one is None or one.path is None:
                raise InvalidRequestError(Message.of("request.same_size", number=same_size_as or 1))
            original = await original_in(one.path, self.pictures)
            painted = await self.pictures.mask(Path(mask), (original.width, original.height)) if mask else None
            target = Target(place=one.number - 1, original=original, mask=painted)
        automatic = size is None or size.strip().lower() == sizes.AUTO
        # A target needs its own shape, which is asked for where nothing else is.
        shaped = {"target": target} if target and automatic else {"size": sizes.AUTO if size is None else size}
        request = await form.request(self.settings, self.pictures.prepare, **shaped)
        return Asked(request, None, target)

    async def _answer(self, edit: Edit) -> tuple[list[str], str, dict[str, Any]]:
        assert edit.result is not None, "it was waited for"  # noqa: S101 - states what the type cannot
        files, revised, details = answer(edit.result)
        if edit.target is None:
            return files, revised, details
        try:
            entry = await self.edits.pastes.make(edit.visitor, edit.id)
        except ImageEditError:
            entry = None  # the results are here all the same
        made = entry.pasted if entry else ()
        put_back = [usable(made, edit.target, place) for place in range(len(files))]
        files = [str(one.picture.path) if one else file for one, file in zip(put_back, files, strict=True)]
        return files, revised, details | {"pasted": [_pasted(one) for one in made or [None] * len(files)]}


def _pasted(made: Pasted | None) -> dict[str, Any]:
    if made is None:
        return {"accepted": False, "confidence": 0.0, "outside": 0.0}
    return {
        "accepted": made.accepted,
        "confidence": round(made.confidence, 3),
        "outside": round(made.outside, 3),
    }


def draw_endpoint(page: Page, edits: Edits, settings: Settings, pictures: PictureWork) -> None:
    """Offer `/edit`; its inputs are the page's own components, its outputs are drawn nowhere."""
    with gr.Row(visible=False):
        trigger = gr.Button("edit")
        size = gr.Textbox(sizes.AUTO, label="size")
        mask = gr.Image(label="mask", type="filepath")
        same_size_as = gr.Number(0, label="same size as", precision=0)
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
            mask,
            same_size_as,
        ],
        outputs=[files, revised, details],
        api_name="edit",
        api_visibility="public",
        concurrency_limit=None,
        # Gradio would refuse a wrong number or picture by itself, in words that help nobody.
        preprocess=False,
    )


def _picture(number: int, image: dict[str, Any] | None) -> str | None:
    """Give the path of the file that was uploaded for a slot, None for an empty slot."""
    return _path(image, SlotError(number, InvalidImageError(Message.of("image.missing"))))


def _path(image: dict[str, Any] | None, error: Exception) -> str | None:
    if image is None:
        return None
    if not image.get("path"):
        raise _spoken(error)
    return str(image["path"])


async def make_edit(asked: Awaitable[Asked], edits: Edits, settings: Settings, begun: Callable[[], object]) -> Edit:
    """Make the edit and wait for it; an error comes out as one sentence with advice.

    `begun` is called once it is on its way, or waits for its turn. Raises gr.Error: what happened, what to do and
    whether it may have cost money, in English. Where the edit was sent and somebody then stops it on the page, this
    says so; what the service makes is kept in the history all the same.
    """
    try:
        ready = await asked
        edit = edits.start(ready.request, settings, target=ready.target)
        async for _ in edits.watch(edit):
            if edit.changes:
                begun()
    except (SlotError, ImageEditError) as error:
        raise _spoken(error) from error
    if edit.result is None:
        if edit.stopped and edit.sent and settings.offline:
            raise gr.Error(say(Language.ENGLISH, "status.stopped_offline"), print_exception=False)
        raise _spoken(edit.failure)
    return edit


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
