"""What other services and clients may know of triage: the structs on its wire.

Labels are what core's taxonomy calls ``id``; ``name`` is joined from the read copy when an answer is
built, so a renamed category is shown under its new name in old decisions too.

A module a feature. Others import names from here, whichever module has them; what those modules import themselves
(``UUID``, ``UNSET``) is no part of it.
"""

from services.triage.contract.decisions import *
from services.triage.contract.events import *
from services.triage.contract.models import *
from services.triage.contract.promises import *
from services.triage.contract.recommendations import *
from services.triage.contract.replay import *
from services.triage.contract.vocabulary import *
from services.triage.contract.watch import *
