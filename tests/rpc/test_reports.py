"""What an integration can report and ask, the same through every protocol."""

import json

from .clients import Refused, XmlRpc

CODE = "order-to-cash"
HEALTH_KEYS = {
    "code",
    "name",
    "health",
    "score",
    "last_success_at",
    "last_failure_at",
    "open_incidents",
    "reason",
}


def holds_none(answer):
    return "null" in json.dumps(answer)


def refused(client, method, **arguments):
    """Return the error of a call that must be refused."""
    try:
        answer = client.call(method, **arguments)
    except Refused as error:
        return error
    raise AssertionError(f"accepted: {answer}")


def test_a_run_is_started_and_finished(client, odoo_server, number):
    started = client.call("run_start", code=CODE, correlation_id=number)
    finished = client.call(
        "run_finish", code=CODE, correlation_id=number, outcome="failed"
    )

    assert started["correlation_id"] == number
    assert started["traceparent"].startswith("00-")
    assert finished == {"run_id": started["run_id"], "state": "failed"}
    assert odoo_server.sql(
        "SELECT state FROM monitor_run WHERE correlation_id = %s", [number]
    ) == [("failed",)]


def test_the_account_is_the_user_of_its_runs(client, odoo_server, service, number):
    client.call("run_start", code=CODE, correlation_id=number)

    assert odoo_server.sql(
        "SELECT user_id FROM monitor_run WHERE correlation_id = %s", [number]
    ) == [(service["uid"],)]


def test_a_flow_is_passed_step_by_step(client, number):
    answers = [
        client.call("checkpoint", code=CODE, correlation_id=number, step=step)
        for step in ("paid", "packed", "shipped")
    ]

    assert [answer["remaining"] for answer in answers] == [
        ["packed", "shipped"],
        ["shipped"],
        [],
    ]
    assert answers[-1]["state"] == "succeeded"


def test_values_travel_whole(client, odoo_server, number):
    context = {"amount": 12.5, "lines": [1, {"sku": "Ä✓"}], "paid": True}
    values = {
        "context": context,
        "model": "res.partner",
        "record_id": 3,
        "occurred_at": "2026-01-05T12:00:00+01:00",
    }
    client.call("run_start", code=CODE, correlation_id=number, values=values)

    ((stored, model, res_id, started_at),) = odoo_server.sql(
        "SELECT context, model, res_id, started_at FROM monitor_run "
        "WHERE correlation_id = %s",
        [number],
    )
    assert (stored, model, res_id) == (context, "res.partner", 3)
    assert str(started_at) == "2026-01-05 11:00:00"


def test_every_report_may_be_sent_twice(client, rows, number):
    calls = (
        ("run_start", {}),
        ("checkpoint", {"step": "paid"}),
        ("run_finish", {"outcome": "failed", "error": "no stock"}),
    )
    for method, arguments in calls:
        first = client.call(method, code=CODE, correlation_id=number, **arguments)
        before = rows()
        second = client.call(method, code=CODE, correlation_id=number, **arguments)
        assert (second, rows()) == (first, before)


def test_a_run_without_correlation_id_gets_one(client):
    answer = client.call("run_start", code=CODE)

    assert len(answer["correlation_id"]) == 32


def test_health_of_some(client):
    (row,) = client.call("health", codes=[CODE, "no-such-flow"])

    assert set(row) == HEALTH_KEYS
    assert row["code"] == CODE
    assert row["reason"]


def test_health_of_all(client):
    rows = client.call("health")

    assert {CODE, "base.autovacuum_job"} <= {row["code"] for row in rows}


def test_no_answer_holds_none(client, number):
    """XML-RPC could not even carry one."""
    run = {"code": CODE, "correlation_id": number}
    for method, arguments in (
        ("run_start", run),
        ("checkpoint", {**run, "step": "paid"}),
        ("run_finish", {**run, "outcome": "cancelled"}),
        ("health", {}),
    ):
        assert not holds_none(client.call(method, **arguments)), method


def test_bad_input_names_the_argument_and_writes_nothing(client, rows, number):
    run = {"code": CODE, "correlation_id": number}
    before = rows()
    for argument, method, arguments in (
        ("code", "run_start", {"code": "no-such-flow"}),
        ("code", "run_start", {"code": "base.autovacuum_job"}),
        ("correlation_id", "run_start", {"code": CODE, "correlation_id": 7}),
        ("correlation_id", "run_finish", {**run, "outcome": "failed"}),
        ("step", "checkpoint", {**run, "step": "delivered"}),
        ("outcome", "run_finish", {**run, "outcome": ["failed"]}),
        ("values", "run_start", {**run, "values": {"contxt": {}}}),
        ("values.context", "run_start", {**run, "values": {"context": "text"}}),
        (
            "values.context",
            "run_start",
            {**run, "values": {"context": {"t": "x" * 17_000}}},
        ),
        ("values.record_id", "run_start", {**run, "values": {"record_id": 3}}),
        ("values.occurred_at", "run_start", {**run, "values": {"occurred_at": "soon"}}),
        ("codes", "health", {"codes": CODE}),
    ):
        error = refused(client, method, **arguments)
        assert str(error).startswith(f"{argument}:"), f"{method} {arguments}: {error}"
    assert rows() == before


def test_a_refusal_is_no_defect(client):
    error = refused(client, "run_start", code="no-such-flow")

    # XML-RPC has one number for all refusals by rules
    kind = "UserError" if isinstance(client, XmlRpc) else "ValidationError"
    assert error.kind == kind


def test_an_account_without_the_group_is_told_what_it_lacks(
    protocol, client_of, stranger, rows, number
):
    client, before = client_of(protocol, stranger), rows()

    for method, arguments in (
        ("run_start", {"code": CODE, "correlation_id": number}),
        ("checkpoint", {"code": CODE, "correlation_id": number, "step": "paid"}),
        ("run_finish", {"code": CODE, "correlation_id": number, "outcome": "failed"}),
        ("health", {}),
    ):
        error = refused(client, method, **arguments)
        assert error.kind == "AccessError"
        assert "service account" in str(error)
    assert rows() == before
