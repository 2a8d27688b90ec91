# One image for every process: the API, the worker, the command line.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 libxcb1 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/app YOLO_OFFLINE=true YOLO_AUTOINSTALL=false VITRINE_DATA_DIR=/data \
    VITRINE_MODEL_CACHE=/app/models VITRINE_HOST=0.0.0.0
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY api api
COPY catalog catalog
COPY detector detector
COPY embedder embedder
COPY index index
COPY pipeline pipeline
COPY runtime runtime
COPY service service
COPY telemetry telemetry
COPY workers workers
ARG EXTRA=cpu
RUN pip install --no-cache-dir ".[${EXTRA}]" --constraint constraints.txt \
    && useradd --create-home --uid 10001 vitrine && mkdir /data models && chown vitrine /data models

USER vitrine
# The models as OpenVINO runs them, so that no process has to load torch to start; torch itself runs them on a GPU.
RUN if [ "${EXTRA}" = cpu ]; then vitrine models install; fi
VOLUME /data
EXPOSE 8080
CMD ["vitrine", "serve"]
