from odoo import api, models, tools

from odoo.addons.monitor_core.models.enrichment_sql import (
    UnfitPath,
    compile_plan,
    kind_of,
)
from odoo.addons.monitor_core.models.monitor_recorder import note_self_error
from odoo.addons.monitor_core.tools import enrichment

from ..tools import impact
from ..tools.scales import OPEN_STATES
from .monitor_incident_intake import QUIETLY, raise_if_retryable

#: So many runs of one alert are looked at, the newest: there is no worse level.
RUNS = 1000
#: Where the customer of a record usually stands, the best first.
CUSTOMER_PATHS = (
    "partner_id.commercial_partner_id",
    "commercial_partner_id",
    "partner_id",
)
#: Documents whose partner sells to us: by model, and by the beginning of a type.
PURCHASES = ("purchase.order", "purchase.requisition")
PURCHASE_TYPES = "in_"
#: Fields of a partner, with accounting: how often it sold to us, and bought from us.
RANKS = ("supplier_rank", "customer_rank")
RUN = """
    r.model, r.res_id, r.company_id, r.user_id, r.correlation_id,
    CASE WHEN r.source_ref LIKE 'ir.cron,%%' THEN 0
         ELSE coalesce(r.record_count, 0) END AS records,
    r.context->'value' AS amount, r.context->'currency' AS currency,
    coalesce(r.context->'customer_id', r.context->'customer') AS customer
"""
# Failed runs have a fingerprint, under an index of its own: however many others
# succeeded meanwhile, they are not looked at.
WHILE_FIRING = """
    r.state = 'failed' AND r.finished_at >= a.first_seen_at - interval '1 second'
    AND r.finished_at <= a.last_seen_at + interval '1 second'
"""
#: Rules about failures of all kinds together.
FAILING = ("consecutive_failures", "failure_rate", "slo_burn")
# What alerts are about, the runs that failed while they fired, the runs that they name
# (such as one that succeeded too late), those that wait, and what incidents without
# alerts are about.
TOUCHED = f"""
    SELECT a.incident_id, a.model, a.res_id, a.company_id, NULL::int AS user_id,
           NULL::varchar AS correlation_id,
           CASE WHEN a.summary_code = 'backlog' THEN a.value::bigint ELSE 0
           END AS records,
           NULL::jsonb AS amount, NULL::jsonb AS currency, NULL::jsonb AS customer
      FROM monitor_alert a
     WHERE a.incident_id IN %(ids)s
       AND (a.res_id > 0 OR a.summary_code = 'backlog' AND a.state <> 'resolved')
     UNION ALL
    SELECT a.incident_id, failed.*
      FROM monitor_alert a CROSS JOIN LATERAL (
        SELECT {RUN} FROM monitor_run r
         WHERE r.workflow_id = a.workflow_id
           AND r.fingerprint = a.labels->>'error' AND {WHILE_FIRING}
         ORDER BY r.finished_at DESC LIMIT %(runs)s) failed
     WHERE a.incident_id IN %(ids)s AND a.labels->>'error' <> ''
     UNION ALL
    SELECT a.incident_id, failed.*
      FROM monitor_alert a CROSS JOIN LATERAL (
        SELECT {RUN} FROM monitor_run r
         WHERE r.workflow_id = a.workflow_id
           AND r.fingerprint IS NOT NULL AND {WHILE_FIRING}
         LIMIT %(runs)s) failed
     WHERE a.incident_id IN %(ids)s AND a.labels->>'error' IS NULL
       AND a.labels->>'kind' IN %(failing)s
     UNION ALL
    SELECT a.incident_id, {RUN}
      FROM monitor_alert a CROSS JOIN LATERAL (
        SELECT a.first_run_id AS id UNION SELECT a.last_run_id
         UNION SELECT sample::int FROM jsonb_array_elements_text(
                   CASE jsonb_typeof(a.sample_run_ids) WHEN 'array'
                   THEN a.sample_run_ids ELSE '[]' END) sample) named
      JOIN monitor_run r ON r.id = named.id
     WHERE a.incident_id IN %(ids)s
     UNION ALL
    SELECT a.incident_id, waiting.*
      FROM monitor_alert a CROSS JOIN LATERAL (
        SELECT {RUN} FROM monitor_run r
         WHERE r.workflow_id = a.workflow_id AND r.state = 'stalled'
         ORDER BY r.id DESC LIMIT %(runs)s) waiting
     WHERE a.incident_id IN %(ids)s AND a.state <> 'resolved'
       AND a.labels->>'kind' = 'stalled'
     UNION ALL
    SELECT CASE WHEN i.id IN %(ids)s THEN i.id ELSE i.merged_into_id END,
           i.model, i.res_id, i.company_id, NULL, NULL, 0, NULL, NULL, NULL
      FROM monitor_incident i
     WHERE (i.id IN %(ids)s OR i.merged_into_id IN %(ids)s) AND i.res_id > 0
"""


class MonitorIncidentImpact(models.AbstractModel):
    """What an incident touches: records, customers, and the money that they stand for.

    Amounts and customers are those that were copied when a run was recorded (see
    ``monitor.enrichment``), else what the record says now.
    """

    _name = "monitor.incident.impact"
    _description = "Incident: Impact"

    def _measure_impact(self, now):
        """Measure the open ones anew; their priority follows.

        One statement for all, one more for each kind of record. What cannot be
        measured stays as it was, is counted, and holds up nothing.
        """
        incidents = self.filtered(lambda incident: incident.state in OPEN_STATES)
        if not incidents:
            return
        try:
            with self.env.cr.savepoint():
                changed = incidents._measure(now)
        except Exception as error:
            raise_if_retryable(error)
            note_self_error(self.env, "_measure_impact", error)
            self.env.invalidate_all(flush=False)
        else:
            changed._prioritize(now)

    def _measure(self, now):
        """Write what differs; return the incidents where anything did."""
        # sudo: only whether there are several, and in which currency amounts are told
        companies = self.env["res.company"].sudo().search([], order="id", limit=2)
        rows = self._touched_rows(companies)
        answers = self._ask_records(rows, now)
        touched = {incident.id: [] for incident in self}
        for row in rows:
            touched[row["incident_id"]].append(_touched(row, answers))
        changed = self.browse()
        for incident in self:
            found = impact.add_up(touched[incident.id])
            company = incident.company_id or companies[:1]
            values = {
                "record_count": found.records,
                "customer_count": found.customers,
                "value_at_stake": self._in_currency(found.amounts, company, now),
            }
            if any(incident[name] != value for name, value in values.items()):
                values["currency_id"] = company.currency_id.id
                incident.with_context(**QUIETLY).write(values)
                changed |= incident
        return changed

    def _touched_rows(self, companies):
        """Return what these incidents touch, as far as their readers may know it."""
        self.env.flush_all()
        params = {"ids": tuple(self.ids), "runs": RUNS, "failing": FAILING}
        self.env.cr.execute(TOUCHED, params)
        rows = self.env.cr.dictfetchall()
        for row in rows:
            own = self.browse(row["incident_id"]).company_id.id
            company_id = row["company_id"] or own
            # Everybody sees an incident without a company: no sums of one of several.
            may_tell = company_id == own or not own and len(companies) == 1
            if not may_tell:
                row.update(amount=None, currency=None, customer=None)
            row["ask"] = may_tell and bool(company_id or len(companies) == 1)
            row["company_id"] = company_id or companies[:1].id
        return rows

    @api.model
    def _ask_records(self, rows, now):
        """Return ``{(model, id, company id): {key: value}}`` of the records as now."""
        questions = {}
        for row in rows:
            if row["ask"] and row["model"] and row["res_id"]:
                asked = (row["res_id"], row["company_id"], row["user_id"])
                questions.setdefault(row["model"], {})[asked] = None
        answers = {}
        for model, asked in questions.items():
            plan = self._impact_plan(model)
            if not plan:
                continue
            asked = list(asked)
            ((found,),) = self.env.execute_query(plan.query(asked, now.date()))
            for number, (res_id, company_id, _user_id) in enumerate(asked, 1):
                values = (found or {}).get(str(number))
                if values is not None:
                    parts = enrichment.parts(plan.columns, values)
                    merged = enrichment.merge(None, parts, 10_000)
                    answers[model, res_id, company_id] = merged
        self._forget_suppliers(answers)
        return answers

    @api.model
    def _forget_suppliers(self, answers):
        """Take out partners that sell to us: by this document, or at all."""
        for (model, _id, _company), found in answers.items():
            buys = str(found.get("kind", "")).startswith(PURCHASE_TYPES)
            if buys or model in PURCHASES:
                found.pop("customer_id", None)
        partners = self.env["res.partner"].with_context(active_test=False)
        if any(name not in partners._fields for name in RANKS):
            return
        sold, bought = RANKS
        ids = {found.get("customer_id") for found in answers.values()} - {None}
        # sudo: how many customers there are, not who
        only_sell = partners.sudo().search(
            [("id", "in", list(ids)), (sold, ">", 0), (bought, "=", 0)]
        )
        for found in answers.values():
            if found.get("customer_id") in only_sell.ids:
                del found["customer_id"]

    @api.model
    @tools.ormcache("model", cache="stable")
    def _impact_plan(self, model):
        """Return how amounts and customers are read, ``None`` if not at all."""
        if model not in self.env or not self.env[model]._auto:
            return None
        # sudo: whoever triggered the automation; what is told is only the sum
        records = self.env[model].sudo()

        def kind(path):
            try:
                return kind_of(records, path)
            except UnfitPath:
                return None

        amounts = enrichment.SUGGESTED["value"]
        value = next((path for path in amounts if kind(path) == "money"), None)
        customer = next(
            (path for path in CUSTOMER_PATHS if kind(path) == "record"), None
        )
        lines = [("value", value, True)] if value else []
        lines += [("customer", customer, False)] if customer else []
        lines += [("kind", "move_type", False)] if kind("move_type") else []
        rate_date = enrichment.suggest_rate_date(lambda path: kind(path) is not None)
        return compile_plan(records, lines, rate_date)

    @api.model
    def _in_currency(self, amounts, company, now):
        """Return the sum of amounts by ISO code; what is no currency is left out."""
        currency, total = company.currency_id, 0.0
        # sudo: rates are no secret
        currencies = self.env["res.currency"].sudo().with_context(active_test=False)
        for code, amount in amounts.items():
            if code in (None, currency.name):
                total += amount
            elif other := currencies.search([("name", "=", code)], limit=1):
                total += other._convert(amount, currency, company, now.date())
        return currency.round(total)


def _touched(row, answers):
    """Return a row, with what is known of its record, as :class:`impact.Touched`."""
    known = answers.get((row["model"], row["res_id"], row["company_id"]), {})
    amount, currency = impact.amount_of(row["amount"]), row["currency"]
    if amount is None:
        amount, currency = impact.amount_of(known.get("value")), known.get("currency")
    customer = impact.customer_of(row["customer"])
    if customer is None:
        customer = impact.customer_of(known.get("customer_id"))
    one = bool(row["model"] and row["res_id"])
    if one:
        key = row["model"], row["res_id"]
    elif row["records"]:
        key = row["model"], "many"
    else:
        key = "", row["correlation_id"]
    return impact.Touched(
        key=key,
        records=1 if one else row["records"],
        amount=amount,
        currency=impact.currency_of(currency),
        customer=customer,
    )
