"""A Gradio app with nothing on its page, to be measured against: `python empty_app.py`."""

import gradio as gr

if __name__ == "__main__":
    with gr.Blocks() as demo:
        pass
    demo.launch(quiet=True)
