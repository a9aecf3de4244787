"""Run benchmarks, all or those named: ``setup/bench [capture] [board] … [--quick]``."""

import logging
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
APPS = "base_automation,mail,resource"
SUITE = f"{APPS},monitor_core,monitor_gateway,monitor_incident"
#: Database -> its modules.
DATABASES = {
    "monitor_bench_bare": APPS,
    "monitor_bench_audit": f"{APPS},auditlog",
    "monitor_bench_suite": SUITE,
    "monitor_bench_orders": f"{APPS},purchase",
    "monitor_bench_tiers": f"{APPS},purchase,purchase_tier_validation",
    "monitor_bench_approvals": f"{SUITE},purchase,monitor_approvals",
}
#: Copy -> database; these benches have their own, as rows are left behind.
COPIES = {
    "monitor_bench_board": "monitor_bench_suite",
    "monitor_bench_ingest": "monitor_bench_suite",
    "monitor_bench_tick": "monitor_bench_suite",
    "monitor_bench_incident": "monitor_bench_suite",
    "monitor_bench_volume": "monitor_bench_approvals",
}
#: Bench -> the databases that its report is given.
BENCHES = {
    "capture": ("monitor_bench_suite", "monitor_bench_bare", "monitor_bench_audit"),
    "board": ("monitor_bench_board",),
    "ingest": ("monitor_bench_ingest",),
    "tick": ("monitor_bench_tick",),
    "incident": ("monitor_bench_incident",),
    "approvals": (
        "monitor_bench_orders",
        "monitor_bench_tiers",
        "monitor_bench_approvals",
        "monitor_bench_volume",
    ),
}
ROWS = (0, 1_000_000, 10_000_000)
QUICK_ROWS = (0, 10_000, 100_000)


def build(conf, database, modules):
    """Create ``database`` anew with ``modules``."""
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
    subprocess.run(
        [sys.executable, "-m", "odoo", f"--config={conf}", "-d", database]
        + ["-i", modules, "--stop-after-init", "--no-http", "--log-level=error"],
        check=True,
    )


def build_all(conf, names):
    """Create the databases of these benches anew."""
    wanted = {database for name in names for database in BENCHES[name]}
    sources = {COPIES.get(database, database) for database in wanted}
    for database in DATABASES:
        if database in sources:
            build(conf, database, DATABASES[database])
    for copy in COPIES:
        if copy in wanted:
            subprocess.run(["dropdb", "--if-exists", "--force", copy], check=True)
            subprocess.run(["createdb", "-T", COPIES[copy], copy], check=True)


def main(conf, *wanted):
    """Build the databases and run what is wanted; return the exit status."""
    options = {word for word in wanted if word.startswith("--")}
    names = set(wanted) - options or set(BENCHES)
    if unknown := names - set(BENCHES):
        sys.exit(f"no such bench: {', '.join(sorted(unknown))}")
    quick = "--quick" in options
    sizes = QUICK_ROWS if quick else ROWS
    build_all(conf, names)

    from odoo.tools import config

    config.parse_config(["-c", conf, "--no-http"], setup_logging=True)
    logging.getLogger("odoo").setLevel(logging.CRITICAL)
    import bench_approvals
    import bench_board
    import bench_capture
    import bench_incident
    import bench_ingest
    import bench_tick
    import pairs

    reports = {
        "capture": (bench_capture.report,),
        "board": (bench_board.report, sizes),
        "ingest": (bench_ingest.report, sizes),
        "tick": (bench_tick.report,),
        "incident": (bench_incident.report,),
        "approvals": (bench_approvals.report, quick),
    }
    for name, (report, *arguments) in reports.items():
        if name in names:
            print(f"\n== {name}", flush=True)
            report(*BENCHES[name], *arguments)
    for copy in COPIES:  # ten million rows are not left behind
        _drop(copy)
    print()
    status = pairs.check()
    return status if "--check" in options else 0


def _drop(database):
    """Drop a database; while PostgreSQL vacuums it, only a superuser could."""
    for patience in reversed(range(10)):
        done = subprocess.run(["dropdb", "--if-exists", "--force", database])
        if not done.returncode:
            return
        if patience:
            time.sleep(10 - patience)
    print(f"{database} is left behind: dropdb {database}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
