FROM node:22-slim AS packages
WORKDIR /packages
COPY service/web/package.json service/web/package-lock.json service/web/.npmrc ./
RUN npm ci --ignore-scripts

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/convene \
    && /opt/convene/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY service service
COPY --from=packages /packages/node_modules /packages
RUN /opt/convene/bin/python -m service.embedded.assets /packages \
    && /opt/convene/bin/python -m compileall -q service

FROM python:3.13-slim
RUN groupadd --gid 10001 convene \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin convene
COPY --from=build /opt/convene /opt/convene
COPY --from=build /build/service /app/service
COPY LICENSE /app/LICENSE
WORKDIR /app
ENV PATH=/opt/convene/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8080
# Liveness of the web process; the worker has its own check in deploy/compose.yaml.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
