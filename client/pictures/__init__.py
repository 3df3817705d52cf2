"""Pictures on their way in: looked at, checked, and made fit to be sent."""

from client.pictures.inspect import read_header
from client.pictures.isolate import IsolatedWorkers
from client.pictures.pasting import Pasting
from client.pictures.picture import Picture
from client.pictures.prepare import prepare_picture
from client.pictures.work import PictureWork

__all__ = ["IsolatedWorkers", "Pasting", "Picture", "PictureWork", "prepare_picture", "read_header"]
