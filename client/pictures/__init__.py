"""Pictures on their way in: looked at, checked, and made fit to be sent."""

from client.pictures.apart import PicturesApart, PictureWork, pictures_for
from client.pictures.header import read_header
from client.pictures.picture import Picture, PictureHeader
from client.pictures.prepare import describe_picture, prepare_picture
from client.pictures.preview import preview_png, thumbnail_webp

__all__ = [
    "Picture",
    "PictureHeader",
    "PictureWork",
    "PicturesApart",
    "describe_picture",
    "pictures_for",
    "prepare_picture",
    "preview_png",
    "read_header",
    "thumbnail_webp",
]
