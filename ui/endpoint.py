"""The one documented way in for programs: the endpoint /edit, with the same rules as the page."""

from pathlib import Path
from typing import Any

import gradio as gr

from client import EditResult, ImageEditError, Jobs
from ui.form import Form, SlotError
from ui.layout import Page
from ui.text import Language, advise, say, tell


def draw_endpoint(page: Page, jobs: Jobs) -> None:
    """Offer `/edit`; its inputs are the page's own components, its outputs are drawn nowhere."""

    async def edit(  # noqa: PLR0913, PLR0917 - the endpoint's arguments are its documentation
        image_1: str | None = None,
        image_2: str | None = None,
        image_3: str | None = None,
        prompt: str = "",
        negative_prompt: str = "",
        model: str = "",
        n: int = 1,
        size: str = "auto",
        seed: int | None = None,
        prompt_extend: bool = True,  # noqa: FBT001, FBT002
        watermark: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[list[str], str, dict[str, Any]]:
        """Edit one to three pictures by a prompt.

        Returns the result files, the prompt as the model read it, and the details: model, seed, size, requested,
        received, seconds, request_id, warnings.
        """
        form = Form(
            language=Language.ENGLISH,
            picture_1=image_1,
            picture_2=image_2,
            picture_3=image_3,
            prompt=prompt,
            negative=negative_prompt,
            model=model,
            n=n,
            seed=seed,
            prompt_extend=prompt_extend,
            watermark=watermark,
        )
        return answer(await make_edit(form, size, jobs))

    with gr.Row(visible=False):
        trigger = gr.Button("edit")
        size = gr.Textbox("auto", label="size")
        files = gr.File(file_count="multiple", label="results")
        revised = gr.Textbox(label="revised prompt")
        details = gr.JSON(label="details")
    trigger.click(
        edit,
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
    )


async def make_edit(form: Form, size: str, jobs: Jobs) -> EditResult:
    """Make the edit and wait for it; an error comes out as one sentence with advice.

    Raises gr.Error: what happened, what to do and whether it may have cost money, in English.
    """
    try:
        request = await form.request(size=size)
        job = jobs.start(request)
        async for _ in jobs.watch(job):
            pass
    except (SlotError, ImageEditError) as error:
        raise _spoken(error) from error
    if job.result is None:
        raise _spoken(job.error)
    return job.result


def _spoken(error: BaseException | None) -> gr.Error:
    english = Language.ENGLISH
    slot, known = (error.number, error.error) if isinstance(error, SlotError) else (None, error)
    if not isinstance(known, ImageEditError):
        return gr.Error(say(english, "failed.unexpected"), print_exception=True)
    said = tell(english, known.message)
    if slot:
        said = say(english, "picture.at", number=slot, reason=said)
    charged = say(english, f"failed.{'maybe' if known.charged == 'maybe' else 'free'}")
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
