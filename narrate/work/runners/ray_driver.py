"""`python -m narrate.work.runners.ray_driver`: packs on stdin, spoken by actors of a Ray cluster, sounds on stdout.

The only file that imports Ray, and a process of its own: Ray ends the process that holds its driver when the machine's
node or the cluster's head is lost. Here nothing else dies with it; whoever started it starts it anew.

Nothing is assigned: an actor that is idle takes the next pack. An actor whose machine is gone waits for room on another
one (max_restarts=-1) and holds no pack meanwhile (no retries: a lost pack is reported as lost).

    in    {"pack": id}, with a request of voices.wire as its payload
    out   {"free": 1}                      one more actor is idle; sending a pack takes one away
          {"of": id}, with a frame of voices.worker's answer as its payload
          {"lost": id, "why", "counts"}    no more will come of this pack
          {"nodes": n, "actors": n}        every few seconds: the cluster is there
          {"gone": why}                    the cluster isn't; nothing comes after this
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO, NoReturn

import ray
from ray.exceptions import RayActorError, RayError

from narrate.work.runners.cluster import Wish
from voices.wire import Header, pack_frame, read_frame
from voices.worker import Speaker, exactly, take_pipes

_LOOK_AT_NODES_S = 2.0
_HEAD_ANSWERS_WITHIN_S = 10.0
_NODE_ANSWERS_WITHIN_S = 2.0
_TRY_AGAIN_S = 0.5


class Actor(Speaker):
    """A worker's engines in a process that Ray keeps on some machine."""

    def node(self) -> str:
        """The id of the node it is on."""
        return str(ray.get_runtime_context().get_node_id())


class Driver:
    """Feeds the actors from one queue, in one thread. `run` ends with RayError or OSError when the cluster is lost."""

    def __init__(self, wish: Wish, requests_in: BinaryIO, answers: BinaryIO) -> None:
        self._wish = wish
        self._requests_in = requests_in
        self._answers = answers
        self._packs: asyncio.Queue[tuple[str, Header]] = asyncio.Queue()
        self._addresses: dict[str, tuple[str, int]] = {}  # of the nodes that are alive, by their ids
        self._n_ready = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read_packs, args=(loop,), daemon=True).start()
        actors: list[asyncio.Task[None]] = []
        while True:
            nodes = await self._nodes()
            while len(actors) < (self._wish.n_actors or self._room(nodes)):
                actors.append(asyncio.create_task(self._serve()))
            for broken in [task for task in actors if task.done()]:
                broken.result()
            self._send({"nodes": len(nodes), "actors": self._n_ready})
            await asyncio.sleep(_LOOK_AT_NODES_S)

    async def _nodes(self) -> list[Mapping[str, float]]:
        """The resources of each node that is alive."""
        try:
            nodes = await asyncio.wait_for(asyncio.to_thread(ray.nodes), _HEAD_ANSWERS_WITHIN_S)
        except TimeoutError:
            raise OSError("the cluster's head doesn't answer") from None
        alive = [node for node in nodes if node["Alive"]]
        self._addresses = {node["NodeID"]: (node["NodeManagerAddress"], node["NodeManagerPort"]) for node in alive}
        if ray.get_runtime_context().get_node_id() not in self._addresses:
            raise OSError("the cluster was started anew without this machine")
        return [node["Resources"] for node in alive]

    async def _is_up(self, node: str) -> bool:
        """Whether the machine an actor died on is still there. Ray itself takes 15 s to find out."""
        try:
            opening = asyncio.open_connection(*self._addresses[node])
            _, writer = await asyncio.wait_for(opening, _NODE_ANSWERS_WITHIN_S)
        except (KeyError, OSError):
            return False
        writer.close()
        return True

    def _room(self, nodes: list[Mapping[str, float]]) -> int:
        wanted = {"CPU": self._wish.num_cpus, "GPU": self._wish.num_gpus}
        return sum(min(int(node.get(kind, 0) / n) for kind, n in wanted.items() if n) for node in nodes)

    async def _serve(self) -> None:
        """One actor's life, for ever."""
        actor = self._hire()
        while True:
            try:
                node = await actor.node.remote()
            except RayError as error:
                if isinstance(error, RayActorError) and "unavailable" not in str(error):  # it won't come back
                    actor = self._hire()
                await asyncio.sleep(_TRY_AGAIN_S)
                continue
            self._n_ready += 1
            try:
                while True:
                    self._send({"free": 1})
                    pack_id, request = await self._packs.get()
                    why = await self._speak(actor, pack_id, request)
                    if why is not None:
                        break
            finally:
                self._n_ready -= 1
            is_up = await self._is_up(node)
            why = why if is_up else "the machine it was spoken on is gone"
            self._send({"lost": pack_id, "why": why, "counts": is_up})

    def _hire(self) -> Any:
        wish = self._wish
        return (
            ray.remote(Actor)
            .options(num_cpus=wish.num_cpus, num_gpus=wish.num_gpus, max_restarts=-1, max_task_retries=0)
            .remote()
        )

    async def _speak(self, actor: Any, pack_id: str, request: Header) -> str | None:
        """Pass on what the actor says. Why no more will come, None when it has said everything."""
        frames = aiter(actor.answer.options(num_returns="streaming").remote(request))
        try:
            while (frame := await asyncio.wait_for(_next(frames), self._wish.deadline_s)) is not None:
                self._send({"of": pack_id}, frame)
        except TimeoutError:
            ray.kill(actor, no_restart=False)
            return f"the speaking process made no progress in {self._wish.deadline_s:g} s and was killed"
        except RayError as error:
            return f"the speaking process died: {type(error).__name__}"
        return None

    def _send(self, header: Header, payload: bytes = b"") -> None:
        self._answers.write(pack_frame(header, payload))
        self._answers.flush()

    def _read_packs(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own, so that the process ends with its parent whatever it waits for."""
        try:
            while True:
                header, payload = read_frame(exactly(self._requests_in))
                request, _ = read_frame(exactly(io.BytesIO(payload)))
                loop.call_soon_threadsafe(self._packs.put_nowait, (header["pack"], request))
        except EOFError:
            os._exit(0)


async def _next(frames: AsyncIterator[Any]) -> bytes | None:
    """The next frame, None after the last."""
    try:
        return bytes(await (await anext(frames)))
    except StopAsyncIteration:
        return None


def main() -> NoReturn:
    """Serve until stdin ends or the cluster is lost."""
    requests_in, answers = take_pipes()
    wish = Wish(**json.loads(sys.argv[1]))
    try:
        ray.init(address=wish.address, log_to_driver=False, logging_level=logging.ERROR)
        driver = Driver(wish, requests_in, answers)
        asyncio.new_event_loop().run_until_complete(driver.run())
    except BrokenPipeError:
        os._exit(0)
    except (RayError, OSError, RuntimeError, ValueError) as error:
        answers.write(pack_frame({"gone": " ".join(str(error).split())}))
        answers.flush()
    os._exit(1)  # neither through asyncio's farewell nor through Ray's: both may wait for a head that is gone


if __name__ == "__main__":
    main()
