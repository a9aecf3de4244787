"""What setup/test was asked for. Run alone, it checks that and says what it needs."""

import argparse
import sys

from suite import all_addons, bridge_addons

OTHER_POSTGRES = ("13", "18")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="setup/test", description="Run the tests.")
    parser.add_argument("addons", nargs="*", help="only these addons")
    parser.add_argument(
        "-k", dest="keyword", help="only tests with this name (as in pytest)"
    )
    parser.add_argument("--fast", action="store_true", help="without a browser")
    parser.add_argument("--all", action="store_true", help="also the slow tests")
    parser.add_argument(
        "--odoo",
        action="store_true",
        help="only Odoo's own tests, with and without the suite",
    )
    parser.add_argument(
        "--mutation",
        action="store_true",
        help="only mutation tests, of what changed since they ran; writes which did",
    )
    parser.add_argument(
        "--postgres",
        choices=OTHER_POSTGRES,
        help="only the addon tests, on this version of PostgreSQL",
    )
    options = parser.parse_args(arguments)
    unknown = set(options.addons) - set(all_addons())
    if unknown:
        parser.error(f"no such addon: {', '.join(sorted(unknown))}")
    chosen = options.addons or all_addons()
    options.bridges = [name for name in chosen if name in bridge_addons()]
    options.ordinary = [name for name in chosen if name not in options.bridges]
    return options


if __name__ == "__main__":
    found = parse(sys.argv[1:])
    if found.bridges and not found.odoo:
        print("peers")
