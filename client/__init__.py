"""Edits pictures through Qwen-Image-Edit: everything that programs outside this package use."""

from client.catalog import (
    DEFAULT_MODEL,
    MODELS,
    NEGATIVE_LIMIT,
    PROMPT_LIMIT,
    SEED_MAX,
    Abilities,
    ModelSpec,
    SizeRule,
    is_known,
    model_spec,
)
from client.edits.edit import Edit
from client.edits.edits import Edits
from client.edits.history import History
from client.edits.journal import Bounds, Entry, Parent, State, Usage
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
from client.pictures import IsolatedWorkers, Picture, PictureWork, prepare_picture
from client.service.addresses import picture_link
from client.service.client import ImageEditClient
from client.service.dialects import ABILITIES
from client.service.keys import ApiKey
from client.service.storage import MADE_UP_NAME
from client.settings import ConfigurationError, Settings

__all__ = [
    "ABILITIES",
    "DEFAULT_MODEL",
    "MADE_UP_NAME",
    "MODELS",
    "NEGATIVE_LIMIT",
    "PROMPT_LIMIT",
    "SEED_MAX",
    "Abilities",
    "ApiKey",
    "AuthenticationError",
    "Bounds",
    "Charge",
    "ConfigurationError",
    "ContentRefusedError",
    "Edit",
    "EditRequest",
    "EditResult",
    "Edits",
    "Entry",
    "History",
    "ImageEditClient",
    "ImageEditError",
    "InvalidImageError",
    "InvalidRequestError",
    "IsolatedWorkers",
    "KeptPicture",
    "Message",
    "ModelSpec",
    "NoAnswerError",
    "Parent",
    "Phase",
    "Picture",
    "PictureWork",
    "Progress",
    "QuotaError",
    "RateLimitError",
    "RequestRejectedError",
    "ResultPicture",
    "ServerError",
    "Settings",
    "SizeRule",
    "State",
    "StatusError",
    "UnexpectedResponseError",
    "UnreachableError",
    "Usage",
    "is_known",
    "model_spec",
    "picture_link",
    "prepare_picture",
]
