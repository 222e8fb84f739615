r"""Sources of real data, one file each, and what can be wrong with them."""

from simulations.real.sources._cache_folder import cache_folder, written
from simulations.real.sources._digits import digits
from simulations.real.sources._errors import CorruptSourceError, MissingSourceError, SourceError, imported
from simulations.real.sources._fashion_mnist import fashion_is_there, fashion_mnist, idx_array
from simulations.real.sources._fetched import FETCHED, RATED_SENTENCES, TOKENIZER, FetchedFile, fetch
from simulations.real.sources._labelled_images import LabelledImages
from simulations.real.sources._minilm import STATE_DIM, SentenceEncoder, sentence_encoder
from simulations.real.sources._mnist import mnist, mnist_from
from simulations.real.sources._photographs import PHOTOGRAPHS, read_photograph, squares
from simulations.real.sources._rated_sentences import KINDS, rated_sentences, rated_sentences_from

__all__ = [
    "FETCHED",
    "KINDS",
    "PHOTOGRAPHS",
    "RATED_SENTENCES",
    "STATE_DIM",
    "TOKENIZER",
    "CorruptSourceError",
    "FetchedFile",
    "LabelledImages",
    "MissingSourceError",
    "SentenceEncoder",
    "SourceError",
    "cache_folder",
    "digits",
    "fashion_is_there",
    "fashion_mnist",
    "fetch",
    "idx_array",
    "imported",
    "mnist",
    "mnist_from",
    "rated_sentences",
    "rated_sentences_from",
    "read_photograph",
    "sentence_encoder",
    "squares",
    "written",
]
