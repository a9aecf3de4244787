"""What is special to one protocol: how an error looks, and what the account may not."""

import xmlrpc.client

import pytest
import requests

from .clients import XmlRpc

CODE = "order-to-cash"


@pytest.fixture
def json2(client_of, service):
    return client_of("json2", service)


@pytest.fixture
def models(odoo_server, client_of, service):
    """Call any method of any model over XML-RPC: ``models(model, method, ...)``."""
    client = client_of("xmlrpc", service)

    def call(model, method, *args, **kwargs):
        credentials = (odoo_server.db, client.uid, service["password"])
        return client.models.execute_kw(*credentials, model, method, args, kwargs)

    return call


def test_xmlrpc_faults_have_odoos_numbers(models, odoo_server, client_of, stranger):
    with pytest.raises(xmlrpc.client.Fault) as refused:
        models("monitor.workflow", "run_start", "no-such-flow")
    assert refused.value.faultCode == 2
    assert "Traceback" not in refused.value.faultString

    proxy = client_of("xmlrpc", stranger)
    credentials = (odoo_server.db, proxy.uid, stranger["password"])
    with pytest.raises(xmlrpc.client.Fault) as refused:
        proxy.models.execute_kw(*credentials, "monitor.workflow", "health", [])
    assert refused.value.faultCode == 4


def test_xmlrpc_carries_its_own_datetime(models, odoo_server, number):
    moment = xmlrpc.client.DateTime("20260105T11:00:00")
    models("monitor.workflow", "run_start", CODE, number, {"occurred_at": moment})

    ((started_at,),) = odoo_server.sql(
        "SELECT started_at FROM monitor_run WHERE correlation_id = %s", [number]
    )
    assert str(started_at) == "2026-01-05 11:00:00"


def test_xmlrpc_takes_an_api_key_for_a_password(odoo_server, service, flow):
    client = XmlRpc(odoo_server, {**service, "password": service["key"]})

    assert client.call("health", codes=[CODE])


def test_jsonrpc_errors_name_the_class(odoo_server, service, flow):
    params = {"service": "object", "method": "execute_kw"}
    args = [odoo_server.db, service["uid"], service["password"]]
    args += ["monitor.workflow", "run_start", ["no-such-flow"]]
    body = {"jsonrpc": "2.0", "method": "call", "params": {**params, "args": args}}
    answer = requests.post(f"{odoo_server.url}/jsonrpc", json=body, timeout=60)

    error = answer.json()["error"]
    assert answer.status_code == 200
    assert error["data"]["name"] == "odoo.exceptions.ValidationError"
    assert error["data"]["message"].startswith("code:")


def test_json2_has_status_codes(json2, stranger):
    assert json2.post("health", {"codes": [CODE]}).status_code == 200
    assert json2.post("run_start", {"code": "no-such-flow"}).status_code == 422
    assert json2.post("run_start", {}).status_code == 422
    assert json2.post("_reported_workflow", {"code": CODE}).status_code == 403
    assert json2.post("no_such_method", {}).status_code == 404
    assert json2.post("health", {}, key=stranger["key"]).status_code == 403
    assert json2.post("health", {}, key="0" * 40).status_code == 401


def test_json2_takes_the_workflow_as_a_class_not_as_records(json2):
    response = json2.post("health", {"ids": [1]})

    assert response.status_code == 422


def test_json2_says_what_is_wrong(json2):
    error = json2.post(
        "checkpoint", {"code": CODE, "correlation_id": "1", "step": "x"}
    ).json()

    assert error["name"] == "odoo.exceptions.ValidationError"
    assert error[
        "message"
    ] == "step: “x” is no step of “order-to-cash”. Its steps: " + (
        "paid, packed, shipped."
    )


def test_odoorpc_calls_methods_of_the_model(client_of, service, number):
    workflows = client_of("odoorpc", service).odoo.env["monitor.workflow"]

    answer = workflows.run_start(CODE, number)

    assert answer["correlation_id"] == number
    assert workflows.health([CODE])[0]["code"] == CODE


def test_text_that_no_database_can_hold_is_refused_over_json(json2, rows):
    before = rows()
    for bad in ("a\0b", "\ud800"):
        for arguments in (
            {"code": bad},
            {"code": CODE, "correlation_id": bad},
            {"code": CODE, "values": {"model": bad}},
        ):
            response = json2.post("run_start", arguments)
            assert response.status_code == 422, (arguments, response.text)
    assert rows() == before


def test_numbers_that_are_not_json_are_refused(json2, rows, odoo_server):
    before = rows()
    body = '{"code": "order-to-cash", "values": {"context": {"a": NaN}}}'
    response = requests.post(
        f"{odoo_server.url}/json/2/monitor.workflow/run_start",
        data=body,
        headers={
            "Authorization": f"bearer {json2.account['key']}",
            "Content-Type": "application/json",
            "X-Odoo-Database": odoo_server.db,
        },
        timeout=60,
    )

    assert response.status_code in (400, 422)
    assert rows() == before


def test_the_service_account_can_do_nothing_else(models):
    for model, method, args in (
        ("monitor.workflow", "search_read", [[]]),
        ("monitor.workflow", "write", [[1], {"name": "mine"}]),
        ("monitor.workflow", "action_pause", [[1]]),
        ("monitor.workflow", "action_run_now", [[1]]),
        ("monitor.run", "search_read", [[]]),
        ("monitor.run", "create", [{"state": "succeeded"}]),
        ("monitor.event", "search_read", [[]]),
        ("monitor.event", "create", [{"kind": "log"}]),
        ("monitor.rollup", "search_read", [[]]),
        ("monitor.team", "search_read", [[]]),
        ("monitor.tick", "search_read", [[]]),
        ("ir.config_parameter", "get_param", ["database.secret"]),
        ("res.partner", "search_read", [[]]),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            models(model, method, *args)
        assert refused.value.faultCode == 4, f"{model}.{method}: {refused.value}"


def test_the_machinery_is_not_callable(models):
    for model, method in (
        ("monitor.tick", "_run"),
        ("monitor.recorder", "_flush"),
        ("monitor.config", "_secret_key"),
        ("monitor.health", "_refresh"),
        ("monitor.command", "_subcommands"),
        ("monitor.discovery", "_sync"),
        ("monitor.event", "init"),
        ("monitor.error.group", "init"),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            models(model, method)
        assert refused.value.faultCode == 4, f"{model}.{method}"


def test_the_methods_are_in_odoos_own_documentation(odoo_server, flow):
    session = requests.Session()
    session.post(
        f"{odoo_server.url}/web/session/authenticate",
        json={"params": {"db": odoo_server.db, "login": "admin", "password": "admin"}},
        timeout=60,
    )
    group = odoo_server.sql(
        "SELECT res_id FROM ir_model_data WHERE name = 'group_allow_doc'"
    )[0][0]
    odoo_server.rpc("res.users", "write", [2], {"group_ids": [[4, group]]})

    url = f"{odoo_server.url}/doc/monitor.workflow.json"
    page = session.get(url, headers={"Content-Type": "application/json"}, timeout=60)

    assert page.status_code == 200, page.text[-2000:]
    methods = page.json()["methods"]
    for method in ("run_start", "checkpoint", "run_finish", "health"):
        assert methods[method]["doc"], method
