# syntax=docker/dockerfile:1
# The Python of the image is the one that the checks run on: some pins differ between Python versions.
FROM python:3.11-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --requirement /tmp/requirements.txt
COPY . /app
WORKDIR /app
# Static files get names that carry their content's hash. The values below are gone with this layer's command.
RUN PRODUCTION=true SECRET_KEY=used-for-nothing ALLOWED_HOSTS=localhost DATABASE_URL=sqlite:////tmp/none \
    PULL_SECRET_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= VAR_DIR=/tmp/var STATIC_ROOT=/app/staticfiles /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 flux \
    && useradd --uid 10001 --gid flux --no-create-home --home-dir /var/lib/flux --shell /usr/sbin/nologin flux \
    && install --directory --owner flux --group flux --mode 0700 /var/lib/flux
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PRODUCTION=true \
    VAR_DIR=/var/lib/flux \
    STATIC_ROOT=/app/staticfiles
WORKDIR /app
USER 10001:10001
# The only places that are written to are this volume and /tmp; the root file system may be read-only.
VOLUME /var/lib/flux
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "20", "fluxplatform.wsgi:application"]
