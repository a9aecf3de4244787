"""Two reports at the same moment, held at the same place by a lock of the test."""

import contextlib
import threading

import psycopg2

from .clients import XmlRpc

CODE = "order-to-cash"


@contextlib.contextmanager
def holding(server, statement, params=None):
    """Hold the locks of ``statement`` until the block ends."""
    connection = psycopg2.connect(dbname=server.db)
    try:
        connection.cursor().execute(statement, params)
        yield
    finally:
        connection.rollback()
        connection.close()


def waiting(server):
    ((count,),) = server.sql(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return count


def both(server, account, lock, method, *calls):
    """Make two calls that run into ``lock`` together; return their answers."""
    answers = [None, None]

    def call(index):
        answers[index] = XmlRpc(server, account).call(method, **calls[index])

    threads = [threading.Thread(target=call, args=[index]) for index in (0, 1)]
    with holding(server, *lock):
        for thread in threads:
            thread.start()
        server.wait_until(lambda: waiting(server) == 2, what="both calls at the lock")
    for thread in threads:
        thread.join(60)
    return answers


def kinds(server, number):
    return server.sql(
        "SELECT kind FROM monitor_event WHERE correlation_id = %s ORDER BY id", [number]
    )


def test_two_starts_at_once_are_one_run(odoo_server, service, flow, number):
    start = {"code": CODE, "correlation_id": number}
    lock = ("LOCK TABLE monitor_run IN SHARE MODE",)

    first, second = both(odoo_server, service, lock, "run_start", start, start)

    assert first and first == second
    assert kinds(odoo_server, number) == [("started",)]


def test_two_first_checkpoints_at_once_are_one_run_with_both(
    odoo_server, service, flow, number
):
    run = {"code": CODE, "correlation_id": number}
    lock = ("LOCK TABLE monitor_run IN SHARE MODE",)

    first, second = both(
        odoo_server,
        service,
        lock,
        "checkpoint",
        {**run, "step": "paid"},
        {**run, "step": "packed"},
    )

    assert first["run_id"] == second["run_id"]
    assert ["shipped"] in (first["remaining"], second["remaining"])
    assert [kind for (kind,) in kinds(odoo_server, number)].count("checkpoint") == 2


def test_the_same_checkpoint_twice_at_once_counts_once(
    odoo_server, service, flow, number
):
    run = {"code": CODE, "correlation_id": number}
    started = XmlRpc(odoo_server, service).call("run_start", **run)
    lock = ("SELECT 1 FROM monitor_run WHERE id = %s FOR UPDATE", [started["run_id"]])
    step = {**run, "step": "paid"}

    first, second = both(odoo_server, service, lock, "checkpoint", step, step)

    assert first == second
    assert kinds(odoo_server, number) == [("started",), ("checkpoint",)]


def test_of_two_different_ends_at_once_one_is_refused(
    odoo_server, service, flow, number
):
    run = {"code": CODE, "correlation_id": number}
    client = XmlRpc(odoo_server, service)
    started = client.call("run_start", **run)
    lock = ("SELECT 1 FROM monitor_run WHERE id = %s FOR UPDATE", [started["run_id"]])

    answers = [None, None]
    outcomes = ("succeeded", "failed")

    def finish(index):
        try:
            call = XmlRpc(odoo_server, service).call
            answers[index] = call("run_finish", **run, outcome=outcomes[index])["state"]
        except Exception as error:
            answers[index] = str(error)

    threads = [threading.Thread(target=finish, args=[index]) for index in (0, 1)]
    with holding(odoo_server, *lock):
        for thread in threads:
            thread.start()
        odoo_server.wait_until(
            lambda: waiting(odoo_server) == 2, what="both at the lock"
        )
    for thread in threads:
        thread.join(60)

    ((state,),) = odoo_server.sql(
        "SELECT state FROM monitor_run WHERE correlation_id = %s", [number]
    )
    assert answers.count(state) == 1
    assert sum("already ended" in answer for answer in answers) == 1
