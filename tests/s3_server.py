"""An S3 store on loopback (moto) in a process of its own, so that it can be killed as a store can go away."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3

#: What the store takes for who we are. moto lets everybody in who signs.
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
_STARTS_WITHIN_S = 60.0


class S3Server:
    """`env` is what a program needs to know of it. `requests` are those it answered, one a line."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.env = KEYS | {"AWS_ENDPOINT_URL": self.url}
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115 - lives as long as the server
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._log)
        end = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
                return
            except OSError:
                assert self._process.poll() is None, "moto's server ended: is moto[server] installed?"
                assert time.monotonic() < end
                time.sleep(0.05)

    def make_bucket(self, name: str) -> None:
        boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=KEYS["AWS_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        ).create_bucket(Bucket=name)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def requests(self) -> list[str]:
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace").splitlines()
