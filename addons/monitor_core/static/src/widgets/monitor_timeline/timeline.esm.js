import {_t} from "@web/core/l10n/translation";
import {formatDuration} from "../../core/duration.esm";
import {statusLook} from "../../core/status.esm";
import {timeLeft} from "../../core/relative.esm";

const OWN_SOURCE = /^[\w.]+,\d+$/u;

/** Where an event comes from, in words: what Odoo records by itself says "model,id". */
export function systemName(source) {
    return OWN_SOURCE.test(source || "") ? "Odoo" : source || "";
}

function eventTitle(event, words) {
    const kind = words[event.kind] || event.kind;
    return event.step ? `${kind}: ${event.step}` : kind;
}

/** An error or a warning shows its severity; anything else what kind of event it is. */
function eventLook(event) {
    const loud = ["critical", "error", "warning"].includes(event.severity);
    const quietKinds = ["failed", "lost", "retried"];
    return statusLook(
        loud && !quietKinds.includes(event.kind) ? event.severity : event.kind
    );
}

/**
 * Put the events of a run and of the runs it started into one line of time.
 *
 * @param {Object[]} events as read, `occurred_at` as luxon.DateTime
 * @param {Object} words event kind → word
 * @param {Number} runId the run on screen: events of other runs name their workflow
 * @returns {Object[]} items, oldest first, each with the delay since the one before
 */
export function timelineItems(events, words, runId) {
    const sorted = [...events].sort(
        (one, other) => one.occurred_at - other.occurred_at || one.id - other.id
    );
    return sorted.map((event, index) => {
        const before = sorted[index - 1];
        const delay = before ? event.occurred_at - before.occurred_at : 0;
        return {
            key: event.id,
            at: event.occurred_at,
            title: eventTitle(event, words),
            look: eventLook(event),
            delay: delay ? formatDuration(delay) : "",
            took: event.duration_ms ? formatDuration(event.duration_ms) : "",
            system: systemName(event.source),
            other: event.run_id && event.run_id.id !== runId ? event.run_id : false,
            workflow: event.workflow_id?.display_name || "",
            model: event.model || false,
            resId: event.res_id || false,
        };
    });
}

/**
 * The checkpoint a run waits for, in words.
 *
 * @param {{step: String, deadline: luxon.DateTime | false, running: Boolean}} next
 * @param {luxon.DateTime} now
 * @returns {{title: String, detail: String, late: Boolean} | false}
 */
export function pendingItem({step, deadline, running}, now) {
    if (!step || !running) {
        return false;
    }
    const title = _t("Waiting for: %s", step);
    if (!deadline) {
        return {title, detail: "", late: false};
    }
    const {late, words} = timeLeft(deadline, now);
    const detail = late ? _t("overdue for %s", words) : _t("due in %s", words);
    return {title, detail, late};
}
