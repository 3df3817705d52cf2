"""Pictures on their way in: looked at, checked, and made fit to be sent."""

from client.pictures.apart import PicturesApart
from client.pictures.header import read_header
from client.pictures.picture import Picture, PictureHeader
from client.pictures.prepare import describe_picture, prepare_picture
from client.pictures.preview import preview_png

__all__ = [
    "Picture",
    "PictureHeader",
    "PicturesApart",
    "describe_picture",
    "prepare_picture",
    "preview_png",
    "read_header",
]
