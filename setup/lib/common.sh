# shellcheck shell=bash
# Shared by every command in setup/: where things live, steps, locks, stamps.
#
#   step "Title" command...   run a step: say what it does, time it, log it
#   note "text"               (inside a step) shown behind its time
#   hint "text"               (inside a step) what to try when it fails
#   locked NAME command...    run one at a time on this machine
#   die "text"                stop with a message

set -euo pipefail

SETUP_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
REPO_ROOT=$(dirname "$SETUP_DIR")
PROGRAM=$(basename "$0")
COMMAND=$0 # as it was typed, for messages

default_monitor_home() {
    if [ "$(id -u)" -eq 0 ]; then
        echo /var/lib/odoo-monitor
    else
        echo "${XDG_DATA_HOME:-${HOME:?}/.local/share}/odoo-monitor"
    fi
}

MONITOR_HOME=${MONITOR_HOME:-$(default_monitor_home)}
LOG_DIR=$MONITOR_HOME/logs/$PROGRAM
# Where steps report to: 1, or 2 for a wrapper whose output is its own.
MONITOR_UI_FD=${MONITOR_UI_FD:-1}
export MONITOR_HOME REPO_ROOT

if [ -t "$MONITOR_UI_FD" ] && [ -z "${NO_COLOR:-}" ]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' GREEN='' PLAIN=''
fi

say() {
    printf '%s\n' "$*" >&"$MONITOR_UI_FD"
}

die() {
    printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2
    exit 1
}

make_home() {
    mkdir -p "$MONITOR_HOME" "$LOG_DIR" "$MONITOR_HOME/stamps" \
        "$MONITOR_HOME/locks" 2>/dev/null ||
        die "$COMMAND: cannot write to $MONITOR_HOME: set MONITOR_HOME to a directory of yours"
}

# -- Steps -------------------------------------------------------------------

now_ms() {
    local stamp=${EPOCHREALTIME/[.,]/}
    echo $((stamp / 1000))
}

seconds_since() {
    local elapsed=$(($(now_ms) - $1))
    printf '%d.%d s' $((elapsed / 1000)) $((elapsed % 1000 / 100))
}

slug() {
    tr '[:upper:]' '[:lower:]' <<<"$1" | tr -cs 'a-z0-9' '-' | sed 's/^-//; s/-$//'
}

note() {
    if [ -n "${STEP_NOTE:-}" ]; then
        printf '%s\n' "$*" >"$STEP_NOTE"
    fi
}

hint() {
    if [ -n "${STEP_HINT:-}" ]; then
        printf '%s\n' "$*" >"$STEP_HINT"
    fi
}

# Run a command as a named step. It runs in a subshell: what it exports is
# lost, see load_environment. Never call this behind `if`, `&&` or `||`: bash
# would then ignore failures inside the step.
step() {
    local title=$1 status=0 start log
    shift
    make_home
    log=$LOG_DIR/$(slug "$title").log
    start=$(now_ms)
    STEP_NOTE=$log.note STEP_HINT=$log.hint
    rm -f "$STEP_NOTE" "$STEP_HINT"
    printf '%s ... ' "$BOLD$title$PLAIN" >&"$MONITOR_UI_FD"
    trap 'step_interrupted "$title"' INT TERM
    set +e
    (
        trap - INT TERM
        set -euo pipefail
        "$@"
    ) >"$log" 2>&1 </dev/null
    status=$?
    set -e
    trap - INT TERM
    if [ "$status" -ne 0 ]; then
        step_failed "$title" "$status" "$log" "$start"
    fi
    step_done "$start"
}

step_done() {
    local remark=''
    if [ -s "$STEP_NOTE" ]; then
        remark="  $DIM($(cat "$STEP_NOTE"))$PLAIN"
    fi
    rm -f "$STEP_NOTE" "$STEP_HINT"
    say "$GREEN$(seconds_since "$1")$PLAIN$remark"
}

step_failed() {
    local title=$1 status=$2 log=$3 start=$4 advice
    say "${RED}failed$PLAIN after $(seconds_since "$start")"
    advice="look at the log, then run $COMMAND again: it goes on where it stopped"
    if [ -s "$STEP_HINT" ]; then
        advice=$(cat "$STEP_HINT")
    fi
    {
        printf '\n%sStep "%s" failed (exit status %s).%s\n' "$RED" "$title" "$status" "$PLAIN"
        printf 'Last lines of %s:\n' "$log"
        tail -n 25 "$log" | sed 's/^/    /'
        printf 'What to try: %s\n' "$advice"
    } >&2
    rm -f "$STEP_NOTE" "$STEP_HINT"
    exit 1
}

step_interrupted() {
    trap - INT TERM
    say ""
    say "Interrupted during \"$1\". Run $COMMAND again: it goes on where it stopped."
    exit 130
}

# -- One at a time -----------------------------------------------------------

# The lock lives as long as the subshell; the command itself does not inherit
# it, so that a server it leaves running does not keep it.
locked() {
    local name=$1
    shift
    (
        flock -n 9 || {
            note "waited for another run"
            flock 9
        }
        "$@" 9>&-
    ) 9>"$MONITOR_HOME/locks/$name"
}

# -- Stamps: what was done, keyed by what it was done from -------------------

hash_of() {
    printf '%s\n' "$@" | sha256sum | cut -c1-16
}

stamp_is() {
    [ "$(cat "$MONITOR_HOME/stamps/$1" 2>/dev/null)" = "$2" ]
}

set_stamp() {
    printf '%s\n' "$2" >"$MONITOR_HOME/stamps/$1"
}

# -- Root --------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        hint "become root, or install sudo: this was needed: $*"
        echo "root is needed for: $*" >&2
        return 1
    fi
}
