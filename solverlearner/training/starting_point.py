"""Starting point: the model and tokenizer that training begins with: random weights, a folder, the hub, or a GGUF."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.models import weights
from solverlearner.training.train_options import SIZES, SMOLLM2, TrainOptions
from solverlearner.training.training_data import Source

_END, _HEAD_WIDTH = "<|end|>", 64
_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}" + _END + "\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def starting_point(options: TrainOptions, sources: Sequence[Source]) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer. Raises: UsageError where weights cannot be had."""
    import torch
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.manual_seed(options.seed)
    if options.from_scratch:
        tokenizer = _trained_tokenizer(sources, SIZES[options.size][2])
        return _random_llama(options, tokenizer), tokenizer
    path = weights.smollm2() if options.model == SMOLLM2 else Path(options.model).expanduser()
    if options.from_gguf:
        return _from_gguf(path)
    return _pretrained(options.model, path)


def _trained_tokenizer(sources: Sequence[Source], vocabulary: int) -> Any:
    """A byte-level BPE tokenizer that is trained on the data."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    texts = [text for source in sources for text in source.texts]
    texts += [message["content"] for source in sources for chat in source.chats for message in chat]
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[_END], initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=_END, pad_token=_END)
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def _random_llama(options: TrainOptions, tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    width, layers, _ = SIZES[options.size]
    heads = width // _HEAD_WIDTH
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=-(-width * 8 // 3 // 64) * 64,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=max(options.context, 2048),
        tie_word_embeddings=True,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def _pretrained(name: str, path: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if path.is_dir() and not (path / "config.json").is_file():
        raise UsageError(f"model={name}", "is a folder without config.json; a Hugging Face model has one")
    if not path.is_dir() and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise UsageError(f"model={name}", "must be scratch, a GGUF file, a folder of a model, or OWNER/NAME on the hub")
    try:
        return AutoModelForCausalLM.from_pretrained(name, dtype="float32"), _ready(AutoTokenizer.from_pretrained(name))
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise UsageError(f"model={name}", f"cannot be loaded: {first}") from error


def _from_gguf(path: Path) -> tuple[Any, Any]:
    """The weights of a GGUF file, taken out of their quantisation, as a model that can be saved."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not path.is_file():
        raise UsageError(f"model={path}", "no such file")
    try:
        loaded = AutoModelForCausalLM.from_pretrained(str(path.parent), gguf_file=path.name, dtype="float32")
        tokenizer = _ready(AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name))
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        first = str(error).strip().splitlines()[0]
        raise UsageError(f"model={path}", f"transformers cannot read this GGUF: {first}") from error
    config = loaded.config
    if hasattr(config, "quantization_config"):  # with it the model could not be saved
        del config.quantization_config
    plain = type(loaded)(config)
    plain.load_state_dict(loaded.state_dict())
    plain.generation_config = loaded.generation_config
    _digits_alone(path, tokenizer)
    return plain, tokenizer


def _digits_alone(path: Path, tokenizer: Any) -> None:
    """Split digits as SmolLM's tokenizer does, which transformers does not read from a GGUF."""
    from gguf import GGUFReader
    from tokenizers import pre_tokenizers

    field = GGUFReader(str(path)).fields.get("tokenizer.ggml.pre")
    if field is not None and str(field.contents()) == "smollm":
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )


def _ready(tokenizer: Any) -> Any:
    if tokenizer.eos_token is None:
        raise ValueError("its tokenizer has no token that ends a text")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _TEMPLATE.replace(_END, tokenizer.eos_token)
    return tokenizer
