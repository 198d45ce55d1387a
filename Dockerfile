# The service in a container: not root, and with a read-only root.
#
#   docker build -t cyclemlp .
#   docker run --rm --read-only --tmpfs /tmp:exec,size=256m --cap-drop ALL -p 127.0.0.1:8000:8000 \
#       -v "$PWD/runs/demo/classify/run/bundle:/models/digits:ro" cyclemlp
#
# /tmp holds the compiled CPU kernels, hence exec, and nothing of a request.
FROM python:3.11-slim

# gcc compiles the kernels for the processor of the machine that runs the container.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY src src
RUN pip install --no-cache-dir --constraint constraints.txt '.[serve]'

RUN useradd --uid 10001 --no-create-home cyclemlp
USER 10001
ENV HOME=/tmp TORCH_HOME=/tmp/torch HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready')"]
# exec form: SIGTERM reaches the service, which finishes what it accepted
ENTRYPOINT ["cyclemlp"]
CMD ["serve", "/models/digits", "--host", "0.0.0.0", "--port", "8000"]
