"""Pictures on their way in: looked at, checked, and made fit to be sent."""

from client.pictures.inspect import read_header
from client.pictures.isolate import IsolatedWorkers
from client.pictures.picture import Picture, PictureHeader
from client.pictures.prepare import prepare_picture
from client.pictures.previews import preview_png, thumbnail_webp
from client.pictures.work import Description, PictureWork, describe_picture

__all__ = [
    "Description",
    "IsolatedWorkers",
    "Picture",
    "PictureHeader",
    "PictureWork",
    "describe_picture",
    "prepare_picture",
    "preview_png",
    "read_header",
    "thumbnail_webp",
]
