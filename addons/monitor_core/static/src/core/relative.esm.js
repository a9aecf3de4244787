import {_t} from "@web/core/l10n/translation";
import {formatDuration} from "./duration.esm";

const NOW_SECONDS = 45;
const MINUTE = 60 * 1000;

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

/**
 * Return how far a deadline is, in whole minutes: what is left rounded up, what it is
 * late by rounded down, at least one each.
 *
 * @param {luxon.DateTime} deadline
 * @param {luxon.DateTime} now
 * @returns {{late: Boolean, words: String}} words as "14 min" or "2 h 5 min"
 */
export function timeLeft(deadline, now) {
    const left = deadline - now;
    const minutes = Math.max(1, Math.abs(Math.ceil(left / MINUTE)));
    return {late: left < 0, words: formatDuration(minutes * MINUTE)};
}
