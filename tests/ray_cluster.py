"""A Ray cluster on loopback: a head and nodes, each a machine of its own to Ray, in a network nobody else can reach.

Ray listens on every interface, whatever it is told. As root the cluster therefore gets a network namespace with
nothing but loopback in it; whoever wants to talk to it works `with cluster.network():`. Without root there is no such
namespace: then it runs in the machine's own network, and only its token keeps others out.

Nodes are called 127.0.0.2, .3 and .4: Ray rewrites 127.0.0.1 to the machine's own address, and takes nodes of one
address for one machine.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40
_STARTS_WITHIN_S = 90.0
HEAD, FIRST, SECOND = "127.0.0.2", "127.0.0.3", "127.0.0.4"


class RayCluster:
    """`start` the head, `add` nodes, `kill` either; `close` leaves no process, however it was left."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nr-"))  # short: Ray's sockets are below it
        self.network_file = _new_network() if os.geteuid() == 0 else None
        self.env = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(24),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_enable_metrics_collection": "0",
            "NARRATE_TEST_CLUSTER": self.folder.name,
        }
        self.port = 6379 if self.network_file is not None else _free_port()

    @property
    def address(self) -> str:
        return f"{HEAD}:{self.port}"

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread, the threads it starts and their processes are in the cluster's network."""
        if self.network_file is None:
            yield
            return
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self.network_file)
            yield
        finally:
            _enter(own)
            os.close(own)

    def start(self) -> None:
        """The head: it keeps the list of nodes, and speaks nothing itself."""
        # a head that was killed leaves the address of its session behind, and the next would take it for its own
        shutil.rmtree(self.folder / "ray", ignore_errors=True)
        self._ray(
            "--head", f"--port={self.port}", f"--node-ip-address={HEAD}", f"--temp-dir={self.folder / 'ray'}",
            "--num-cpus=0", "--num-gpus=0", "--include-dashboard=false",
        )  # fmt: skip

    def add(self, address: str) -> None:
        """A machine with room for two voices, and a GPU that exists on paper."""
        self._ray(f"--address={self.address}", f"--node-ip-address={address}", "--num-cpus=2", "--num-gpus=1")

    def kill_node(self, address: str) -> None:
        """SIGKILL for everything on this machine at once."""
        (raylet,) = self.raylets(address)
        for pid in (raylet, *_descendants(raylet)):
            _kill(pid)

    def kill_head(self) -> None:
        """SIGKILL for the process that knows the cluster, and for those that belong to it."""
        for pid, command in self.processes():
            if "gcs_server" in command or "monitor.py" in command or "dashboard.py" in command:
                _kill(pid)

    def kill_all(self) -> None:
        """Every process of the cluster; those who talk to it live on."""
        while found := [pid for pid, command in self.processes() if "ray" in command and "ray_driver" not in command]:
            for pid in found:
                _kill(pid)
            time.sleep(0.05)

    def restart(self, *addresses: str) -> None:
        """What systemd or Kubernetes does after the head is lost: everything anew."""
        self.kill_all()
        self.start()
        for address in addresses:
            self.add(address)

    def close(self) -> None:
        self.kill_all()
        if self.network_file is not None:
            os.close(self.network_file)
        shutil.rmtree(self.folder, ignore_errors=True)

    def raylets(self, address: str) -> list[int]:
        """The process that makes a machine a node of the cluster."""
        return [
            pid
            for pid, command in self.processes()
            if "raylet/raylet" in command and f"--node_ip_address={address} " in command
        ]

    def actors(self) -> list[int]:
        """Process ids of those that speak."""
        return [pid for pid, command in self.processes() if command.startswith("ray::Actor")]

    def drivers(self) -> list[int]:
        """Process ids of those that hand out work."""
        return [pid for pid, command in self.processes() if "ray_driver" in command]

    def processes(self) -> list[tuple[int, str]]:
        """(process id, command line) of everything in the cluster's network, or with its mark."""
        own = f"net:[{os.fstat(self.network_file).st_ino}]" if self.network_file is not None else None
        mark = f"NARRATE_TEST_CLUSTER={self.folder.name}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if own is None:
                    is_ours = mark in (entry / "environ").read_bytes()
                else:
                    is_ours = os.readlink(entry / "ns" / "net") == own
                if is_ours and entry.name != str(os.getpid()):
                    found.append((int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()))
            except OSError:
                continue  # it has just ended
        return [(pid, command) for pid, command in found if command]

    def _ray(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--object-store-memory=80000000", *arguments]
        with self.network(), (self.folder / "start.log").open("w") as log:
            done = subprocess.run(
                command,
                env=os.environ | self.env,
                stdout=log,
                stderr=log,
                timeout=_STARTS_WITHIN_S,
                check=False,
                start_new_session=True,  # what Ray does to its process group is no business of the tests'
            )
        assert done.returncode == 0, (self.folder / "start.log").read_text()


def _new_network() -> int:
    """A network namespace with loopback up, as an open file."""
    opened: list[int] = []

    def make() -> None:  # in a thread of its own, which then is in that network for good
        _check(ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP | _IFF_RUNNING))
        opened.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert opened, "root, and no network namespace can be made: run the tests with CAP_SYS_ADMIN, or not as root"
    return opened[0]


def _enter(network_file: int) -> None:
    _check(ctypes.CDLL(None, use_errno=True).setns(network_file, _CLONE_NEWNET))


def _check(status: int) -> None:
    if status != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
