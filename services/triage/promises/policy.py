"""Certificates from evidence. Pure."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.triage.learning.metrics import calibration_error, calibration_noise
from services.triage.learning.promise import LEAST_REVIEWS, Certificate, certify

Pairs = list[tuple[float, bool]]
LEAST_TO_COMPARE = 50
"""Reviews from which what was said is compared with what became of it: the noise of fewer is above 0.06."""
DOUBT = 0.05  # chance that chance alone explains a shortfall, below which a promise is withdrawn


@dataclass(frozen=True)
class Ground:
    """What the evidence allows; ``threshold`` is None where nothing can be promised."""

    basis: Literal["reviews", "holdout", "none"]
    threshold: float | None
    coverage: float | None
    reviews: int
    needed: int
    observed: float | None
    observed_n: int
    revoked: bool
    live_stated: float | None = None
    live_right: float | None = None
    live_gap: float | None = None
    live_noise: float | None = None


def live_truth(live: Pairs) -> dict[str, float | None]:
    """What was said of reviewed decisions beside what became of them; nothing where too few were reviewed."""
    if len(live) < LEAST_TO_COMPARE:
        return dict.fromkeys(("live_stated", "live_right", "live_gap", "live_noise"))
    said = np.array([p for p, _ in live])
    right = np.array([good for _, good in live], bool)
    return {
        "live_stated": round(float(said.mean()), 4),
        "live_right": round(float(right.mean()), 4),
        "live_gap": round(calibration_error(said, right), 4),
        "live_noise": round(calibration_noise(said), 4),
    }


def ground(precision: float, live: Pairs, held_out: Pairs) -> Ground:
    """The certificate for ``precision``, on reviewed live decisions where there are enough of them."""
    truth = live_truth(live)
    enough = len(live) >= LEAST_REVIEWS
    pairs, basis = (live, "reviews") if enough else (held_out, "holdout")
    found = certify([p for p, _ in pairs], [right for _, right in pairs], precision)
    missing = max(0, LEAST_REVIEWS - len(live))
    if not isinstance(found, Certificate):
        more = found.more if found.more is not None else 0
        return Ground(
            "none", None, None, len(live), max(missing, more if enough else 0), None, 0, False, **truth
        )
    above = [right for confidence, right in live if confidence >= found.threshold]
    revoked = not enough and fallen(sum(above), len(above), precision)
    return Ground(
        "reviews" if basis == "reviews" else "holdout",
        found.threshold,
        round(found.coverage, 4),
        len(live),
        missing,
        round(sum(above) / len(above), 4) if above else None,
        len(above),
        revoked,
        **truth,
    )


def fallen(right: int, of: int, precision: float) -> bool:
    """Whether ``right`` of ``of`` is too few for ``precision`` to be true (exact one-sided binomial test)."""
    if not of or right >= precision * of:
        return False
    return _at_most(right, of, precision) <= DOUBT


def _at_most(right: int, of: int, chance: float) -> float:
    """Chance of at most ``right`` successes in ``of`` trials."""
    wrong, miss = of - right, 1.0 - chance
    # at most `right` right = at least `wrong` wrong; the sum over fewer wrong ones is the short one
    fewer = sum(
        math.exp(
            math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + k * math.log(miss)
            + (of - k) * math.log(chance)
        )
        for k in range(wrong)
    )
    return max(0.0, 1.0 - fewer)
