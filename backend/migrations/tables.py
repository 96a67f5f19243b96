"""Every table there is, so that the chain and the code can be compared."""

from backend.accounts import models as _accounts
from backend.audit import models as _audit
from backend.catalog import models as _catalog
from backend.changes import models as _changes
from backend.channel_status import models as _channel_status
from backend.conversations import models as _conversations
from backend.conversations import search_models as _conversation_search
from backend.conversations.windows import models as _windows
from backend.customers import models as _customers
from backend.evidence import models as _evidence
from backend.kit.jobs import models as _jobs
from backend.kit.schema import metadata
from backend.operations import models as _operations
from backend.orders import models as _orders
from backend.pulls import models as _pulls
from backend.refunds import models as _refunds
from backend.rules import models as _rules
from backend.spending import models as _spending
from backend.tickets import models as _tickets
from backend.tickets import search_models as _ticket_search

_ALL = (
    _accounts,
    _audit,
    _catalog,
    _changes,
    _channel_status,
    _conversations,
    _conversation_search,
    _customers,
    _evidence,
    _jobs,
    _operations,
    _orders,
    _pulls,
    _refunds,
    _rules,
    _spending,
    _tickets,
    _ticket_search,
    _windows,
)

__all__ = ["metadata"]
