"""One edit from request to stored results, or to the error that says why not."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import anyio
import anyio.to_thread
import httpx

from client.edits.record import MAY_COME_YET, Outcome, Record, Unrecorded
from client.edits.run import OnProgress, Run
from client.errors import Charge, ImageEditError, InvalidRequestError, UnexpectedResponseError
from client.messages import Message
from client.models import EditRequest, EditResult, Phase, ResultPicture
from client.pictures import Picture
from client.service import storage
from client.service.answers import Edited, WireAnswer
from client.service.dialects import DIALECTS
from client.service.failures import Kind, words_of
from client.service.keys import ApiKey, guard_logs, redacted, redacting_logger, without_key
from client.service.listing import list_models
from client.service.post import TIMEOUT, Make, Sender, Sleep
from client.service.results import Results, pictures_among
from client.service.transport import GuardedTransport, Resolve, make_transport, resolve
from client.settings import Settings

# The offline engine wants a bearer key as the service does, and looks no closer.
OFFLINE_KEY: Final = ApiKey("offline-engine")
_READ_IN_PLACE: Final = 256 * 1024

GivePictures = Callable[[], Awaitable[Sequence[Picture | str]]]

_log: Final = redacting_logger(__name__)


class ImageEditClient:
    """Edits pictures through a service, or through the offline engine where there is neither key nor address.

    It holds nothing open between two calls. `transport` replaces the network (the offline engine, a mock); `resolve`,
    `sleep` and `timeout` are there so that tests need neither a name server nor patience.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        sleep: Sleep = anyio.sleep,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._settings = settings
        self._dialect = DIALECTS[settings.dialect]
        self._transport = transport or make_transport(settings)
        self._resolve = resolve
        self._sleep = sleep
        self._timeout = timeout
        guard_logs()

    async def edit(
        self,
        request: EditRequest,
        on_progress: OnProgress | None = None,
        record: Record | None = None,
        pictures: GivePictures | None = None,
    ) -> EditResult:
        """Send the edit, fetch and store its results, and return them.

        Raises ImageEditError and nothing else; its `charged` says whether the edit may have cost money.
        `on_progress` is called at each change of phase, and after each stored result. `record` is told of each step
        before the next one is taken; without one, nothing but the results is written down. `pictures` gives what
        the request then lacks, each time that it is sent, so that nobody need keep it while the service works.
        """
        record = record or Unrecorded(storage.new_folder(self._settings.results_dir))
        run = Run(self._meant(request), on_progress, record)
        return await self._told(run, self._edit(run, pictures))

    async def fetch(
        self,
        request: EditRequest,
        answer: WireAnswer,
        on_progress: OnProgress | None = None,
        *,
        record: Record,
        elapsed: float = 0.0,
    ) -> EditResult:
        """Go on with an edit whose answer was kept: nothing is sent, what is missing of its results is fetched.

        `elapsed` is how many seconds the answer took. Raises ImageEditError and nothing else.
        """
        run = Run(self._meant(request), on_progress, record, elapsed)
        run.sent = True
        return await self._told(run, self._finish(answer, run))

    def _meant(self, request: EditRequest) -> EditRequest:
        return request.with_seed().model_copy(update={"hosted": self._dialect.ABILITIES.hosted})

    async def _told(self, run: Run, making: Awaitable[EditResult]) -> EditResult:
        try:
            return await making
        except ImageEditError as error:
            raise self._explained(run.explained(error)) from None
        except Exception:  # noqa: BLE001 - whatever happens, an edit that may have cost money ends with a sentence
            _log.exception("an edit failed in a way that nobody thought of")
            charged = Charge.MAYBE if run.sent else Charge.NO
            raise ImageEditError(Message.of("error.unexpected"), charged=charged) from None

    async def models(self) -> tuple[str, ...]:
        """Return the names of the models that the service lists; raises ImageEditError, many services list none."""
        try:
            url = self._dialect.models_url(self._settings.endpoint_base)
            return await list_models(self._sender(), url)
        except ImageEditError as error:
            raise self._explained(error) from None

    @property
    def _key(self) -> ApiKey | None:
        return OFFLINE_KEY if self._settings.offline else self._settings.api_key

    def _explained(self, error: ImageEditError) -> ImageEditError:
        """Return the error without secrets, and with what is meant where a key was refused that was never given."""
        if self._key is None and error.message.code == Kind.KEY.code:
            error.message = Message.of("request.no_key")
        return redacted(error, self._key)

    def _sender(self) -> Sender:
        if self._key is None and self._dialect.ABILITIES.needs_key:
            raise InvalidRequestError(Message.of("request.no_key"))
        return Sender(self._transport, self._key, self._sleep, self._timeout)

    async def _edit(self, run: Run, pictures: GivePictures | None) -> EditResult:
        sender = self._sender()
        await anyio.to_thread.run_sync(storage.check_room, self._settings.results_dir)
        answer = await sender.send(self._maker(run, pictures), run.tell, run.record, words_of(run.request))
        answer = replace(answer, body=without_key(answer.body, self._key))
        await run.record.answered(answer, run.seconds)
        return await self._finish(answer, run)

    def _maker(self, run: Run, pictures: GivePictures | None) -> Make:
        """Return what gives the POST for each attempt; it lacks its pictures where they are given anew."""
        base = self._settings.endpoint_base

        async def make() -> httpx.Request:
            if pictures is None:
                return self._dialect.build_request(run.request, base)
            whole = run.request.model_copy(update={"pictures": await pictures()})
            run.warnings = whole.warnings()
            return self._dialect.build_request(whole, base)

        return make

    async def _finish(self, answer: WireAnswer, run: Run) -> EditResult:
        edited = await self._read(replace(answer, asked=words_of(run.request)))
        await run.record.fetching()
        pictures, warnings = await self._store(edited, answer, run)
        return EditResult(
            pictures=pictures,
            revised_prompt=edited.revised_prompt,
            model=run.request.model,
            seed=run.seed,
            size=run.size,
            requested=run.request.n,
            received=len(edited.images),
            seconds=run.seconds,
            request_id=edited.request_id,
            warnings=(*run.warnings, *warnings),
        )

    async def _read(self, answer: WireAnswer) -> Edited:
        if len(answer.body) <= _READ_IN_PLACE:
            return self._dialect.parse_response(answer)
        return await anyio.to_thread.run_sync(self._dialect.parse_response, answer)

    async def _store(
        self, edited: Edited, answer: WireAnswer, run: Run
    ) -> tuple[tuple[ResultPicture, ...], tuple[Message, ...]]:
        run.tell(Phase.FETCHING, sent=True)
        base = self._settings.endpoint_base
        transport = GuardedTransport(self._transport, base, self._resolve)
        results = Results(transport, base, run.record, self._sleep)
        outcomes = await results.store(edited.images, run.show)
        pictures = pictures_among(outcomes)
        if not pictures:
            raise _nothing_stored(outcomes, edited, answer)
        return _each_once(pictures, run.request.n), _shortfalls(run.request.n, len(outcomes), len(pictures))


def _nothing_stored(outcomes: tuple[Outcome, ...], edited: Edited, answer: WireAnswer) -> UnexpectedResponseError:
    said = [outcome for outcome in outcomes if isinstance(outcome, Message)]
    hopeful = (message for message in said if message.code in MAY_COME_YET)
    return UnexpectedResponseError(
        next(hopeful, said[0]),
        charged=Charge.MAYBE,
        request_id=edited.request_id,
        status=answer.status,
        raw=answer.body,
    )


def _each_once(pictures: tuple[ResultPicture, ...], requested: int) -> tuple[ResultPicture, ...]:
    """Drop repeated pictures where more came than were asked for: a gateway may give one as a link and as base64."""
    if len(pictures) <= requested:
        return pictures
    return tuple({picture.sha256: picture for picture in reversed(pictures)}.values())[::-1]


def _shortfalls(requested: int, received: int, stored: int) -> tuple[Message, ...]:
    warnings = []
    if received < requested:
        warnings.append(Message.of("warn.fewer", received=received, requested=requested))
    if stored < received:
        warnings.append(Message.of("warn.not_fetched", count=received - stored, requested=requested))
    return tuple(warnings)
