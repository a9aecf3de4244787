import ast
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.monitor_core.models.sql_routines import at_most

from ..tools.observation import Observation

EVERY = timedelta(minutes=5)
STATEMENT_TIMEOUT = "5s"
MAX_RECORDS = 200  # told one by one; how many there are is told too


class MonitorRuleRecords(models.AbstractModel):
    """Rules about business records: too many, or waiting for too long."""

    _name = "monitor.rule.records"
    _description = "Monitor Rules: Business Records"

    @api.model
    def _observe_records(self, rules, _workflows, now):
        due = rules.filtered(lambda r: r.kind in ("backlog", "record_age"))._due(now)
        return due._guarded(lambda rule: rule._observe_model(now), now, EVERY)

    def _observe_model(self, now):
        if self.model not in self.env:
            return self._no_longer_old([])  # its app is not installed (any more)
        with at_most(self.env.cr, "statement_timeout", STATEMENT_TIMEOUT):
            if self.kind == "backlog":
                return self._observe_backlog()
            return self._observe_age(now)

    def _records(self):
        """Return the model to search; of one company where the rule is of one.

        sudo: a rule of a manager counts what is there, not what she sees; what it tells
        of is shown to those alone who may read it.
        """
        user = self.env.context.get("monitor_as_user")  # a preview
        records = self.env[self.model].with_context(active_test=True)
        records = records.with_user(user).sudo(False) if user else records.sudo()
        company = self.company_id
        if company:
            records = records.with_company(company)
        return records

    def _domain(self):
        domain = Domain(ast.literal_eval(self.domain or "[]"))
        if self.company_id and "company_id" in self.env[self.model]._fields:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        return domain

    def _observe_backlog(self):
        count = self._records().search_count(self._domain())
        name = self.env["ir.model"]._get(self.model).name
        return [
            Observation(
                rule_id=self.id,
                labels=self._labels(),
                active=count >= max(1, self.threshold),
                value=float(count),
                code="backlog",
                params={"count": count, "what": name},
                company_id=self.company_id.id or None,
                model=self.model,
            )
        ]

    def _observe_age(self, now):
        date_field = self.date_field_id
        if not date_field:
            raise UserError(self.env._("Choose the date from which the age counts."))
        cutoff = self._cutoff(now)
        limit = cutoff.date() if date_field.ttype == "date" else cutoff
        domain = self._domain() & Domain(date_field.name, "<=", limit)
        records = self._records().search(
            domain, order=f"{date_field.name}, id", limit=MAX_RECORDS
        )
        seen = [self._old(record, date_field.name, now) for record in records]
        return seen + self._no_longer_old(seen)

    def _old(self, record, name, now):
        since = record[name]
        if not isinstance(since, datetime):
            since = fields.Datetime.to_datetime(since)
        company = "company_id" in record._fields and record.company_id
        return Observation(
            rule_id=self.id,
            labels=self._labels(record=f"{record._name},{record.id}"),
            active=True,
            since=since,
            code="record_age",
            params={"record": record.display_name, "since": since},
            company_id=(company and company.id) or self.company_id.id or None,
            model=record._name,
            res_id=record.id,
        )

    def _no_longer_old(self, seen):
        known = {observation.fingerprint for observation in seen}
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT fingerprint, labels FROM monitor_alert"
                " WHERE rule_id = %s AND state <> 'resolved'",
                self.id,
            )
        )
        return [
            Observation(self.id, row["labels"], False, known_as=row["fingerprint"])
            for row in rows
            if row["fingerprint"] not in known
        ]

    def _cutoff(self, now):
        """Return since when a record must have waited to be too old."""
        unit, age = self.age_unit, self.age
        if unit == "hours":
            return now - timedelta(hours=age)
        if unit == "days":
            return now - timedelta(days=age)
        company = self.company_id or self.env.company
        calendar = company.resource_calendar_id
        if unit == "working_hours":
            found = calendar.plan_hours(-age, now, compute_leaves=True)
        else:
            found = calendar.plan_days(-int(age) - 1, now, compute_leaves=True)
        if not found:
            raise UserError(
                self.env._(
                    "The working hours “%s” have no working time.", calendar.name
                )
            )
        return found
