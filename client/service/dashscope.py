"""The dialect of the upstream itself, Alibaba Cloud Model Studio: the same body at another address.

A key belongs to one region, so the address must be that of the region in which the key was made.
"""

from typing import Final

import httpx

from client.catalog import Abilities
from client.models import EditRequest
from client.service import qwen
from client.service.answers import Delivered, WireAnswer, delivered_in
from client.service.failures import checked

ABILITIES: Final = Abilities(bases=("https://dashscope.aliyuncs.com", "https://dashscope-intl.aliyuncs.com"))

_PATH: Final = "/services/aigc/multimodal-generation/generation"
# What addresses in the service's own examples end in, and what is left of one that was meant for another dialect.
_ENDS: Final = (_PATH, "/api/v1", "/compatible-mode/v1", "/v1")


def endpoint_base(address: str) -> str:
    """Return the address that paths are added to, always ending in /api/v1."""
    base = address.rstrip("/")
    for end in _ENDS:
        base = base.removesuffix(end)
    return f"{base}/api/v1"


def models_url(base: str) -> str:
    """Return where upstream lists its models, of which there are hundreds: only those for pictures are asked for."""
    return f"{base}/models?name=qwen-image&page_no=1&page_size=100"


def build_request(request: EditRequest, base: str) -> httpx.Request:
    """Return the POST for an edit, answered when it is done; temporary links are resolved where one is among them."""
    post = qwen.build_request(request, base)
    post.url = httpx.URL(f"{base}{_PATH}")
    if any(isinstance(picture, str) and picture.lower().startswith("oss:") for picture in request.pictures):
        post.headers["X-DashScope-OssResourceResolve"] = "enable"
    return post


def parse_response(answer: WireAnswer) -> Delivered:
    """Return all images of an answer, and what it says of the prompt; raises what `checked` raises."""
    return checked(delivered_in(answer), answer)
