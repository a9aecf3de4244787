import importlib.util

from . import test_browser
from . import (
    test_event_metrics,
    test_event_tally,
    test_event_type,
    test_events,
    test_ingest,
    test_ingest_runs,
)
from . import test_ingest_enrichment
from . import test_heartbeat
from . import test_heartbeat_access
from . import test_heartbeat_health
from . import test_heartbeat_operators
from . import test_ping
from . import test_ping_refused
from . import test_rate_limits
from . import test_badge
from . import test_deadman
from . import test_export
from . import test_metrics
from . import test_openapi

# a requirement of the tests, not of the addon
if importlib.util.find_spec("hypothesis"):
    from . import test_ingest_properties
