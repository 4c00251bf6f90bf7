"""Setting a model's percentages straight by what people said of its live decisions.

Logistic recalibration (Cox 1958, "Two further applications of a model for binary regression"): the stated odds are
raised to a power and multiplied by a factor, so that the order of all tickets, and with it every label that is
chosen, stays what it was. It is advised where the reviews contradict the stated chances beyond chance (likelihood
ratio against "as stated", two degrees of freedom, one in a hundred) and where the gap becomes smaller on reviews that
were not used to fit it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration, Logistic, fit_logistic
from .metrics import calibration_error, calibration_noise
from .model import TaskModel
from .promise import LEAST_REVIEWS

Doubles = NDArray[np.float64]
_AS_STATED = Logistic((1.0,), 0.0)
_EVIDENCE = 9.2103  # chi-square with two degrees of freedom, one in a hundred
_LEAST_SLOPE = 0.1  # flatter: the stated chances say next to nothing, and a training is due instead
_CERTAIN = 1e-4  # stated chances are kept to four places


@dataclass(frozen=True, slots=True)
class Straightened:
    """Stated odds to the power ``slope`` times exp(``shift``). ``before`` and ``after`` are calibration errors over
    the ``n`` reviews, the second as it is on reviews of the other half; ``noise`` is what a true model measures."""

    slope: float
    shift: float
    n: int
    before: float
    after: float
    noise: float
    advised: bool

    def __call__(self, stated: Doubles) -> Doubles:
        """Stated chances set straight."""
        return _line(self.slope, self.shift)(_odds(stated))


def straighten(stated: Sequence[float] | Doubles, right: Sequence[bool] | NDArray[np.bool_]) -> Straightened:
    """Fit the map on reviewed decisions; below `LEAST_REVIEWS` of them it is never advised."""
    said, hit = np.asarray(stated, dtype=np.float64), np.asarray(right, dtype=bool)
    if said.shape != hit.shape:
        raise ValueError("one verdict a chance")
    if len(said) < 2:
        return Straightened(1.0, 0.0, len(said), 0.0, 0.0, 0.0, advised=False)
    line = _fit(said, hit)
    slope, shift = line.weights[0], line.bias
    crossed = np.empty_like(said)
    for half in (0, 1):
        crossed[half::2] = _fit(said[1 - half :: 2], hit[1 - half :: 2])(_odds(said[half::2]))
    before, after = calibration_error(said, hit), calibration_error(crossed, hit)
    gain = 2.0 * (_likelihood(line(_odds(said)), hit) - _likelihood(_AS_STATED(_odds(said)), hit))
    advised = len(said) >= LEAST_REVIEWS and slope >= _LEAST_SLOPE and gain > _EVIDENCE and after < before
    return Straightened(slope, shift, len(said), before, after, calibration_noise(said), bool(advised))


def recalibrated(model: TaskModel, by: Straightened) -> TaskModel:
    """The same model with its percentages set straight; raises ValueError where the chances of a task are not
    those of one label."""
    if model.kind != "single":
        raise ValueError("only tasks with one label a ticket are set straight")
    top = model.calibration.top
    moved = Logistic(tuple(by.slope * w for w in top.weights), by.slope * top.bias + by.shift)
    return replace(
        model,
        calibration=Calibration(model.calibration.sharpness, moved, by.slope * model.calibration.abroad),
        card={**model.card, "recalibrated": [by.slope, by.shift]},
    )


def _fit(said: Doubles, hit: NDArray[np.bool_]) -> Logistic:
    return fit_logistic(_odds(said), hit, np.ones(len(said)), _AS_STATED)


def _line(slope: float, shift: float) -> Logistic:
    return Logistic((slope,), shift)


def _odds(stated: Doubles) -> Doubles:
    """Log odds as one feature, a row a decision."""
    p = np.clip(stated, _CERTAIN, 1.0 - _CERTAIN)
    return np.asarray(np.log(p / (1.0 - p))[:, None])


def _likelihood(p: Doubles, hit: NDArray[np.bool_]) -> float:
    return float(np.log(np.clip(np.where(hit, p, 1.0 - p), 1e-12, 1.0)).sum())
