# shellcheck shell=bash
# Part of provision.sh: a PostgreSQL server that Odoo may use.
#
# With PGHOST set (and PGPORT, PGUSER, PGPASSWORD as needed) that server is
# used as it is. Otherwise we run one of our own below MONITOR_HOME, reachable
# only through a socket in a directory of its owner. Root cannot run
# PostgreSQL: for root it runs as user postgres.

PG_OLDEST=13

pg_home() {
    echo "$MONITOR_HOME/${MONITOR_PG_NAME:-pg}"
}

# The path of a socket may have 107 characters.
pg_run_dir() {
    local directory
    directory=$(pg_home)/run
    if [ "${#directory}" -gt 80 ]; then
        directory=/tmp/odoo-monitor-$(hash_of "$(pg_home)")
    fi
    echo "$directory"
}

own_server_wanted() {
    [ -z "${PGHOST:-}" ] || [ "$PGHOST" = "$(pg_run_dir)" ]
}

as_pg_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Directory of the server's programs: of the version that made our cluster,
# else the newest installed one.
postgres_bin() {
    local version
    if [ -n "${MONITOR_PG_BIN:-}" ]; then
        echo "$MONITOR_PG_BIN"
        return
    fi
    version=$(as_pg_owner cat "$(pg_home)/data/PG_VERSION" 2>/dev/null || newest_postgres)
    [ -n "$version" ] && [ -x "/usr/lib/postgresql/$version/bin/initdb" ] || return 1
    echo "/usr/lib/postgresql/$version/bin"
}

# The package that postgres_bin misses.
wanted_server() {
    local version
    version=$(as_pg_owner cat "$(pg_home)/data/PG_VERSION" 2>/dev/null || true)
    echo "postgresql${version:+-$version}"
}

newest_postgres() {
    local path
    for path in /usr/lib/postgresql/*/bin/initdb; do
        if [ -x "$path" ]; then
            path=${path#/usr/lib/postgresql/}
            echo "${path%%/*}"
        fi
    done | sort -n | tail -n 1
}

provision_postgres() {
    if own_server_wanted; then
        locked postgres run_own_server
    fi
    load_environment
    check_postgres
}

run_own_server() {
    local bin
    hint "install Debian's $(wanted_server), or set PGHOST to a running server"
    bin=$(postgres_bin)
    if ! as_pg_owner test -f "$(pg_home)/data/PG_VERSION"; then
        create_cluster "$bin"
    fi
    configure_cluster
    if as_pg_owner "$bin/pg_ctl" -D "$(pg_home)/data" status >/dev/null; then
        note "already running"
    else
        hint "look at $(pg_home)/server.log"
        start_cluster "$bin"
    fi
    create_role
}

create_cluster() {
    local home
    home=$(pg_home)
    hint "set MONITOR_HOME to a directory that every user may enter"
    mkdir -p "$home"
    chmod 700 "$home"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$home"
    fi
    as_pg_owner rm -rf "$home/data.partial"
    as_pg_owner "$1/initdb" -D "$home/data.partial" -A trust -U postgres \
        -E UTF8 --locale=C.UTF-8
    as_pg_owner mv "$home/data.partial" "$home/data"
}

# Our settings are in a file of their own, which wins. A crash of the machine
# may lose the last commits of a demo, not the database.
configure_cluster() {
    local data
    data=$(pg_home)/data
    as_pg_owner sh -c "cat >'$data/monitor.conf'" <<CONF
listen_addresses = ''
port = 5432
unix_socket_directories = '$(pg_run_dir)'
max_connections = 200
shared_buffers = 256MB
synchronous_commit = off
CONF
    as_pg_owner sh -c "grep -q monitor.conf '$data/postgresql.conf' ||
        echo \"include_if_exists = 'monitor.conf'\" >>'$data/postgresql.conf'"
}

start_cluster() {
    local run
    run=$(pg_run_dir)
    as_pg_owner mkdir -p -m 755 "$run"
    as_pg_owner "$1/pg_ctl" -D "$(pg_home)/data" -l "$(pg_home)/server.log" -w start
    note "started"
}

stop_own_server() {
    if own_server_wanted && as_pg_owner test -f "$(pg_home)/data/postmaster.pid"; then
        as_pg_owner "$(postgres_bin)/pg_ctl" -D "$(pg_home)/data" -m fast -w stop
    fi
}

own_psql() {
    as_pg_owner psql -X -q -A -t -h "$(pg_run_dir)" -p 5432 -U postgres -d postgres "$@"
}

create_role() {
    if [ -z "$(own_psql -c "SELECT 1 FROM pg_roles WHERE rolname = 'odoo_monitor'")" ]; then
        own_psql -c "CREATE ROLE odoo_monitor LOGIN CREATEDB"
    fi
}

# Odoo refuses the user postgres, and creates its own databases.
check_postgres() {
    local answer version user
    hint "check PGHOST, PGPORT, PGUSER and PGPASSWORD: psql -d postgres must work"
    answer=$(psql -X -w -A -t -F ' ' -d postgres -c "
        SELECT current_setting('server_version_num')::int / 10000, current_user
          FROM pg_roles WHERE rolname = current_user AND rolcreatedb")
    [ -n "$answer" ] || refuse "the database user may not create databases" \
        "give the user the right: ALTER ROLE name CREATEDB"
    read -r version user <<<"$answer"
    [ "$user" != postgres ] || refuse "the database user is postgres" \
        "set PGUSER to another user: Odoo refuses to run as postgres"
    [ "$version" -ge "$PG_OLDEST" ] || refuse "PostgreSQL $version is too old" \
        "use PostgreSQL $PG_OLDEST or newer"
    echo "PostgreSQL $version as $user"
}

refuse() {
    hint "$2"
    echo "$1" >&2
    return 1
}
