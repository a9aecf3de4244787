"""Run benchmarks: ``setup/bench [capture|board|ingest|tick|incident] [--quick]``."""

import logging
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
APPS = "base_automation,mail,resource"
SUITE = f"{APPS},monitor_core,monitor_gateway,monitor_incident"
#: Database -> its modules; each bench has its own, as rows are left behind.
DATABASES = {
    "monitor_bench_bare": APPS,
    "monitor_bench_audit": f"{APPS},auditlog",
    "monitor_bench_suite": SUITE,
}
COPIES = tuple(
    f"monitor_bench_{name}" for name in ("board", "ingest", "tick", "incident")
)
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


def build_all(conf):
    for database, modules in DATABASES.items():
        build(conf, database, modules)
    for copy in COPIES:
        subprocess.run(["dropdb", "--if-exists", "--force", copy], check=True)
        subprocess.run(["createdb", "-T", "monitor_bench_suite", copy], check=True)


def main(conf, *wanted):
    """Build the databases and run what is wanted; return the exit status."""
    options = {word for word in wanted if word.startswith("--")}
    names = set(wanted) - options
    sizes = QUICK_ROWS if "--quick" in options else ROWS
    build_all(conf)

    from odoo.tools import config

    config.parse_config(["-c", conf, "--no-http"], setup_logging=True)
    logging.getLogger("odoo").setLevel(logging.CRITICAL)
    import bench_board
    import bench_capture
    import bench_incident
    import bench_ingest
    import bench_tick
    import pairs

    benches = {
        "capture": lambda: bench_capture.report(
            "monitor_bench_suite", "monitor_bench_bare", "monitor_bench_audit"
        ),
        "board": lambda: bench_board.report("monitor_bench_board", sizes),
        "ingest": lambda: bench_ingest.report("monitor_bench_ingest", sizes),
        "tick": lambda: bench_tick.report("monitor_bench_tick"),
        "incident": lambda: bench_incident.report("monitor_bench_incident"),
    }
    for name, bench in benches.items():
        if name in names or not names:
            print(f"\n== {name}", flush=True)
            bench()
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
