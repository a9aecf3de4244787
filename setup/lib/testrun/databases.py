"""Databases for tests: copies of a template, dropped after use.

``createdb`` from a template and hard links to its filestore take a second;
a filestore of its own matters, else Odoo builds the asset bundles again.
"""

import contextlib
import os
import re
import shutil
import subprocess

PREFIX = "monitor_test_"


class DatabaseError(Exception):
    """PostgreSQL refused a statement."""


def psql(statement, database="postgres"):
    """Run one statement and return its rows, one string each."""
    done = subprocess.run(
        ["psql", "-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database],
        input=statement,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DatabaseError(done.stderr.strip())
    return done.stdout.split()


def exists(name):
    return bool(psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def filestore(data_dir, name):
    return data_dir / "filestore" / name


def copy(data_dir, source, target):
    psql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    original = filestore(data_dir, source)
    if original.is_dir():
        shutil.copytree(original, filestore(data_dir, target), copy_function=os.link)


def drop(data_dir, name):
    psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(data_dir, name), ignore_errors=True)


def rename(data_dir, source, target):
    shutil.rmtree(filestore(data_dir, target), ignore_errors=True)
    if filestore(data_dir, source).is_dir():
        filestore(data_dir, source).rename(filestore(data_dir, target))
    psql(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


@contextlib.contextmanager
def fresh(data_dir, template, purpose):
    """Yield the name of a new copy of the template; drop it at the end."""
    name = f"{PREFIX}{os.getpid()}_{purpose}"
    drop(data_dir, name)
    copy(data_dir, template, name)
    try:
        yield name
    finally:
        drop(data_dir, name)


def drop_leftovers(data_dir):
    """Drop the databases of test runs that were killed."""
    for name in psql(f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"):
        owner = re.match(rf"{PREFIX}(\d+)_", name)
        if owner and not _is_running(int(owner[1])):
            drop(data_dir, name)


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
