def migrate(cr, version):
    """Drop the index that purging keys does without."""
    cr.execute("DROP INDEX IF EXISTS monitor_event_key_received_idx")
