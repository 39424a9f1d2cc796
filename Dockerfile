# narrate in one image: web pages and worker, embedded voice, ffmpeg; runs as a user without rights.
#   docker build -t narrate .                          docker run -p 8000:8000 -v narrate:/data narrate
#   docker build --build-arg EXTRAS=kokoro,coqui …     adds neural engines, for machines with a GPU (see README)
#   docker build --build-arg EXTRAS=cluster,kokoro …   for the machines of a Ray cluster (docs/operations.md)
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/narrate
COPY pyproject.toml README.md LICENSE requirements-core.lock ./
COPY narrate narrate
COPY voices voices
COPY feeds feeds
RUN /opt/narrate/bin/pip install --no-deps --require-hashes --requirement requirements-core.lock \
 && /opt/narrate/bin/pip install ".${EXTRAS:+[${EXTRAS}]}"

FROM ${PYTHON}
ARG EXTRAS=""
# Neural voices are told by eSpeak NG (GPL-3, in a process of its own) how words sound: it comes with them, never without.
RUN apt-get update \
 && case ",$EXTRAS," in *,coqui,*|*,kokoro,*) espeak=libespeak-ng1 ;; esac \
 && apt-get install -y --no-install-recommends ffmpeg libflite1 $espeak \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --home-dir /home/narrate --shell /usr/sbin/nologin narrate \
 && mkdir /data && chown narrate:narrate /data \
 && echo 'PATH=/opt/narrate/bin:$PATH' > /etc/profile.d/narrate.sh  # a login shell, KubeRay's say, forgets ENV
COPY --from=build /opt/narrate /opt/narrate
# What `docker run --gpus all` lets in, compute and the driver's own library.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
# it listens on the container's own network: what of it is reachable is decided by `docker run -p` and the proxy in front
ENV PATH=/opt/narrate/bin:$PATH PYTHONUNBUFFERED=1 NARRATE_HOME=/data NARRATE_HOST=0.0.0.0 NARRATE_PORT=8000 \
    NARRATE_INSECURE=true
USER narrate
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os,urllib.request as u; u.urlopen('http://127.0.0.1:'+os.environ['NARRATE_PORT']+'/healthz', timeout=4)"]
ENTRYPOINT ["narrate"]
CMD ["run"]
