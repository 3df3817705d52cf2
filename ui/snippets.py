"""The code on the API page, with a picture and a prompt in it.

Gradio writes the value that an argument has when it is left out, which for a picture and a prompt is None: code that
can only fail. The values themselves are left as they are, since clients read them from the same answer.
"""

import json
import re
import shlex
from typing import Any, Final

from gradio_client.snippet import generate_code_snippets
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.examples import ASSETS, EXAMPLES
from ui.html import file_url
from ui.words import Language, say

ROUTE: Final = re.compile(r"(.*)/gradio_api/info/?")
CLIENT: Final = re.compile(r'Client\("([^"]*)"')
ADDRESS: Final = re.compile(r"curl -X POST (\S+?)/gradio_api/")
ENDPOINT: Final = "/edit"
ROOT: Final = ASSETS.parent


class Snippets:
    """Middleware that completes what Gradio says of the endpoint."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and the description of the endpoint with better examples."""
        if scope["type"] != "http" or not ROUTE.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        begun: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            (start,) = begun
            content = _completed(bytes(body)) if start["status"] == 200 else bytes(body)  # noqa: PLR2004 - HTTP
            others = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            length = (b"content-length", str(len(content)).encode())
            await send({**start, "headers": [*others, length]})
            await send({"type": "http.response.body", "body": content})

        await self.app(scope, receive, collect)


def _completed(body: bytes) -> bytes:
    """Write the endpoint's code anew; what is not as it is today stays as it came."""
    try:
        info = json.loads(body)
        endpoint = info["named_endpoints"][ENDPOINT]
        old = endpoint["code_snippets"]
        source, root = CLIENT.search(old["python"]), ADDRESS.search(old["bash"])
        if source and root:
            endpoint["code_snippets"] = _snippets(endpoint, source[1], root[1])
            return json.dumps(info).encode()
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    return body


def _snippets(endpoint: dict[str, Any], source: str, root: str) -> dict[str, str]:
    """Write the code in each language; `source` is what clients are told to open, on a Space its name."""
    picture = EXAMPLES[1].pictures[0]
    here, space = picture.relative_to(ROOT).as_posix(), None if source == root else source
    made: dict[str, str] = {}
    # JavaScript takes the picture from an address, the others from a file.
    for path, languages in ((here, ("python", "bash")), (f"{root}/{file_url(picture)}", ("javascript",))):
        shown = {**endpoint, "parameters": [_example(each, path) for each in endpoint["parameters"]]}
        written = generate_code_snippets(ENDPOINT, shown, root, space_id=space, api_prefix="/gradio_api/")
        made |= {language: written[language] for language in languages}
    given = {each["parameter_name"]: _example(each, here)["example_input"] for each in endpoint["parameters"]}
    line = shlex.quote(json.dumps(given, indent=2, ensure_ascii=False))
    return {**made, "cli": f"{{command}} predict {source} {ENDPOINT} {line}"}


def _example(parameter: dict[str, Any], picture: str) -> dict[str, Any]:
    """Return an argument as code is to show it: the first picture and the prompt with a value, others left out."""
    name = parameter["parameter_name"]
    if name == "image_1":
        value = {"path": picture, "url": picture, "meta": {"_type": "gradio.FileData"}}
        return {**parameter, "parameter_has_default": False, "example_input": value}
    if name == "prompt":
        prompt = say(Language.ENGLISH, f"{EXAMPLES[1].key}_prompt")
        return {**parameter, "parameter_has_default": False, "example_input": prompt}
    # For each picture component JavaScript would fetch one, whether it has a value or not.
    return {**parameter, "component": "", "example_input": parameter["parameter_default"]}
