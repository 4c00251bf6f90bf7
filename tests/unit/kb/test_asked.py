"""What a question asks the index: nothing for languages that no text is in."""

import numpy as np
import pytest

from services.kb.articles.policy import PUBLIC
from services.kb.index.points import PASSAGE, TITLE
from services.kb.search.aim import Centres, Sum
from services.kb.search.engine import questions
from services.kb.search.lexicon import Lexicon
from services.kb.search.query import understand
from services.kb.search.readable import Ask

VECTOR = np.array([0.6, 0.8], dtype=np.float32)


@pytest.mark.parametrize(
    ("written", "near", "far"),
    [
        (("en",), True, False),
        (("es",), False, True),
        (("en", "es"), True, True),
        ((), True, True),  # nobody noted what there is
    ],
)
def test_only_languages_that_texts_are_in_are_asked_for(
    written: tuple[str, ...], near: bool, far: bool
) -> None:
    centres = Centres(
        {(kind, lang): Sum(100.0 * VECTOR, 100) for kind in (PASSAGE, TITLE) for lang in written}
    )
    ask = Ask("the machine kept my card", PUBLIC, "en", 10)
    query = understand(ask.text, Lexicon([]), reader="en")
    assert query.lang == "en"
    asked = questions(centres, centres.aim(VECTOR, 0.6), query, ask)
    assert [one.dense is not None for one in asked] == [near, far, near, far, False, False]
    assert all(one.sparse is not None for one in asked[4:]), "words are looked for in all"
