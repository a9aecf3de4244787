"""Real transactions against each other: conflicts, retries, read-only cursors."""

import threading
import urllib.error
import urllib.request

import psycopg2
import pytest
from testrun.server import RpcError

from .conftest import MARK, Automations


@pytest.fixture
def partner(cron_server):
    return cron_server.rpc("res.partner", "create", {"name": "Conflict"})


def test_a_serialization_retry_is_one_run_and_no_failure(
    cron_server, automations, partner
):
    rule = automations.rule(
        "Slow rule", MARK, filter_domain=f"[('id', '=', {partner})]"
    )
    errors = []

    def write():
        try:
            cron_server.rpc("res.partner", "write", [partner], {"comment": "mine"})
        except Exception as error:
            errors.append(error)

    cron_server.expect_error("bad query")
    thread = threading.Thread(target=write)
    thread.start()
    cron_server.wait_until(automations.in_rule)
    # the row changes after the request's snapshot, before its own UPDATE
    cron_server.sql("UPDATE res_partner SET ref = 'theirs' WHERE id = %s", [partner])
    thread.join()

    assert not errors
    assert "tries left" in cron_server.log
    runs = automations.runs("base.automation", rule)
    assert [run[0] for run in runs] == ["succeeded"]
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_failure_is_reported_once_although_the_request_is_repeated(
    cron_server, automations, partner
):
    inner = automations.action("Refuses", "raise UserError('no city')")
    other = cron_server.rpc("res.partner", "create", {"name": "Other"})
    outer = automations.rule(
        "Catches and goes on",
        "try:\n"
        f"    env['ir.actions.server'].browse({inner}).with_context("
        "active_model='res.partner', active_id=record.id).run()\n"
        "except UserError:\n"
        "    pass\n"
        + MARK
        + f"env['res.partner'].browse({other}).write({{'function': 'ours'}})",
        filter_domain=f"[('id', '=', {partner})]",
    )
    thread = threading.Thread(
        target=cron_server.rpc,
        args=["res.partner", "write", [partner], {"comment": "mine"}],
    )
    seen = cron_server.log.count("tries left")
    cron_server.expect_error("bad query")
    thread.start()
    cron_server.wait_until(automations.in_rule)
    cron_server.sql("UPDATE res_partner SET ref = 'theirs' WHERE id = %s", [other])
    thread.join()

    assert cron_server.log.count("tries left") > seen
    failures = automations.runs("ir.actions.server", inner)
    assert failures == [("failed", "business_error", "no city", 1)]
    cron_server.rpc("base.automation", "unlink", [outer])


def test_the_monitor_never_conflicts_with_a_writing_user(
    cron_server, automations, partner
):
    """A transaction that began before the tick wrote the workflow still commits."""
    rule = automations.rule("Watched", MARK, filter_domain=f"[('id', '=', {partner})]")
    cron_server.rpc("res.partner", "write", [partner], {"comment": "first"})
    automations.wait_for_health("base.automation", rule, "healthy")
    seen = cron_server.log.count("tries left")
    thread = threading.Thread(
        target=cron_server.rpc,
        args=["res.partner", "write", [partner], {"comment": "second"}],
    )

    thread.start()
    cron_server.wait_until(automations.in_rule)
    for _time in range(10):
        cron_server.sql(
            "UPDATE monitor_workflow SET p95_ms = coalesce(p95_ms, 0) + 1;"
            "UPDATE monitor_rollup SET duration_sum = duration_sum + 1"
        )
    thread.join()

    assert cron_server.log.count("tries left") == seen
    assert len(automations.runs("base.automation", rule)) == 2
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_rolled_back_request_keeps_its_failure_and_nothing_else(
    cron_server, automations, partner
):
    rule = automations.rule(
        "Refuses",
        "raise UserError('over the limit')",
        filter_domain="[('ref', '=', 'R')]",
    )

    with pytest.raises(RpcError, match="over the limit"):
        cron_server.rpc("res.partner", "create", {"name": "Refused", "ref": "R"})

    assert automations.runs("base.automation", rule) == [
        ("failed", "business_error", "over the limit", 1)
    ]
    assert not cron_server.sql("SELECT 1 FROM res_partner WHERE ref = 'R'")
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_webhook_that_odoo_answers_500_and_commits_is_seen(cron_server, automations):
    rule = automations.rule(
        "Inbound", "1/0", trigger="on_webhook", record_getter="model.browse(1)"
    )
    ((uuid,),) = cron_server.sql(
        "SELECT webhook_uuid FROM base_automation WHERE id = %s", [rule]
    )
    request = urllib.request.Request(
        f"{cron_server.url}/web/hook/{uuid}",
        b"{}",
        {"Content-Type": "application/json"},
    )

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=30)

    assert answer.value.code == 500
    ((state, outcome, error, _count),) = automations.runs("base.automation", rule)
    assert (state, outcome) == ("failed", "fault")
    assert "division by zero" in error
    automations.wait_for_health("base.automation", rule, "failing")
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_call_with_a_traceparent_continues_the_trace(cron_server, automations):
    rule = automations.rule(
        "Traced", "pass", trigger="on_webhook", record_getter="model.browse(1)"
    )
    ((uuid,),) = cron_server.sql(
        "SELECT webhook_uuid FROM base_automation WHERE id = %s", [rule]
    )
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {
        "Content-Type": "application/json",
        "traceparent": f"00-{trace}-{parent}-01",
    }
    request = urllib.request.Request(
        f"{cron_server.url}/web/hook/{uuid}", b"{}", headers
    )

    urllib.request.urlopen(request, timeout=30).close()

    assert cron_server.sql(
        "SELECT trace_id, parent_span_id FROM monitor_run WHERE source_ref = %s",
        [f"base.automation,{rule}"],
    ) == [(trace, parent)]
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_read_only_route_is_respected(make_server):
    """Reading a computed field may run an action, on a read-only cursor."""
    server = make_server("replica", dev="replica")
    automations = Automations(server)
    model_id = automations.model_id("res.partner")
    action = automations.action(
        "In a read", "if record.name == 'bad': raise UserError('no')"
    )
    server.rpc(
        "ir.model.fields",
        "create",
        {
            "name": "x_seen",
            "model_id": model_id,
            "ttype": "boolean",
            "store": False,
            "depends": "name",
            "compute": "for partner in self:\n"
            f"    self.env['ir.actions.server'].browse({action}).with_context("
            "active_model='res.partner', active_id=partner.id).run()\n"
            "    partner['x_seen'] = True",
        },
    )
    good, bad = server.rpc("res.partner", "create", [{"name": "good"}, {"name": "bad"}])
    server.sql("DELETE FROM monitor_run")

    assert server.rpc("res.partner", "web_read", [good], {"x_seen": {}})
    assert automations.runs("ir.actions.server", action) == []
    assert "read-only transaction" not in server.log

    with pytest.raises(RpcError, match="no"):
        server.rpc("res.partner", "web_read", [bad], {"x_seen": {}})
    assert [run[:2] for run in automations.runs("ir.actions.server", action)] == [
        ("failed", "business_error")
    ]


def test_a_full_disk_and_missing_tables_do_not_stop_requests(
    cron_server, automations, partner
):
    rule = automations.rule(
        "Comments",
        "record.write({'function': 'seen'})",
        filter_domain=f"[('id', '=', {partner})]",
    )
    connection = psycopg2.connect(dbname=cron_server.db)
    with connection, connection.cursor() as cr:
        cr.execute(
            "CREATE FUNCTION monitor_disk_full() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; "
            "END $$ LANGUAGE plpgsql; "
            "CREATE TRIGGER disk_full BEFORE INSERT ON monitor_run "
            "FOR EACH ROW EXECUTE FUNCTION monitor_disk_full()"
        )
    try:
        cron_server.rpc("res.partner", "write", [partner], {"comment": "disk full"})
        assert cron_server.sql(
            "SELECT comment LIKE '%%disk full%%', function FROM res_partner "
            "WHERE id = %s",
            [partner],
        ) == [(True, "seen")]
    finally:
        with connection, connection.cursor() as cr:
            cr.execute("DROP FUNCTION monitor_disk_full CASCADE")
        connection.close()
    cron_server.rpc("base.automation", "unlink", [rule])
