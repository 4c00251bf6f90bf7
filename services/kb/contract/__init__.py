"""What the knowledge base says on the wire: the only module, beside the client, that others import.

A module a feature. Others import names from here, whichever module has them; what those modules import themselves
(``UUID``, ``UNSET``) is no part of it.
"""

from services.kb.contract.articles import *
from services.kb.contract.community import *
from services.kb.contract.events import *
from services.kb.contract.gaps import *
from services.kb.contract.media import *
from services.kb.contract.pages import *
from services.kb.contract.reports import *
from services.kb.contract.review import *
from services.kb.contract.search import *
from services.kb.contract.sections import *
from services.kb.contract.settings import *
from services.kb.contract.suggestions import *
from services.kb.contract.vocabulary import *
