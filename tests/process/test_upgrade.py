"""A database made by earlier addons, upgraded to these, loses and lacks nothing.

"Earlier" is what git knows: the state before the last change of ``addons/``, and
the one before the last change of a version number, which is what users come from.
"""

import contextlib
import json
import os
import subprocess
import tarfile

import psycopg2
import pytest
from suite import suite_addons
from testrun import databases
from testrun.outcome import unexpected_log_lines
from testrun.parts import trust_checkout
from testrun.settings import REPO, Settings, run_logged
from testrun.template import Template

TIMEOUT = 600

#: Old data, made by what is public: it is the same in every version.
USE = """
import json
workflow = env["monitor.workflow"].create(
    {"name": "Order to cash", "code": "order_to_cash", "kind": "flow",
     "criticality": "high", "process_owner_id": env.uid,
     "step_ids": [(0, 0, {"name": "Sent", "code": "sent", "sequence": 1}),
                  (0, 0, {"name": "Paid", "code": "paid", "sequence": 2})]})
for number in range(20):
    key = f"order-{number}"
    workflow.run_start("order_to_cash", key, {"context": {"order": number}})
    workflow.checkpoint("order_to_cash", key, "sent")
    failed = number % 4 == 0
    workflow.run_finish("order_to_cash", key, "failed" if failed else "succeeded",
                        "Bank refused the payment" if failed else None)
workflow.run_start("order_to_cash", "still-open")
env["res.config.settings"].create({"monitor_default_grace_minutes": 7}).execute()
env.cr.commit()
env.ref("monitor_core.ir_cron_monitor_tick").method_direct_trigger()
env.cr.commit()
"""

#: What must be the same before and after, as one query each.
KEPT = {
    "workflows": """
        SELECT code, name::text, kind, criticality, health, process_owner_id, active
          FROM monitor_workflow ORDER BY code""",
    "runs": """
        SELECT r.id, w.code, r.correlation_id, r.trace_id, r.state, r.outcome_class,
               r.duration_ms, r.error_message, r.fingerprint, r.context::text
          FROM monitor_run r LEFT JOIN monitor_workflow w ON w.id = r.workflow_id
         ORDER BY r.id""",
    "events": """
        SELECT id, run_id, kind, step, severity, source, occurred_at, recorded_at,
               context::text
          FROM monitor_event ORDER BY id""",
    "settings": """
        SELECT key, value FROM ir_config_parameter WHERE key LIKE 'monitor%'
         ORDER BY key""",
}

#: The database as the suite makes it. The view of the events lists its columns in
#: the order in which they came, so views are compared by their columns.
SCHEMA = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               a.attnotnull, a.attidentity::text
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
           AND a.attnum > 0 AND NOT a.attisdropped
           AND (c.relname LIKE 'monitor%' OR a.attname LIKE '%monitor%')""",
    # without their names: PostgreSQL numbers those of partitions
    "indexes": r"""
        SELECT regexp_replace(indexdef, ' INDEX \S+ ON', ' INDEX ON')
          FROM pg_indexes WHERE tablename LIKE 'monitor%'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE conrelid::regclass::text LIKE 'monitor%'""",
    "functions": """
        SELECT proname, pg_get_function_identity_arguments(oid), md5(prosrc)
          FROM pg_proc WHERE proname LIKE 'monitor%'""",
    "actions": """
        SELECT d.module || '.' || d.name, c.active, c.interval_number, c.interval_type
          FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
         WHERE d.model = 'ir.cron' AND d.module LIKE 'monitor%'""",
}

#: XML ids that these addons gave up on purpose -> why.
GIVEN_UP = {}


def git(*arguments):
    done = subprocess.run(
        ["git", *arguments],
        cwd=REPO,
        capture_output=True,
        env={**os.environ, **trust_checkout()},
    )
    return done.stdout if done.returncode == 0 else b""


def before_last_change_of(*pathspec):
    """Return the commit before the last one that matches, or nothing."""
    if pathspec[0] == "--" and git("status", "--porcelain", *pathspec):
        return "HEAD"
    commit = git("log", "-1", "--format=%H", *pathspec).decode().strip()
    return commit and git("rev-parse", "--verify", f"{commit}^").decode().strip()


EARLIER = {
    "commit": ("--", "addons"),
    # modified, not added: a new addon has no earlier version
    "version": (
        *('-G^ *"version":', "--diff-filter=M"),
        *("--", "addons/*/__manifest__.py"),
    ),
}


@pytest.fixture(params=EARLIER)
def old_addons(request, tmp_path):
    """The addons of an earlier commit, in a folder of their own."""
    commit = before_last_change_of(*EARLIER[request.param])
    archive = commit and git("archive", commit, "addons")
    if not archive:
        pytest.skip(f"git knows no earlier {request.param} with addons here")
    (tmp_path / "old.tar").write_bytes(archive)
    with tarfile.open(tmp_path / "old.tar") as tar:
        tar.extractall(tmp_path)
    return tmp_path / "addons"


class Database:
    """A database without a server: installs, runs scripts, answers SQL."""

    def __init__(self, settings, name, log):
        self.settings, self.name, self.log = settings, name, log

    def odoo(self, addons, *arguments, script=None):
        """Run Odoo with these addons beside its own; fail on an error in its log."""
        paths = [*self.settings.odoo_addons, addons]
        command = self.settings.odoo(
            *("--addons-path=" + ",".join(map(str, paths)), "--no-http"),
            *("-d", self.name, *arguments),
        )
        with contextlib.ExitStack() as stack:
            stdin = subprocess.DEVNULL
            if script:
                command.insert(command.index("odoo") + 1, "shell")
                stdin = stack.enter_context(open(script))
            status = run_logged(command, self.log, TIMEOUT, stdin=stdin)
        log = self.log.read_text(errors="replace")
        assert not status, log[-3000:]
        assert not unexpected_log_lines(log, f"{addons}/")
        assert "Traceback" not in log, log[-3000:]

    def rows(self, queries):
        connection = psycopg2.connect(dbname=self.name)
        with contextlib.closing(connection), connection.cursor() as cursor:
            answers = {}
            for name, query in queries.items():
                cursor.execute(query)
                answers[name] = [json.dumps(row, default=str) for row in cursor]
        return answers

    def xml_ids(self):
        query = "SELECT module || '.' || name FROM ir_model_data WHERE module LIKE '{}'"
        return set(self.rows({"ids": query.format("monitor%")})["ids"])


@pytest.fixture
def database():
    settings = Settings.from_environment()
    with databases.fresh(settings.data_dir, Template(settings).base, "upgrade") as name:
        yield Database(settings, name, settings.logs / "upgrade.log")


def test_upgrade_from_an_earlier_state(
    old_addons, database, template_database, tmp_path
):
    old = ",".join(suite_addons(old_addons))
    database.odoo(old_addons, "-i", old, "--stop-after-init")
    (tmp_path / "use.py").write_text(USE)
    database.odoo(old_addons, script=tmp_path / "use.py")
    kept, xml_ids = database.rows(KEPT), database.xml_ids()
    assert len(kept["runs"]) == 21, "the old addons recorded what the script did"

    new = ",".join(suite_addons())
    database.odoo(REPO / "addons", "-u", new, "-i", new, "--stop-after-init")

    assert database.rows(KEPT) == kept
    assert not xml_ids - database.xml_ids() - set(GIVEN_UP)
    upgraded = database.rows(SCHEMA)
    fresh = Database(database.settings, template_database, None).rows(SCHEMA)
    for what, expected in fresh.items():
        assert sorted(upgraded[what]) == sorted(expected), what


#: A year of runs of a busy database, each tenth of them failed.
MILLION = """
    INSERT INTO monitor_run
        (workflow_id, source_ref, state, outcome_class, started_at, finished_at,
         duration_ms, run_count, fingerprint, error_type, error_message)
    SELECT w.ids[1 + n % array_length(w.ids, 1)], 'ir.cron,1',
           CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'succeeded' END,
           CASE WHEN n % 10 = 0 THEN 'fault' ELSE 'success' END,
           at, at + interval '4 seconds', 4000, 1,
           CASE WHEN n % 10 = 0 THEN 'error-' || n % 500 END,
           CASE WHEN n % 10 = 0 THEN 'ValueError' END,
           CASE WHEN n % 10 = 0 THEN 'No stock' END
      FROM (SELECT array_agg(id) AS ids FROM monitor_workflow) w,
           generate_series(1, 1000000) n,
           LATERAL (SELECT now() AT TIME ZONE 'UTC' - n * interval '30 s' AS at) t
"""
MOST_SECONDS = 60


def test_50_upgrade_with_a_million_runs(template_database):
    """All migrations of the suite, within a minute, of which Odoo takes its own."""
    settings = Settings.from_environment()
    log = settings.logs / "upgrade-million.log"
    with databases.fresh(settings.data_dir, template_database, "million") as name:
        connection = psycopg2.connect(dbname=name)
        with contextlib.closing(connection), connection, connection.cursor() as cursor:
            cursor.execute(MILLION)
            cursor.execute(
                "UPDATE ir_module_module SET latest_version = '19.0.1.0.0' "
                "WHERE name LIKE 'monitor%'"
            )
        command = settings.odoo(
            *("-d", name, "-u", ",".join(suite_addons())),
            *("--no-http", "--stop-after-init"),
        )
        assert not run_logged(command, log, MOST_SECONDS), log.read_text()[-3000:]
        assert not unexpected_log_lines(log.read_text(), "/addons/")
        count = {"runs": "SELECT count(*) >= 1000000 FROM monitor_run"}
        assert Database(settings, name, log).rows(count) == {"runs": ["[true]"]}
