"""Fixtures for tests that talk to a real Odoo server from outside.

``setup/test`` runs these; it sets what ``Settings`` reads. Pure tests share
this file, so nothing here imports Odoo or needs a database before a fixture
is asked for.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(os.path.abspath(__file__)).parents[1] / "setup" / "lib"))

from testrun import databases
from testrun.server import OdooServer
from testrun.settings import Settings


@pytest.fixture(scope="session")
def template_database():
    try:
        return os.environ["MONITOR_TEMPLATE"]
    except KeyError:
        pytest.exit("MONITOR_TEMPLATE is not set: run the tests through setup/test", 2)


@pytest.fixture(scope="session")
def servers():
    return []


@pytest.fixture(scope="session")
def make_server(template_database, servers):
    """Start further servers: ``make_server("name", workers=2)``.

    Each has a fresh database. All end with the session.
    """
    settings = Settings.from_environment()

    def make(name, **options):
        database = f"{databases.PREFIX}{os.getpid()}_{name}"
        databases.copy(settings.data_dir, template_database, database)
        log = settings.logs / f"server-{name}.log"
        log.unlink(missing_ok=True)
        server = OdooServer(settings, database, log, **options)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.stop()
        databases.drop(settings.data_dir, server.db)


@pytest.fixture(scope="session")
def odoo_server(make_server):
    """A running Odoo with the suite (see ``testrun/server.py``): ``url``,
    ``db``, ``login``, ``password``, ``rpc(model, method, ...)``,
    ``sql(query, params)``, ``restart(**options)``, ``kill()``, ``workers()``.

    A test that ends it with ``kill()`` starts it again with ``start()``.
    """
    return make_server("main")


@pytest.fixture(autouse=True)
def no_unexpected_errors(servers):
    """Fail a test whose server logged an ERROR that it did not announce.

    Announce it: ``odoo_server.expect_error("pattern")``.
    """
    yield
    lines = [line for server in servers for line in server.unexpected_errors()]
    assert not lines, "unexpected in the log of the server: " + "; ".join(lines)
