# shellcheck shell=bash
# What a machine needs to run Odoo 19 with the suite. Source common.sh first.
#
#   provision_packages      PostgreSQL and tools, from the machine's apt sources
#   provision_odoo          Odoo 19 Community (ODOO_SRC, else Debian's package)
#   provision_python SET    virtual environment; SET is runtime or test
#   provision_postgres      a running server (PGHOST, else one of our own)
#   provision_chromium      a browser for the tests
#   provision_prometheus    Prometheus and promtool for the slow tests
#   provision_peers         addons of OCA beside the suite, for bridges and benchmarks
#   provision_environment SET   all of them, as steps
#   load_environment        export ODOO_PATH, ADDONS_PATH, VENV, PG*, DATA_DIR
#   write_odoo_conf FILE PORT [key=value...]
#
# Each finds what is there already and does only the rest. None names a mirror
# or a registry: apt, pip and npm use the machine's own configuration.

SETUP_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$SETUP_LIB/provision_odoo.sh"
# shellcheck source-path=SCRIPTDIR
. "$SETUP_LIB/provision_postgres.sh"
# shellcheck source-path=SCRIPTDIR
. "$SETUP_LIB/provision_other_postgres.sh"
# shellcheck source-path=SCRIPTDIR
. "$SETUP_LIB/provision_prometheus.sh"
# shellcheck source-path=SCRIPTDIR
. "$SETUP_LIB/provision_peers.sh"

# -- Debian packages ---------------------------------------------------------

package_missing() {
    ! dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

update_package_lists() {
    if [ -z "$(find "$MONITOR_HOME/stamps/apt-update" -mmin -60 2>/dev/null)" ]; then
        hint "make 'apt-get update' work on this machine (network, proxy, sources)"
        as_root apt-get -o DPkg::Lock::Timeout=300 update
        date >"$MONITOR_HOME/stamps/apt-update"
    fi
}

install_packages() {
    update_package_lists
    hint "install by hand, then run $COMMAND again: apt-get install $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get \
        -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
    note "installed $*"
}

provision_packages() {
    locked packages install_missing_packages
}

install_missing_packages() {
    local missing=()
    if ! own_server_wanted && ! command -v psql >/dev/null; then
        missing+=(postgresql-client)
    elif own_server_wanted && ! postgres_bin >/dev/null; then
        missing+=("$(wanted_server)" postgresql-client)
    fi
    "$(base_python)" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    if command -v dpkg-query >/dev/null && package_missing libmagic1 &&
        package_missing libmagic1t64; then
        missing+=(libmagic1)
    fi
    if [ -z "${ODOO_SRC:-}" ] && ! tree_is_complete && ! command -v npm >/dev/null; then
        missing+=(npm)
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        install_packages "${missing[@]}"
    else
        note "nothing missing"
    fi
}

chromium_path() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

provision_chromium() {
    if browser=$(chromium_path); then
        note "$browser"
        return
    fi
    locked packages install_packages chromium fonts-dejavu-core
}

# -- Python ------------------------------------------------------------------

# The interpreter the virtual environment is made from: PYTHON, or the first
# one on the path that Odoo 19 and our pinned packages run on.
base_python() {
    local name
    for name in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3.10; do
        if command -v "$name" >/dev/null && python_fits "$name"; then
            echo "$name"
            return
        fi
    done
    hint "install Python 3.10 to 3.13, or name one: PYTHON=/path/to/python3"
    echo "no Python 3.10 to 3.13 found" >&2
    return 1
}

python_fits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))'
}

requirement_files() {
    echo "$REPO_ROOT/setup/requirements-odoo.txt"
    echo "$REPO_ROOT/requirements.txt"
    echo "$REPO_ROOT/setup/requirements-demo.txt"
    if [ "$1" = test ]; then
        echo "$REPO_ROOT/setup/requirements-test.txt"
    fi
}

requirements_key() {
    local files
    mapfile -t files < <(requirement_files "$1")
    hash_of "$("$VENV/bin/python" --version 2>&1)" "$(sha256sum <(cat "${files[@]}"))"
}

provision_python() {
    locked python install_python_packages "$1"
}

install_python_packages() {
    local set=$1 python
    VENV=$MONITOR_HOME/venv
    python=$(base_python)
    if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null || ! python_fits "$VENV/bin/python"; then
        hint "install the venv module of $python (Debian: python3-venv)"
        rm -rf "$VENV"
        "$python" -m venv "$VENV"
        rm -f "$MONITOR_HOME"/stamps/python-*
    fi
    if stamp_is "python-$set" "$(requirements_key "$set")"; then
        note "unchanged"
    else
        pip_install "$set"
    fi
    link_odoo_into_venv
}

pip_install() {
    local arguments=() file
    while read -r file; do
        arguments+=(-r "$file")
    done < <(requirement_files "$1")
    hint "make 'pip download croniter' work on this machine (network, proxy, index)"
    "$VENV/bin/python" -m pip install --disable-pip-version-check \
        --no-warn-script-location --prefer-binary "${arguments[@]}"
    set_stamp "python-$1" "$(requirements_key "$1")"
    note "installed for $1"
}

# A .pth file makes `odoo` importable, and lets pip see the distribution.
link_odoo_into_venv() {
    local site line
    hint "remove $VENV and run $COMMAND again"
    site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    line=$(odoo_path)
    if [ "$(cat "$site/odoo-tree.pth" 2>/dev/null)" != "$line" ]; then
        printf '%s\n' "$line" >"$site/odoo-tree.pth.$$"
        mv "$site/odoo-tree.pth.$$" "$site/odoo-tree.pth"
    fi
    "$VENV/bin/python" -c 'import odoo.release; print("Odoo", odoo.release.version)'
}

# -- All of it ---------------------------------------------------------------

provision_environment() {
    make_home
    step "System packages" provision_packages
    step "Odoo 19" provision_odoo
    step "Python packages" provision_python "$1"
    step "PostgreSQL" provision_postgres
    load_environment
}

# Odoo names file stores by database: each server gets a directory of its own.
data_dir() {
    if own_server_wanted; then
        echo "$MONITOR_HOME/data${MONITOR_PG_NAME:+-$MONITOR_PG_NAME}"
    else
        echo "$MONITOR_HOME/data-$(hash_of "$PGHOST" "${PGPORT:-5432}")"
    fi
}

# Export what the rest needs. Cheap; fails when nothing was provisioned.
load_environment() {
    VENV=$MONITOR_HOME/venv
    DATA_DIR=$(data_dir)
    ODOO_PATH=$(odoo_path)
    ADDONS_PATH=$(odoo_addons_path "$ODOO_PATH"),$REPO_ROOT/addons
    export VENV DATA_DIR ODOO_PATH ADDONS_PATH
    mkdir -p "$DATA_DIR"
    if own_server_wanted; then
        PGHOST=$(pg_run_dir)
        PGPORT=5432
        PGUSER=odoo_monitor
        export PGHOST PGPORT PGUSER
    fi
}

# The password, if any, stays in the environment (PGPASSWORD, ~/.pgpass).
write_odoo_conf() {
    local file=$1 port=$2
    shift 2
    mkdir -p "$(dirname "$file")"
    {
        echo "[options]"
        echo "addons_path = $ADDONS_PATH"
        echo "data_dir = $DATA_DIR"
        echo "db_host = ${PGHOST:-}"
        echo "db_port = ${PGPORT:-5432}"
        echo "db_user = ${PGUSER:-}"
        echo "http_interface = 127.0.0.1"
        echo "http_port = $port"
        printf '%s\n' "$@" | sed -E '/^$/d; s/^([a-z_]+)=/\1 = /'
    } >"$file.$$"
    mv "$file.$$" "$file"
}
