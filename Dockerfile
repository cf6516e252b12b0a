# Five by Five as an image: the virtual environment of requirements/run.lock and nothing that builds it.
#   docker build -t fivebyfive . && docker run --rm -p 8000:8000 fivebyfive
# A tag can be moved. To build on one exact base, ask for its digest (docker buildx imagetools inspect python:3.13-slim) and
# give it:  docker build --build-context python:3.13-slim=docker-image://python:3.13-slim@sha256:... -t fivebyfive .

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src

# strip(1) takes the debugging symbols out of compiled wheels. It stays in this stage, so its version matters little.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*

# Dependencies first: this layer stays cached while only the code changes. The environment itself gets no pip.
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv --without-pip /opt/fivebyfive && python -m venv /opt/build \
    && pip --python /opt/fivebyfive/bin/python install --require-hashes --only-binary :all: -r requirements/run.lock \
    && /opt/build/bin/pip install --require-hashes -r requirements/build.lock

COPY pyproject.toml LICENSE ./
COPY docs/pypi.md docs/
COPY app app
COPY static static
COPY templates templates
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp . \
    && pip --python /opt/fivebyfive/bin/python install --no-deps /tmp/fivebyfive-*.whl

# What is never run there: numpy's tests, headers, type stubs and Fortran compiler driver, and debugging symbols.
RUN find /opt/fivebyfive/lib \( -name tests -o -name __pycache__ \) -type d -prune -exec rm -rf {} + \
    && find /opt/fivebyfive/lib \( -name '*.pyi' -o -name '*.a' -o -name '*.h' \) -type f -delete \
    && rm -rf /opt/fivebyfive/lib/python3.*/site-packages/numpy/f2py \
    && find /opt/fivebyfive/lib -name '*.so' -not -path '*/numpy*' -exec strip --strip-unneeded {} +


FROM python:3.13-slim
LABEL org.opencontainers.image.title="Five by Five" \
      org.opencontainers.image.description="A convolutional network small enough to read every number" \
      org.opencontainers.image.licenses="MIT AND CC-BY-SA-3.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.authors="The Five by Five authors"
COPY --from=build /opt/fivebyfive /opt/fivebyfive
ENV PATH=/opt/fivebyfive/bin:$PATH PYTHONUNBUFFERED=1 FIVEBYFIVE_HOST=0.0.0.0 FIVEBYFIVE_LOG_FORMAT=json
# The same BLAS kernels, and so the same bits, on every x86-64 processor with AVX2 (since 2013); for an older one set
# Sandybridge or Nehalem for all replicas. On arm64 OpenBLAS knows no such name and chooses by the processor.
ENV OPENBLAS_CORETYPE=Haswell

# Importing the service once compiles all that it uses, the standard library too: at run time the root may be read-only.
# The base image's pip has no work here, and nothing here may become root.
RUN python -c 'import fivebyfive.cli, fivebyfive.main; from uvicorn.protocols.http import httptools_impl; from uvicorn.loops import uvloop; fivebyfive.main.create_app()' \
    && rm -rf /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/ensurepip /usr/local/bin/pip* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
ENV PYTHONDONTWRITEBYTECODE=1

USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('FIVEBYFIVE_PORT', '8000') + '/healthz', timeout=2)"]
CMD ["fivebyfive"]
