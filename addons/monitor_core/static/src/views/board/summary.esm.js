import {NEEDS_ATTENTION, statusLook} from "../../core/status.esm";
import {_t} from "@web/core/l10n/translation";

const LATE_SECONDS = 180;

/**
 * Count workflows by health.
 *
 * @param {Object[]} groups as `formattedReadGroup` returns them by health
 * @returns {{total: Number, byHealth: Object, attention: Number, noOwner: Number}}
 */
export function summarize(groups) {
    const summary = {total: 0, byHealth: {}, attention: 0, noOwner: 0};
    for (const group of groups) {
        const count = group.__count;
        summary.total += count;
        summary.byHealth[group.health] = count;
        summary.noOwner += count - group["process_owner_id:count"];
        if (NEEDS_ATTENTION.includes(group.health)) {
            summary.attention += count;
        }
    }
    return summary;
}

/**
 * @param {{total: Number, attention: Number}} summary
 * @returns {String} whether somebody must act, in one sentence
 */
export function summarySentence({total, attention}) {
    if (!total) {
        return "";
    }
    if (!attention) {
        return _t("Nothing needs your attention.");
    }
    return attention === 1
        ? _t("1 of %s workflows needs attention.", total)
        : _t("%(attention)s of %(total)s workflows need attention.", {
              attention,
              total,
          });
}

/**
 * The buttons beside the sentence: each is a filter of the search view.
 *
 * @param {{byHealth: Object, noOwner: Number}} summary
 * @param {Object} words health → word
 * @returns {{filter: String, count: Number, label: String, look: Object}[]}
 */
export function summaryChips({byHealth, noOwner}, words) {
    const chips = [...NEEDS_ATTENTION, "paused"].map((health) => ({
        filter: health,
        count: byHealth[health] || 0,
        label: words[health] || health,
        look: statusLook(health),
    }));
    chips.push({
        filter: "no_owner",
        count: noOwner,
        label: _t("Without owner"),
        look: {tone: "muted", icon: "fa-user-o"},
    });
    return chips.filter(({count}) => count);
}

/**
 * @param {luxon.DateTime | false} lastTick
 * @param {luxon.DateTime} now
 * @returns {Boolean} whether the monitor itself is late
 */
export function isTickLate(lastTick, now) {
    return Boolean(lastTick) && now.diff(lastTick, "seconds").seconds > LATE_SECONDS;
}
