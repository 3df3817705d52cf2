"""Edits pictures through Qwen-Image-Edit: what a program needs. The rest is found in the modules, such as `catalog`."""

from client.edits.edit import Edit
from client.edits.edits import Edits
from client.edits.journal import Entry, State
from client.errors import (
    AuthenticationError,
    Charge,
    ContentRefusedError,
    ImageEditError,
    InvalidImageError,
    InvalidRequestError,
    NoAnswerError,
    QuotaError,
    RateLimitError,
    RequestRejectedError,
    ServerError,
    StatusError,
    UnexpectedResponseError,
    UnreachableError,
)
from client.messages import Message
from client.models import EditRequest, EditResult, KeptPicture, Phase, Progress, ResultPicture
from client.pictures import Picture, prepare_picture
from client.pictures.paste_back import Differences, Fitted, PasteBack, difference_map, fit_to_original, paste_back
from client.service.client import ImageEditClient
from client.service.keys import ApiKey
from client.settings import ConfigurationError, Settings

__all__ = [
    "ApiKey",
    "AuthenticationError",
    "Charge",
    "ConfigurationError",
    "ContentRefusedError",
    "Differences",
    "Edit",
    "EditRequest",
    "EditResult",
    "Edits",
    "Entry",
    "Fitted",
    "ImageEditClient",
    "ImageEditError",
    "InvalidImageError",
    "InvalidRequestError",
    "KeptPicture",
    "Message",
    "NoAnswerError",
    "PasteBack",
    "Phase",
    "Picture",
    "Progress",
    "QuotaError",
    "RateLimitError",
    "RequestRejectedError",
    "ResultPicture",
    "ServerError",
    "Settings",
    "State",
    "StatusError",
    "UnexpectedResponseError",
    "UnreachableError",
    "difference_map",
    "fit_to_original",
    "paste_back",
    "prepare_picture",
]
