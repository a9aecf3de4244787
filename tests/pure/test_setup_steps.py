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


# -- Addons of others --------------------------------------------------------


PEERS = """
. {lib}/provision.sh
REPO_ROOT={tmp}
requirements=$(peers_requirements)
mkdir -p "$(dirname "$requirements")" "$MONITOR_HOME/venv/bin"
echo {pins} >"$requirements"
make_home
cat >"$MONITOR_HOME/venv/bin/python" <<'PIP'
#!/bin/bash
{pip}
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/odoo/addons/auditlog"
PIP
chmod +x "$MONITOR_HOME/venv/bin/python"
step "Peers" provision_peers
ls "$(peers_addons)"
"""


@pytest.fixture
def provide(script, tmp_path):
    """Provide peers with a pip that only makes a folder, or does what is said."""

    def run(pins="auditlog==1", pip=":"):
        text = PEERS.format(lib=LIB, tmp=tmp_path / "repo", pins=pins, pip=pip)
        return finish(script(text))

    return run


def test_peers_are_installed_once_until_other_versions_are_pinned(provide):
    status, output = provide()
    assert (status, "(installed)" in output, "auditlog" in output) == (0, True, True)
    status, output = provide(pip="exit 1")
    assert (status, "(unchanged)" in output) == (0, True)
    status, output = provide(pins="auditlog==2")
    assert (status, "(installed)" in output) == (0, True)


def test_peers_that_cannot_be_fetched_say_what_to_try_and_keep_the_former(
    provide, tmp_path
):
    provide()
    status, output = provide(pins="auditlog==2", pip="echo no network; exit 1")
    assert status == 1
    assert "no network" in output
    assert "What to try: make 'pip download odoo-addon-auditlog' work" in output
    assert (tmp_path / "home" / "peers" / "odoo" / "addons" / "auditlog").is_dir()
    status, output = provide(pins="auditlog==2")
    assert (status, "(installed)" in output) == (0, True)


# -- What a run of the tests consists of -------------------------------------


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Plan a run of a repository with an addon and a bridge; return the titles."""
    monkeypatch.syspath_prepend(str(LIB))
    import suite
    from testrun import main, options, parts

    for name, manifest in {
        "ours": {"depends": ["mail"]},
        "ours_purchase": {"depends": ["ours", "purchase"], "auto_install": True},
    }.items():
        tests = tmp_path / "addons" / name / "tests"
        tests.mkdir(parents=True)
        (tests / "test_it.py").touch()
        (tests.parent / "__manifest__.py").write_text(repr(manifest))
    monkeypatch.setattr(parts, "REPO", tmp_path)
    monkeypatch.setattr(main, "REPO", tmp_path)
    for name in ("all_addons", "bridge_addons"):
        found = getattr(suite, name)(tmp_path / "addons")
        monkeypatch.setattr(options, name, lambda found=found: found)

    def titles(*arguments):
        return [part[1] for part in main.plan(options.parse(list(arguments)))]

    return titles


def test_bridges_are_tested_apart_from_the_addons(plan):
    assert plan("--fast") == ["Addon tests", "Bridge tests"]
    assert plan("ours", "--fast") == ["Addon tests"]
    assert plan("ours_purchase") == ["Bridge tests"]


def test_bridges_are_tested_on_other_versions_of_postgresql_too(plan):
    assert plan("--postgres", "13") == ["Addon tests", "Bridge tests"]
    assert plan("ours_purchase", "--postgres=13") == ["Bridge tests"]


def test_only_the_bridges_see_the_addons_of_others(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(LIB))
    from testrun.settings import Settings

    addons, peers = "/odoo/addons,/suite", tmp_path / "peers" / "odoo" / "addons"
    ordinary = Settings(
        home=tmp_path,
        venv=tmp_path,
        data_dir=tmp_path,
        odoo_path=tmp_path,
        addons_path=addons,
        odoo_build="1",
        logs=tmp_path,
    )
    ordinary.conf.write_text(f"[options]\naddons_path = {addons}\nworkers = 0\n")
    beside = ordinary.beside_peers()
    assert f"addons_path = {addons},{peers}\n" in beside.conf.read_text()
    assert str(peers) not in ordinary.conf.read_text()
    assert (ordinary.environment, beside.environment) == (
        {},
        {"PYTHONPATH": str(tmp_path / "peers")},
    )


def test_a_changed_bridge_leaves_the_database_of_the_others_as_it_is(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(str(LIB))
    from testrun import template

    monkeypatch.setattr(template, "REPO", tmp_path)
    for name in ("ours", "ours_purchase"):
        (tmp_path / "addons" / name).mkdir(parents=True)
        (tmp_path / "addons" / name / "a.py").write_text("1")
    before = [template.suite_digest(names) for names in (["ours"], ["ours_purchase"])]
    (tmp_path / "addons" / "ours_purchase" / "a.py").write_text("2")
    after = [template.suite_digest(names) for names in (["ours"], ["ours_purchase"])]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)
