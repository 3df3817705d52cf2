FROM python:3.11-slim

WORKDIR /app

ENV PYTHONUNBUFFERED=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    QWEN_EDIT_HOME=/data

# The offline engine writes captions; without these letters it can only write Latin ones.
COPY packages.txt ./
RUN apt-get update \
 && xargs --arg-file packages.txt apt-get install --yes --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*

# The folder belongs to the user before it becomes a volume: a new volume takes over its owner.
RUN useradd --create-home --uid 1000 studio \
 && install --directory --owner studio --group studio "$QWEN_EDIT_HOME"

COPY requirements.txt ./
# The second line is explained in CONTRIBUTING.md, "Pillow".
RUN pip install --no-cache-dir --requirement requirements.txt \
 && pip install --no-cache-dir --no-deps pillow==13.0.0
COPY app.py LICENSE ./
COPY client client
COPY ui ui
COPY assets assets

USER studio
VOLUME ["/data"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import http.client, os, sys;\
page = http.client.HTTPConnection('127.0.0.1', int(os.environ['GRADIO_SERVER_PORT']), timeout=4);\
page.request('GET', '/');\
sys.exit(page.getresponse().status != 200)"]
CMD ["python", "app.py"]
