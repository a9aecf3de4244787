from . import test_event_type, test_events, test_ingest, test_ingest_runs
