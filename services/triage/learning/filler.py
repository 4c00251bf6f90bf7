"""Words that say nothing by themselves and are not shown as a reason, though they count in the score."""

from .lexical import fold

_ENGLISH = """
a about after again all also am an and any are as at be because been before being both but by can could did do
does doing don't down during each few for from further get got had has have having he hello her here hers hi him
his how i i'd i'll i'm i've if in into is it it's its itself just let me more most my myself no nor not now of off
on once one only or other our ours out over own please same she should so some such than thank thanks that the
their them then there these they this those through to too under until up us very was we were what when where
which while who whom why will with would yes you your yours
"""
_SPANISH = """
a al algo alguna algún ante antes aquí así aún aunque bien buenas buenos cada como cómo con contra cual cuál
cuando cuándo cuanto de del desde días donde dónde dos e el él ella ellas ellos en entre era eran es esa esas ese
eso esos esta ésta está estaba estamos están estar estas este esto estos estoy favor fue fueron gracias ha había
hace hacer hago han has hasta hay he hola hemos la las le les lo los más me mi mí mía mío mis mucho muy nada ni
no nos nosotros nuestra nuestro o otra otro para pero por porque pues puede puedo que qué quien quién quiero saber
se sé ser si sí sido sin sobre sois solo sólo somos son soy su sus tal también tan tanto te tengo ti tiene tienen
toda todo todos tu tú tus u un una unas uno unos usted ustedes va vez voy y ya yo
"""
FILLER = frozenset(fold(word) for word in (_ENGLISH + _SPANISH).split())


def filler(word: str) -> bool:
    """Whether a word of a text gives no reason: a function word, a greeting, a lone letter."""
    return len(word) < 2 or fold(word) in FILLER
