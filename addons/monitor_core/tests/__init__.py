from . import (
    test_broken,
    test_capture,
    test_cron,
    test_discovery,
    test_event_store,
    test_health,
    test_rollup,
)
