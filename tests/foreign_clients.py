"""Edits pictures with other people's programs, in a process of its own: `python foreign_clients.py NAME ADDRESS…`.

NAME is `dashscope` or `openai`, the official Python packages of these services, and each ADDRESS is that of a service
on this computer. What came of each call is printed as JSON. Every way out of this computer is shut before the package
is loaded; whatever wanted to go there all the same is printed as well.
"""

import base64
import contextlib
import json
import socket
import sys
from typing import Any

KEY = "sk-canary-0123456789abcdef"
PROMPT = "Turn Image 1 into a pencil sketch.\n把图1变成素描"
NEGATIVE = 'blur, "noise"'
MODEL = "qwen-image-edit-plus"
SELF_HOSTED = "Qwen/Qwen-Image-Edit-2511"
LINK = "https://pictures.example/cat.png"
OUTSIDE = "outside.example"

HERE = {"127.0.0.1", "::1", "localhost", None, b"127.0.0.1", b"localhost"}
WAYS_OUT = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


class ShutError(OSError):
    """This computer is not to be left."""


def shut_in() -> list[str]:
    """Refuse every way out of this computer from now on, and return the list of the hosts that were asked for."""
    asked: list[str] = []

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in WAYS_OUT:
            target = arguments[WAYS_OUT[event]]
            host = target[0] if isinstance(target, tuple) else target
            if host not in HERE:
                asked.append(str(host))
                raise ShutError(host)

    sys.addaudithook(guard)
    return asked


def with_dashscope(address: str, pictures: list[bytes]) -> list[dict[str, Any]]:
    import dashscope  # noqa: PLC0415 - only after the ways out are shut

    dashscope.base_http_api_url = f"{address}/api/v1"
    uris = [f"data:image/png;base64,{base64.b64encode(content).decode()}" for content in pictures]

    def call(*images: str, model: str = MODEL, key: str = KEY, **more: object) -> dict[str, Any]:
        content = [{"image": image} for image in images] + [{"text": PROMPT}]
        answer = dashscope.MultiModalConversation.call(
            api_key=key, model=model, messages=[{"role": "user", "content": content}], **more
        )
        kept = ("status_code", "code", "message", "output", "usage", "request_id")
        return {name: getattr(answer, name) for name in kept}

    every = {"size": "512*640", "negative_prompt": NEGATIVE, "prompt_extend": False, "watermark": True, "seed": 7}
    listed = dashscope.Models.list(page=1, page_size=3, api_key=KEY)
    return [
        call(*uris, n=2, **every),
        call(uris[0], n=1, watermark=False, prompt_extend=True),
        call(uris[0], model="qwen-image-edit-vast"),
        call(LINK),
        {"status_code": listed.status_code, "output": listed.output},
    ]


def with_openai(address: str, pictures: list[bytes]) -> list[dict[str, Any]]:
    import openai  # noqa: PLC0415 - only after the ways out are shut

    client = openai.OpenAI(api_key=KEY, base_url=f"{address}/v1", max_retries=0, timeout=30)
    files = [(f"image-{place}.png", content, "image/png") for place, content in enumerate(pictures, 1)]

    def call(image: object, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what the package takes
        try:
            answer = client.images.edit(image=image, prompt=PROMPT, model=SELF_HOSTED, **more)
        except openai.APIStatusError as error:
            return {"status_code": error.status_code, "body": error.body, "kind": type(error).__name__}
        return {"status_code": 200, "data": [vars(item) for item in answer.data], "size": answer.size}

    extra = {"negative_prompt": NEGATIVE, "seed": 7}
    return [
        call(files, n=2, size="512x640", response_format="b64_json", extra_body=extra),
        call(files[0], n=1, response_format="b64_json"),
        call(files[0], size="512*640"),
        call(("image.png", b"no picture", "image/png")),
        {"status_code": 200, "data": [model.id for model in client.models.list()]},
    ]


def main() -> None:
    name, *addresses = sys.argv[1:]
    pictures = [base64.b64decode(text) for text in json.load(sys.stdin)]
    asked = shut_in()
    edit = {"dashscope": with_dashscope, "openai": with_openai}[name]
    calls = [edit(address, pictures) for address in addresses]
    # Proof that the ways out are shut: this one would be there.
    with contextlib.suppress(ShutError):
        socket.create_connection((OUTSIDE, 80))
    json.dump({"calls": calls, "asked": asked}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
