"""Accounts, a flow, and the clients of the RPC tests."""

import uuid

import pytest

from .clients import CLIENTS

# How an administrator gives an account that cannot log in to the web client a key.
MAKE_KEY = """
user = env["res.users"].browse({uid})
key = env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "Tests", False)
env.cr.commit()
print("KEY:" + key)
"""


def make_account(server, login, *groups):
    """Make a user with nothing but ``groups`` (XML ids), a password and an API key."""
    group_ids = [
        server.sql(
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
            group.split("."),
        )[0][0]
        for group in groups
    ]
    password = f"{login}-password"
    uid = server.rpc(
        "res.users",
        "create",
        {
            "name": login,
            "login": login,
            "password": password,
            "group_ids": [[6, 0, group_ids]],
        },
    )
    return {"uid": uid, "login": login, "password": password}


def make_key(server, account):
    printed = server.shell(MAKE_KEY.format(uid=account["uid"]))
    return printed.rpartition("KEY:")[2].strip()


@pytest.fixture(scope="session")
def service(odoo_server):
    """An integration's account: the service group, nothing else."""
    account = make_account(odoo_server, "shop", "monitor_core.group_monitor_service")
    return {**account, "key": make_key(odoo_server, account)}


@pytest.fixture(scope="session")
def stranger(odoo_server):
    """An employee without any group of the Monitor."""
    account = make_account(odoo_server, "stranger", "base.group_user")
    return {**account, "key": make_key(odoo_server, account)}


@pytest.fixture(scope="session")
def flow(odoo_server):
    """A flow of three steps; its code is ``order-to-cash``."""
    steps = [
        [0, 0, {"name": code, "code": code}] for code in ("paid", "packed", "shipped")
    ]
    return odoo_server.rpc(
        "monitor.workflow",
        "create",
        {"name": "Order", "code": "order-to-cash", "kind": "flow", "step_ids": steps},
    )


@pytest.fixture(scope="session")
def client_of(odoo_server, flow):
    """Return an account's client: ``client_of("xmlrpc", service)``; logs in once."""
    known = {}

    def get(protocol, account):
        key = protocol, account["login"]
        if key not in known:
            known[key] = CLIENTS[protocol](odoo_server, account)
        return known[key]

    return get


@pytest.fixture(params=sorted(CLIENTS))
def protocol(request):
    return request.param


@pytest.fixture
def client(protocol, client_of, service):
    """The service account in one of the four protocols."""
    return client_of(protocol, service)


@pytest.fixture
def number():
    """A correlation id nobody has used."""
    return f"SO-{uuid.uuid4()}"


@pytest.fixture
def rows(odoo_server):
    """Return how many runs and events there are: ``rows()``."""

    def count():
        return odoo_server.sql(
            "SELECT (SELECT count(*) FROM monitor_run), "
            "(SELECT count(*) FROM monitor_event)"
        )

    return count
