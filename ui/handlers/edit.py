"""Running an edit: the page starts it, watches it, and may stop watching; the edit itself belongs to `client.jobs`."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from client import ImageEditError, InvalidRequestError, Job, Jobs, Message, PictureWork, Progress, Settings
from ui.form import Form, Prepare, SlotError
from ui.handlers import Updates, unchanged
from ui.handlers.outcome import draw_outcome
from ui.handlers.scene import draw_preparing, draw_progress
from ui.layout import Page
from ui.memory import Memory, Outcome

SMALLER_SIDE: Final = 1280  # pixels: about what the models work at, and light


@dataclass(frozen=True)
class EditHandlers:
    """The handlers of Run and Stop."""

    page: Page
    memory: Memory
    jobs: Jobs
    settings: Settings
    pictures: PictureWork

    async def run(self, **values: Any) -> AsyncIterator[Updates]:  # noqa: ANN401 - see Form
        """Make the edit that the form describes, and show how it goes until it ends."""
        # Gradio streams only what it can see to be an async generator.
        async for updates in self._run(self.pictures.prepare_picture, values):
            yield updates

    async def run_smaller(self, **values: Any) -> AsyncIterator[Updates]:  # noqa: ANN401 - see Form
        """Make the same edit with pictures that a service with little room takes."""
        async for updates in self._run(partial(self.pictures.prepare_picture, side=SMALLER_SIDE), values):
            yield updates

    async def _run(self, prepare: Prepare, values: dict[str, Any]) -> AsyncIterator[Updates]:
        form, started = Form(**values), time.monotonic()
        missing = _missing(form)
        if missing:
            # The last results stay where they are, and stay the ones that the buttons under them mean.
            yield draw_outcome(self.page, form.language, self._unsent(form, missing, 0), self.settings)
            return
        yield draw_preparing(self.page, form)
        try:
            settings = form.service(self.settings)
            job = self.jobs.start(await form.request(settings, prepare=prepare), settings)
        except (SlotError, ImageEditError) as error:
            yield self._end(form, self._unsent(form, error, time.monotonic() - started))
            return
        yield {self.memory.job: job.id}
        seen: Progress | None = None
        async for state in self.jobs.watch(job):
            if not (state.done or state.stopped) and state.progress != seen:
                seen = state.progress
                elapsed = time.monotonic() - started
                yield draw_progress(self.page, form, state.progress, elapsed, offline=self._offline(form))
        yield self._end(form, self._ended(form, job, time.monotonic() - started))

    def settle(self, *, language: str, outcome: Outcome | None) -> Updates:
        """Say how the edit ended once more, if another language was chosen while it ran."""
        if outcome is None or outcome.language == language:
            return unchanged()
        return {**draw_outcome(self.page, language, outcome, self.settings), self.memory.selected: 0}

    def stop(self, *, job: str) -> None:
        """Stop the edit if it has not been sent; otherwise stop watching it, and let what was paid for arrive."""
        found = self.jobs.find(job)
        if found:
            self.jobs.stop(found)

    def _offline(self, form: Form) -> bool:
        return form.service(self.settings).offline

    def _unsent(self, form: Form, error: SlotError | ImageEditError, seconds: float) -> Outcome:
        slot, known = (error.number, error.error) if isinstance(error, SlotError) else (None, error)
        offline = self._offline(form)
        return Outcome("failed", form.prompt, form.first_shown, seconds, offline, error=known, slot=slot, sent=False)

    def _ended(self, form: Form, job: Job, seconds: float) -> Outcome:
        common = (form.prompt, form.first_shown, seconds, self._offline(form))
        if job.result:
            return Outcome("done", *common, result=job.result)
        if job.stopped:
            return Outcome("stopped", *common, sent=job.sent)
        return Outcome("failed", *common, error=job.error, sent=job.sent)

    def _end(self, form: Form, outcome: Outcome) -> Updates:
        outcome = replace(outcome, language=form.language, host=form.service(self.settings).host)
        return {
            **draw_outcome(self.page, form.language, outcome, self.settings),
            self.memory.job: "",
            self.memory.outcome: outcome,
            self.memory.selected: 0,
        }


def _missing(form: Form) -> ImageEditError | None:
    """Say what the form lacks, before anything on the page moves."""
    lacks = {
        "request.no_picture": not form.filled,
        "request.no_prompt": not form.prompt.strip(),
        "request.model": not form.model.strip(),
    }
    code = next((code for code, missing in lacks.items() if missing), None)
    return InvalidRequestError(Message.of(code)) if code else None
