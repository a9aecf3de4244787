"""What the process tests share: a server with cron threads, and quick automations."""

import psycopg2
import pytest


class Automations:
    """Makes scheduled actions and rules on a server, from outside."""

    def __init__(self, server):
        self.server = server

    def model_id(self, model):
        ((model_id,),) = self.server.sql(
            "SELECT id FROM ir_model WHERE model = %s", [model]
        )
        return model_id

    def cron(self, name, code, **values):
        """Make a scheduled action that nothing but :meth:`trigger` starts."""
        return self.server.rpc(
            "ir.cron",
            "create",
            {
                "name": name,
                "model_id": self.model_id("res.partner"),
                "state": "code",
                "code": code,
                "interval_number": 12,
                "interval_type": "months",
                "nextcall": "2035-01-01 00:00:00",
                **values,
            },
        )

    def rule(self, name, code, trigger="on_create_or_write", **values):
        """Make an automation rule on partners that runs ``code``."""
        model_id = self.model_id("res.partner")
        action = {"name": name, "model_id": model_id, "state": "code", "code": code}
        return self.server.rpc(
            "base.automation",
            "create",
            {
                "name": name,
                "model_id": model_id,
                "trigger": trigger,
                "action_server_ids": [[0, 0, action]],
                **values,
            },
        )

    def action(self, name, code):
        """Make a server action on partners."""
        model_id = self.model_id("res.partner")
        values = {"name": name, "model_id": model_id, "state": "code", "code": code}
        return self.server.rpc("ir.actions.server", "create", values)

    def trigger(self, cron_id):
        """Have a cron thread start the scheduled action now."""
        self.server.sql(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) "
            "VALUES (%s, date_trunc('second', now() AT TIME ZONE 'UTC'))",
            [cron_id],
        )
        self.wake()

    def wake(self):
        """Wake the cron threads; Odoo listens in the database ``postgres``."""
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        connection.cursor().execute(
            "SELECT pg_notify('cron_trigger', %s)", [self.server.db]
        )
        connection.close()

    @property
    def tick_id(self):
        ((tick_id,),) = self.server.sql(
            "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_monitor_tick'"
        )
        return tick_id

    def ticks(self):
        """Return how many ticks have started."""
        ((count,),) = self.server.sql(
            "SELECT count(*) FROM ir_cron_progress WHERE cron_id = %s", [self.tick_id]
        )
        return count

    def runs(self, model, res_id):
        """Return ``[(state, outcome class, error, run count)]``, oldest first."""
        return self.server.sql(
            "SELECT state, outcome_class, error_message, run_count FROM monitor_run "
            "WHERE source_ref = %s ORDER BY id",
            [f"{model},{res_id}"],
        )

    def wait_for_state(self, cron_id, state, timeout=90):
        """Wait until the last run of a scheduled action is in ``state``.

        The tick, which finds what was lost, need not wait for its next minute.
        """

        def reached():
            self.trigger(self.tick_id)
            return state in [run[0] for run in self.runs("ir.cron", cron_id)[-1:]]

        self.server.wait_until(reached, timeout, f"run of {cron_id} {state}")

    def wait_for_first_run(self, cron_id, state, timeout=90):
        """The same for the first run, of a job that Odoo starts over and over."""

        def reached():
            return state in [run[0] for run in self.runs("ir.cron", cron_id)[:1]]

        self.server.wait_until(reached, timeout, f"first run of {cron_id} {state}")

    def wait_for_health(self, model, res_id, health, timeout=90):
        """Wait until the tick has found that health; return the reason's code."""

        def reached():
            self.wake()
            rows = self.server.sql(
                "SELECT health_reason_code FROM monitor_workflow "
                "WHERE source_model = %s AND source_id = %s AND health = %s",
                [model, res_id, health],
            )
            return rows and rows[0][0]

        return self.server.wait_until(reached, timeout, f"{model},{res_id} {health}")

    def in_rule(self):
        """Whether a transaction is inside a rule that runs ``MARK`` right now."""
        return self.server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s "
            "AND application_name = 'in-rule'",
            [self.server.db],
        )


# Code of a rule that says where it is, and stays there for a while.
MARK = "env.cr.execute(\"SET LOCAL application_name = 'in-rule'\")\ntime.sleep(1.5)\n"


@pytest.fixture(scope="session")
def cron_server(make_server):
    """A server whose cron threads work; other scheduled actions are switched off."""
    server = make_server("cron", max_cron_threads=2, limit_time_real=120)
    only_the_tick(server)
    return server


def only_the_tick(server):
    """Switch all scheduled actions off but the monitor's own."""
    server.sql(
        "UPDATE ir_cron SET active = false WHERE id NOT IN ("
        "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_monitor_tick')"
    )


@pytest.fixture
def automations(cron_server):
    return Automations(cron_server)
