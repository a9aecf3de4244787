"""Pytest plugin for mutation tests: thousands of short runs, some of wrong code."""

import resource
import sys

#: Bytes of address space: a mutant that collects for ever fails, and soon.
MOST_MEMORY = 2 * 1024**3


def pytest_configure(config):
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def pytest_runtest_setup(item):
    """Empty the caches of the rules: a test must call what it is to judge.

    mutmut runs on a mutant only the tests that called the function before.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("odoo.addons.") and ".tools." in name:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def pytest_collection_modifyitems(items):
    """Run property tests last: most mutants fail a table, in no time."""
    items.sort(key=lambda item: (hasattr(item.obj, "hypothesis"), item.nodeid))
