"""What core says on the wire: requests, answers and events. Others import this and ``client``, nothing else.

Keys are permanent: a category, team, tag, status or priority is referred to by its ``key`` everywhere on the
wire (ticket fields, predictions, training labels). A key never changes and is never reused, names may change
at will. Where a request names one of them, its id is accepted as well.

A module a feature; the lowest is ``vocabulary``. Others import names from here, whichever module has them. What
those modules import themselves (``UUID``, ``UNSET``) is no part of it.
"""

from services.core.contract.access import *
from services.core.contract.announcements import *
from services.core.contract.answers import *
from services.core.contract.batches import *
from services.core.contract.brand import *
from services.core.contract.events import *
from services.core.contract.follow_up import *
from services.core.contract.forms import *
from services.core.contract.jobs import *
from services.core.contract.macros import *
from services.core.contract.mail import *
from services.core.contract.notifications import *
from services.core.contract.numbers import *
from services.core.contract.overview import *
from services.core.contract.people import *
from services.core.contract.products import *
from services.core.contract.rules import *
from services.core.contract.satisfaction import *
from services.core.contract.sharing import *
from services.core.contract.taxonomy import *
from services.core.contract.tickets import *
from services.core.contract.time import *
from services.core.contract.together import *
from services.core.contract.triage import *
from services.core.contract.views import *
from services.core.contract.vocabulary import *
from services.core.contract.workspace import *
