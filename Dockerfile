# syntax=docker/dockerfile:1
# One image for every part: `docker run IMAGE up` is the daemon, any other word another command.
# Mount synthmon.yaml and probes/ under /etc/synthmon, secrets under /run/secrets, a volume at /data.

FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
# The dependencies first: they change seldom, and this layer is the large one. Wheels only, so that no compiler is needed
# and nothing foreign runs while the image is built (pycurl's wheel brings its own libcurl).
COPY requirements-runtime.lock requirements-build.lock ./
RUN python -m venv --without-pip /opt/synthmon \
 && python -m pip --python /opt/synthmon/bin/python install --no-deps --require-hashes --only-binary :all: \
      -r requirements-runtime.lock \
 && python -m pip install --no-deps --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY probes probes
COPY synthmon synthmon
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m pip --python /opt/synthmon/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="synthmon" \
      org.opencontainers.image.description="Synthetic transaction monitoring: probe journeys, judged, paged and reported" \
      org.opencontainers.image.licenses="Apache-2.0"
# Nothing is installed into a running container, so nothing that installs is in it. /data is the only place that is kept.
RUN python -m pip uninstall --yes pip \
 && rm -rf /usr/local/lib/python3*/ensurepip \
 && install --directory --owner=65532 --group=65532 --mode=0700 /data \
 && install --directory /etc/synthmon
COPY --from=build /opt/synthmon /opt/synthmon
# The root file system may be read-only: state goes to /data, what is fleeting to /tmp. In a container only an address that
# others reach is of use, and such pages ask for a password (SYNTHMON_WEB_PASSWORD or SYNTHMON_WEB_PASSWORD_FILE).
ENV PATH=/opt/synthmon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    SYNTHMON_DATA_DIR=/data \
    SYNTHMON_WEB_BIND=0.0.0.0:8420
WORKDIR /etc/synthmon
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8420
STOPSIGNAL SIGTERM
# Whether every loop lives, rather than whether a port is open.
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["synthmon", "health"]
ENTRYPOINT ["synthmon"]
CMD ["up"]
