"""Real transactions against each other: conflicts, retries, read-only cursors, hooks."""

import threading
import urllib.error
import urllib.request

import psycopg2
import pytest
from testrun.server import RpcError

from .conftest import Automations


@pytest.fixture
def partner(cron_server):
    return cron_server.rpc("res.partner", "create", {"name": "Conflict"})


def test_a_serialization_retry_is_one_run_and_no_failure(
    cron_server, automations, partner
):
    rule = automations.rule(
        "Slow rule", "time.sleep(1.5)", filter_domain=f"[('id', '=', {partner})]"
    )
    errors = []

    def write():
        try:
            cron_server.rpc("res.partner", "write", [partner], {"comment": "mine"})
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    cron_server.wait_until(
        lambda: cron_server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND xact_start IS NOT NULL "
            "AND state = 'idle in transaction'",
            [cron_server.db],
        )
    )
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
    inner = automations.rule(
        "Refuses cities", "raise UserError('no city')", filter_domain="[('city', '=', 'X')]"
    )
    outer = automations.rule(
        "Catches and goes on",
        "try:\n"
        "    record.copy({'city': 'X'})\n"
        "except UserError:\n"
        "    pass\n"
        "time.sleep(1.5)\n",
        filter_domain=f"[('id', '=', {partner})]",
    )
    thread = threading.Thread(
        target=cron_server.rpc,
        args=["res.partner", "write", [partner], {"comment": "mine"}],
    )
    seen = cron_server.log.count("tries left")
    thread.start()
    cron_server.wait_until(
        lambda: cron_server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s "
            "AND state = 'idle in transaction'",
            [cron_server.db],
        )
    )
    cron_server.sql("UPDATE res_partner SET ref = 'theirs2' WHERE id = %s", [partner])
    thread.join()

    assert cron_server.log.count("tries left") > seen
    failures = [r for r in automations.runs("base.automation", inner) if r[0] == "failed"]
    assert len(failures) == 1
    cron_server.rpc("base.automation", "unlink", [inner, outer])


def test_the_monitor_never_conflicts_with_a_writing_user(
    cron_server, automations, partner
):
    """A transaction that began before the tick wrote the workflow still commits."""
    rule = automations.rule(
        "Watched", "time.sleep(1)", filter_domain=f"[('id', '=', {partner})]"
    )
    cron_server.rpc("res.partner", "write", [partner], {"comment": "first"})
    automations.wait_for_health("base.automation", rule, "healthy")
    seen = cron_server.log.count("tries left")
    thread = threading.Thread(
        target=cron_server.rpc,
        args=["res.partner", "write", [partner], {"comment": "second"}],
    )

    thread.start()
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
        "Refuses", "raise UserError('over the limit')", filter_domain="[('ref', '=', 'R')]"
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
        f"{cron_server.url}/web/hook/{uuid}", b"{}", {"Content-Type": "application/json"}
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
    request = urllib.request.Request(f"{cron_server.url}/web/hook/{uuid}", b"{}", headers)

    urllib.request.urlopen(request, timeout=30).close()

    assert cron_server.sql(
        "SELECT trace_id, parent_span_id FROM monitor_run WHERE source_ref = %s",
        [f"base.automation,{rule}"],
    ) == [(trace, parent)]
    cron_server.rpc("base.automation", "unlink", [rule])


def test_a_read_only_route_is_respected(make_server):
    """With a replica, Odoo runs ``onchange`` (and its rules) on a read-only cursor."""
    import os

    server = make_server(
        "replica",
        db_replica_host=os.environ["PGHOST"],
        db_replica_port=os.environ.get("PGPORT", "5432"),
    )
    automations = Automations(server)
    name = server.sql("SELECT id FROM ir_model_fields WHERE model='res.partner' AND name='name'")
    rule = automations.rule(
        "On change",
        "if record.name == 'bad': raise UserError('no')",
        trigger="on_change",
        on_change_field_ids=[[6, 0, [name[0][0]]]],
    )

    def change(value):
        return server.rpc(
            "res.partner", "onchange", [], {"name": value}, ["name"], {"name": {}}
        )

    change("good")
    assert automations.runs("base.automation", rule) == []
    assert "read-only transaction" not in server.log

    with pytest.raises(RpcError, match="no"):
        change("bad")
    assert [run[:2] for run in automations.runs("base.automation", rule)] == [
        ("failed", "business_error")
    ]


def test_a_full_disk_and_missing_tables_do_not_stop_requests(
    cron_server, automations, partner
):
    rule = automations.rule(
        "Comments", "record.write({'function': 'seen'})", filter_domain=f"[('id', '=', {partner})]"
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
            "SELECT comment LIKE '%%disk full%%', function FROM res_partner WHERE id = %s",
            [partner],
        ) == [(True, "seen")]
    finally:
        with connection, connection.cursor() as cr:
            cr.execute("DROP FUNCTION monitor_disk_full CASCADE")
        connection.close()
    cron_server.rpc("base.automation", "unlink", [rule])
