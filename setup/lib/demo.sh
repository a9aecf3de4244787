# shellcheck shell=bash
# Part of setup/demo: the database, the server and the stages of the demo.
# Source common.sh and provision.sh first.
#
# A stage is a step that is done once for each demo database; what is done is
# remembered below MONITOR_HOME/demo/stages, so that a second call goes on
# where the first one stopped. `--reset` forgets them all.

DEMO_DB=monitor_demo
DEMO_HOME=$MONITOR_HOME/demo
DEMO_CONF=$DEMO_HOME/odoo.conf
# Odoo's own apps that the demo company uses.
DEMO_APPS=sale_management,purchase,account,stock,crm,project,hr_expense,base_automation
export DEMO_DB DEMO_HOME

# -- Stages ------------------------------------------------------------------

stage_done() {
    [ -f "$DEMO_HOME/stages/$1" ]
}

mark_stage() {
    mkdir -p "$DEMO_HOME/stages"
    printf '%s\n' "${2:-done}" >"$DEMO_HOME/stages/$1"
}

# stage NAME "Title" command...
stage() {
    local name=$1
    shift
    if stage_done "$name"; then
        return
    fi
    step "$@"
    mark_stage "$name"
}

# -- One at a time -----------------------------------------------------------

# Unlike `locked`, says so at once; nothing that is left running keeps the lock.
alone() {
    (
        flock -n 8 || die "Another $COMMAND is at work: wait until it has ended."
        "$@" 8>&-
    ) 8>"$MONITOR_HOME/locks/demo"
}

# -- Database ----------------------------------------------------------------

database_exists() {
    [ -n "$(psql -X -q -A -t -d postgres -v name="$1" <<<"SELECT 1 FROM pg_database WHERE datname = :'name'")" ]
}

drop_database() {
    psql -X -q -d postgres -v name="$1" <<<'DROP DATABASE IF EXISTS :"name" WITH (FORCE)'
    rm -rf "${DATA_DIR:?}/filestore/${1:?}"
}

# copy_database FROM TO: with its files, which are never changed in place.
copy_database() {
    psql -X -q -d postgres -v from="$1" -v to="$2" <<<'CREATE DATABASE :"to" TEMPLATE :"from"'
    rm -rf "${DATA_DIR:?}/filestore/${2:?}"
    cp -al "$DATA_DIR/filestore/$1" "$DATA_DIR/filestore/$2"
}

odoo_run() {
    "$VENV/bin/python" -m odoo -c "$DEMO_CONF" --no-http --max-cron-threads=0 "$@"
}

# Odoo's apps with their demo data, without the suite: made once for a build of
# Odoo, and copied. It gets its name when it is complete. The first part of the
# name tells whose it is: others may use the same server.
base_prefix() {
    echo "monitor_demo_base_$(hash_of "$DATA_DIR" | cut -c1-8)"
}

base_database() {
    echo "$(base_prefix)_$(hash_of "$(odoo_build)" "$DEMO_APPS" | cut -c1-12)"
}

make_base_database() {
    local name partial
    name=$(base_database)
    partial=$(base_prefix)_partial
    if database_exists "$name" && [ -d "$DATA_DIR/filestore/$name" ]; then
        note "already there"
        return
    fi
    drop_old_bases
    hint "free some space (2 GB), look at the log, then run $COMMAND again"
    odoo_run -d "$partial" -i "$DEMO_APPS" --with-demo --stop-after-init
    mv "$DATA_DIR/filestore/$partial" "$DATA_DIR/filestore/$name"
    psql -X -q -d postgres -v from="$partial" -v to="$name" \
        <<<'ALTER DATABASE :"from" RENAME TO :"to"'
}

drop_old_bases() {
    local old
    for old in $(psql -X -q -A -t -d postgres -v prefix="$(base_prefix)" \
        <<<"SELECT datname FROM pg_database WHERE starts_with(datname, :'prefix')"); do
        drop_database "$old"
    done
}

# A database of this name that we did not make is left alone.
check_database_is_ours() {
    if stage_done created && database_exists "$DEMO_DB"; then
        return
    fi
    rm -rf "$DEMO_HOME/stages"
    if database_exists "$DEMO_DB"; then
        die "There is a database $DEMO_DB that this command did not make.
Rename or drop it (dropdb $DEMO_DB), or name another server: PGHOST=... $COMMAND"
    fi
}

make_demo_database() {
    drop_database "$DEMO_DB"
    copy_database "$(base_database)" "$DEMO_DB"
}

# -- Company and suite -------------------------------------------------------

# With the bridges to the demo's apps, without those to what is not installed here.
suite_addons() {
    local present
    present=$(installed_modules) || return
    "$(base_python)" "$SETUP_LIB/suite.py" "$present"
}

installed_modules() {
    psql -X -q -A -t -d "$DEMO_DB" \
        <<<"SELECT string_agg(name, ',') FROM ir_module_module WHERE state = 'installed'"
}

# Changes whenever an installed file of the suite does.
suite_build() {
    (cd "$REPO_ROOT/addons" && find . -type f ! -name '*.py[co]' ! -path '*/tests/*' \
        ! -path '*/readme/*' -exec sha256sum {} +) | LC_ALL=C sort | sha256sum | cut -c1-16
}

# Odoo itself works in UTC and forgets the environment's.
machine_timezone() {
    echo "${TZ:-$(readlink -f /etc/localtime | sed -n 's#.*/zoneinfo/##p')}"
}

# Whether the demo has what goes wrong; decided when its database is made.
faults() {
    if stage_done without_faults; then
        echo no
    else
        echo yes
    fi
}

make_company() {
    hint "look at the log, then run $COMMAND again"
    DEMO_TZ=$(machine_timezone) DEMO_FAULTS=$(faults) "$VENV/bin/python" "$SETUP_LIB/demo_company.py" "$DEMO_CONF" "$DEMO_DB"
}

install_suite() {
    local names
    hint "look at the log; after a change in addons/ run $COMMAND again"
    names=$(suite_addons)
    odoo_run -d "$DEMO_DB" -i "$names" --with-demo --stop-after-init
    mark_stage build "$(suite_build)"
}

update_suite() {
    local names
    names=$(suite_addons)
    # -i: addons that came to the suite since
    odoo_run -d "$DEMO_DB" -u "$names" -i "$names" --with-demo --stop-after-init
    mark_stage build "$(suite_build)"
}

suite_changed() {
    [ "$(cat "$DEMO_HOME/stages/build" 2>/dev/null)" != "$(suite_build)" ]
}

# -- Server ------------------------------------------------------------------

secret_key() {
    if [ ! -s "$DEMO_HOME/secret" ]; then
        head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_' >"$DEMO_HOME/secret"
    fi
    cat "$DEMO_HOME/secret"
}

# Nothing leaves this machine: mails go to a folder.
write_demo_conf() {
    mkdir -p "$DEMO_HOME"
    chmod 700 "$DEMO_HOME"
    write_odoo_conf "$DEMO_CONF" "$1" db_name="$DEMO_DB" "dbfilter=^$DEMO_DB\$" \
        list_db=False workers=0 max_cron_threads=2 \
        smtp_server=127.0.0.1 "smtp_port=$(free_port)" monitor_secret_key="$(secret_key)"
}

server_pid() {
    pid_of server "$DEMO_CONF"
}

# pid_of NAME TEXT: the process of NAME.pid, if TEXT is in its command line: not
# another program that was given the same number since.
pid_of() {
    local pid
    pid=$(cat "$DEMO_HOME/$1.pid" 2>/dev/null) || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$2" || return 1
    echo "$pid"
}

server_port() {
    conf_value http_port
}

conf_value() {
    if [ -f "$DEMO_CONF" ]; then
        sed -n "s/^$1 = //p" "$DEMO_CONF"
    fi
}

demo_url() {
    echo "http://localhost:$(server_port)"
}

port_is_free() {
    "$(base_python)" - "$1" <<'PY'
import socket
import sys

with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
    except (OSError, OverflowError) as error:
        sys.exit(str(error))
PY
}

free_port() {
    "$(base_python)" - <<'PY'
import socket

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])
PY
}

check_port() {
    local problem
    if problem=$(port_is_free "$1" 2>&1); then
        return
    fi
    case $problem in
    *'in use'*) problem="is in use by another program. Stop that program, or" ;;
    *) problem="cannot be used ($problem):" ;;
    esac
    die "Port $1 $problem choose another port: $COMMAND --port 8070"
}

start_server() {
    hint "look at $DEMO_HOME/server.log"
    if server_pid >/dev/null; then
        note "already running"
    else
        launch_server
    fi
    wait_for_server || {
        tail -n 20 "$DEMO_HOME/server.log"
        return 1
    }
}

# The server outlives this command: a session of its own, no inherited files.
launch_server() {
    cd /
    if [ -f "$DEMO_HOME/server.log" ]; then
        mv "$DEMO_HOME/server.log" "$DEMO_HOME/server.log.1"
    fi
    launch_mail_server
    export ODOO_NOTIFY_CRON_CHANGES=1
    setsid "$VENV/bin/python" -m odoo -c "$DEMO_CONF" \
        </dev/null >>"$DEMO_HOME/server.log" 2>&1 3>&- 8>&- 9>&- &
    echo $! >"$DEMO_HOME/server.pid"
}

# Takes every mail and keeps it: $DEMO_HOME/mail is a Maildir.
launch_mail_server() {
    if mail_pid >/dev/null; then
        return
    fi
    setsid "$VENV/bin/python" -m aiosmtpd -n -l "127.0.0.1:$(conf_value smtp_port)" \
        -c aiosmtpd.handlers.Mailbox "$DEMO_HOME/mail" \
        </dev/null >>"$DEMO_HOME/mail.log" 2>&1 3>&- 8>&- 9>&- &
    echo $! >"$DEMO_HOME/mail.pid"
}

mail_pid() {
    pid_of mail "127.0.0.1:$(conf_value smtp_port)"
}

wait_for_server() {
    local count
    for ((count = 0; count < 240; count++)); do
        if ! server_pid >/dev/null; then
            # Right after the start it may not have become Odoo yet.
            [ "$count" -lt 8 ] || return 1
        elif curl_health; then
            return
        fi
        sleep 0.5
    done
    return 1
}

# Any answer will do: right after the start nothing has been watched yet.
curl_health() {
    "$VENV/bin/python" - "$(demo_url)/monitor/healthz" <<'PY'
import sys

import requests

try:
    status = requests.get(sys.argv[1], timeout=10).status_code
except requests.RequestException as error:
    sys.exit(str(error))
sys.exit(status not in (200, 503))
PY
}

stop_server() {
    local pid count
    if pid=$(mail_pid); then
        kill "$pid" 2>/dev/null || true
    fi
    pid=$(server_pid) || {
        rm -f "$DEMO_HOME/server.pid"
        return 0
    }
    kill "$pid" 2>/dev/null || true
    for ((count = 0; count < 40; count++)); do
        if ! server_pid >/dev/null; then
            rm -f "$DEMO_HOME/server.pid"
            return
        fi
        sleep 0.25
    done
    # A job that sleeps does not hear the first signal.
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$DEMO_HOME/server.pid"
}
