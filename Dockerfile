# One image for beat, workers, Flower and the command line; docker-compose.yml says which of them a container is.
#
#   docker build -t skep:0.1.0 .

ARG BASE=python:3.13.14-slim-trixie

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv /opt/skep/venv
ENV PATH=/opt/skep/venv/bin:$PATH
WORKDIR /opt/skep/app
# Before the code, which changes more often than what it needs.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary=:all: --requirement requirements.lock
COPY . ./
# Editable, so that `tasks` and `lab` stay out of site-packages. Compiled now: later the root is read-only.
RUN pip install --no-deps --no-build-isolation --editable . \
 && python -m compileall -q . ../venv/lib

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="skep" \
      org.opencontainers.image.description="The autoscaler for Docker Swarm" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# In the image and not `init: true` in the stack, because not every engine brings an init.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
# A new volume at /var/lib/skep takes its owner from here; a tmpfs at /run/skep takes the mode but not the owner, so
# anybody may write there, as in /tmp. Without set-uid programs nobody becomes root again.
RUN groupadd --system --gid 10001 skep \
 && useradd --system --uid 10001 --gid skep --home-dir /var/lib/skep --no-create-home --shell /usr/sbin/nologin skep \
 && install -d -o skep -g skep /var/lib/skep \
 && install -d -m 1777 /run/skep \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=build /opt/skep /opt/skep
ENV PATH=/opt/skep/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SKEP_STATE_DIR=/run/skep
WORKDIR /opt/skep/app
USER 10001:10001
ENTRYPOINT ["tini", "--"]
CMD ["skep", "--help"]
