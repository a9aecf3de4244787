def migrate(cr, version):
    """Have the next tick review all workflows: p50 and p99 are new."""
    cr.execute("UPDATE monitor_workflow SET next_check_at = NULL")
