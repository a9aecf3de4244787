OLD = '[("workflow_id.company_id", "in", company_ids + [False])]'
NEW = '[("company_id", "in", company_ids + [False]), ' + OLD[1:]


def migrate(cr, version):
    """Show errors to their company only; a rule that somebody changed stays."""
    cr.execute(
        """
        UPDATE ir_rule SET domain_force = %s
         WHERE domain_force = %s AND id = (
             SELECT res_id FROM ir_model_data WHERE module = 'monitor_core'
                AND name = 'monitor_error_group_rule_company')
        """,
        [NEW, OLD],
    )
