"""Transformers: a model in a Hugging Face folder, or on the hub, in this process (`model=hf`)."""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.question import Message, Question
from solverlearner.models.tokens import Tokens, asked_fields, tokens_of_choice
from solverlearner.task import JSON

_PACKAGES = ("torch", "transformers")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin", "adapter_model*")


@dataclass
class TransformersModel:
    """A causal language model that transformers loads, asked in batches.

    `path` is a folder or OWNER/NAME on the hub. Calls that wait at the same time are generated together, up to `batch`
    of them. At temperature 0 the likeliest token is taken; above, all tokens can be drawn, and a draw follows from the
    prompt and the number of the draw. A padded batch may round otherwise than a single prompt, so the size of the
    batch is part of the model's identity. `logprobs`: log-probabilities per token to keep; None: none.
    """

    kind: ClassVar[str] = "transformers"
    path: str
    temperature: float = 0.0
    max_tokens: int = 400
    batch: int = 8
    dtype: str = "auto"
    logprobs: int | None = None
    _model: Any = field(default=None, init=False, repr=False)
    _tokenizer: Any = field(default=None, init=False, repr=False)
    _waiting: list[tuple[Question, "asyncio.Future[Reply]"]] = field(default_factory=list, init=False, repr=False)
    _running: "asyncio.Task[None] | None" = field(default=None, init=False, repr=False)
    _hash: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_range("temperature", self.temperature, 0, 2)
        check_range("max_tokens", self.max_tokens, 1, 1_000_000)
        check_range("batch_size", self.batch, 1, 4096)
        check_choice("dtype", self.dtype, ("auto", "float32", "bfloat16"))
        asked_fields(self.logprobs)

    @property
    def name(self) -> str:
        """The folder's name, or the name on the hub."""
        folder = Path(self.path).expanduser()
        return folder.resolve().name if folder.is_dir() else self.path

    @property
    def remark(self) -> None:
        """Nothing."""
        return

    @property
    def identity(self) -> Mapping[str, JSON]:
        """Hash of the weights, packages, and the size of a batch."""
        known: dict[str, JSON] = {"sha256": self._hash} if self._hash else {}
        return {"name": self.name, **known, **_versions(), "batch": self.batch, "dtype": self.dtype}

    async def open(self) -> None:
        """Load the weights. Raises: UsageError."""
        if lacks := [name for name in _PACKAGES if importlib.util.find_spec(name) is None]:
            raise UsageError("model=hf", f"needs {', '.join(lacks)}: pip install 'solverlearner[train]'")
        await asyncio.to_thread(self._load)

    def _load(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        folder = Path(self.path).expanduser()
        if folder.is_dir():
            if not (folder / "config.json").is_file():
                raise UsageError(f"path={self.path}", "is a folder without config.json, so no Hugging Face model")
            self._hash = _hash_of(folder)
        elif self.path.count("/") != 1 or self.path.startswith((".", "/", "~")):
            raise UsageError(f"path={self.path}", "no such folder; a model on the hub is OWNER/NAME")
        disable_progress_bar()
        where: Any = folder if folder.is_dir() else self.path
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(where, padding_side="left")
            self._model = AutoModelForCausalLM.from_pretrained(where, dtype=self.dtype).eval()
        except (OSError, ValueError) as error:
            raise UsageError(f"path={self.path}", f"cannot be loaded: {str(error).strip().splitlines()[0]}") from error
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")

    def request(self, call: Question) -> Request | None:
        """What the reply follows from; None before the weights are known, and for weights on the hub."""
        if self._hash is None:
            return None
        body: dict[str, JSON] = {
            "messages": [{"role": each["role"], "content": each["content"]} for each in call.messages],
            "max_tokens": self.max_tokens,
        }
        body |= {"temperature": self.temperature, "batch": self.batch, "dtype": self.dtype}
        body |= asked_fields(self.logprobs)
        versions = " ".join(f"{name} {version}" for name, version in _versions().items())
        drawn = tuple(call.draw) if self.temperature else (0, 0)
        return Request(f"sha256:{self._hash} {versions}", body, drawn)

    async def ask(self, call: Question) -> Reply:
        """One completion, generated together with others that wait. Raises: ProviderError."""
        if self._model is None:
            raise RuntimeError("open the model before asking it")
        came: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, came))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._answer())
        return await came

    async def _answer(self) -> None:
        await asyncio.sleep(0)  # all calls that are ready come into the first batch
        while self._waiting:
            batch, self._waiting = self._waiting[: self.batch], self._waiting[self.batch :]
            try:
                replies = await asyncio.to_thread(self._generate, [call for call, _ in batch])
            except Exception as error:  # out of memory, a template that fails: each call says it
                for _, came in batch:
                    if not came.done():
                        came.set_exception(ProviderError(f"transformers: {error}", permanent=True))
                continue
            for (_, came), reply in zip(batch, replies, strict=True):
                if not came.done():
                    came.set_result(reply)

    def _generate(self, calls: list[Question]) -> list[Reply]:
        import time

        import torch

        began = time.monotonic()
        texts = [self._prompt(call.messages) for call in calls]
        tokens = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        tokens = tokens.to(self._model.device)
        if self.temperature:
            torch.manual_seed(_seed_of(calls))
            drawn: dict[str, Any] = {"do_sample": True, "temperature": self.temperature, "top_k": 0, "top_p": 1.0}
        else:
            drawn = {"do_sample": False, "temperature": None, "top_k": None, "top_p": None}
        pad = self._tokenizer.pad_token_id
        with torch.inference_mode():
            made = self._model.generate(
                **tokens, max_new_tokens=self.max_tokens, pad_token_id=pad, return_dict_in_generate=True,
                output_logits=self.logprobs is not None, **drawn,
            )  # fmt: skip
        seconds, width = time.monotonic() - began, tokens["input_ids"].shape[1]
        prompts = tokens["attention_mask"].sum(dim=1).tolist()
        return [
            self._reply(row[width:].tolist(), prompt, seconds, [step[place] for step in made.logits or ()])
            for place, (row, prompt) in enumerate(zip(made.sequences, prompts, strict=True))
        ]

    def _prompt(self, messages: list[Message]) -> str:
        if self._tokenizer.chat_template is None:
            return "\n\n".join(message["content"] for message in messages) + "\n\n"
        text: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text

    def _reply(self, written: list[int], prompt: int, seconds: float, logits: list[Any]) -> Reply:
        ends = self._ends()
        last = next((place for place, token in enumerate(written) if token in ends), None)
        kept = written if last is None else written[:last]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        count = len(kept) + (last is not None)
        state = "truncated" if last is None else "ok"
        return Reply(text, state, prompt, count, seconds, tokens=self._tokens(written[:count], logits))

    def _tokens(self, written: list[int], logits: list[Any]) -> Tokens | None:
        """The log-probabilities at temperature 1, before any draw, of the tokens and of the likeliest ones."""
        if self.logprobs is None:
            return None
        content = []
        for token, scores in zip(written, logits, strict=False):
            logs = scores.float().log_softmax(dim=-1)
            values, places = logs.topk(min(self.logprobs, len(logs)))
            listed = [self._entry(*each) for each in zip(places.tolist(), values.tolist(), strict=True)]
            content.append(self._entry(token, logs[token].item()) | {"top_logprobs": listed})
        return tokens_of_choice({"logprobs": {"content": content}})

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        return {"token": self._tokenizer.decode([token]), "logprob": logprob, "id": token}

    def _ends(self) -> set[int]:
        told = self._model.generation_config.eos_token_id
        ends = told if isinstance(told, list) else [told]
        return {int(each) for each in (*ends, self._tokenizer.eos_token_id) if each is not None}

    async def aclose(self) -> None:
        """Let go of the weights."""
        if self._running:
            await asyncio.gather(self._running, return_exceptions=True)
        self._model = self._tokenizer = None


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def _hash_of(folder: Path) -> str:
    """One hash of all files of weights, and of what makes a prompt of a chat."""
    digest = hashlib.sha256()
    files = {
        path
        for pattern in (*_WEIGHTS, "config.json", "tokenizer.json", "chat_template.jinja")
        for path in folder.glob(pattern)
    }
    for path in sorted(files):
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _seed_of(calls: list[Question]) -> int:
    told = "/".join(f"{call.id}{call.draw}" for call in calls)
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=7).digest())
