"""Workers that die: what was in progress is found, closed as lost, and said."""

import os
import re
import signal
import threading

from .conftest import Automations, only_the_tick

SLEEP = "env.cr.commit(); time.sleep(60)"


def test_a_job_killed_with_9_is_found_and_closed_as_lost(cron_server, automations):
    cron = automations.cron("Killed", SLEEP)
    automations.trigger(cron)
    automations.wait_for_state(cron, "running")

    cron_server.kill()
    cron_server.sql("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron])
    cron_server.start()

    automations.wait_for_state(cron, "lost")
    assert automations.wait_for_health("ir.cron", cron, "failing") == "lost"
    ((kind, state),) = cron_server.sql(
        "SELECT kind, run_state FROM monitor_event WHERE source = %s",
        [f"ir.cron,{cron}"],
    )
    assert (kind, state) == ("lost", "lost")


def test_a_restart_in_a_job_is_found_too(cron_server, automations):
    cron = automations.cron("Restarted", SLEEP)
    automations.trigger(cron)
    automations.wait_for_state(cron, "running")

    cron_server.process.terminate()
    cron_server.process.wait(90)
    cron_server.kill()
    cron_server.sql("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron])
    cron_server.start()

    automations.wait_for_state(cron, "lost")


def test_a_killed_worker_process_is_lost_and_its_job_runs_again(make_server):
    server = make_server("workers", workers=2, max_cron_threads=1, limit_time_real=120)
    only_the_tick(server)
    automations = Automations(server)
    cron = automations.cron(
        "Once killed",
        "if not env['ir.config_parameter'].get_param('killed'):\n"
        "    env['ir.config_parameter'].set_param('killed', '1')\n"
        "    env.cr.commit()\n"
        "    time.sleep(60)\n",
    )
    automations.trigger(cron)
    automations.wait_for_state(cron, "running")
    server.wait_until(
        lambda: server.sql("SELECT 1 FROM ir_config_parameter WHERE key = 'killed'")
    )
    started = re.search(
        r"(\d+) INFO \S+ \S+ir_cron: Job 'Once killed' .* starting", server.log
    )

    os.kill(int(started[1]), signal.SIGKILL)

    automations.wait_for_state(cron, "succeeded")

    def first_is_lost():
        automations.trigger(automations.tick_id)
        return automations.runs("ir.cron", cron)[0][0] == "lost"

    server.wait_until(first_is_lost, what="the first run lost")
    assert [run[0] for run in automations.runs("ir.cron", cron)] == [
        "lost",
        "succeeded",
    ]


def test_a_slow_job_is_not_taken_for_lost(cron_server, automations):
    cron = automations.cron("Slow", "time.sleep(8)")
    automations.trigger(cron)
    automations.wait_for_state(cron, "running")
    before = automations.ticks()

    # Two more have started: the first of them has ended.
    automations.trigger(automations.tick_id)
    cron_server.wait_until(lambda: automations.ticks() > before, what="a tick")
    automations.trigger(automations.tick_id)
    cron_server.wait_until(lambda: automations.ticks() > before + 1, what="another")

    assert automations.runs("ir.cron", cron)[-1][0] == "running"
    automations.wait_for_state(cron, "succeeded")


def test_an_exception_after_partial_commits_is_degraded(cron_server, automations):
    cron = automations.cron(
        "Gets nowhere",
        "env.cr.execute(\"SELECT 1 FROM ir_config_parameter WHERE key = 'enough'\")\n"
        "if not env.cr.fetchone():\n"
        "    env['ir.cron']._commit_progress(1, remaining=2)\n"
        "    raise UserError('the third record is broken')",
    )
    cron_server.expect_error("Gets nowhere")

    automations.trigger(cron)

    automations.wait_for_first_run(cron, "partial")
    ((_state, outcome, error, _count),) = automations.runs("ir.cron", cron)[:1]
    assert (outcome, error) == ("business_error", "the third record is broken")
    try:
        assert automations.wait_for_health("ir.cron", cron, "degraded") == "partial"
    finally:
        # Odoo repeats such a job for ever: let it end before the next test
        cron_server.sql(
            "INSERT INTO ir_config_parameter (key, value) VALUES ('enough', '1')"
        )
        automations.wait_for_state(cron, "succeeded")


def test_two_cron_threads_record_each_execution_once(cron_server, automations):
    crons = [automations.cron(f"Parallel {n}", "time.sleep(0.2)") for n in range(8)]
    threads = [
        threading.Thread(target=automations.trigger, args=[cron]) for cron in crons
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for cron in crons:
        automations.wait_for_state(cron, "succeeded")

    assert [len(automations.runs("ir.cron", cron)) for cron in crons] == [1] * 8


def test_a_failure_wakes_the_tick_within_seconds(cron_server, automations):
    cron = automations.cron("Fails loudly", "raise UserError('stop')")
    tick_id = automations.tick_id
    cron_server.sql(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 hour' "
        "WHERE id = %s",
        [tick_id],
    )
    cron_server.expect_error("Fails loudly")

    automations.trigger(cron)

    def is_failing():
        return cron_server.sql(
            "SELECT 1 FROM monitor_workflow WHERE source_model = 'ir.cron' "
            "AND source_id = %s AND health = 'failing'",
            [cron],
        )

    cron_server.wait_until(is_failing, 30, "woken tick")
    cron_server.sql(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id = %s",
        [tick_id],
    )
