"""The offline engine: the same API without a network, a key or Qwen. It edits with classic filters, and says so.

It imports nothing else of this project, so that it cannot agree with the client by accident.
"""

from client.offline.server import make_app

__all__ = ["make_app"]
