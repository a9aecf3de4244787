from odoo import api, models, tools
from odoo.tools import SQL

from ..tools import guess
from ..tools.slug import workflow_code

TICK_CRON = "monitor_core.ir_cron_monitor_tick"

# Odoo switches a scheduled action off in SQL and erases why, so an event keeps it
# (ir_cron). An event without workflow is news to this tick; what former ticks learnt
# is the state of the workflow, and only being switched on again changes that.
CRONS = """
    SELECT 'ir.cron' AS source_model, c.id AS source_id, 'cron' AS kind,
           c.cron_name AS name, c.active, c.user_id AS owner_id, m.model,
           m.id AS model_id,
           c.interval_number, c.interval_type AS interval_unit, c.nextcall,
           CASE WHEN c.active THEN 'active'
                WHEN coalesce(news.step, w.source_state) = 'deactivated'
                THEN 'deactivated'
                ELSE 'archived' END AS source_state
      FROM ir_cron c
      JOIN ir_act_server a ON a.id = c.ir_actions_server_id
      JOIN ir_model m ON m.id = a.model_id
      LEFT JOIN monitor_workflow w
             ON w.source_model = 'ir.cron' AND w.source_id = c.id
      LEFT JOIN LATERAL (
                SELECT e.step FROM monitor_event_data e
                 WHERE e.workflow_id IS NULL AND e.source = 'ir.cron,' || c.id
                   AND e.step IN ('deactivated', 'activated')
                 ORDER BY e.recorded_at DESC, e.id DESC LIMIT 1) news
             ON NOT c.active
"""
AUTOMATIONS = """
    SELECT 'base.automation' AS source_model, r.id AS source_id,
           CASE r.trigger WHEN 'on_webhook' THEN 'webhook' ELSE 'automation' END
               AS kind,
           r.name->>'en_US' AS name, r.active, r.create_uid AS owner_id, m.model,
           m.id AS model_id, NULL::int AS interval_number, NULL AS interval_unit,
           NULL::timestamp AS nextcall,
           CASE WHEN r.active THEN 'active' ELSE 'archived' END AS source_state
      FROM base_automation r
      JOIN ir_model m ON m.id = r.model_id
"""
# Of the server actions those that somebody can start: from a menu, as a step of
# another action, or (they have run) in any other way.
SERVER_ACTIONS = """
    SELECT 'ir.actions.server' AS source_model, a.id AS source_id,
           'server_action' AS kind, a.name->>'en_US' AS name, true AS active,
           a.create_uid AS owner_id, m.model, m.id AS model_id,
           NULL::int AS interval_number, NULL AS interval_unit,
           NULL::timestamp AS nextcall, 'active' AS source_state
      FROM ir_act_server a
      JOIN ir_model m ON m.id = a.model_id
     WHERE a.usage = 'ir_actions_server' AND a.base_automation_id IS NULL
       AND (a.binding_model_id IS NOT NULL OR a.parent_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM monitor_run run
                        WHERE run.workflow_id IS NULL AND run.state <> 'running'
                          AND run.source_ref = 'ir.actions.server,' || a.id)
            OR EXISTS (SELECT 1 FROM monitor_workflow w
                        WHERE w.source_model = 'ir.actions.server'
                          AND w.source_id = a.id))
"""
SYNCED = (
    "kind",
    "source_state",
    "model_id",
    "interval_number",
    "interval_unit",
)


class MonitorDiscovery(models.AbstractModel):
    """Keeps one workflow per automation of this database, in step with its source."""

    _name = "monitor.discovery"
    _description = "Monitor Discovery"

    @api.model
    def _source_queries(self):
        """Return the SELECTs that list the sources; extend to discover more kinds.

        Each yields the columns of :data:`CRONS`, one row per source record.
        """
        return [CRONS, AUTOMATIONS, SERVER_ACTIONS]

    @api.model
    def _own_crons(self):
        """Return the XML ids of the monitor's own scheduled actions: never captured."""
        return [TICK_CRON]

    @api.model
    def _sync(self, now):
        """Create, update and retire workflows; attach what ran before it was known."""
        self.env.flush_all()
        sources = self._sources()
        workflows = self._discovered()
        for own in self._own_crons():
            cron = self.env.ref(own, raise_if_not_found=False)
            if cron:
                sources.pop(("ir.cron", cron.id), None)
        new = {key: s for key, s in sources.items() if key not in workflows}
        gone = [w for key, w in workflows.items() if key not in sources]
        for key in workflows.keys() & sources.keys():
            self._update_changed(workflows[key], sources[key])
        again = self._adopt(new, gone)
        for workflow in gone:
            if workflow not in again.values():
                self._retire(workflow)
        self._create_missing([s for key, s in new.items() if key not in again])
        self._attach()

    @api.model
    def _sources(self):
        rows = []
        for query in self._source_queries():
            rows += self.env.execute_query_dict(SQL(query))
        return {(row["source_model"], row["source_id"]): row for row in rows}

    @api.model
    def _discovered(self):
        workflows = (
            self.env["monitor.workflow"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [("source_model", "!=", False)],
                ["name", "code", "source_name", "source_model", "source_id", "active"]
                + ["next_expected_at", "schedule_type", *SYNCED],
            )
        )
        return {(w.source_model, w.source_id): w for w in workflows}

    @api.model
    def _adopt(self, new, gone):
        """Give sources that were made anew the workflow of their predecessor.

        An update or a new installation of an app deletes a record and creates it again
        with the same XML id: for people that is the same automation, with its owner,
        runbook, opt-out and history.

        :param dict new: ``{(source model, id): source}``
        :param list gone: workflows without a source
        :return: ``{(source model, id): workflow}`` of those that have it back
        """
        if not new or not gone:
            return {}
        xmlids = self._xmlids(new.values())
        free = {(workflow.source_model, workflow.code): workflow for workflow in gone}
        again = {}
        for key in new.keys() & xmlids.keys():
            workflow = free.pop((key[0], workflow_code(xmlids[key], *key)), None)
            if workflow is not None:
                self._update_changed(workflow, new[key])
                again[key] = workflow
        return again

    @api.model
    def _create_missing(self, sources):
        if not sources:
            return
        xmlids = self._xmlids(sources)
        apps = self._app_names()
        default = self.env["monitor.config"]._switches().default_criticality
        taken = set()
        values = []
        for source in sources:
            xmlid = xmlids.get((source["source_model"], source["source_id"]))
            module = (
                xmlid.split(".")[0] if xmlid else self._model_module(source["model"])
            )
            code = self._free_code(xmlid, source, taken)
            taken.add(code)
            values.append(
                {
                    **{name: source[name] for name in SYNCED},
                    "code": code,
                    "name": source["name"] or code,
                    "source_name": source["name"],
                    "source_model": source["source_model"],
                    "source_id": source["source_id"],
                    "module": module,
                    "app_name": apps.get(module) or module,
                    "schedule_type": "source" if source["kind"] == "cron" else "none",
                    "next_expected_at": source["nextcall"],
                    "criticality": guess.criticality(module, default),
                    "criticality_guessed": True,
                    "process_owner_id": self._guess_owner(source["owner_id"]),
                    "owner_guessed": True,
                }
            )
        self.env["monitor.workflow"].sudo().with_context(
            tracking_disable=True, mail_create_nolog=True
        ).create(values)

    @api.model
    def _free_code(self, xmlid, source, taken):
        """Return a code no other workflow has (an administrator may have used it)."""
        model, res_id = source["source_model"], source["source_id"]
        workflows = self.env["monitor.workflow"].sudo().with_context(active_test=False)
        for code in (
            workflow_code(xmlid, model, res_id),
            workflow_code(None, model, res_id),
        ):
            if code not in taken and not workflows.search_count([("code", "=", code)]):
                return code
        return workflow_code(f"{model}-{res_id}.{len(taken)}", model, res_id)

    @api.model
    def _update_changed(self, workflow, source):
        values = {}
        if workflow.source_id != source["source_id"]:  # the source was made anew
            values["source_id"] = source["source_id"]
        for name in SYNCED:
            current = workflow[name]
            current = current.id if name == "model_id" else current
            if (current or None) != (source[name] or None):
                values[name] = source[name]
        if workflow.schedule_type == "source":
            if workflow.next_expected_at != (source["nextcall"] or False):
                values["next_expected_at"] = source["nextcall"]
        if workflow.source_name != (source["name"] or False):
            values["source_name"] = source["name"]
            if workflow.name == workflow.source_name:  # nobody chose another one
                values["name"] = source["name"]
        if not workflow.active and workflow.source_state == "missing":
            values["active"] = True
        if values:
            workflow.write({**values, "next_check_at": False})

    @api.model
    def _retire(self, workflow):
        """Archive the workflow of a deleted source; its history stays."""
        if workflow.source_state != "missing":
            workflow.write(
                {"source_state": "missing", "active": False, "next_check_at": False}
            )

    @api.model
    def _xmlids(self, sources):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT model, res_id, min(module || '.' || name)
                  FROM ir_model_data
                 WHERE model IN %s AND res_id IN %s AND module NOT LIKE %s
                 GROUP BY model, res_id
                """,
                tuple({s["source_model"] for s in sources}),
                tuple({s["source_id"] for s in sources}),
                r"\_\_%",
            )
        )
        return {(model, res_id): xmlid for model, res_id, xmlid in rows}

    @api.model
    def _model_module(self, model):
        return self.env[model]._original_module if model in self.env else None

    @api.model
    def _app_names(self):
        """Return ``{module: business name}`` of the installed modules."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT name, shortdesc->>'en_US' FROM ir_module_module "
                    "WHERE state IN ('installed', 'to upgrade', 'to install')"
                )
            )
        )

    @api.model
    def _guess_owner(self, user_id):
        """Return the user if that is an active internal person, else nobody."""
        user = self.env["res.users"].browse(user_id or [])
        is_person = user and user.id != self.env.ref("base.user_root").id
        return user.id if is_person and user.active and not user.share else False

    @api.model
    def _attach(self):
        """Give runs and events of sources that were unknown then their workflow.

        A run in progress is left alone: its own transaction still updates it. The
        events count as new, since no statistics could hold them before.
        """
        cr = self.env.cr
        known = SQL(
            """
            (SELECT id AS workflow_id, source_model || ',' || source_id AS ref
               FROM monitor_workflow WHERE source_model IS NOT NULL) known
            """
        )
        cr.execute(
            SQL(
                """
                UPDATE monitor_run SET workflow_id = known.workflow_id FROM %s
                 WHERE monitor_run.workflow_id IS NULL AND source_ref = known.ref
                   AND state <> 'running'
                """,
                known,
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE monitor_change SET workflow_id = known.workflow_id FROM %s
                 WHERE monitor_change.workflow_id IS NULL AND source_ref = known.ref
                """,
                known,
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE monitor_event_data event
                   SET workflow_id = known.workflow_id, xid = pg_current_xact_id()
                  FROM %s WHERE event.workflow_id IS NULL AND event.event_uid IS NULL
                   AND event.source = known.ref
                """,
                known,
            )
        )
        self.env["monitor.run"].invalidate_model(flush=False)
        self.env["monitor.change"].invalidate_model(flush=False)

    @api.model
    @tools.ormcache()
    def _captured_sources(self):
        """Return ``{(source model, id): (workflow id, captured)}``.

        The capture path asks this for each execution; a query is needed only after a
        workflow was made or changed. In a savepoint, so that a missing table does not
        abort the business transaction. The monitor's own work is never captured.
        """
        cr = self.env.cr
        with cr.savepoint(flush=False):
            cr.execute(
                """
                SELECT source_model, source_id, id, captured FROM monitor_workflow
                 WHERE source_model IS NOT NULL
                UNION ALL
                SELECT model, res_id, NULL, false FROM ir_model_data
                 WHERE module || '.' || name = ANY(%s)
                """,
                [self._own_crons()],
                log_exceptions=False,
            )
            return {(row[0], row[1]): (row[2], row[3]) for row in cr.fetchall()}

    @api.model
    def _forget_captured_sources(self):
        # flushed first: the next question reads the table, not the ORM's cache
        self.env["monitor.workflow"].flush_model(
            ["source_model", "source_id", "captured"]
        )
        self.env.registry.clear_cache()
