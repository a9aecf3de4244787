"""Approvals where they are many: one act on 500, a million that wait or happened."""

import statistics
from datetime import timedelta

from pairs import PAIRS, Bar, absolute, cost, judge

from odoo import SUPERUSER_ID, api

FEW, MANY = 50, 500
EACH = Bar(1.2, 1.0)
STATEMENTS = Bar(30, 0)  # more, for ten times the approvals
AGING = Bar(3, 1.2)
AS_OF = Bar(2, 0.5)
PIVOT = Bar(3, 1)
QUERIES = 5
OPEN, QUICK_OPEN = 1_000_000, 100_000
#: Of a million that wait one in a hundred is due. Of four of these one turns older, one
#: late, one is reminded of (20 people have an activity more), one is escalated.
DUE = 100


def copy_rows(cr, table, row_id, count, **columns):
    """Copy a row so many times; ``columns`` are SQL, ``g`` in it a number from 1."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
        [table],
    )
    names = [name for (name,) in cr.fetchall()]
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(columns.get(name, f'one."{name}"') for name in names)
    cr.execute(
        f"INSERT INTO {table} ({listed}) SELECT {values}"
        f" FROM {table} one, generate_series(1, {int(count)}) g"
        f" WHERE one.id = {int(row_id)} ORDER BY g"
    )


# -- One act -----------------------------------------------------------------


def mass(side):
    """Compare one act on 500 approvals with one on 50: time of each, statements."""
    with side.registry.cursor() as cr:
        env = api.Environment(cr, side.maker, {})
        orders = env["purchase.order"].create(
            [{"partner_id": side.vendor, "user_id": side.maker}] * MANY
        )
        side.request(orders)
    whole = side.waiting
    pairs, more = [], []
    for _pair in range(PAIRS + 1):
        many, statements = _act(side, whole)
        few, fewer = _act(side, whole[:FEW])
        pairs.append((many.each(MANY), few.each(FEW)))
        more.append(statements - fewer)
    told = f"({1000 * statistics.median(p[0].wall for p in pairs):.1f} ms each)"
    judge(f"approve {MANY} at once, each, of {FEW}", pairs[1:], EACH, told)
    print(f"    SQL statements: {statements} and {fewer}")
    absolute(f"statements that {MANY - FEW} more take", more[1:], STATEMENTS)


def _act(side, ids):
    """Return what one act on these costs, with its statements; it is taken back."""
    with side.registry.cursor() as cr:
        approvals = api.Environment(cr, side.decider, {})["monitor.approval"]
        before = cr.sql_log_count

        def act():
            approvals.browse(ids).approve()
            cr.flush()

        found = cost(cr, act)
        statements = cr.sql_log_count - before
        cr.rollback()
    return found, statements


# -- A million ---------------------------------------------------------------


def volume(side, count):
    """Print what aging a million approvals costs, and questions about them."""
    with side.registry.cursor() as cr:
        now = cr.now().replace(microsecond=0)
        _fill(side, cr, count, now)
    _vacuum(side)
    _aging(side, count, now)
    _questions(side, count, now)


def _fill(side, cr, count, now):
    """Have so many wait for twenty people, of which one in a hundred is due now."""
    cr.execute("UPDATE monitor_approval SET state = 'cancelled'")
    side.request(side.order(api.Environment(cr, side.maker, {})))
    cr.flush()
    (first,) = side.waiting
    at, age = f"'{now}'::timestamp", "(g % 1440) * interval '1 hour'"
    due = f"g % {DUE} = 0"
    turn = f"(g / {DUE}) % 4"
    copy_rows(
        cr,
        "monitor_approval",
        first,
        count - 1,
        res_id="1000000 + g",
        department="'Department ' || (g / 7) % 20",
        amount_company="g % 10000",
        requested_at=f"{at} - {age}",
        pending_since=f"{at} - {age}",
        aging_bucket="(ARRAY['lt_1d','1_3d','3_7d','7_14d','gt_14d'])[1 + g % 5]",
        warn_at=_moment(at, f"{due} AND {turn} = 2"),
        warned_at=f"CASE WHEN {due} AND {turn} <> 2 THEN {at} - interval '2 day' END",
        due_at=f"{at} + interval '1 day'",
        breach_at=_moment(at, f"{due} AND {turn} = 1"),
        escalate_at=_moment(at, f"{due} AND {turn} = 3"),
        next_check_at=_moment(at, due),
    )
    _people(side, cr, first)
    _events(cr, count, at)
    cr.execute("ANALYZE")


def _moment(at, is_due):
    """Return SQL of a moment: just past where something is due, else far ahead."""
    return (
        f"CASE WHEN {is_due} THEN {at} - interval '1 minute'"
        f" ELSE {at} + interval '90 day' END"
    )


def _people(side, cr, first):
    """Have the approvals wait for twenty people."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    ids = [side._user(env, f"holder{number}") for number in range(20)]
    cr.execute(
        "INSERT INTO monitor_approval_holder_rel"
        " SELECT id, (%s)[1 + id %% 20] FROM monitor_approval WHERE id > %s",
        [ids, first],
    )


def _events(cr, count, at):
    """Tell what happened: requests of all, decisions of half of them; ``count`` events.

    Each of these approvals has two events and a half: so two fifths of them have any.
    """
    cr.execute(
        f"""
        INSERT INTO monitor_approval_event
            (approval_id, policy_id, kind, occurred_at, recorded_at, model, res_id,
             round, tier, department, amount_company, company_id)
        SELECT one.id, policy_id, fact.kind, {at} - fact.age, {at}, model, res_id,
               round, 1, department, amount_company, company_id
          FROM (SELECT *, row_number() OVER (ORDER BY id) AS n
                  FROM monitor_approval ORDER BY id DESC LIMIT {count * 2 // 5}) one,
       LATERAL (VALUES ('requested', true, (n %% 1440) * interval '1 hour'),
                       ('became_actionable', true, (n %% 1440) * interval '1 hour'),
                       ('approved', n %% 2 = 0, (n %% 1440) * interval '20 minutes')
               ) fact(kind, happened, age)
         WHERE fact.happened
         ORDER BY fact.age DESC
        """.replace("%%", "%")
    )


def _vacuum(side):
    """Leave no dead rows to whoever is measured next."""
    with side.registry.cursor() as cr:
        cr._cnx.set_session(autocommit=True)
        cr.execute("VACUUM monitor_approval")
        cr.execute("VACUUM monitor_approval_event")
        cr._cnx.set_session(autocommit=False)


BARE = """
    UPDATE monitor_approval
       SET aging_bucket = 'gt_14d', breached_at = breach_at,
           next_check_at = %(now)s + interval '1 day'
     WHERE state = 'pending' AND next_check_at <= %(now)s
"""


def _aging(side, count, now):
    """Compare aging with the one statement that updates the same rows."""
    ours, bare = _rolled_back(side, _age(now)), _rolled_back(side, _bare(now))
    pairs = []
    for _pair in range(PAIRS + 1):
        one, rows = ours()
        other, updated = bare()
        if rows != updated or not 0.009 < rows / count < 0.011:
            raise AssertionError((rows, updated))
        pairs.append((one, other))
        _vacuum(side)
    one, other = (1000 * statistics.median(p[n].wall for p in pairs) for n in (0, 1))
    told = f"({one:.0f} ms, UPDATE {other:.0f} ms)"
    judge(f"aging {count:,}, {rows:,} due, of UPDATE", pairs[1:], AGING, told)


def _age(now):
    def age(env):
        done, rows = 0, True
        while rows:
            rows = env["monitor.approval.age"]._age(now)
            done += len(rows)
        env.flush_all()
        return done

    return age


def _bare(now):
    def update(env):
        env.cr.execute(BARE, {"now": now})
        return env.cr.rowcount

    return update


def _rolled_back(side, function):
    """Return a call that measures ``function(env)`` and takes back what it did."""

    def call():
        with side.registry.cursor() as cr:
            found = []
            env = api.Environment(cr, SUPERUSER_ID, {})
            spent = cost(cr, lambda: found.append(function(env)))
            cr.rollback()
        return spent, found[0]

    return call


#: How old what waited at a moment was then, from events alone.
AT_A_MOMENT = """
    SELECT width_bucket(extract(epoch FROM %(at)s - since) / 86400,
                        ARRAY[1, 3, 7, 14]) AS bucket,
           department, count(*), sum(amount_company)
      FROM (SELECT approval_id, min(department) AS department,
                   min(amount_company) AS amount_company,
                   max(occurred_at) FILTER (WHERE kind = 'became_actionable') AS since,
                   bool_or(kind IN ('approved', 'auto_approved', 'rejected',
                                    'withdrawn', 'cancelled', 'expired', 'orphaned')
                          ) AS is_over
              FROM monitor_approval_event WHERE occurred_at <= %(at)s
             GROUP BY approval_id) told
     WHERE NOT is_over GROUP BY bucket, department
"""


def _questions(side, count, now):
    """Time what a screen asks: age at a moment of the past, the pivot of today."""
    at = now - timedelta(days=5)
    asked = {
        f"age as of a day, {count:,} events, s": (
            lambda env: env.cr.execute(AT_A_MOMENT, {"at": at}) or env.cr.fetchall(),
            AS_OF,
        ),
        f"pivot department x age, {count:,}, s": (_pivot, PIVOT),
    }
    for title, (question, bar) in asked.items():
        call = _rolled_back(side, question)
        answers = [call() for _time in range(QUERIES + 1)][1:]
        absolute(title, [spent.wall for spent, _answer in answers], bar)
        print(f"    {len(answers[0][1])} rows")


def _pivot(env):
    """Ask as the web client does, as a manager of the Monitor."""
    manager = env.ref("base.user_admin")
    approvals = env(user=manager.id)["monitor.approval"]
    found = approvals.formatted_read_grouping_sets(
        [("state", "=", "pending")],
        [[], ["department"], ["aging_bucket"], ["department", "aging_bucket"]],
        ["__count", "amount_company:sum"],
    )
    return found[-1]
