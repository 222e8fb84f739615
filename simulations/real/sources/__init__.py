r"""Sources of real data, one file each, and what can be wrong with them."""

from simulations.real.sources.digits import digits
from simulations.real.sources.errors import CorruptSourceError, MissingSourceError, SourceError
from simulations.real.sources.fashion_mnist import fashion_is_there, fashion_mnist
from simulations.real.sources.labelled_images import LabelledImages
from simulations.real.sources.minilm import sentence_encoder
from simulations.real.sources.mnist import mnist
from simulations.real.sources.photographs import squares
from simulations.real.sources.rated_sentences import rated_sentences

__all__ = [
    "CorruptSourceError",
    "LabelledImages",
    "MissingSourceError",
    "SourceError",
    "digits",
    "fashion_is_there",
    "fashion_mnist",
    "mnist",
    "rated_sentences",
    "sentence_encoder",
    "squares",
]
