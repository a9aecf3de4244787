/**
 * How a status looks: a tone (see tones.scss) and an icon, never the one without the
 * other. One table for the health of workflows, the state and outcome of runs, the
 * kind and severity of events: the same value means the same everywhere.
 */
const LOOKS = {
    // Health of a workflow
    failing: ["demand", "fa-times-circle"],
    late: ["ask", "fa-clock-o"],
    degraded: ["ask", "fa-exclamation-triangle"],
    paused: ["paused", "fa-pause-circle"],
    unknown: ["inform", "fa-question-circle"],
    new: ["inform", "fa-info-circle"],
    healthy: ["quiet", "fa-check-circle"],
    // State and outcome of a run
    running: ["inform", "fa-play-circle"],
    succeeded: ["quiet", "fa-check-circle"],
    success: ["quiet", "fa-check-circle"],
    failed: ["demand", "fa-times-circle"],
    fault: ["demand", "fa-times-circle"],
    business_error: ["ask", "fa-hand-paper-o"],
    partial: ["ask", "fa-adjust"],
    stalled: ["ask", "fa-hourglass-half"],
    timeout: ["ask", "fa-hourglass-end"],
    lost: ["demand", "fa-chain-broken"],
    cancelled: ["muted", "fa-ban"],
    // Kind and severity of an event
    started: ["inform", "fa-play-circle"],
    checkpoint: ["quiet", "fa-flag-checkered"],
    retried: ["ask", "fa-repeat"],
    skipped: ["muted", "fa-step-forward"],
    info: ["inform", "fa-info-circle"],
    warning: ["ask", "fa-exclamation-triangle"],
    error: ["demand", "fa-times-circle"],
    critical: ["demand", "fa-bolt"],
    // State of the secret key
    ready: ["quiet", "fa-check-circle"],
    weak: ["ask", "fa-exclamation-triangle"],
    missing: ["ask", "fa-exclamation-triangle"],
};
const OTHER = ["muted", "fa-circle-o"];

/** The order of the board: what asks for somebody first, what never ran last. */
export const HEALTH_ORDER = [
    "failing",
    "late",
    "degraded",
    "paused",
    "unknown",
    "healthy",
    "new",
];

/** Healths that ask somebody to act. */
export const NEEDS_ATTENTION = ["failing", "late", "degraded"];

/**
 * @param {String | false} value
 * @returns {{tone: String, icon: String}}
 */
export function statusLook(value) {
    const [tone, icon] = LOOKS[value] || OTHER;
    return {tone, icon};
}

/**
 * @param {String | false} health
 * @returns {Number} rank of a health on the board; unknown values come last
 */
export function healthRank(health) {
    const rank = HEALTH_ORDER.indexOf(health);
    return rank < 0 ? HEALTH_ORDER.length : rank;
}
