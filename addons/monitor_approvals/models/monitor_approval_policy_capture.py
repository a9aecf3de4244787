import ast

from odoo import api, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.monitor_core.models.monitor_recorder import note_self_error

from .capture_sql import UnfitPath, compile_reading


class MonitorApprovalPolicyCapture(models.AbstractModel):
    """How the documents of a policy are read."""

    _name = "monitor.approval.policy.capture"
    _description = "Monitor Approval Policy: Reading Documents"

    @api.model
    def _plain_domain(self, text):
        """Return a domain of plain values; nothing is evaluated.

        Raises ``ValueError``, ``SyntaxError`` for anything else.
        """
        domain = ast.literal_eval(text or "[]")
        if not isinstance(domain, (list, tuple)):
            raise ValueError(self.env._("This is no list of conditions."))
        for leaf in domain:
            if isinstance(leaf, str) and leaf in ("&", "|", "!"):
                continue
            if not isinstance(leaf, (list, tuple)) or len(leaf) != 3:
                raise ValueError(self.env._("“%s” is no condition.", leaf))
            if not isinstance(leaf[0], str):
                raise ValueError(self.env._("“%s” is no field.", leaf[0]))
        return domain

    @tools.ormcache("self.id", "self.version", cache="stable")
    def _reading(self):
        """Return the :class:`capture_sql.Reading` of the policy as it is now."""
        self.ensure_one()
        records = self._records().with_context(lang="en_US")
        definition = self._definition()
        return compile_reading(records, definition, self._tell_tiers)

    @api.model
    def _forget_readings(self):
        """Read documents anew: a policy changed, or what an adapter asks."""
        registry = self.env.registry
        registry.clear_cache("stable")
        # others may have read what is not true any more meanwhile
        self.env.cr.postcommit.add(lambda: registry.clear_cache("stable"))

    def _tell_tiers(self, records, matches):
        """Return :class:`capture_sql.Told`: what the document says; for adapters.

        ``None``: the tiers are the policy's, and passed when their domains say so.

        :param matches: ``f(plain domain)`` returns SQL: the document matches it
        """
        return None

    def _reading_quietly(self):
        """Return the reading, ``None`` where documents cannot be read (any more)."""
        if self.model not in self.env:
            return None  # its app is not installed (any more)
        try:
            return self._reading()
        except Exception as error:
            note_self_error(self.env, "approval_reading", error)
            return None

    @api.constrains(
        "requester_path",
        "beneficiary_path",
        "department_path",
        "amount_path",
        "currency_path",
        "date_path",
        "material_paths",
        "risk_ids",
        "tier_ids",
    )
    def _check_paths(self):
        """Raise where a field is not there, or not stored."""
        for policy in self:
            try:
                records = policy._records().with_context(lang="en_US")
                compile_reading(records, policy._definition())
            except (UnfitPath, ValueError, SyntaxError) as error:
                raise ValidationError(str(error)) from error
