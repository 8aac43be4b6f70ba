"""The only file that knows llama.cpp: local weights as a Model, behind a loopback endpoint in this process."""

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, ClassVar

from solverlearner.errors import UsageError, check_range
from solverlearner.models import weights
from solverlearner.models.base import Reply, Request
from solverlearner.models.draws_together import MOST, DrawsTogether
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.question import Question
from solverlearner.models.tokens import FULL_SAMPLER, asked_fields
from solverlearner.models.waiting_lock import waited_lock
from solverlearner.task import JSON

_SMOKE = (
    "SmolLM2-135M is a smoke model: it shows that everything runs. Its numbers are no finding about language models."
)

_OPENMP_WAIT = "OMP_WAIT_POLICY"


@dataclass
class EmbeddedModel(ABC):
    """GGUF weights, served inside this process by llama.cpp (xllamacpp) on a free loopback port.

    `context` is tokens a call, prompt and reply together. `sampler="full"` draws from all tokens; llama.cpp by itself
    draws from the likeliest 40 and cuts further. `logprobs` asks for so many log-probabilities a token. It answers one
    prompt at a time, on all cores that the process may use; above temperature 0 up to `MOST` draws from it together.
    A subclass says where the weights come from.
    """

    temperature: float = 0.0
    max_tokens: int = 256
    context: int = 4096
    logprobs: int | None = None
    sampler: str = "default"
    _server: Any = field(default=None, init=False, repr=False)
    _endpoint: OpenAIModel | None = field(default=None, init=False, repr=False)
    _draws: DrawsTogether | None = field(default=None, init=False, repr=False)
    _turn: FileIO | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, self.context)
        asked_fields(self.logprobs, self.sampler)

    @property
    @abstractmethod
    def name(self) -> str:
        """Short name for tables and folders."""

    @property
    @abstractmethod
    def _sha256(self) -> str | None:
        """The hash of the weights; None as long as it is not known."""

    @abstractmethod
    async def _weights(self) -> Path:
        """The file of the weights, fetched where it is not there. Raises: UsageError."""

    @property
    def remark(self) -> str | None:
        """A note for readers of its numbers; None without one."""
        return None

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
        file = await self._weights()
        self._turn = await _turn()
        # In a thread, so that Ctrl-C reaches us meanwhile; so are weights fetched.
        self._endpoint = self._behind(await asyncio.to_thread(self._load, file))
        await self._endpoint.open()
        self._draws = DrawsTogether(self._endpoint, self._together)

    @property
    def _together(self) -> int:
        """Draws in one request. At temperature 0 every prompt is asked once."""
        return MOST if self.temperature > 0 else 1

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

    def _load(self, file: Path) -> str:
        with _passive_threads():
            import xllamacpp

        _ = self._sha256  # of a large file it takes seconds
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_parallel = self._together
        params.n_ctx = self.context + (self._together - 1) * self.max_tokens  # draws share the prompt's cells
        params.kv_unified = True
        params.cpuparams.n_threads = _threads()
        params.verbosity = -1
        params.ui = False
        params.warmup = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise UsageError(f"path={file}", "llama.cpp cannot load these weights") from error
        return f"{self._server.listening_address}/v1"

    def request(self, call: Question) -> Request | None:
        """The request that `ask` sends; the endpoint is the weights, for any path of their file and any port."""
        if self._sha256 is None:
            return None
        endpoint = self._endpoint or self._behind("http://127.0.0.1")
        return replace(endpoint.request(call), endpoint=f"sha256:{self._sha256} {_runtime()}")

    async def ask(self, call: Question) -> Reply:
        """One completion from the embedded server. Raises: ProviderError."""
        if self._draws is None:
            raise RuntimeError("open the model before asking it")
        return await self._draws.ask(call)

    async def aclose(self) -> None:
        """Stop the server and free the weights."""
        if self._endpoint:
            await self._endpoint.aclose()
        self._endpoint = self._draws = self._server = None
        if self._turn:
            self._turn.close()


@dataclass
class LocalModel(EmbeddedModel):
    """The weights in a GGUF file; `path=None` is SmolLM2-135M-Instruct, fetched at first use.

    LocalModel(path="~/models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").name
    # "qwen2.5-coder-1.5b-instruct-q4_k_m"
    """

    kind: ClassVar[str] = "llamacpp"
    path: str | None = None
    _file: Path | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
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

    @cached_property
    def _sha256(self) -> str:
        return weights.sha256(self._file) if self._file else weights.SMOLLM2_SHA256

    async def _weights(self) -> Path:
        if self._file is None:
            fetching = await waited_lock(weights.cache_folder() / "smollm2.lock", "another run fetches SmolLM2")
            try:
                return await asyncio.to_thread(weights.smollm2)
            finally:
                if fetching:
                    fetching.close()
        return self._file


async def _turn() -> FileIO | None:
    """The right to load weights on this machine.

    Two servers would share the cores, and each take more than twice as long; so the cells of a parallel sweep, and any
    other runs of this user, wait for one another.
    """
    path = weights.cache_folder() / f"server-{platform.node()}.lock"
    return await waited_lock(path, "another run on this machine has a model loaded")


@contextmanager
def _passive_threads() -> Iterator[None]:
    """While llama.cpp's library is loaded: its threads sleep at barriers, unless the user's environment says otherwise.

    OpenMP's threads spin there, so a thread that waits takes the core of one that another process holds up. The library
    reads the environment once, when it is loaded; programs that we start later are not to inherit it.
    """
    own = _OPENMP_WAIT not in os.environ
    if own:
        os.environ[_OPENMP_WAIT] = "passive"
    try:
        yield
    finally:
        if own:
            del os.environ[_OPENMP_WAIT]


def _runtime() -> str:
    try:
        return f"xllamacpp {importlib.metadata.version('xllamacpp')}"
    except importlib.metadata.PackageNotFoundError:
        return "no runtime"


def _threads() -> int:
    # The cores that this process may use: on a cluster fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
