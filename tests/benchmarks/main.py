"""Run benchmarks: ``setup/bench [capture|board|ingest|tick] [--quick]``."""

import logging
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
APPS = "base_automation,mail,resource"


def build(conf, database, modules):
    """Create ``database`` anew with ``modules``."""
    subprocess.run(["dropdb", "--if-exists", "--force", database], check=True)
    subprocess.run(
        [sys.executable, "-m", "odoo", f"--config={conf}", "-d", database]
        + ["-i", modules, "--stop-after-init", "--no-http", "--log-level=error"],
        check=True,
    )


def main(conf, *wanted):
    """Build a database with and one without the suite; run what is wanted."""
    build(conf, "monitor_bench_bare", APPS)
    build(conf, "monitor_bench_suite", f"{APPS},monitor_core,monitor_gateway")

    from odoo.tools import config

    config.parse_config(["-c", conf, "--no-http"], setup_logging=True)
    logging.getLogger("odoo").setLevel(logging.CRITICAL)
    import bench_board
    import bench_capture
    import bench_ingest
    import bench_tick

    benches = {
        "capture": lambda: bench_capture.report(
            "monitor_bench_suite", "monitor_bench_bare"
        ),
        "board": lambda: bench_board.report("monitor_bench_suite"),
        "ingest": lambda: bench_ingest.report(
            "monitor_bench_suite", "--quick" in wanted
        ),
        "tick": lambda: bench_tick.report("monitor_bench_suite"),
    }
    for name, bench in benches.items():
        if name in wanted or not set(wanted) - {"--quick"}:
            print(f"\n== {name}")
            bench()


if __name__ == "__main__":
    main(*sys.argv[1:])
