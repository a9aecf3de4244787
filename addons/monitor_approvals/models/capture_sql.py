"""How a document is read for its approval: in plain SQL, of stored columns only.

One statement reads any number of documents: how far each is, who asks, what it is worth
in the currency of its company, its risk, and the fields that must not change after the
approval. Reading them through the ORM would flush and compute in the transaction that
is only watched.
"""

from typing import NamedTuple

from odoo.tools import SQL
from odoo.tools.query import Query

from odoo.addons.monitor_core.models.recorder_sql import to_json

DOC = "doc"  # alias of the documents
#: What a reading tells of each document, in this order.
READ = (
    'state, tiers, "values", requester_id, beneficiary_id, creator_id, company_id, '
    "department, amount, currency_id, rate_date, amount_company, risk"
)
AFTER_STATE = ", ".join(f"seen.{name}" for name in READ.split(", ")[1:])
#: What is noted of each document: which, who, how.
NOTES = "id int, actor int, origin varchar, is_new boolean"


class UnfitPath(ValueError):
    """Why a path cannot be read, in the reader's language."""


class Reading(NamedTuple):
    """The SELECT of a policy's documents, without which of them."""

    query: SQL
    #: Model -> names of the stored fields that matter; of lines too.
    watched: dict
    #: Model of lines -> fields that lead to the document.
    parents: dict


class Told(NamedTuple):
    """What an app's own records say of the tiers of a document."""

    #: JSON by level, of document ``doc``: see ``readme/DEVELOP.md``.
    query: SQL
    #: Model -> its fields the query reads.
    watched: dict = {}
    #: Model -> ``{(field that leads to the document, model of the document)}``.
    parents: dict = {}


def insert_observations(reading, policy_id, version, notes, now):
    """Return the INSERT that notes documents as they are; who is not there is gone.

    :param reading: of :func:`compile_reading`
    :param list notes: ``[{"id", "actor", "origin", "is_new"}]``
    """
    return SQL(
        """
        INSERT INTO monitor_approval_observation
               (policy_id, version, seen_at, res_id, actor_id, origin, act, is_new,
                %(read)s)
        SELECT %(policy)s, %(version)s, %(now)s, note.id, note.actor, note.origin,
               pg_current_xact_id()::text || ':' || %(now)s::text, note.is_new,
               coalesce(seen.state, 'gone'), %(after_state)s
          FROM json_to_recordset(%(notes)s) AS note(%(note_columns)s)
         CROSS JOIN (SELECT %(now)s::date AS today) clock
          LEFT JOIN LATERAL (%(reading)s) seen(%(read)s) ON true
        """,
        read=SQL(READ),
        after_state=SQL(AFTER_STATE),
        policy=policy_id,
        version=version,
        now=now,
        notes=to_json(notes),
        note_columns=SQL(NOTES),
        reading=reading.query,
    )


def compile_reading(records, definition, tell_tiers=None):
    """Return the :class:`Reading` of a policy; raises :class:`UnfitPath`.

    The documents are those of which ``note.id`` is the id; ``clock.today`` is the day.

    :param records: the model, as superuser, in the language texts are copied in
    :param definition: of the policy's version
    :param tell_tiers: ``f(records, matches)``, which returns :class:`Told`; ``matches``
        makes SQL of a plain domain on the document
    """
    return _Compiler(records, definition).compile(tell_tiers)


class _Compiler:
    def __init__(self, records, definition):
        self.records = records
        self.definition = definition
        self.sources = definition.sources
        table = SQL.identifier(records._table)
        self.query = Query(records.env, DOC, table)
        self.watched = {records._name: set()}
        self.parents = {}

    def compile(self, tell_tiers):
        company = self._value("company_id") if self._has_company() else SQL("NULL::int")
        amount = self._amount()
        currency = self._record("currency_path", "res.currency")
        day = self._plain("date_path", "date", "datetime")
        query = SQL(
            """
            SELECT %(state)s, %(tiers)s, %(values)s, %(requester)s::int,
                   %(beneficiary)s::int, %(creator)s::int, money.company_id,
                   %(department)s::varchar, money.amount, money.currency_id,
                   money.rate_date, money.amount_company, %(risk)s
              FROM %(tables)s,
                   LATERAL (SELECT %(amount)s AS amount, %(company)s AS company_id,
                                   %(currency)s::int AS currency_id,
                                   coalesce(%(day)s::date, clock.today) AS rate_date
                   ) told,
                   LATERAL (
                       SELECT told.amount, company.id AS company_id, told.rate_date,
                              coalesce(told.currency_id, own.id) AS currency_id,
                              round((monitor_company_value(
                                         told.amount, told.currency_id, company.id,
                                         told.rate_date)->>0)::numeric / own.rounding)
                              * own.rounding AS amount_company
                         FROM res_company company
                         JOIN res_currency own ON own.id = company.currency_id
                        WHERE company.id = coalesce(told.company_id, %(default)s)
                   ) money
             WHERE %(id)s = note.id
            """,
            state=self._state(),
            tiers=self._told(tell_tiers) or self._tiers(),
            values=self._materials(),
            requester=self._record("requester_path", "res.users"),
            beneficiary=self._record("beneficiary_path", "res.users"),
            creator=self._value("create_uid" if self.records._log_access else ""),
            department=self._name(self.sources["department_path"]),
            risk=self._risk(),
            amount=amount,
            company=company,
            currency=currency,
            day=day,
            default=self.records.env.company.id,
            tables=self.query.from_clause,
            id=SQL.identifier(DOC, "id"),
        )
        return Reading(query, self.watched, self.parents)

    # -- How far it is ---------------------------------------------------------

    def _state(self):
        cases = [
            SQL("WHEN %s THEN %s", self._is(self.sources[f"{state}_domain"]), state)
            for state in ("rejected", "approved", "pending")
            if self.sources[f"{state}_domain"] not in ("", "[]")
        ]
        if not cases:
            return SQL("'none'::varchar")
        ours = self._is(self.sources["domain"])
        if self.sources.get("company"):
            company = int(self.sources["company"])
            ours = SQL("(%s AND money.company_id = %s)", ours, company)
        return SQL(
            "(CASE WHEN NOT %s THEN 'none' %s ELSE 'none' END)::varchar",
            ours,
            SQL(" ").join(cases),
        )

    def _told(self, tell_tiers):
        told = tell_tiers(self.records, self._is) if tell_tiers else None
        if told is None:
            return None
        for name, fields in told.watched.items():
            self.watched.setdefault(name, set()).update(fields)
        for name, ways in told.parents.items():
            self.parents.setdefault(name, set()).update(ways)
        return told.query

    def _tiers(self):
        """Return what the document says of its tiers, ``{level: passed}``."""
        pairs = [
            SQL("%s, %s", str(tier.level), self._is(tier.domain))
            for tier in self.definition.tiers
            if tier.domain
        ]
        if not pairs:
            return SQL("NULL::jsonb")
        return SQL("jsonb_build_object(%s)", SQL(", ").join(pairs))

    def _is(self, domain):
        """Return the condition that the document matches a domain (plain text)."""
        parsed = self.records.env["monitor.approval.policy"]._plain_domain(domain)
        if not parsed:
            return SQL("true")
        self.watched[self.records._name] |= {
            leaf[0].split(".")[0] for leaf in parsed if isinstance(leaf, (list, tuple))
        }
        query = self.records._search(parsed)
        table = self.records._table
        query.add_where(
            SQL("%s = %s", SQL.identifier(table, "id"), SQL.identifier(DOC, "id"))
        )
        return SQL("EXISTS (%s)", query.select(SQL("1")))

    def _risk(self):
        rank = ["critical", "high", "medium", "low"]
        rules = sorted(self.definition.risk_rules, key=lambda rule: rank.index(rule[0]))
        cases = [
            SQL(
                "WHEN coalesce(abs(money.amount_company), 0) >= %s AND %s THEN %s",
                amount or 0,
                self._is(domain),
                risk,
            )
            for risk, amount, domain in rules
        ]
        if not cases:
            return SQL("'low'::varchar")
        return SQL("(CASE %s ELSE 'low' END)::varchar", SQL(" ").join(cases))

    # -- Values ----------------------------------------------------------------

    def _has_company(self):
        field = self.records._fields.get("company_id")
        return bool(field and field.store and field.comodel_name == "res.company")

    def _amount(self):
        amount = self._plain("amount_path", "integer", "float", "monetary")
        return SQL("%s::numeric", amount)

    def _materials(self):
        pairs = [
            SQL("%s::text, %s", path, self._material(path))
            for path in self._material_paths()
        ]
        return SQL("jsonb_build_object(%s)", SQL(", ").join(pairs))

    def _material_paths(self):
        """Return what must not change after the approval; a currency never may."""
        currency = self.sources.get("currency_path")
        return sorted({*self.definition.materials, *([currency] if currency else ())})

    def _material(self, path):
        first, _dot, rest = path.partition(".")
        field = self._field(self.records, first)
        if field.type == "one2many" and rest:
            return self._lines(field, rest)
        return SQL("to_jsonb(%s)", self._value(path))

    def _lines(self, field, name):
        """Return a field of all lines of a document, by line."""
        lines = self.records.env[field.comodel_name].sudo()
        column = self._stored(lines, name)
        inverse = self._stored(lines, field.inverse_name)
        self.watched.setdefault(lines._name, set()).add(name)
        self.parents.setdefault(lines._name, set()).add(
            (field.inverse_name, self.records._name)
        )
        return SQL(
            "(SELECT jsonb_object_agg(line.id, %s) FROM %s line WHERE %s = %s)",
            column.to_sql(lines, "line"),
            SQL.identifier(lines._table),
            inverse.to_sql(lines, "line"),
            SQL.identifier(DOC, "id"),
        )

    def _value(self, path):
        """Return the column that a path leads to, NULL without one."""
        if not path:
            return SQL("NULL")
        model, alias, field = self._last(path)
        return field.to_sql(model, alias)

    def _record(self, name, model):
        """Return the column of a source that must lead to records of a model."""
        path = self.sources[name]
        if path and self._last(path)[2].comodel_name != model:
            self._raise_unfit(path, self.records.env[model]._description)
        return self._value(path)

    def _plain(self, name, *types):
        """Return the column of a source that must lead to such a field."""
        path = self.sources[name]
        if path and self._last(path)[2].type not in types:
            policy = self.records.env["monitor.approval.policy"]
            label = policy._fields[name]._description_string(policy.env)
            self._raise_unfit(path, label)
        return self._value(path)

    def _raise_unfit(self, path, wanted):
        raise UnfitPath(
            self.records.env._(
                "“%(path)s” leads to something else than wanted: %(wanted)s.",
                path=path,
                wanted=wanted,
            )
        )

    def _name(self, path):
        """Return a path as text: of a record, its name."""
        if not path:
            return SQL("NULL")
        model, alias, field = self._last(path)
        if field.type == "many2one":
            model, alias = field.join(model, alias, self.query)
            named = model._fields.get(model._rec_name or "")
            told = named is not None and named.store and named.column_type
            field = self._stored(model, named.name if told else "name")
        return SQL("left(%s::text, 200)", field.to_sql(model, alias))

    def _last(self, path):
        """Join the tables on the way; return model, alias and field at its end."""
        model, alias = self.records, DOC
        *way, last = path.split(".")
        self.watched[self.records._name].add(path.split(".")[0])
        for name in way:
            field = self._stored(model, name)
            if field.type != "many2one":
                raise UnfitPath(
                    model.env._(
                        "“%(path)s” leads over many records at “%(field)s”.",
                        path=path,
                        field=name,
                    )
                )
            model, alias = field.join(model, alias, self.query)
        return model, alias, self._stored(model, last)

    def _field(self, model, name):
        field = model._fields.get(name)
        if field is None:
            raise UnfitPath(
                model.env._(
                    "“%(model)s” has no field “%(field)s”.",
                    model=model._description,
                    field=name,
                )
            )
        return field

    def _stored(self, model, name):
        field = self._field(model, name)
        if not field.store or not field.column_type or field.company_dependent:
            raise UnfitPath(
                model.env._("“%s” is not stored with the document.", field.string)
            )
        return field
