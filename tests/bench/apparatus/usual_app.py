"""The same app written the usual way, to be measured against: `python usual_app.py SERVICE`.

A plain function for the button, PIL pictures in and out, `httpx.Client`, the queue as it comes.
"""

import base64
import io
import sys

import gradio as gr
import httpx
from PIL import Image


def main(service: str) -> None:
    """Serve a page with one picture, a prompt, a number of results and a gallery."""
    client = httpx.Client(timeout=600)

    def fetched(link: str) -> Image.Image:
        return Image.open(io.BytesIO(client.get(link).content))

    def edit(image: Image.Image, prompt: str, n: int) -> list[Image.Image]:
        coded = io.BytesIO()
        image.convert("RGB").save(coded, "JPEG", quality=95)
        link = "data:image/jpeg;base64," + base64.b64encode(coded.getvalue()).decode()
        body = {
            "model": "qwen-image-edit-plus",
            "input": {"messages": [{"role": "user", "content": [{"image": link}, {"text": prompt}]}]},
            "parameters": {"n": n},
        }
        answer = client.post(f"{service}/v1/images/edits", json=body, headers={"Authorization": "Bearer sk-bench"})
        return [fetched(item["url"]) for item in answer.raise_for_status().json()["data"]]

    with gr.Blocks() as demo:
        image = gr.Image(type="pil", elem_id="slot-1")
        prompt = gr.Textbox(elem_id="prompt")
        n = gr.Slider(1, 6, 1, step=1, elem_id="n")
        gallery = gr.Gallery()
        gr.Button("Edit").click(edit, [image, prompt, n], gallery, api_name="edit")
    demo.launch(quiet=True)


if __name__ == "__main__":
    main(sys.argv[1])
