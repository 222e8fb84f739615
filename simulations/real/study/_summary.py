r"""What a study says: means over splits and paired differences with intervals, and where one learner overtakes another."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.stats import t as student

from theory.model import Interval, ParameterError

__all__ = ["CONFIDENCE", "crossings", "gains", "mean_interval", "summary", "verdict"]

CONFIDENCE = 0.95

_KEYS = ["task", "T", "m", "d", "n"]
_OPEN_UNIT = Interval(0, 1, open_lower=True, open_upper=True)


def mean_interval(values: pd.Series, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    r"""Mean over splits with Student's interval.

    .. math:: \bar v \pm t_{s-1}\, \sqrt{\tfrac1{s(s-1)} \textstyle\sum_i (v_i - \bar v)^2}

    Given the data set, random splits are independent and alike: the interval is for the mean over all splits of *this* data
    set, not for another data set.

    Returns
    -------
    (mean, low, high)
        The ends are infinite for a single split.

    Examples
    --------
    >>> [round(value, 6) for value in mean_interval(pd.Series([0.6, 0.7, 0.8]))]
    [0.7, 0.451586, 0.948414]
    """
    count, mean = len(values), float(values.mean())
    if count < 2:
        return mean, -np.inf, np.inf
    _OPEN_UNIT.member("confidence", confidence)
    width = float(student.ppf((1 + confidence) / 2, count - 1) * values.std(ddof=1) / np.sqrt(count))
    return mean, mean - width, mean + width


def verdict(low: float, high: float, threshold: float) -> str:
    r"""Whether an interval lies above a threshold ("yes"), below it ("no") or holds it ("undecided").

    >>> verdict(0.08, 0.12, 0.05), verdict(-0.01, 0.02, 0.05), verdict(0.03, 0.08, 0.05)
    ('yes', 'no', 'undecided')
    """
    return "yes" if low > threshold else "no" if high < threshold else "undecided"


def summary(frame: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    r"""Accuracy and attention on relevant tokens of every learner at every n, means over splits with intervals.

    Parameters
    ----------
    frame
        From `measured`; frames of several tasks may be concatenated.
    confidence
        Of each interval.

    Returns
    -------
    DataFrame
        Columns of the task, `learner`, `splits`, `accuracy`, `low`, `high`, `share` = m/T, `mass`, `mass low`, `mass high`.
    """
    rows = []
    for keys, group in frame.groupby([*_KEYS, "learner"], sort=False):
        mass = mean_interval(group["mass"], confidence) if group["mass"].notna().all() else (np.nan,) * 3
        share = group["m"].iloc[0] / group["T"].iloc[0]
        rows.append((*keys, len(group), *mean_interval(group["accuracy"], confidence), share, *mass))
    columns = [*_KEYS, "learner", "splits", "accuracy", "low", "high", "share", "mass", "mass low", "mass high"]
    return pd.DataFrame(rows, columns=columns)


def gains(frame: pd.DataFrame, baseline: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    r"""Accuracy of every learner less that of a baseline on the same split: paired, so that hard splits cancel.

    Raises
    ------
    ParameterError
        If the baseline was not measured.
    """
    table = _by_learner(frame, baseline)
    rows = []
    for keys, group in table.groupby(level=_KEYS, sort=False):
        for learner in group.columns.drop(baseline):
            difference = (group[learner] - group[baseline]).dropna()
            if len(difference):
                rows.append((*keys, learner, baseline, len(difference), *mean_interval(difference, confidence)))
    return pd.DataFrame(rows, columns=[*_KEYS, "learner", "baseline", "splits", "gain", "low", "high"])


def crossings(frame: pd.DataFrame, learner: str, rival: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    r"""Between which numbers of samples a learner overtakes a rival, and where it is overtaken.

    At each n the paired difference is positive, negative or undecided. A crossing is a change of sign between two decided n that
    follow each other; it lies between them, and `n` is where the straight line in log n through their mean differences is zero.

    Returns
    -------
    DataFrame
        Columns `task`, `event` ("overtakes" or "is overtaken"), `after`, `before`, `n`; no row where nothing is decided.
    """
    rows: list[tuple[Hashable, ...]] = []
    for task, part in gains(frame[frame["learner"].isin([learner, rival])], rival, confidence).groupby("task", sort=False):
        part = part.sort_values("n")
        sides = [verdict(low, high, 0.0) for low, high in zip(part["low"], part["high"], strict=True)]
        decided = part[[side != "undecided" for side in sides]]
        for (_, first), (_, second) in zip(decided.iterrows(), decided.iloc[1:].iterrows(), strict=False):
            if (first["gain"] > 0) != (second["gain"] > 0):
                share = first["gain"] / (first["gain"] - second["gain"])
                n = float(first["n"] * (second["n"] / first["n"]) ** share)
                event = "overtakes" if second["gain"] > 0 else "is overtaken"
                rows.append((task, learner, event, rival, int(first["n"]), int(second["n"]), n))
    return pd.DataFrame(rows, columns=["task", "learner", "event", "rival", "after", "before", "n"])


def _by_learner(frame: pd.DataFrame, baseline: str) -> pd.DataFrame:
    if baseline not in set(frame["learner"]):
        raise ParameterError("baseline", f"one of {', '.join(frame['learner'].unique())}", baseline)
    return frame.pivot(index=[*_KEYS, "split"], columns="learner", values="accuracy")
