"""The snippets do run, and report what happened."""

import subprocess

import pytest

from odoo.addons.monitor_gateway.tools import snippets

URL = "https://odoo.example/monitor/ping/6e9e1f4a-9f4c-4b2f-8d2e-0a4f3c2b1d0e"


@pytest.fixture
def curl(tmp_path, monkeypatch):
    """Stand in for curl: write down its arguments and what it is given."""
    calls = tmp_path / "calls"
    tool = tmp_path / "curl"
    tool.write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\n'
        f'case "$*" in *@-*) cat >> {calls};; esac\nexit 1\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return lambda: calls.read_text().splitlines()


def sh(script, command):
    script = script.replace("/usr/local/bin/backup.sh", command)
    return subprocess.run(["/bin/sh", "-c", script], check=False, capture_output=True)


CURL = "-fsS -m 10 --retry 5 -o /dev/null"


@pytest.mark.parametrize("status", [0, 3])
def test_a_crontab_line_tells_the_exit_status(curl, status):
    line = snippets.crontab(URL, "*/5 * * * *")
    assert line.startswith("*/5 * * * * /usr/local/bin/backup.sh; ")

    sh(line.removeprefix("*/5 * * * * "), f"sh -c 'exit {status}'")

    assert curl() == [f"{CURL} {URL}/{status}"]


def test_a_crontab_line_without_schedule_is_nightly():
    assert snippets.crontab(URL).startswith("0 2 * * * /usr/local/bin/backup.sh; ")


def test_a_shell_script_sends_what_the_job_printed(curl):
    sh(snippets.shell(URL), "sh -c 'echo no space; exit 2'")

    assert curl() == [
        f"{CURL} {URL}/start",
        f"{CURL} --data-binary @- {URL}/2",
        "no space",
    ]


def run_python(work):
    calls = []

    class Request:
        @staticmethod
        def urlopen(url, data, timeout):
            calls.append((url, data, timeout))
            raise OSError("not reachable")

    code = snippets.python(URL).replace("import urllib.request\n", "")
    fake = type("urllib", (), {"request": Request})
    names = {"urllib": fake, "do_the_work": work, "print": lambda *args: None}
    exec(compile(code, "snippet", "exec"), names)
    return calls


def test_python_reports_start_and_end():
    assert run_python(lambda: None) == [(f"{URL}/start", b"", 10), (URL, b"", 10)]


def test_python_reports_a_failure_and_raises_it():
    with pytest.raises(ZeroDivisionError):
        run_python(lambda: 1 / 0)


def test_powershell():
    assert snippets.powershell(URL).splitlines() == [
        f'$url = "{URL}"',
        "try {",
        '  Invoke-RestMethod -TimeoutSec 10 "$url/start" | Out-Null',
        r"  & C:\Jobs\backup.ps1",
        "  Invoke-RestMethod -TimeoutSec 10 $url | Out-Null",
        "} catch {",
        '  Invoke-RestMethod -TimeoutSec 10 -Method Post -Body "$_" "$url/fail"'
        " | Out-Null",
        "  throw",
        "}",
    ]


def test_the_first_line_shows_the_answer(curl):
    sh(snippets.first(f"{URL}?a=1&create=1"), "true")
    assert curl() == [f"-fsS -m 10 {URL}?a=1&create=1"]
