"""Calls the running page as a program would that has read how its own browser code calls it."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

MARK = {"_type": "gradio.FileData"}
# What the endpoint takes after the pictures and the prompt: nothing out of the ordinary.
REST = ("", None, 1, "auto", None, True, False)


@dataclass(frozen=True)
class Ended:
    """How a call ended: with values or an error, or refused by the doors with a status and a text."""

    values: list[Any]
    error: str | None = None
    status: int = 200
    success: bool = False

    @property
    def text(self) -> str:
        return json.dumps([self.values, self.error], ensure_ascii=False)


class Caller:
    """One visitor without a browser; `session` is what Gradio knows them by."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.session = uuid.uuid4().hex
        self.config: dict[str, Any] = http.get("/config").json()
        self.components = {each["id"]: each for each in self.config["components"]}

    @property
    def listeners(self) -> list[dict[str, Any]]:
        """List every listener that runs on the server."""
        return [each for each in self.config["dependencies"] if each["backend_fn"]]

    def listener(self, elem_id: str, event: str) -> dict[str, Any]:
        """Find what happens at an event of the element with this id."""
        (found,) = (
            each
            for each in self.listeners
            if any(self.named(target) == elem_id and happens == event for target, happens in each["targets"])
        )
        return found

    def named(self, component: int | None) -> str:
        """Return the element id of a component."""
        name: str = self.components[component]["props"].get("elem_id") or "" if component in self.components else ""
        return name

    def inputs(self, listener: dict[str, Any], **changes: object) -> list[Any]:
        """Return what a fresh page would send to a listener, with `changes` by element id."""
        ids = {name.replace("_", "-"): value for name, value in changes.items()}
        return [ids.get(self.named(each), self._fresh(self.components[each])) for each in listener["inputs"]]

    def _fresh(self, component: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the component begins with
        value = component["props"].get("value")
        return "" if component["type"] == "textbox" and value is None else value

    def upload(self, *files: Path | tuple[str, bytes]) -> list[str]:
        named = [(file.name, file.read_bytes()) if isinstance(file, Path) else file for file in files]
        paths: list[str] = self.http.post("/gradio_api/upload", files=[("files", one) for one in named]).json()
        return paths

    def put(self, file: Path | tuple[str, bytes]) -> dict[str, Any]:
        """Upload a file and name it as the browser does."""
        (path,) = self.upload(file)
        return {"path": path, "meta": MARK}

    def call(self, listener: dict[str, Any], values: list[Any], **more: object) -> Ended:
        """Call a listener in this session and wait for its last answer."""
        body = {"data": values, "fn_index": listener["id"], "session_hash": self.session, **more}
        joined = self.http.post("/gradio_api/queue/join", json=body)
        if joined.status_code != httpx.codes.OK:
            return Ended([], joined.text, joined.status_code)
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for message in _messages(stream):
                if message["msg"] == "process_completed":
                    output = message["output"]
                    return Ended(output.get("data", []), output.get("error"), success=message["success"])
        raise AssertionError(body)

    def edit(self, *values: object) -> Ended:
        """Call the documented endpoint as the README does with curl."""
        joined = self.http.post("/gradio_api/call/edit", json={"data": list(values)})
        if joined.status_code != httpx.codes.OK:
            return Ended([], joined.text, joined.status_code)
        answer = self.http.get(f"/gradio_api/call/edit/{joined.json()['event_id']}").text
        event, said = answer.strip().rsplit("event: ", 1)[1].split("\ndata: ", 1)
        known = json.loads(said)
        return Ended(known, success=True) if event == "complete" else Ended([], known["error"])


def _messages(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in stream.iter_lines():
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


@contextmanager
def calling(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        yield http
