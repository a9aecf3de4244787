def migrate(cr, version):
    """Drop the index that one with another condition and name has replaced."""
    cr.execute("DROP INDEX IF EXISTS monitor_event_data_unattached_idx")
