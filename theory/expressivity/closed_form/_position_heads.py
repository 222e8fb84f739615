r"""Self-attention with a head for each position: how much it can gain over one head, from sums over sets of positions."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from theory.model import Interval, ParameterError
from theory.numerics.linear_feasibility import feasibility

__all__ = ["largest_positive_share", "position_head_accuracy"]

_SEARCHED = 6  # tokens of the exact search over sets; T = 7, m = 3 takes over a minute


def largest_positive_share(n_tokens: int, n_relevant: int) -> Fraction:
    r"""The largest share of the m-element sets of positions whose sum is positive, among T real numbers with sum 0.

    .. math::

        p_*(T, m) = \max_{s_1 + \dots + s_T = 0} \binom{T}{m}^{-1} \#\Bigl\{ R : |R| = m,\ \sum_{t \in R} s_t > 0 \Bigr\}
        = \max\bigl(\tfrac mT, 1 - \tfrac mT\bigr) \quad \text{if } m \text{ or } T - m \text{ divides } T

    Parameters
    ----------
    n_tokens, n_relevant
        T and m, 1 <= m < T; if neither m nor T−m divides T, T <= 6.

    Returns
    -------
    Fraction
        By a search in exact arithmetic where there is no closed form.

    Raises
    ------
    ParameterError
        If the parameters lie outside that domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-positions` of docs/expressivity.md. The complement is the problem of Manickam, Miklós and
    Singhi.

    Examples
    --------
    >>> [str(largest_positive_share(T, m)) for T, m in ((6, 2), (6, 5), (5, 2))]
    ['2/3', '5/6', '7/10']
    """
    Interval(2, integer=True).member("n_tokens", n_tokens)
    Interval(1, n_tokens - 1, integer=True).member("n_relevant", n_relevant)
    fewer = min(n_relevant, n_tokens - n_relevant)
    if n_tokens % fewer == 0:
        return 1 - Fraction(fewer, n_tokens)
    if n_tokens > _SEARCHED:
        raise ParameterError("n_relevant", f"such that m or T - m divides T, for T > {_SEARCHED}", n_relevant)
    sets = [*combinations(range(n_tokens), fewer)]
    rows = [tuple(Fraction(t in chosen) for t in range(n_tokens)) for chosen in sets]
    search = _Fewest(rows, (Fraction(-1),) * n_tokens, len(rows))
    search.given_up(frozenset(), frozenset())
    return 1 - Fraction(search.fewest, len(rows))


def position_head_accuracy(one_head: Fraction, *, n_tokens: int, n_relevant: int) -> Fraction:
    r"""What self-attention with a head for each position cannot exceed, on a law on which one head has a best accuracy b.

    .. math:: b + (1 - b)\, p_*(T, m)

    It is attained on the families "opposite", "label-free" and "label-carrying" if m or T−m divides T.

    Parameters
    ----------
    one_head
        b, or an upper bound on it.
    n_tokens, n_relevant
        As in `largest_positive_share`.

    Notes
    -----
    Equation :eq:`eq-expressivity-positions` of docs/expressivity.md.

    Examples
    --------
    >>> str(position_head_accuracy(Fraction(3, 4), n_tokens=2, n_relevant=1))
    '7/8'
    """
    return one_head + (1 - one_head) * largest_positive_share(n_tokens, n_relevant)


@dataclass
class _Fewest:
    r"""The fewest rows to give up so that the others, and one that is kept, are positive together."""

    rows: list[tuple[Fraction, ...]]
    kept: tuple[Fraction, ...]
    fewest: int

    def given_up(self, without: frozenset[int], right: frozenset[int]) -> None:
        r"""Depth first over the members of contradictions: one of them is given up, those before it are not."""
        if len(without) >= self.fewest:
            return
        left = [i for i in range(len(self.rows)) if i not in without]
        solution = feasibility([self.kept, *(self.rows[i] for i in left)], [Fraction(0)] * (len(left) + 1))
        if solution.slack is None or solution.slack > 0:
            self.fewest = len(without)
            return
        for place in solution.multipliers:
            if place > 0 and left[place - 1] not in right:
                self.given_up(without | {left[place - 1]}, right)
                right |= {left[place - 1]}
