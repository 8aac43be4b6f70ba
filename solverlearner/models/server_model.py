"""Server model: a server that is started for the length of a run, and asked as any OpenAI-compatible endpoint."""

import asyncio
import importlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from solverlearner.errors import UsageError, check_range
from solverlearner.models import weights
from solverlearner.models.base import OpenedIn, ProviderError, Reply, Request
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.question import Question
from solverlearner.models.server_process import Command, ServerProcess
from solverlearner.task import JSON

if TYPE_CHECKING:
    from solverlearner.models.shared_server import SharedServer

LOG = "server.log"
_LOOK_AGAIN_S = 0.1
_ANSWERS_S = 5.0


@dataclass
class ServerModel:
    """An OpenAI-compatible server that `command` starts when the first call is made, and that ends with the run.

    `{port}` in the command becomes a free port; the server has to listen on 127.0.0.1. It is asked when GET /health, or
    /v1/models where it has no /health, answers, for which it has `start_s` seconds. Its output goes to `server.log` in
    the run's folder. `served` is the model's name in requests; None is the one that the command names, or else the
    first of /v1/models. It takes as many calls at once as /props or the command says. `shared`: runs of a machine
    that give the same command use one server, which ends when none has used it for a while. Raises: UsageError.

        ServerModel("llama-server -m qwen.gguf --port {port} --parallel 8").name    # "qwen"
    """

    kind: ClassVar[str] = "server"
    command: str
    served: str | None = None
    temperature: float | None = 0.0
    max_tokens: int = 256
    start_s: float = 600.0
    key_env: str = "COMPATIBLE_API_KEY"
    timeout_s: float = 600.0
    reasoning_effort: str | None = None
    extra: Mapping[str, JSON] | None = None
    logprobs: int | None = None
    shared: bool = False
    remark: str | None = field(default=None, init=False)
    opened_in: OpenedIn | None = field(default=None, init=False, repr=False)
    at_once: int | None = field(default=None, init=False, repr=False)
    """Calls that the server takes at once, known once it is open; None where it does not say."""
    _told: Mapping[str, JSON] = field(default_factory=dict, init=False, repr=False)
    _server: "ServerProcess | SharedServer | None" = field(default=None, init=False, repr=False)
    _endpoint: OpenAIModel | None = field(default=None, init=False, repr=False)
    _answered: bool = field(default=False, init=False, repr=False)
    """Whether the server has answered a call since it was started or joined."""
    _joining: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("start_s", self.start_s, 1, 86_400)
        _ = self._closed

    @cached_property
    def _command(self) -> Command:
        return Command(self.command)

    @property
    def name(self) -> str:
        """The model's name: as given, or as the command says."""
        return self.served or self._command.model

    @cached_property
    def _closed(self) -> OpenAIModel:
        """The endpoint as long as there is none: its requests are those that the server will get."""
        return self._behind("http://127.0.0.1", self.name)

    @cached_property
    def _weights(self) -> dict[str, str]:
        """The SHA-256 of each file of weights that the command names."""
        return {path.name: weights.sha256(path) for path in self._command.weights}

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The command, and the hash of the weights that it names; once it is open, the name that is sent."""
        told: dict[str, JSON] = {"name": self.name, "command": self.command}
        told |= {"sha256": next(iter(self._weights.values()))} if len(self._weights) == 1 else {}
        return told | dict(self._told)

    def _behind(self, address: str, name: str) -> OpenAIModel:
        return OpenAIModel(
            name,
            base_url=f"{address}/v1",
            key_env=self.key_env,
            key_required=False,
            proxied=False,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            reasoning_effort=self.reasoning_effort,
            extra=self.extra,
            timeout_s=self.timeout_s,
            logprobs=self.logprobs,
        )

    async def open(self) -> None:
        """Start the server and wait until it answers. Raises: UsageError."""
        await asyncio.to_thread(importlib.import_module, "aiohttp")
        await asyncio.to_thread(lambda: self._weights)
        self._answered = False
        folder = self.opened_in.folder if self.opened_in else Path(tempfile.mkdtemp(prefix="solverlearner-server-"))
        while not await self._answers(server := await self._started_or_joined(folder / LOG)):
            await server.aclose()
        slots = await _json(f"{server.address}/props")
        told = slots.get("total_slots") if isinstance(slots, dict) else None
        self.at_once = told if isinstance(told, int) and told > 0 else self._command.at_once
        listed = await _models(server.address)
        served = self.name if self.served or not listed or self.name in listed else listed[0]
        self._endpoint = self._behind(server.address, served)
        self._told = {"served": served, "at_once": self.at_once}
        await self._endpoint.open()

    async def _started_or_joined(self, log: Path) -> "ServerProcess | SharedServer":
        if self.shared:
            from solverlearner.models.shared_server import SharedServer  # Windows has no such locks

            self._server = await SharedServer.joined(self._command, log)
        else:
            self._server = ServerProcess(self._command, log)
        return self._server

    async def _answers(self, server: "ServerProcess | SharedServer") -> bool:
        """Wait for the first answer; false where the server has ended with the run that had started it.

        Raises: UsageError where a server of our own ends before it, or where one never answers.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not await _is_ready(server.address):
            if ended := server.ended:
                if server.of_another:
                    return False
                raise UsageError("command", ended)
            waited = loop.time() - began
            if waited > self.start_s:
                raise UsageError("command", f"the server did not answer within {self.start_s:g} s; {server.last_lines}")
            if self.opened_in:
                self.opened_in.tell(f"the server starts ({waited:.0f} s; {server.log.name} tells more)")
            await asyncio.sleep(_LOOK_AGAIN_S)
        if (ended := server.ended) and not server.of_another:  # another program answers on the port
            raise UsageError("command", ended)
        return not ended

    def request(self, call: Question) -> Request:
        """The request that `ask` sends, for any port and for any name by which the server calls these weights."""
        hashes = "".join(f" sha256:{each}" for each in self._weights.values())
        return replace(self._closed.request(call), endpoint=f"command:{self.command}{hashes}")

    async def ask(self, call: Question) -> Reply:
        """One completion. Raises: ProviderError, for good where the server has ended and is no shared one."""
        server, endpoint = self._server, self._endpoint
        if endpoint is None or server is None:
            raise RuntimeError("open the model before asking it")
        try:
            reply = await endpoint.ask(call)
        except ProviderError as error:
            ended = server.ended
            if ended and self.shared and (self._answered or server.of_another or server is not self._server):
                await self._join_another(server)
                raise ProviderError(ended, retry=True) from error
            if ended:
                raise ProviderError(ended, permanent=True) from error
            raise
        self._answered = True
        return reply

    async def _join_another(self, gone: "ServerProcess | SharedServer") -> None:
        """Join or start another server, once: a scheduler may have ended the first with the job that started it."""
        async with self._joining:
            if self._server is gone:
                await self.aclose()
                await self.open()

    async def aclose(self) -> None:
        """Close the connections and end the server."""
        if self._endpoint:
            await self._endpoint.aclose()
        if self._server:
            await self._server.aclose()
        self._endpoint = self._server = None


async def _is_ready(address: str) -> bool:
    """Whether a server answers and has loaded its model: by /health, which says 503 before; else by /v1/models."""
    status = await _status(f"{address}/health")
    if status in (404, 405, 501):
        status = await _status(f"{address}/v1/models")
    return status is not None and status < 500


async def _status(url: str) -> int | None:
    return (await _get(url))[0]


async def _json(url: str) -> Any:
    status, body = await _get(url)
    try:
        return json.loads(body) if status == 200 else None
    except ValueError:
        return None


async def _get(url: str) -> tuple[int | None, bytes]:
    """Status and body; no status where no response comes."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_ANSWERS_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
            return answer.status, await answer.content.read(1 << 20)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None, b""


async def _models(address: str) -> list[str]:
    """The names of the models that a server lists."""
    listed = await _json(f"{address}/v1/models")
    models = listed.get("data") if isinstance(listed, dict) else None
    names = [each.get("id") for each in models if isinstance(each, dict)] if isinstance(models, list) else []
    return [name for name in names if isinstance(name, str)]
