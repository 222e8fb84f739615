r"""The pooled feature without its tokens, equal in law to `simulations.tokens`, from O(T + d) numbers per sample."""

from simulations.pooled._noise_shape import NoiseShape, noise_shape
from simulations.pooled._pooled_scales import PooledScales, pooled_features, pooled_scales
from simulations.pooled._token_sums import NoiseSums, noise_sums, token_sums

__all__ = [
    "NoiseShape",
    "NoiseSums",
    "PooledScales",
    "noise_shape",
    "noise_sums",
    "pooled_features",
    "pooled_scales",
    "token_sums",
]
