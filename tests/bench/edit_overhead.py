"""Measures what one edit through the endpoint adds to a bare httpx call of the same bytes, side by side in one run."""

import asyncio
import base64
import os
import statistics
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import uvicorn
from PIL import Image
from space_check import ROOT, free_port, running, wait_for_page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

RUNS: Final = 15
RESULTS: Final = 4
KEY: Final = "sk-bench-0000000000"
PROMPT: Final = "Measure Image 1."


def photograph(megabytes: float) -> bytes:
    """Draw a JPEG of about this size: noise over a gradient, like the grain of a photograph."""
    random = np.random.default_rng(1)
    side = int((megabytes * 1e6 / 0.45) ** 0.5)
    slope = np.linspace(60, 190, side)[:, None, None]
    pixels = (slope + random.normal(0, 14, (side, side, 3))).clip(0, 255).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=92)
    return out.getvalue()


def result() -> bytes:
    """Draw a PNG of about 1.5 MB."""
    pixels = np.random.default_rng(2).integers(0, 256, (708, 708, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def service(png: bytes) -> Starlette:
    """Make a service that answers at once: it reads the request and hands out the same picture four times."""

    async def edits(request: Request) -> Response:
        await request.body()
        links = [{"image": f"http://{request.headers['host']}/{number}.png"} for number in range(RESULTS)]
        choice = {"message": {"content": links}}
        return JSONResponse({"data": [], "metadata": {"output": {"choices": [choice]}}, "request_id": "bench"})

    async def picture(_: Request) -> Response:
        return Response(png, media_type="image/png")

    return Starlette(routes=[Route("/v1/images/edits", edits, methods=["POST"]), Route("/{name}.png", picture)])


async def bare(client: httpx.AsyncClient, base: str, jpeg: bytes) -> None:
    """Send the same edit and fetch its results, with nothing around it."""
    image = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    content = [{"image": image}, {"text": PROMPT}]
    body = {
        "model": "qwen-image-edit-plus",
        "input": {"messages": [{"role": "user", "content": content}]},
        "parameters": {"n": RESULTS},
    }
    answer = await client.post(f"{base}/v1/images/edits", json=body, headers={"Authorization": f"Bearer {KEY}"})
    links = answer.json()["metadata"]["output"]["choices"][0]["message"]["content"]
    await asyncio.gather(*(client.get(link["image"]) for link in links))


async def through_page(client: httpx.AsyncClient, page: str, uploaded: str) -> None:
    """Make the same edit through the endpoint, with the picture uploaded before."""
    picture = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    values = [picture, None, None, PROMPT, "", "qwen-image-edit-plus", RESULTS, "auto", None, True, False]
    event = (await client.post(f"{page}/gradio_api/call/edit", json={"data": values})).json()["event_id"]
    answer = (await client.get(f"{page}/gradio_api/call/edit/{event}")).text
    if "event: complete" not in answer:
        sys.exit(answer)


async def measure(page: str, base: str, jpeg: bytes) -> None:
    """Take turns, and print the medians, what is added and the ratio."""
    async with httpx.AsyncClient(timeout=60) as client:
        upload = await client.post(f"{page}/gradio_api/upload", files={"files": ("photo.jpg", jpeg)})
        uploaded = upload.json()[0]
        times: dict[str, list[float]] = {"bare": [], "page": []}
        for run in range(RUNS + 2):
            for name, seconds in times.items():
                started = time.perf_counter()
                await (bare(client, base, jpeg) if name == "bare" else through_page(client, page, uploaded))
                if run >= 2:
                    seconds.append(1000 * (time.perf_counter() - started))
    plain, whole = (statistics.median(times[name]) for name in ("bare", "page"))
    sys.stdout.write(
        f"{len(jpeg) / 1e6:.1f} MB in, {RESULTS} results out, {RUNS} runs, medians: bare httpx {plain:.0f} ms, "
        f"endpoint {whole:.0f} ms, added {whole - plain:.0f} ms, ratio {whole / plain:.2f}\n"
    )


def main() -> None:
    """Start the service and the app as programs of their own, and measure."""
    if len(sys.argv) > 1:
        uvicorn.run(service(result()), port=int(sys.argv[1]), log_level="error")
        return
    jpeg = photograph(3)
    with tempfile.TemporaryDirectory(prefix="edit-overhead-") as name:
        folder = Path(name)
        service_port, page_port = free_port(), free_port()
        base = f"http://127.0.0.1:{service_port}"
        settings = {
            "QWEN_EDIT_BASE_URL": base,
            "QWEN_EDIT_API_KEY": KEY,
            "QWEN_EDIT_HOME": str(folder / "home"),
            "GRADIO_SERVER_PORT": str(page_port),
            "PYTHONPATH": str(ROOT / "tests"),
        }
        environment = {**os.environ, **settings}
        (folder / "service").mkdir()
        with (
            running([sys.executable, Path(__file__).resolve(), str(service_port)], folder / "service", environment),
            running([sys.executable, ROOT / "app.py"], folder, environment) as program,
        ):
            problem = wait_for_page(program, page_port, "localhost")
            if problem:
                sys.exit(problem)
            asyncio.run(measure(f"http://127.0.0.1:{page_port}", base, jpeg))


if __name__ == "__main__":
    main()
