# shellcheck shell=bash
# Part of provision.sh: addons of OCA, for benchmarks and the tests of bridges.
#
# They get a directory of their own, which is on no path but of what asks for them,
# so that no other test or database sees them.

peers_dir() {
    echo "$MONITOR_HOME/peers"
}

peers_addons() {
    echo "$(peers_dir)/odoo/addons"
}

peers_requirements() {
    echo "$REPO_ROOT/setup/requirements-peers.txt"
}

provision_peers() {
    locked peers install_peers
}

# It gets its name when it is complete.
install_peers() {
    local key partial
    VENV=$MONITOR_HOME/venv
    key=$(hash_of "$(cat "$(peers_requirements)")")
    partial=$(peers_dir).partial
    if stamp_is peers "$key" && [ -d "$(peers_addons)" ]; then
        note "unchanged"
        return
    fi
    hint "make 'pip download odoo-addon-auditlog' work on this machine (network, proxy, index)"
    rm -rf "$partial"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-deps \
        --target "$partial" -r "$(peers_requirements)"
    rm -rf "$(peers_dir)"
    mv "$partial" "$(peers_dir)"
    set_stamp peers "$key"
    note "installed"
}
