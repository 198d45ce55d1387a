# The service in a container: not root, and with a read-only root.
#
#   docker build -t cyclemlp .
#   docker run --rm --read-only --tmpfs /tmp:size=256m --cap-drop ALL -p 127.0.0.1:8000:8000 \
#       -v "$PWD/runs/demo/classify/run/bundle:/models/digits:ro" cyclemlp
#
# The wheel contains the CPU kernels, so the service needs neither gcc nor a place for them.
FROM python:3.11-slim AS wheel
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /build
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src src
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
COPY constraints.txt /
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir --constraint /constraints.txt "$(echo /wheels/*.whl)[serve,runtime]"

RUN useradd --uid 10001 --no-create-home cyclemlp
USER 10001
ENV HOME=/tmp HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready')"]
# exec form: SIGTERM reaches the service, which finishes what it accepted
ENTRYPOINT ["cyclemlp"]
CMD ["serve", "/models/digits", "--host", "0.0.0.0", "--port", "8000"]
