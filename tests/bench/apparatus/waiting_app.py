"""A Gradio app whose edit does nothing but wait, to be measured against: `python waiting_app.py SECONDS`.

It tells what Gradio's queue and its endpoint cost by themselves when many edits begin at once.
"""

import asyncio
import sys

import gradio as gr

THREADS = 1000  # Gradio caps waiting edits by its threads, for handlers that use none as well


def main(seconds: float) -> None:
    """Serve a page with one picture, a prompt, a number of results and files; the result is the picture itself."""

    async def edit(image: str, _prompt: str, _n: int) -> list[str]:
        await asyncio.sleep(seconds)
        return [image]

    with gr.Blocks() as demo:
        image = gr.Image(type="filepath", elem_id="slot-1")
        prompt = gr.Textbox(elem_id="prompt")
        n = gr.Slider(1, 6, 1, step=1, elem_id="n")
        files = gr.File(file_count="multiple")
        gr.Button("Edit").click(edit, [image, prompt, n], files, api_name="edit", concurrency_limit=None)
    demo.launch(quiet=True, max_threads=THREADS)


if __name__ == "__main__":
    main(float(sys.argv[1]))
