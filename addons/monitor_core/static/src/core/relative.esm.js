import {_t} from "@web/core/l10n/translation";

const NOW_SECONDS = 45;

/**
 * Return a moment in words relative to `now`: "just now", "12 min ago", "in 2 hr".
 *
 * @param {luxon.DateTime | false} moment
 * @param {luxon.DateTime} now
 * @returns {String}
 */
export function relativeWords(moment, now) {
    if (!moment) {
        return "";
    }
    const seconds = now.diff(moment, "seconds").seconds;
    if (Math.abs(seconds) < NOW_SECONDS) {
        return seconds < 0 ? _t("in a moment") : _t("just now");
    }
    // Short style abbreviates with a full stop in many languages: "12 min. ago".
    return moment.toRelative({base: now, style: "short"}).replace(/\.(?=\s|$)/gu, "");
}
