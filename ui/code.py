"""An edit as code that makes it once more: the request that its service gets, and the call of this page's own endpoint.

Pictures are left out, and the key is a variable.
"""

import base64
import json
import pprint
import shlex
from email import message_from_bytes
from typing import Any, Final

from client import Entry, KeptPicture, Picture
from client.service.dialects import wire_of

JSON: Final = "application/json"
KEY: Final = "QWEN_EDIT_API_KEY"
ADDRESS: Final = "{address}"  # of this page, which only the browser knows
WIDTH: Final = 96
SECONDS: Final = 600  # an edit may take minutes
PICTURE_FUNCTION: Final = """
def picture(path: str, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"
"""

File = tuple[str, str]  # a picture's name and its type
FormFile = tuple[str, str, str]  # under which name a form holds a file, and the file as above


async def snippets(entry: Entry) -> dict[str, str]:
    """Return the edit as `curl`, as Python with `httpx`, and as a call with `gradio_client`."""
    files = _files(entry)
    stand_ins = [
        one if isinstance(one, str) else Picture(files[place][0].encode(), one.mime, one.width, one.height)
        for place, one in enumerate(entry.pictures)
    ]
    asked = entry.request.model_copy(update={"pictures": tuple(stand_ins)})
    wire = await wire_of(asked, entry.dialect, "" if entry.offline else entry.base)
    named = [file for file in files if file[0]]
    if wire.headers["content-type"] == JSON:
        body, headers = _readable(json.loads(wire.body), named), {"Content-Type": JSON}
        headers |= {name: value for name, value in wire.headers.items() if name.startswith("x-")}
        made = _curl_json(wire.url, headers, body), _python_json(wire.url, headers, body, named)
    else:
        fields, sent = _form(wire.headers["content-type"], wire.body)
        made = _curl_form(wire.url, fields, sent), _python_form(wire.url, fields, sent)
    return {"curl": made[0], "httpx": made[1], "gradio_client": _gradio(entry, files)}


def _files(entry: Entry) -> list[File]:
    """Return a name for each picture, an empty one for a link."""
    return [
        (f"image-{place}.{one.mime.rpartition('/')[2].replace('jpeg', 'jpg')}", one.mime)
        if isinstance(one, KeptPicture)
        else ("", "")
        for place, one in enumerate(entry.pictures, start=1)
    ]


def _placeholder(name: str) -> str:
    return f"<{name}>"


def _readable(body: Any, files: list[File]) -> Any:  # noqa: ANN401 - JSON
    """Put the name of each picture in the place of its bytes."""
    text = json.dumps(body, ensure_ascii=False)
    for name, mime in files:
        sent = f"data:{mime};base64,{base64.b64encode(name.encode()).decode()}"
        text = text.replace(json.dumps(sent), json.dumps(_placeholder(name)))
    return json.loads(text)


def _curl_json(address: str, headers: dict[str, str], body: Any) -> str:  # noqa: ANN401 - JSON
    options = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return _curl(address, [*options, "-d @- <<'JSON'"]) + f"{text}\nJSON\n"


def _curl_form(address: str, fields: dict[str, str], files: list[FormFile]) -> str:
    texts = [f"--form-string {shlex.quote(f'{name}={value}')}" for name, value in fields.items()]
    return _curl(address, [*texts, *(f"-F {shlex.quote(f'{name}=@{file};type={mime}')}" for name, file, mime in files)])


def _curl(address: str, options: list[str]) -> str:
    lines = [f"curl {shlex.quote(address)}", f'-H "Authorization: Bearer ${KEY}"', *options]
    return " \\\n  ".join(lines) + "\n"


def _python_json(address: str, headers: dict[str, str], body: Any, files: list[File]) -> str:  # noqa: ANN401 - JSON
    written = pprint.pformat(body, sort_dicts=False, width=WIDTH)
    for name, mime in files:
        written = written.replace(repr(_placeholder(name)), f"picture({name!r}, {mime!r})")
    more = "".join(f", {name!r}: {value!r}" for name, value in headers.items() if name != "Content-Type")
    prepared = f"{PICTURE_FUNCTION}\nbody = {written}\n"
    return _python(address, "import base64\n", prepared, f"os.environ['{KEY}']", more, "json=body")


def _python_form(address: str, fields: dict[str, str], files: list[FormFile]) -> str:
    opened = "".join(
        f"    ({name!r}, ({file!r}, Path({file!r}).read_bytes(), {mime!r})),\n" for name, file, mime in files
    )
    prepared = f"fields = {pprint.pformat(fields, sort_dicts=False, width=WIDTH)}\nfiles = [\n{opened}]\n"
    # A server of one's own may need no key.
    return _python(address, "", prepared, f"os.environ.get('{KEY}', '')", "", "data=fields, files=files")


def _python(address: str, imports: str, prepared: str, key: str, more: str, sent: str) -> str:  # noqa: PLR0913, PLR0917 - the parts of one text
    return (
        f"{imports}import os\nfrom pathlib import Path\n\nimport httpx\n\n{prepared}"
        f"headers = {{'Authorization': f\"Bearer {{{key}}}\"{more}}}\n"
        f"answer = httpx.post({address!r}, headers=headers, {sent}, timeout={SECONDS})\n"
        "answer.raise_for_status()\nprint(answer.json())\n"
    )


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], list[FormFile]]:
    """Return what a form says, and under which name it holds which file."""
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    files: list[FormFile] = []
    for part in form.walk():
        name, content = str(part.get_param("name", header="Content-Disposition")), part.get_payload(decode=True)
        file = part.get_filename()
        if file is not None:
            files.append((name, file, part.get_content_type()))
        elif isinstance(content, bytes):
            fields[name] = content.decode()
    return fields, files


def _gradio(entry: Entry, files: list[File]) -> str:
    request = entry.request
    images = [f"handle_file({name or one!r})" for (name, _), one in zip(files, entry.pictures, strict=True)]
    values: dict[str, str] = {f"image_{place}": image for place, image in enumerate((*images, "None", "None")[:3], 1)}
    asked = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "model": request.model,
        "n": request.n,
        "size": request.size,
        "seed": request.seed,
        "prompt_extend": request.prompt_extend,
        "watermark": request.watermark,
    }
    values |= {name: repr(value) for name, value in asked.items()}
    arguments = "".join(f"    {name}={value},\n" for name, value in values.items())
    return (
        "from gradio_client import Client, handle_file\n\n"
        f'client = Client("{ADDRESS}")\n'
        f'files, revised_prompt, details = client.predict(\n{arguments}    api_name="/edit",\n)\nprint(files)\n'
    )
