"""Which team a ticket belongs to, where categories say who owns them.

The chance of a team is the sum of the chances of its categories, so that two close categories of one team
make a sure route out of an unsure label.
"""

from collections import defaultdict
from collections.abc import Mapping

from services.triage.learning.types import Prediction, RankedLabel


def roll_up(category: Prediction, team_of: Mapping[str, str]) -> Prediction:
    """The team prediction that follows from a category prediction; abstains with it."""
    chances: dict[str, float] = defaultdict(float)
    for ranked in category.ranked:
        team = team_of.get(ranked.label)
        if team is not None:
            chances[team] += ranked.probability
    ordered = sorted(chances.items(), key=lambda item: (-item[1], item[0]))
    ranked_teams = tuple(RankedLabel(team, min(1.0, chance)) for team, chance in ordered)
    confidence = ranked_teams[0].probability if ranked_teams else 0.0
    return Prediction(
        ranked=ranked_teams,
        confidence=confidence,
        abstained=category.abstained or not ranked_teams,
        familiarity=category.familiarity,
    )
