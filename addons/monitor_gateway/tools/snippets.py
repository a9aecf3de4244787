"""Ready-made lines that have a job ping its heartbeat.

They never make the job fail: a ping that does not get through is given up quickly.
"""

from __future__ import annotations

_CURL = "curl -fsS -m 10 --retry 5 -o /dev/null"
_DAILY = "0 2 * * *"


def first(url: str) -> str:
    """Return a line to try an address with; it shows the answer.

    >>> first("https://odoo.example/p?create=1")
    "curl -fsS -m 10 'https://odoo.example/p?create=1'"
    """
    return f"curl -fsS -m 10 '{url}'"


def crontab(url: str, expression: str | None = None) -> str:
    """Return a line of a crontab that reports how the command ended.

    >>> crontab("https://odoo.example/p", "0 7 * * 1-5")[:40]
    '0 7 * * 1-5 /usr/local/bin/backup.sh; cu'
    """
    return f"{expression or _DAILY} /usr/local/bin/backup.sh; {_CURL} {url}/$?"


def shell(url: str) -> str:
    """Return a shell script that measures the job and sends along what it prints.

    >>> len(shell("https://odoo.example/p").splitlines())
    4
    """
    return "\n".join(
        (
            f'url="{url}"',
            f'{_CURL} "$url/start"',
            "output=$(/usr/local/bin/backup.sh 2>&1); status=$?",
            f'printf %s "$output" | tail -c 100000 | {_CURL}'
            ' --data-binary @- "$url/$status"',
        )
    )


def python(url: str) -> str:
    """Return the same for a job in Python, with nothing to install.

    >>> compile(python("https://odoo.example/p"), "snippet", "exec") is not None
    True
    """
    return "\n".join(
        (
            "import urllib.request",
            "",
            f'URL = "{url}"',
            "",
            "",
            'def ping(signal="", text=""):',
            "    try:",
            "        urllib.request.urlopen(URL + signal, text.encode(), timeout=10)",
            "    except OSError as error:",
            '        print("ping failed:", error)',
            "",
            "",
            'ping("/start")',
            "try:",
            "    do_the_work()",
            "except Exception as error:",
            '    ping("/fail", str(error))',
            "    raise",
            "ping()",
        )
    )


def powershell(url: str) -> str:
    """Return the same for Windows.

    >>> powershell("https://odoo.example/p").splitlines()[0]
    '$url = "https://odoo.example/p"'
    """
    return "\n".join(
        (
            f'$url = "{url}"',
            "try {",
            '  Invoke-RestMethod -TimeoutSec 10 "$url/start" | Out-Null',
            "  & C:\\Jobs\\backup.ps1",
            "  Invoke-RestMethod -TimeoutSec 10 $url | Out-Null",
            "} catch {",
            "  Invoke-RestMethod -TimeoutSec 10 -Method Post -Body"
            ' "$_" "$url/fail" | Out-Null',
            "  throw",
            "}",
        )
    )
