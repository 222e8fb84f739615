r"""The three gradient steps, with debiasing, and nothing after them."""

import numpy as np
from numpy.typing import NDArray

from simulations.real.learners._learner_protocol import Lesson, Setting
from simulations.real.learners._prompt_objective import Prompts
from simulations.real.learners._prompt_tuning import Prompted
from simulations.real.tasks import RealBatch
from simulations.trajectory import loss_gradients

__all__ = ["three_steps"]

Array = NDArray[np.float64]


def three_steps(lesson: Lesson, setting: Setting) -> Prompted:
    r"""w₁, q₁, w₂ from three thirds of the training samples, in units that do not depend on the scale of the tokens.

    .. math::

        w_1 = -\eta \nabla_w L_{S_1}(0, 0), \qquad q_1 = -\gamma \nabla_q L_{S_2}(0, w_1), \qquad
        w_2 = -\eta \nabla_w L_{S_3}(q_1, w_1)

    on tokens less their mean, squared loss. η is such that the scores wᵀx of w₁ have the standard deviation `first`, γ such
    that the scores qᵀx of a token have the standard deviation `second`: the gradients are linear in η and γ, so this only
    names the step sizes. Debiasing, for a q* that is not known: w₂ loses its coordinate along q₁, and the intercept puts the
    decision half way between the two classes of S₃.
    """
    train = lesson.train
    centre = train.tokens.mean(axis=(0, 1))
    thirds = [_part(train, index) for index in range(3)]
    (X1, y1), (X2, y2), (X3, y3) = [(part.tokens - centre, part.labels) for part in thirds]
    zero = np.zeros(train.tokens.shape[2])
    step = -loss_gradients(X1, y1, zero, zero)[1]
    eta = setting.first / max(float((X1.mean(axis=1) @ step).std()), np.finfo(float).tiny)
    w1 = eta * step
    turn = -loss_gradients(X2, y2, zero, w1)[0]
    q1 = setting.second * turn / max(float((X2 @ turn).std()), np.finfo(float).tiny)
    w2 = -eta * loss_gradients(X3, y3, q1, w1)[1]
    w2 = w2 - q1 * float(q1 @ w2) / max(float(q1 @ q1), np.finfo(float).tiny)
    raw = Prompts(q1[None], w2[None], 0.0)
    scores = raw.scores(thirds[2].tokens)
    middle = float(scores[y3 > 0].mean() + scores[y3 < 0].mean()) / 2 if abs(y3.mean()) < 1 else float(scores.mean())
    return Prompted(Prompts(q1[None], w2[None], -middle))


def _part(train: RealBatch, index: int) -> RealBatch:
    r"""Every third sample."""
    kept = slice(index, None, 3)
    return RealBatch(train.tokens[kept], train.labels[kept], train.relevant[kept], train.items[kept])
