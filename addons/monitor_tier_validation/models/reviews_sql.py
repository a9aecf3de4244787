"""What OCA's reviews and definitions say of the tiers of a document, as JSON."""

from odoo.tools import SQL

from odoo.addons.monitor_approvals.models.capture_sql import Told

#: Fields of a review that tell something; names of reviewers are kept from then on.
REVIEW_FIELDS = {"status", "done_by", "res_id", "model", "sequence", "reviewer_ids"}


def told_by_reviews(records, definitions, matches):
    """Return :class:`Told`: the reviews, or the tiers that were never asked.

    :param records: the model of the documents
    :param definitions: of the tiers that are asked of them now
    :param matches: ``f(plain domain)`` returns SQL: document ``doc`` matches it
    """
    query = SQL(
        "coalesce(%s, %s)",
        _reviews(records),
        _missing(records, definitions, matches),
    )
    parents = {"tier.review": {("res_id", records._name)}}
    return Told(query, {"tier.review": REVIEW_FIELDS}, parents)


def _reviews(records):
    """Return the reviews there are; who was asked matters until they decided."""
    return SQL(
        """(SELECT jsonb_object_agg(review.sequence, jsonb_build_object(
                       'key', review.id,
                       'state', review.status,
                       'name', definition.name->>'en_US',
                       'by', review.done_by,
                       'users', CASE WHEN review.status IN ('waiting', 'pending') THEN
                           (SELECT jsonb_agg(asked.res_users_id
                                             ORDER BY asked.res_users_id)
                              FROM res_users_tier_review_rel asked
                             WHERE asked.tier_review_id = review.id) END))
              FROM tier_review review
              LEFT JOIN tier_definition definition
                     ON definition.id = review.definition_id
             WHERE review.model = %s AND review.res_id = doc.id)""",
        records._name,
    )


def _missing(records, definitions, matches):
    """Return the tiers that a document without reviews should have been asked."""
    cases = [
        SQL(
            "WHEN %s THEN %s",
            definition.id,
            matches(definition.definition_domain),
        )
        for definition in definitions
        if definition.definition_domain
    ]
    applies = SQL("true")
    if cases:
        applies = SQL("CASE needed.id %s ELSE true END", SQL(" ").join(cases))
    return SQL(
        """(SELECT jsonb_object_agg(tier.level, jsonb_build_object(
                       'state', 'missing', 'name', tier.name, 'users', tier.users))
              FROM (SELECT row_number() OVER (ORDER BY needed.sequence DESC,
                                                       needed.id) AS level,
                           needed.name->>'en_US' AS name,
                           (SELECT jsonb_agg(DISTINCT person.id)
                              FROM (SELECT needed.reviewer_id AS id
                                    UNION ALL
                                    SELECT uid FROM res_groups_users_rel
                                     WHERE gid = needed.reviewer_group_id) person
                             WHERE person.id IS NOT NULL) AS users
                      FROM tier_definition needed
                     WHERE needed.id = ANY(%s)
                       AND (needed.company_id IS NULL
                            OR needed.company_id = money.company_id)
                       AND %s) tier)""",
        definitions.ids,
        applies,
    )
