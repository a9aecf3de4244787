# shellcheck shell=bash
# Part of setup/test: Prometheus and promtool, for tests that have them scrape
# a server. Debian's package is unpacked, not installed: that would start a
# Prometheus on this machine.

prometheus_bin() {
    local unpacked=$MONITOR_HOME/prometheus/usr/bin
    if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
        dirname "$(command -v prometheus)"
    elif [ -x "$unpacked/promtool" ]; then
        echo "$unpacked"
    else
        return 1
    fi
}

provision_prometheus() {
    locked prometheus unpack_prometheus
    note "$(prometheus_bin)"
}

unpack_prometheus() {
    local target=$MONITOR_HOME/prometheus
    if prometheus_bin >/dev/null; then
        return
    fi
    locked packages update_package_lists
    hint "make 'apt-get download prometheus' work on this machine, or put prometheus and promtool on the PATH"
    rm -rf "$target"
    mkdir -p "$target"
    (cd "$target" && apt-get download prometheus && dpkg-deb -x prometheus_*.deb . &&
        rm prometheus_*.deb)
    "$target/usr/bin/promtool" --version >/dev/null
}
