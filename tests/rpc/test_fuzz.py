"""Random requests against the routes, made by schemathesis from the OpenAPI document.

Whatever is sent, by whomever: no answer is a server error, and each is one that the
document promises, in status, content type, headers and schema. The same cases each
time, so what fails here fails again; ``setup/test --all`` sends ten times as many.
"""

import json
import os
import uuid
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# It needs Python 3.11.
schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

DOCUMENT = Path(os.path.abspath(__file__)).parents[2] / "docs" / "openapi.json"
CASES = int(os.environ.get("MONITOR_FUZZ_CASES", "200"))
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
TIMEOUT = 60
# Of all cases, in percent: where there is more to get wrong, more is tried. With data
# that breaks the schema only where there is any (negative).
SHARES = {
    "healthz": {"positive": 2},
    "metrics": {"positive": 4},
    "openapi": {"positive": 2},
    "badge": {"positive": 4},
    "badgeEndpoint": {"positive": 4},
    "pingGet": {"positive": 10, "negative": 10},
    "pingHead": {"positive": 4, "negative": 4},
    "pingPost": {"positive": 10, "negative": 10},
    "sendEvents": {"positive": 14, "negative": 12},
}
RAW_EVENTS = 10  # the rest: what no schema describes
OTHER = {"positive": 4}  # a route that is new
KINDS = [
    f"odoo.monitor.{kind}"
    for kind in ("run.started", "checkpoint", "run.succeeded", "run.failed")
]
queries = st.dictionaries(st.text(), st.text(), max_size=2)
accepts = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from(["application/openmetrics-text", "*/*;q=x", ""])
        | st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(str.strip)
    },
)
finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
# Data of our own event types: some as promised, some not.
run_data = st.fixed_dictionaries(
    {"workflow": st.just("order-to-cash") | json_values},
    optional={
        name: usual | json_values
        for name, usual in {
            "correlation_id": st.sampled_from(["SO1", "SO2"]) | st.text(),
            "step": st.sampled_from(["paid", "packed", "shipped"]),
            "duration_ms": st.integers() | finite,
            "error": st.text(),
            "context": st.dictionaries(st.text(), json_values),
            "model": st.sampled_from(["res.partner", "no.model"]),
            "record_id": st.integers(),
        }.items()
    },
)
# Bodies and attributes of events as no proper client sends them.
raw_bodies = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"[" * 100_000,
            b"9" * 5000,
            b'"\\ud800"',
            b"{" + b'"specversion": "1.0", "id": "1", "source": "/", "type": "t",'
            b' "data": [NaN, Infinity, 1e999, "\\u0000"]}',
        ]
    ),
)
raw_text = st.text(st.characters(min_codepoint=32, max_codepoint=255)).map(str.strip)
raw_headers = st.fixed_dictionaries(
    {
        "Content-Type": raw_text
        | st.sampled_from(
            [
                "application/cloudevents+json",
                "application/cloudevents-batch+json",
                "application/json",
                "text/plain; charset=latin-9",
                "multipart/form-data; boundary=b",
                "application/x-www-form-urlencoded",
            ]
        )
    },
    optional={
        "ce-specversion": st.just("1.0") | raw_text,
        "ce-id": st.uuids().map(str) | raw_text,
        "ce-source": st.just("/fuzz") | raw_text,
        "ce-type": st.sampled_from([*KINDS, "a.b"]) | raw_text,
        "ce-time": st.datetimes().map(str) | raw_text,
        "ce-subject": st.just("%C3%BC%ff%") | raw_text,
        "ce-dataschema": raw_text,
        "ce-": raw_text,
    },
)


@pytest.fixture(scope="module")
def limits_off(odoo_server):
    """Rate limits would answer most of it."""
    for name in ("key", "token", "address"):
        parameter = (f"monitor_core.calls_per_{name}", "0")
        odoo_server.rpc("ir.config_parameter", "set_param", *parameter)
    yield
    for name in ("key", "token", "address"):
        parameter = (f"monitor_core.calls_per_{name}", False)
        odoo_server.rpc("ir.config_parameter", "set_param", *parameter)


@pytest.fixture(scope="module")
def addresses(odoo_server, flow):
    """Return addresses that are known, by the name of the parameter."""
    values = {"name": "Fuzz", "code": f"fuzz-{uuid.uuid4()}", "kind": "heartbeat"}
    heartbeat = odoo_server.rpc("monitor.workflow", "create", values)
    odoo_server.rpc("monitor.workflow", "action_share_badge", [flow])
    (ping,) = odoo_server.sql(
        "SELECT ping_uuid FROM monitor_workflow WHERE id = %s", [heartbeat]
    )
    ((key,),) = odoo_server.sql(
        "SELECT monitor_ping_key FROM res_company ORDER BY id LIMIT 1"
    )
    ((token,),) = odoo_server.sql(
        "SELECT badge_token FROM monitor_workflow WHERE id = %s", [flow]
    )
    names = st.sampled_from([*ping, f"{key}/{values['code']}", f"{key}/made"])
    names |= st.text().map(lambda name: f"{key}/{name}")
    signals = st.sampled_from(["", "/start", "/fail", "/log", "/0", "/255", "/256"])
    signals |= st.text().map(lambda signal: f"/{signal}")
    return {
        "address": st.tuples(names, signals).map("".join),
        "token": st.just(token),
    }


@pytest.fixture(scope="module")
def senders(service, stranger):
    """Return headers: one who may, one who may not, and ones whom nobody knows."""
    keys = [service["key"]] * 4 + [stranger["key"], "wrong", "ü", "", " "]
    headers = [{"Authorization": f"Bearer {key}".encode()} for key in keys]
    return st.sampled_from([*headers, {}, {"Authorization": b"Basic YTpi"}])


def operations():
    """Return each operation of the document with a way to make data and its share."""
    schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()))
    found = [result.ok() for result in schema.get_all_operations()]
    return [
        pytest.param(
            operation, schemathesis.GenerationMode(mode), share, id=f"{name}-{mode}"
        )
        for operation in found
        for name in [operation.definition.raw["operationId"]]
        for mode, share in SHARES.get(name, OTHER).items()
    ]


@st.composite
def cases(draw, operation, mode, addresses, senders):
    """Draw a case of schemathesis; most of them are sent to an address that is known
    and, with a key that is right, tell of runs."""
    case = draw(operation.as_strategy(generation_mode=mode))
    for name, known in addresses.items():
        if name in case.path_parameters and draw(st.integers(0, 3)):
            case.path_parameters[name] = draw(known)
    if isinstance(case.body, dict) and draw(st.booleans()):
        case.body = {
            **case.body,
            "type": draw(st.sampled_from(KINDS)),
            "data": draw(run_data),
        }
    headers = {**draw(senders), **draw(accepts)}
    return case, headers, draw(queries)


def test_the_document_is_the_one_that_is_served(odoo_server):
    served = requests.get(f"{odoo_server.url}/monitor/openapi.json", timeout=TIMEOUT)
    assert served.json() == json.loads(DOCUMENT.read_text()), (
        "run setup/lib/gen_openapi.py"
    )


def fuzzed(share):
    """Run a test for its share of the cases, the same ones each time."""
    return settings(
        max_examples=max(1, CASES * share // 100),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize(("operation", "mode", "share"), operations())
def test_every_answer_is_as_described(
    operation, mode, share, odoo_server, addresses, senders, limits_off
):
    session = requests.Session()

    @fuzzed(share)
    @given(cases(operation, mode, addresses, senders))
    def send(drawn):
        case, headers, query = drawn
        response = case.call(
            odoo_server.url,
            session=session,
            headers=headers,
            params=query,
            timeout=TIMEOUT,
        )
        # The Monitor of a test has no scheduler: healthz says so.
        is_liveness = operation.path == "/monitor/healthz"
        assert response.status_code < 500 or is_liveness, response.text
        case.validate_response(response, checks=CHECKS)

    send()


def test_events_that_are_none(odoo_server, service, limits_off):
    (operation,) = (
        param.values[0] for param in operations() if param.id == "sendEvents-positive"
    )
    url, session = f"{odoo_server.url}{operation.path}", requests.Session()
    key = {"Authorization": f"Bearer {service['key']}"}

    @fuzzed(RAW_EVENTS)
    @given(raw_bodies, raw_headers)
    def send(body, headers):
        headers = {name: value.encode("latin-1") for name, value in headers.items()}
        response = session.post(url, body, headers={**headers, **key}, timeout=TIMEOUT)
        assert response.status_code < 500, response.text
        case = operation.Case(method="POST", media_type="application/cloudevents+json")
        case.validate_response(response, checks=CHECKS)

    send()
