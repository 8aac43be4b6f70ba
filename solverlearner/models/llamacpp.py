"""The only file that knows llama.cpp: local weights as a Model, behind a loopback endpoint in this process."""

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, ClassVar

from solverlearner.errors import UsageError, check_range
from solverlearner.files import lock
from solverlearner.models import weights
from solverlearner.models.base import Reply, Request
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.question import Question
from solverlearner.models.tokens import FULL_SAMPLER, asked_fields
from solverlearner.task import JSON

_SMOKE = (
    "SmolLM2-135M is a smoke model: it shows that everything runs. Its numbers are no finding about language models."
)

_LOOK_AGAIN_S = 0.2


@dataclass
class LocalModel:
    """A GGUF file, served inside this process by llama.cpp (xllamacpp) on a free loopback port.

    `path=None` is SmolLM2-135M-Instruct, fetched at first use. `context` is tokens a call, prompt and reply together.
    `sampler="full"` draws from all tokens; llama.cpp by itself draws from the likeliest 40 and cuts further. `logprobs`
    asks for so many log-probabilities a token. It answers one call at a time, on one thread fewer than there are cores
    (all cores are far slower under any load).
    """

    kind: ClassVar[str] = "llamacpp"
    path: str | None = None
    temperature: float = 0.0
    max_tokens: int = 256
    context: int = 4096
    logprobs: int | None = None
    sampler: str = "default"
    _file: Path | None = field(default=None, init=False, repr=False)
    _server: Any = field(default=None, init=False, repr=False)
    _endpoint: OpenAIModel | None = field(default=None, init=False, repr=False)
    _alone: asyncio.Lock | None = field(default=None, init=False, repr=False)
    _turn: FileIO | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, self.context)
        asked_fields(self.logprobs, self.sampler)
        if self.path is not None:
            self._file = weights.gguf(self.path)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem if self.path is not None else "SmolLM2-135M-Instruct"

    @property
    def smoke(self) -> bool:
        """Whether these are the weights that only show that everything runs."""
        return self.path is None

    @property
    def remark(self) -> str | None:
        """That SmolLM2 is a smoke model; nothing for a user's own weights."""
        return _SMOKE if self.path is None else None

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The weights' SHA-256 and the runtime's version; the sampler's fields where it draws from all tokens."""
        full: dict[str, JSON] = {"sampler": dict(FULL_SAMPLER)} if self.sampler == "full" else {}
        return {
            "name": self.name,
            "sha256": self._sha256,
            "runtime": _runtime(),
            "threads": _threads(),
            "context": self.context,
            **full,
        }

    async def open(self) -> None:
        """Fetch, check and load the weights. Raises: UsageError."""
        if importlib.util.find_spec("xllamacpp") is None:
            problem = (
                "needs llama.cpp: pip install 'solverlearner[local]', or choose model=openai, compatible or scripted"
            )
            raise UsageError("model", problem)
        self._turn = await _turn()
        # In a thread, so that Ctrl-C reaches us while weights are fetched or loaded.
        self._endpoint = self._behind(await asyncio.to_thread(self._load))
        await self._endpoint.open()
        self._alone = asyncio.Lock()

    def _behind(self, url: str) -> OpenAIModel:
        return OpenAIModel(
            self.name,
            base_url=url,
            key_env="SOLVERLEARNER_LOCAL_KEY",
            key_required=False,
            proxied=False,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            extra=FULL_SAMPLER if self.sampler == "full" else None,
            logprobs=self.logprobs,
        )

    @cached_property
    def _sha256(self) -> str:
        return weights.sha256(self._file) if self._file else weights.SMOLLM2_SHA256

    def _load(self) -> str:
        import xllamacpp

        file = self._file = self._file or weights.smollm2()
        _ = self._sha256  # of a large file it takes seconds
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_parallel = 1
        params.n_ctx = self.context
        params.cpuparams.n_threads = _threads()
        params.verbosity = -1
        params.ui = False
        params.warmup = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise UsageError(f"path={file}", "llama.cpp cannot load these weights") from error
        return f"{self._server.listening_address}/v1"

    def request(self, call: Question) -> Request:
        """The request that `ask` sends; the endpoint is the weights, for any path of their file and any port."""
        endpoint = self._endpoint or self._behind("http://127.0.0.1")
        return replace(endpoint.request(call), endpoint=f"sha256:{self._sha256} {_runtime()}")

    async def ask(self, call: Question) -> Reply:
        """One completion from the embedded server. Raises: ProviderError."""
        if self._endpoint is None or self._alone is None:
            raise RuntimeError("open the model before asking it")
        # Calls wait here and not in the server's queue, where their time-out and their latency would already count.
        async with self._alone:
            return await self._endpoint.ask(call)

    async def aclose(self) -> None:
        """Stop the server and free the weights."""
        if self._endpoint:
            await self._endpoint.aclose()
        self._endpoint = self._server = None
        if self._turn:
            self._turn.close()


async def _turn() -> FileIO | None:
    """The right to load weights on this machine, held until the file is closed or its process ends.

    Two servers would share the cores, and each take more than twice as long; so the cells of a parallel sweep, and any
    other runs of this user, wait for one another. None where the disk has no locks.
    """
    path = weights.cache_folder() / f"server-{platform.node()}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(path, "a")
        free = _locked(file)
    except OSError:
        return None
    try:
        if not free:
            print("solverlearner: waiting: another run on this machine has a model loaded", file=sys.stderr)
        while not free:
            await asyncio.sleep(_LOOK_AGAIN_S)
            free = _locked(file)
    except BaseException:
        file.close()
        raise
    return file


def _locked(file: FileIO) -> bool:
    try:
        lock(file)
    except BlockingIOError:
        return False
    return True


def _runtime() -> str:
    try:
        return f"xllamacpp {importlib.metadata.version('xllamacpp')}"
    except importlib.metadata.PackageNotFoundError:
        return "no runtime"


def _threads() -> int:
    # The cores that this process may use: on a cluster fewer than the machine has.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(1, cores - 1)
