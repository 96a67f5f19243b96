# Two stages: the first has Node and builds the web part, the second holds what a shop runs.
FROM python:3.13-slim AS build

ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src

COPY tools/uv-requirements.lock tools/
RUN python -m pip install --no-cache-dir --require-hashes --requirement tools/uv-requirements.lock

COPY requirements.lock requirements-runtime.lock ./
RUN uv venv /opt/aftercare \
 && uv pip sync --python /opt/aftercare/bin/python --require-hashes requirements-runtime.lock
# Node comes with the development packages.
RUN uv venv .venv \
 && UV_COMPILE_BYTECODE=0 uv pip sync --python .venv/bin/python --require-hashes requirements.lock

COPY tools tools
COPY web web
RUN .venv/bin/python -m tools.build_web build


FROM python:3.13-slim

ENV PATH=/opt/aftercare/bin:$PATH PYTHONUNBUFFERED=1 AFTERCARE_DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /data --create-home aftercare
WORKDIR /app

COPY --from=build /opt/aftercare /opt/aftercare
COPY --from=build /src/web/dist web/dist
COPY backend backend
COPY bot bot
COPY knowledge knowledge
COPY templates_i18n templates_i18n
RUN python -m compileall -q backend bot knowledge templates_i18n

USER aftercare
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["python", "-m", "backend.cli"]
CMD ["web", "--host", "0.0.0.0", "--port", "8000"]
