"""How fields of a business record are read while something else is going on.

In plain SQL, of stored columns only: reading a field through the ORM would flush and
compute what the business transaction has not asked for yet. One SELECT answers for all
records of a model, however many fields and relations are configured.
"""

from typing import NamedTuple

from odoo.tools import SQL
from odoo.tools.query import Query

from ..tools import enrichment, redaction
from .sql_routines import drop_routines

MAX_DEPTH = 4  # fields in a path
MAX_TEXT = 500  # characters that are copied of a text
TEXTS = ("char", "text", "selection")
DATES = ("date", "datetime")
KINDS = (*TEXTS, *DATES, "boolean", "integer", "float", "monetary", "many2one")

# What ``res.currency._convert`` does, of committed rates: the last one of the company
# or of all companies up to that day, else the first one, else 1.
CURRENCY_RATE = """
    SELECT coalesce(
        (SELECT rate FROM res_currency_rate
          WHERE currency_id = p_currency AND name <= p_date
            AND (company_id IS NULL OR company_id = p_company)
          ORDER BY company_id, name DESC LIMIT 1),
        (SELECT rate FROM res_currency_rate
          WHERE currency_id = p_currency
            AND (company_id IS NULL OR company_id = p_company)
          ORDER BY company_id, name LIMIT 1),
        1)
"""
# An amount in the currency of a company, and that currency: a branch uses the rates
# of its root.
COMPANY_VALUE = """
    SELECT json_build_array(
               CASE WHEN coalesce(p_currency, own.id) = own.id THEN p_amount
                    ELSE round(p_amount * monitor_currency_rate(own.id, root, p_date)
                               / monitor_currency_rate(p_currency, root, p_date)
                               / own.rounding) * own.rounding
               END, own.name)
      FROM res_company company
      JOIN res_currency own ON own.id = company.currency_id,
           LATERAL (SELECT coalesce(nullif(split_part(company.parent_path, '/', 1), ''),
                                    company.id::text)::int AS root) r
     WHERE company.id = p_company
"""
#: name -> (parameters, result, body); each may need those before it.
ROUTINES = {
    "monitor_currency_rate": (
        "p_currency int, p_company int, p_date date",
        "numeric",
        CURRENCY_RATE,
    ),
    "monitor_company_value": (
        "p_amount numeric, p_currency int, p_company int, p_date date",
        "json",
        COMPANY_VALUE,
    ),
}


class UnfitPath(ValueError):
    """Why a path cannot be copied, in the reader's language."""


class Plan(NamedTuple):
    """All that is copied from records of one model."""

    columns: tuple
    values: SQL
    tables: SQL
    table: str
    company: SQL  # of a record, NULL where it has none

    def query(self, asked, today):
        """Return a SELECT of ``{"number of the question": [value of each column]}``.

        A record of another company than the one that asks is not answered: its values
        would be shown to people who may not see it.

        :param asked: ``[(record id, company id, user id)]``, numbered from 1; without
            a company it is the user's
        """
        ids, companies, users = map(list, zip(*asked, strict=True))
        return SQL(
            """
            SELECT json_object_agg(asked.n, found.copied)
              FROM (SELECT a.id, a.n,
                           coalesce(a.company_id, u.company_id) AS company_id,
                           %(today)s::date AS today
                      FROM unnest(%(ids)s::int[], %(companies)s::int[],
                                  %(users)s::int[])
                           WITH ORDINALITY AS a(id, company_id, user_id, n)
                      LEFT JOIN res_users u ON u.id = a.user_id) asked,
                   LATERAL (SELECT json_build_array(%(values)s) AS copied
                              FROM %(tables)s
                             WHERE %(id)s = asked.id
                               AND (%(company)s IS NULL
                                    OR %(company)s = asked.company_id)) found
            """,
            today=today,
            ids=ids,
            companies=companies,
            users=users,
            values=self.values,
            tables=self.tables,
            id=SQL.identifier(self.table, "id"),
            company=self.company,
        )


def stored_path(model, path):
    """Return the stored fields that lead to the value of ``path``; all but the last
    are many2one.

    Checks all that must hold for copying it, among others that the user of ``model``
    may read the models on the way. Raises :class:`UnfitPath`.
    """
    names = path.split(".") if path else []
    if not 1 <= len(names) <= MAX_DEPTH:
        raise UnfitPath(model.env._("A path has 1 to %s fields.", MAX_DEPTH))
    found = []
    _check_model(model)
    for place, name in enumerate(names, 1):
        field = _checked_field(model, name)
        if place < len(names) and field.type != "many2one":
            raise UnfitPath(
                model.env._("“%s” leads nowhere: it is no single record.", _name(field))
            )
        if field.type not in KINDS:
            raise UnfitPath(
                model.env._(
                    "“%(field)s” cannot be copied: take a text, a number, a date, a "
                    "choice, a yes/no or a single record, not a %(kind)s.",
                    field=_name(field),
                    kind=field.type,
                )
            )
        found += _stored_fields(model, field)
        if field.type == "many2one":
            model = model.env[field.comodel_name]
            _check_model(model)
    return found


def _check_model(model):
    if not model.has_access("read"):
        raise UnfitPath(
            model.env._("You may not read “%s” yourself.", model._description)
        )


def _checked_field(model, name):
    """Return the field of ``model`` if its values may be copied at all."""
    field = model._fields.get(name)
    if field is None:
        raise UnfitPath(
            model.env._(
                "“%(model)s” has no field “%(field)s”.",
                model=model._description,
                field=name,
            )
        )
    policy = model.env["monitor.config"]._redaction()
    if field.groups or redaction.is_secret_key(name, policy.keys):
        # Whoever sees a context may not be in those groups.
        raise UnfitPath(
            model.env._("“%s” is secret or for certain people only.", _name(field))
        )
    if field.company_dependent:
        raise UnfitPath(
            model.env._("“%s” has another value in each company.", _name(field))
        )
    return field


def _stored_fields(model, field):
    """Return the stored fields behind ``field``: itself, or what it is related to."""
    if field.store and field.column_type:
        return [field]
    if not field.related:
        raise UnfitPath(
            model.env._(
                "“%s” is not stored: it is worked out anew whenever it is shown.",
                _name(field),
            )
        )
    found = []
    for name in field.related.split("."):
        step = _checked_field(model, name)
        found += _stored_fields(model, step)
        model = model.env[step.comodel_name] if step.type == "many2one" else model
    if any(step.type != "many2one" for step in found[:-1]):
        raise UnfitPath(model.env._("“%s” leads over many records.", _name(field)))
    return found


def _name(field):
    return field.string or field.name


def kind_of(model, path, convert=False):
    """Return the kind of column that ``path`` fills (see :class:`enrichment.Column`).

    Raises :class:`UnfitPath`.
    """
    last = stored_path(model, path)[-1]
    if last.type == "many2one":
        kind = "record"
    elif last.type == "monetary" and _currency_path(model.env, last):
        kind = "money"
    else:
        kind = "plain"
    if convert and kind != "money":
        raise UnfitPath(
            model.env._("“%s” is no amount with a currency to convert.", _name(last))
        )
    return kind


def label_of(model, path):
    """Return ``path`` as people know it, such as ``Customer › Industry``."""
    labels = []
    for name in path.split("."):
        field = model._fields.get(name)
        if field is None:
            return path
        labels.append(field._description_string(model.env))
        model = model.env[field.comodel_name] if field.comodel_name else model
    return " › ".join(labels)


def _currency_path(env, field):
    """Return the stored fields that lead to the currency of an amount, or ``None``."""
    model = env[field.model_name]
    name = field.get_currency_field(model)
    try:
        # sudo: which currency an amount is in may be said with the amount
        return _stored_fields(model.sudo(), model._fields[name]) if name else None
    except UnfitPath:
        return None


def compile_plan(model, lines, rate_date=None):
    """Return the :class:`Plan` of ``lines``, ``None`` where none of them can be read.

    A line that cannot be read (any more) is left out.

    :param model: as superuser, in the language in which texts are copied
    :param lines: ``[(key, path, convert)]``
    :param rate_date: path of the date at whose rate amounts are converted
    """
    return _PlanBuilder(model, rate_date).build(lines)


class _PlanBuilder:
    """Collects the joins of all columns in one query."""

    def __init__(self, model, rate_date):
        self.model = model
        self.env = model.env
        self._query = Query(model.env, model._table)
        self.company = self._company(model, model._table)
        self.rate_day = self._rate_day(rate_date)

    def build(self, lines):
        columns, values = [], []
        for key, path, convert in lines:
            try:
                kind = kind_of(self.model, path, convert)
                value = self._value(kind, path, convert)
            except UnfitPath:
                continue
            columns.append(enrichment.Column(key, kind))
            values.append(value)
        if not columns:
            return None
        return Plan(
            columns=tuple(columns),
            values=SQL(", ").join(values),
            tables=self._query.from_clause,
            table=self.model._table,
            company=self.company,
        )

    def _follow(self, model, alias, steps):
        """Join the tables on the way; return the last model and its alias."""
        for field in steps:
            model, alias = field.join(model, alias, self._query)
        return model, alias

    def _company(self, model, alias):
        field = model._fields.get("company_id")
        if field is None or field.type != "many2one":
            return SQL("NULL::int")
        try:
            *steps, last = _stored_fields(model, field)
        except UnfitPath:
            return SQL("NULL::int")
        owner, alias = self._follow(model, alias, steps)
        return last.to_sql(owner, alias)

    def _rate_day(self, path):
        if not path:
            return SQL("asked.today")
        try:
            *steps, last = stored_path(self.model, path)
        except UnfitPath:
            return SQL("asked.today")
        owner, alias = self._follow(self.model, self.model._table, steps)
        return SQL("coalesce(%s::date, asked.today)", last.to_sql(owner, alias))

    def _value(self, kind, path, convert):
        *steps, last = stored_path(self.model, path)
        owner, alias = self._follow(self.model, self.model._table, steps)
        value = last.to_sql(owner, alias)
        if kind == "record":
            name = self._display_name(owner, alias, last)
            return SQL("json_build_array(%s, %s)", name, value)
        if kind == "money":
            return self._money(value, last, owner, alias, convert)
        if last.type in TEXTS:
            return _text(value)
        if last.type == "datetime":
            return SQL("date_trunc('second', %s)", value)
        return SQL("coalesce(%s, false)", value) if last.type == "boolean" else value

    def _display_name(self, model, alias, field):
        """Return the stored text by which people know a record, else NULL."""
        comodel = self.env[field.comodel_name]
        for name in dict.fromkeys((comodel._rec_name, "name")):
            try:
                *steps, last = stored_path(comodel, name)
            except UnfitPath:
                continue
            if last.type in TEXTS:
                owner, alias = self._follow(model, alias, [field, *steps])
                return _text(last.to_sql(owner, alias))
        return SQL("NULL::text")

    def _money(self, value, field, model, alias, convert):
        *steps, last = _currency_path(self.env, field)
        owner, currency_alias = self._follow(model, alias, steps)
        if convert:
            return SQL(
                "monitor_company_value(%s::numeric, %s, coalesce(%s, %s, "
                "asked.company_id), %s)",
                value,
                last.to_sql(owner, currency_alias),
                self._company(model, alias),
                self.company,
                self.rate_day,
            )
        _model, currency = self._follow(owner, currency_alias, [last])
        return SQL("json_build_array(%s, %s)", value, SQL.identifier(currency, "name"))


def _text(value):
    return SQL("left(%s::text, %s)", value, MAX_TEXT)


def create_routines(cr):
    """Create the functions, replacing those of an earlier version."""
    drop_enrichment_routines(cr)
    for name, (parameters, result, body) in ROUTINES.items():
        cr.execute(
            SQL(
                "CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE sql STABLE AS %s",
                SQL.identifier(name),
                SQL(parameters),
                SQL(result),
                body,
            )
        )


def drop_enrichment_routines(cr):
    """Drop the functions."""
    drop_routines(cr, reversed(ROUTINES))
