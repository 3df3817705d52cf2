"""What a successful answer delivers, in whichever of the known shapes it comes (contract, sections 2 and 5)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from client.service import answers, failures
from client.service.wire import Edited, WireAnswer

Places = list[dict[str, object]]


def delivered(
    answer: WireAnswer,
    names: Sequence[str] = ("url", "b64_json"),
    image_in: Callable[[str, str], str | bytes] = lambda _, text: answers.image_in(text),
) -> Edited:
    """Return all images of an answer: those that upstream lists, then those that only a gateway lists.

    A gateway's own list holds one image for each of upstream's choices and so loses the others of an edit with several
    results; upstream's list stands in `metadata` or `extra` (contract, section 2). Of `names`, the fields of an image
    in a gateway's list, the first that is filled counts; `image_in` makes an image of a field's name and text.

    Raises UnexpectedResponseError where there is no image, and the error that is told of in a failure with status 200.
    """
    value = answers.parsed(answer.body)
    if not isinstance(value, dict):
        page = answers.is_web_page(answer.headers, answer.body)
        raise failures.web_page(answer) if page else failures.unreadable(answer)
    layers = answers.layers(value)
    contents = list(chain.from_iterable(map(_contents, layers)))
    found = chain(_fields(contents, ("image",)), *(_fields(_results(layer), names) for layer in layers))
    images = tuple(dict.fromkeys(image_in(name, text) for name, text in found))
    if not images:
        raise failures.error_of(answer) if answers.failure_in(value) else failures.no_image(answer)
    revised = chain.from_iterable(_texts(_results(layer), "revised_prompt") for layer in layers)
    request_id = answers.request_id_in(answer.headers, value)
    return Edited(images, next(chain(revised, _texts(contents, "text")), None), request_id)


def _results(layer: dict[str, object]) -> Places:
    listed = layer.get("data")
    return answers.objects(listed) if isinstance(listed, list) else []


def _contents(layer: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the parts of upstream's messages, from the answer itself or from what a gateway kept of it."""
    for place in (layer.get("metadata"), layer.get("extra"), layer):
        for message in answers.reach(place, "output", "choices", "message"):
            content = message.get("content")
            yield from answers.objects({"text": content} if isinstance(content, str) else content)


def _fields(places: Places, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in places:
        given = ((name, place.get(name)) for name in names)
        filled = ((name, text) for name, text in given if isinstance(text, str) and text.strip())
        yield from islice(filled, 1)


def _texts(places: Places, name: str) -> Iterator[str]:
    for place in places:
        text = place.get(name)
        if isinstance(text, str) and text.strip():
            yield text
