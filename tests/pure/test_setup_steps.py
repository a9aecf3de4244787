"""The steps of setup/: what a user sees when one fails or is interrupted."""

import os
import subprocess
import time
from pathlib import Path

import pytest

LIB = Path(os.path.abspath(__file__)).parents[2] / "setup" / "lib"


@pytest.fixture
def script(tmp_path):
    """Run lines of bash with the library loaded, in a home of their own."""

    def start(*lines):
        path = tmp_path / "try-it"
        path.write_text("\n".join([f". {LIB}/common.sh", *lines]))
        environment = {**os.environ, "MONITOR_HOME": str(tmp_path / "home")}
        return subprocess.Popen(
            ["bash", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )

    return start


def finish(process):
    output, _errors = process.communicate(timeout=30)
    return process.returncode, output


def test_a_step_says_what_it_does_and_how_long_it_took(script):
    status, output = finish(script('step "Boil water" true'))
    assert status == 0
    assert output.startswith("Boil water ... 0.")
    assert output.rstrip().endswith(" s")


def test_a_failing_step_names_itself_its_log_and_what_to_try(script):
    status, output = finish(
        script(
            "heat() { hint 'open the gas'; echo 'no flame'; false; echo unreachable; }",
            "boil() { heat; echo unreachable; }",
            'step "Boil water" boil',
            "echo unreachable",
        )
    )
    assert status == 1
    assert 'Step "Boil water" failed' in output
    assert "no flame" in output
    assert "What to try: open the gas" in output
    assert "unreachable" not in output


def test_an_interrupted_step_says_that_it_resumes(script, tmp_path):
    process = script(f'step "Boil water" bash -c "touch {tmp_path}/started; sleep 60"')
    while not (tmp_path / "started").exists():
        time.sleep(0.05)
    os.killpg(process.pid, 2)
    status, output = finish(process)
    assert status == 130
    assert "goes on where it stopped" in output


def test_a_lock_lets_one_in_at_a_time(script, tmp_path):
    count = tmp_path / "count"
    count.write_text("0")
    lines = (
        f"add() {{ local n; n=$(cat {count}); sleep 0.2; echo $((n + 1)) >{count}; }}",
        "make_home",
        "locked counter add & locked counter add & locked counter add & wait",
    )
    status, _output = finish(script(*lines))
    assert (status, count.read_text().strip()) == (0, "3")


def test_a_server_left_running_does_not_keep_the_lock(script):
    lines = (
        "serve() { sleep 20 </dev/null >/dev/null 2>&1 & }",
        "make_home",
        "locked server serve",
        "locked server echo free",
    )
    start = time.monotonic()
    assert finish(script(*lines)) == (0, "free\n")
    assert time.monotonic() - start < 10
