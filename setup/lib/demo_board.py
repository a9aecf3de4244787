"""The health board on the terminal, and what it must show after the demo's morning.

python demo_board.py fresh     let what is due run, then let the Monitor look
python demo_board.py screens   load the pages once, so that the first visit is quick
python demo_board.py wait      until the board shows all that happened
python demo_board.py table     print the board
"""

import datetime
import os
import re
import shutil
import sys
import textwrap
import time
from collections import Counter

import demo_automations as automations
import requests
from demo_approvals import PURCHASES
from demo_client import DATABASE, TIMEOUT, URL, Person, run_scheduled, tell
from demo_outside import BACKUP, OFFSITE
from demo_setup import FLOW, UNUSED

TICK = "Monitor: tick"
LOOK_EVERY = 3  # seconds between two requests for a look
# What really happened, and what the board says about it.
EXPECTED = {
    automations.PAYMENT_REMINDERS: ("failing",),
    automations.BANK_STATEMENTS: ("failing",),
    automations.COST_CENTRE: ("failing",),
    automations.PARCEL: ("failing",),
    automations.CATALOGUE: ("degraded",),
    FLOW: ("late",),
    OFFSITE: ("late",),
    BACKUP: ("healthy",),
    UNUSED: ("paused",),
    automations.ORDER_PAID: ("healthy",),
    automations.DISCOUNT: ("healthy",),
    automations.LARGE_QUOTATION: ("healthy",),
    automations.TELL_WAREHOUSE: ("healthy",),
    automations.NEW_LEAD: ("healthy",),
    automations.BILL_REFERENCE: ("healthy",),
    automations.OLD_QUOTATIONS: ("healthy",),
    automations.CHECKED: ("healthy",),
    automations.PLAN_VISIT: ("healthy",),
}
# What asks for somebody: exactly these incidents are open.
INCIDENTS = {
    automations.PAYMENT_REMINDERS: "A run failed",
    automations.BANK_STATEMENTS: "A run failed",
    automations.COST_CENTRE: "A run failed",
    automations.PARCEL: "A run failed",
    FLOW: "Waits for too long",
    PURCHASES: "Approved their own",
}
if not automations.FAULTS:
    INCIDENTS = {}
    EXPECTED = {
        name: ("healthy",) if healths != ("paused",) else healths
        for name, healths in EXPECTED.items()
        if name not in automations.FAULTY
    }
OPEN = ["new", "acknowledged", "in_progress", "snoozed"]
# A reason that must be given, where the health alone does not tell enough.
REASONS = {automations.BANK_STATEMENTS: "switched it off"}
# The board's order: what asks for a person first.
HEALTHS = ("failing", "late", "degraded", "unknown", "paused", "new", "healthy")
COLOURS = {"failing": "31", "late": "33", "degraded": "33", "paused": "35"}
FIELDS = ("name", "health", "health_reason", "last_run_at", "running_since", "paused")


class NotShown(SystemExit):
    """The board does not show what happened; the text says what is missing."""


def main(command):
    """Run one of the commands."""
    {"fresh": fresh, "screens": screens, "wait": wait, "table": table}[command]()


def board(person):
    """Return the rows of all workflows, worst first; moments are UTC."""
    rows = person.rows(
        "monitor.workflow", names=FIELDS, context={"lang": "en_US", "tz": zone(person)}
    )
    return sorted(
        rows,
        key=lambda row: (
            HEALTHS.index(row["health"]),
            not row["last_run_at"],
            row["name"].lower(),
        ),
    )


def zone(person):
    """Return the time zone in which a person reads times."""
    return person.call("res.users", "context_get").get("tz") or "UTC"


# -- Waiting -----------------------------------------------------------------


def fresh(seconds=60):
    """Let Odoo's scheduler run what is due, then let the Monitor look."""
    admin = Person("admin")
    tell_address(admin)
    run_scheduled(admin, TICK)  # wakes the scheduler: it runs all that is due
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and still_due(admin):
        time.sleep(0.3)
    print("still due:", still_due(admin))
    look(admin)


def tell_address(admin):
    """Tell Odoo the address under which it is reached, for links it writes."""
    key = "web.base.url"
    if admin.call("ir.config_parameter", "get_param", key=key) != URL:
        admin.call("ir.config_parameter", "set_param", key=key, value=URL)


def look(admin, seconds=90):
    """Make the Monitor look now; come back when it has."""
    before, asked = last_look(admin), 0.0
    deadline = time.monotonic() + seconds
    while last_look(admin) in (before, False):
        if time.monotonic() > deadline:
            raise NotShown(f"The Monitor did not look at anything for {seconds} s.")
        if time.monotonic() - asked > LOOK_EVERY:
            asked = time.monotonic()
            run_scheduled(admin, TICK)
        time.sleep(0.3)


def last_look(admin):
    """Return when the Monitor looked last."""
    rows = admin.rows("monitor.tick", names=["last_tick_at"])
    return rows[0]["last_tick_at"] if rows else False


def still_due(admin):
    """Return the scheduled actions that should have run; the slow one is let be."""
    now = datetime.datetime.now(datetime.timezone.utc)
    rows = admin.rows(
        "ir.cron",
        ["nextcall", "<=", now.strftime("%Y-%m-%d %H:%M:%S")],
        ["cron_name", "not in", [automations.CATALOGUE, TICK]],
        names=["cron_name"],
    )
    return [row["cron_name"] for row in rows]


def wait(seconds=180):
    """Wait until the board shows what happened; say what it shows, one by one."""
    admin, ana = Person("admin"), Person("ana")
    started, asked, shown = time.monotonic(), 0.0, set()
    tell("")
    while True:
        rows = {row["name"]: row for row in board(ana)}
        for name in EXPECTED:
            if name not in shown and is_shown(rows.get(name)):
                shown.add(name)
                if rows[name]["health"] != "healthy":
                    tell(f"    {rows[name]['health']:9} {name}")
        missing = [name for name in EXPECTED if not is_shown(rows.get(name))]
        found = incidents(admin)
        if not missing and are_expected(found):
            return
        if time.monotonic() - started > seconds:
            raise NotShown(missing_words(rows, missing, found, seconds))
        if time.monotonic() - asked > LOOK_EVERY:
            asked = time.monotonic()
            run_scheduled(admin, TICK)
        time.sleep(1)


def is_shown(row):
    """Tell whether the row of a workflow shows what is expected of it."""
    return (
        row is not None
        and row["health"] in EXPECTED[row["name"]]
        and REASONS.get(row["name"], "") in row["health_reason"]
    )


def incidents(admin):
    """Return the titles of the open incidents by workflow; without faults, of all."""
    rows = admin.rows(
        "monitor.incident",
        ["state", "in", OPEN] if automations.FAULTS else ["id", ">", 0],
        names=["title", "workflow_id"],
        context={"lang": "en_US"},
    )
    return [
        (row["workflow_id"] and row["workflow_id"][1], row["title"]) for row in rows
    ]


def are_expected(found):
    """Tell whether there is exactly one incident for each that is expected."""
    return len(found) == len(INCIDENTS) and all(
        name in INCIDENTS and INCIDENTS[name] in title for name, title in found
    )


def missing_words(rows, missing, found, seconds):
    """Return what the board and the incidents do not show, and what they show."""
    lines = [f"After {seconds} s the Monitor does not show all that happened:"]
    if not are_expected(found):
        titles = "; ".join(title for _workflow, title in found) or "none"
        lines.append(f"- incidents: expected of {', '.join(INCIDENTS)}, are {titles}")
    for name in missing:
        row = rows.get(name)
        found = f"{row['health']} ({row['health_reason']})" if row else "not there"
        wanted = " or ".join(EXPECTED[name])
        if name in REASONS:
            wanted += f' with "{REASONS[name]}"'
        lines.append(f"- {name}: expected {wanted}, is {found}")
    return "\n".join(lines)


def screens():
    """Load the pages with their scripts and styles: Odoo builds them on first use."""
    session = requests.Session()
    answer = session.post(
        f"{URL}/web/session/authenticate",
        json={"params": {"db": DATABASE, "login": "ana", "password": "ana"}},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    for page in ("/web/login?redirect=1", "/odoo"):
        html = session.get(URL + page, timeout=TIMEOUT).text
        for asset in sorted(
            set(re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', html))
        ):
            print(asset, session.get(URL + asset, timeout=TIMEOUT).status_code)


# -- Table -------------------------------------------------------------------


def table():
    """Print the board: what runs or asks for somebody, then the rest as numbers."""
    ana = Person("ana")
    rows = board(ana)
    shown = [row for row in rows if is_worth_a_line(row)]
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    print_rows(shown, now)
    print()
    print(f"{counts(shown)}. Times are those of {zone(ana)}.")
    rest = len(rows) - len(shown)
    if rest:
        print(f"{rest} more have not run yet or are switched off.")
    print_incidents(ana)


def is_worth_a_line(row):
    """Leave out what nobody uses: never run, or switched off since ever."""
    if row["health"] == "paused":
        return row["paused"] or row["last_run_at"]
    return row["health"] != "new"


def counts(rows):
    """Return how many workflows have which health, in words.

    >>> counts([{"health": "healthy"}, {"health": "failing"}, {"health": "healthy"}])
    '1 failing, 2 healthy'
    """
    number = Counter(row["health"] for row in rows)
    return ", ".join(
        f"{number[health]} {health}" for health in HEALTHS if number[health]
    )


def print_rows(rows, now):
    """Print one workflow a line; a long reason goes on below itself."""
    width = shutil.get_terminal_size((100, 24)).columns
    name_width = min(max((len(row["name"]) for row in rows), default=0), width * 2 // 5)
    reason_width = max(width - name_width - 24, 20)
    print(f"{'Workflow':{name_width}}  {'Health':8}  {'Last run':10}  Reason")
    print(f"{'-' * name_width}  {'-' * 8}  {'-' * 10}  {'-' * reason_width}")
    for row in rows:
        names = textwrap.wrap(row["name"], name_width)
        if row["health"] == "healthy":
            names = [textwrap.shorten(row["name"], name_width, placeholder=" …")]
        reasons = textwrap.wrap(row["health_reason"] or "", reason_width)
        last_run = ago(row["last_run_at"], now)
        if row["running_since"] and not row["last_run_at"]:
            last_run = "running"
        facts = [(row["health"], last_run)]
        for line in range(max(len(names), len(reasons))):
            health, last_run = _at(facts, line, ("", ""))
            print(
                f"{_at(names, line):{name_width}}  {coloured(health, 8)}  "
                f"{last_run:10}  {_at(reasons, line)}".rstrip()
            )


def print_incidents(person):
    """Print the open incidents, the most important first, and whose they are."""
    rows = person.rows(
        "monitor.incident",
        ["state", "in", OPEN],
        names=["name", "title", "user_id"],
        order="priority desc, id",
        context={"lang": "en_US"},
    )
    print(f"\nOpen incidents: {len(rows) or 'none'}")
    width = shutil.get_terminal_size((100, 24)).columns
    for row in rows:
        owner = row["user_id"][1] if row["user_id"] else "nobody"
        title = textwrap.shorten(row["title"], width - 36, placeholder=" …")
        print(f"{row['name']}  {owner:16.16}  {title}")


def _at(lines, number, default=""):
    return lines[number] if number < len(lines) else default


def coloured(health, width):
    """Return a health, padded; in colour on a terminal."""
    text = f"{health:{width}}"
    if health in COLOURS and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[{COLOURS[health]}m{text}\033[0m"
    return text


def ago(moment, now):
    """Return how long ago a moment (Odoo's text, UTC) was.

    >>> noon = datetime.datetime(2026, 1, 5, 12)
    >>> ago("2026-01-05 11:57:10", noon), ago("2026-01-03 11:00:00", noon)
    ('2 min ago', '2 d ago')
    >>> ago(False, noon)
    'never'
    """
    if not moment:
        return "never"
    then = datetime.datetime.fromisoformat(moment)
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


if __name__ == "__main__":
    main(sys.argv[1])
