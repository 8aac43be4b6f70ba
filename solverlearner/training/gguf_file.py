"""GGUF file: a Llama-like model as llama.cpp reads it, in half precision."""

import json
from pathlib import Path
from typing import Any

from solverlearner.errors import UsageError

_DIGITS_ALONE, _USUAL = "smollm", "gpt-2"
"""llama.cpp's names of how text is cut before byte pairs are merged: with each digit alone, and as GPT-2 does."""


def write_gguf(model: Any, tokenizer: Any, path: Path) -> None:
    """Write the model. Raises: UsageError where it is not Llama-like, or its tokenizer merges no byte pairs."""
    import gguf

    config = model.config
    if config.model_type != "llama":
        raise UsageError("gguf=true", f"writes models of the type llama, and this one is {config.model_type}")
    written = json.loads(tokenizer.backend_tokenizer.to_str())
    if written["model"]["type"] != "BPE":
        raise UsageError("gguf=true", "writes tokenizers that merge byte pairs (BPE), and this one does not")
    writer = gguf.GGUFWriter(str(path), "llama")
    _add_shape(writer, config)
    _add_tokenizer(writer, tokenizer, written)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in _tensors(model):
        found = names.get_name(name, try_suffixes=(".weight",))
        matrix = tensor.ndim > 1
        writer.add_tensor(found, tensor.half().numpy() if matrix else tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: Any, config: Any) -> None:
    import gguf

    head = config.hidden_size // config.num_attention_heads
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(_rope_base(config))
    writer.add_vocab_size(config.vocab_size)


def _rope_base(config: Any) -> float:
    told = getattr(config, "rope_parameters", None) or {}
    base: Any = told.get("rope_theta") or getattr(config, "rope_theta", 10000.0)
    return float(base)


def _add_tokenizer(writer: Any, tokenizer: Any, written: Any) -> None:
    import gguf

    by_id = {number: token for token, number in tokenizer.get_vocab().items()}
    special = set(tokenizer.all_special_ids)
    size = max(by_id) + 1
    writer.add_tokenizer_model("gpt2")
    cut = json.dumps(written["pre_tokenizer"])
    writer.add_tokenizer_pre(_DIGITS_ALONE if '"Digits"' in cut else _USUAL)
    writer.add_token_list([by_id.get(number, f"[unused{number}]") for number in range(size)])
    kinds = gguf.TokenType
    writer.add_token_types([kinds.CONTROL if number in special else kinds.NORMAL for number in range(size)])
    merges = written["model"]["merges"]
    writer.add_token_merges([" ".join(each) if isinstance(each, list) else each for each in merges])
    for add, number in (
        (writer.add_bos_token_id, tokenizer.bos_token_id),
        (writer.add_eos_token_id, tokenizer.eos_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id),
    ):
        if number is not None:
            add(number)
    writer.add_add_bos_token(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _tensors(model: Any) -> Any:
    """All weights by name; of queries and keys the rows in llama.cpp's order, which pairs neighbours to rotate them."""
    config = model.config
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        heads = {"q_proj.weight": config.num_attention_heads, "k_proj.weight": config.num_key_value_heads}
        count = next((heads[end] for end in heads if name.endswith(end)), None)
        if count:
            rows, width = tensor.shape
            tensor = tensor.reshape(count, 2, rows // count // 2, width).swapaxes(1, 2).reshape(rows, width)
        yield name, tensor.detach().cpu().contiguous()
