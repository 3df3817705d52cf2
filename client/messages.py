"""What the client has to say to a person: a code for programs and translators, and the English sentence.

Errors, notes about a picture and warnings about an answer are all a `Message`. The page looks its code up in the
reader's language; `str(message)` is the English sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for a person: `code` names it, `facts` fill its placeholders."""

    code: str
    facts: Mapping[str, str | int | float]

    @classmethod
    def of(cls, code: str, **facts: str | float) -> "Message":
        """Make the message `code`, which must stand in `ENGLISH`."""
        return cls(code, facts)

    def __str__(self) -> str:
        return ENGLISH[self.code].format_map(self.facts)


ENGLISH: Final[Mapping[str, str]] = {
    # What was done to a picture, in the order in which it is done.
    "picture.first_frame": "first of {frames} frames",
    "picture.upright": "turned upright",
    "picture.depth": "brought to 8 bits a colour",
    "picture.srgb": "colours converted to sRGB",
    "picture.shrunk": "shrunk to {width}×{height}",
    "picture.converted": "converted to {format}",
    "picture.compressed": "compressed to fit {limit} MB",
    "picture.private": "without private details",
    "picture.small": "under 384 px: may come out poor",
    "picture.as_is": "sent as it is",
    # Pictures that cannot be taken.
    "image.missing": "The picture is no longer there. Please add it again.",
    "image.empty": "This file is empty.",
    "image.unknown": (
        "This file is not a picture in a format that can be used (JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP)."
    ),
    "image.unsupported": "This kind of {format} cannot be read. Save it as PNG or JPEG, then add it again.",
    "image.too_hard": "This picture takes too much time or memory to read. Save it as PNG or JPEG, then add it again.",
    "image.damaged": "This picture is damaged and cannot be read.",
    "image.too_large": "This picture has {megapixels} megapixels; at most {limit} can be used.",
    "image.too_long": "This picture is {width}×{height}; no side may be longer than {limit} pixels.",
    "image.too_heavy": "This file has {megabytes} MB; at most {limit} MB can be used.",
    # Masks that cannot be used.
    "mask.unreadable": "The painted region is not a picture that can be read. Please paint it again.",
    "mask.size": "The painted region is {width}×{height}, but the picture is {wanted_width}×{wanted_height}. "
    "Please paint it again.",
    "mask.empty": "Nothing is painted. Paint over what should change.",
    "mask.all": "Everything is painted. Leave out what should stay as it is.",
    # Requests that are not sent.
    "request.no_picture": "Add at least one picture.",
    "request.too_many_pictures": "At most {limit} pictures can be used at once; there are {count}.",
    "request.no_prompt": "Say what should change.",
    "request.model": "Choose a model.",
    "request.model_name": "A model's name has at most {limit} printable characters.",
    "request.n": "{model} makes 1 to {limit} results; {n} were asked for.",
    "request.n_single": "{model} makes one result at a time; {n} were asked for.",
    "request.seed": "The seed must be a whole number from 0 to 2147483647.",
    "request.size": "The size must be “auto” or a width and a height such as 1024*1536.",
    "request.size_side": "{model} takes widths and heights from {low} to {high} pixels; "
    "{width}×{height} was asked for.",
    "request.size_area": "{model} takes sizes from {low}×{low} to {high}×{high} pixels in total; "
    "{width}×{height} was asked for.",
    "request.size_ratio": "{model} takes shapes from 1:8 to 8:1; {width}×{height} was asked for.",
    "request.same_size_as": "The number of the picture whose size is wanted must be from 0 to {limit}.",
    "request.same_size": "There is no image {number} as a file whose size the results could have; nothing was sent.",
    "request.field": "“{field}” cannot be used: {reason}.",
    "request.url": "This link cannot be used. It must be a public http, https or oss address of a picture.",
    "request.no_links": "This server takes no links to pictures. Add the picture as a file.",
    "request.key": "The key has characters that no key has, or is too short. Please copy it again.",
    "request.address": "This is not the address of a service: it must begin with http:// or https://.",
    "request.public_address": "On this public page only the services that it knows can be chosen.",
    "request.no_key": "A key is needed for this service. Enter one.",
    "request.wire": "The request cannot be sent to this address as it is; nothing was sent.",
    "request.disk_full": "Only {megabytes} MB are free where results are stored; nothing was sent.",
    "request.folder": "The folder for results cannot be written to; nothing was sent.",
    "request.journal": "The history cannot be written to; nothing was sent.",
    "request.home": "The folder for results cannot be used, perhaps because another program uses it; nothing was sent.",
    "request.closing": "The program is closing; nothing was sent.",
    # Edits that did not work.
    "error.stopped": "Stopped before anything was sent.",
    "error.stopped_sent": "Stopped while the service was at work. If results come, they will be in the history.",
    "error.program_ended": "The program ended before the edit was made. It costs nothing.",
    "error.cut_off": "The program ended while the service was at work. The edit may have been made.",
    "error.closing": "The program is closing. The results are fetched when it starts again.",
    "error.unreachable": "The service could not be reached; nothing was sent.",
    "error.proxy": "The proxy of this network did not let the request through; nothing was sent.",
    "error.no_answer": "The request was sent, but no answer came. The edit may have been made.",
    "error.server": "The service failed: {said}",
    "error.rejected": "The service refused the request: {said}",
    "error.key_refused": "The service did not accept the key.",
    "error.not_allowed": "The service does not allow this to this key, or from this network.",
    "error.quota": "There is no money or quota left on this account.",
    "error.rate_limit": "The service is asked too much at the moment.",
    "error.content_refused": "The service's content check refused the prompt or a picture.",
    "error.model_not_found": "The service does not offer this model.",
    "error.wrong_address": "There is no image editing at the service's address.",
    "error.too_large": "The pictures are too large for the service: {megabytes} MB were sent.",
    "error.image_url": "The service could not open the link to a picture.",
    "error.rewrite_failed": "The service could not rewrite the prompt.",
    "error.perhaps_size_with_n": "The service refused the request, perhaps because it makes several results only "
    "where no size is asked for: {said}",
    # In the histories of earlier versions.
    "error.size_with_n": "The service refused several results together with a size.",
    "error.unreadable": "The service answered with something that cannot be read. The edit may have been made.",
    "error.no_image": "The service answered without a picture.",
    "error.expired": "The links to the results have expired.",
    "error.answer_gone": "The service's answer is no longer on this disk, so its results cannot be fetched.",
    "error.not_fetched": "The edit was made, but its results could not be fetched.",
    "error.result_address": "The edit was made, but the service's link to the result cannot be opened safely.",
    "error.result_too_large": "The edit was made, but a result has more than {limit} MB.",
    "error.not_a_picture": "What the service gave as a result is not a picture.",
    "error.not_stored": "The edit was made, but its results could not be stored on this disk.",
    "error.unexpected": "Something went wrong in this program.",
    # What a person should know before or after an edit.
    "warn.prompt_long": "The prompt has {count} characters; the service cuts what follows the first {limit}.",
    "warn.negative_long": "The negative prompt has {count} characters; "
    "the service cuts what follows the first {limit}.",
    "warn.oss": "The service may not be able to open an oss address.",
    "warn.no_watermark": "This server adds no watermark.",
    "warn.fewer": "{received} of {requested} results came. All {requested} may be charged.",
    "warn.not_fetched": "{count} of {requested} results could not be fetched.",
    "warn.unknown_model": "{model} is not a model this page knows; the service decides.",
}
