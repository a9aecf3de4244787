import {_t} from "@web/core/l10n/translation";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two greatest units, the smaller one only where it is not zero. */
function twoUnits(seconds, great, small, words) {
    const whole = Math.floor(seconds / great);
    const rest = Math.floor((seconds % great) / small);
    return rest ? words.both(whole, rest) : words.one(whole);
}

/**
 * Return a number of milliseconds in words, its two greatest units: "840 ms", "4.1 s",
 * "2 min 5 s", "2 h 10 min", "3 d 4 h". The same rule as in `tools/schedule.py`.
 *
 * @param {Number | false} milliseconds
 * @returns {String}
 */
export function formatDuration(milliseconds) {
    const value = Math.max(0, Math.round(milliseconds || 0));
    if (value < 1000) {
        return _t("%s ms", value);
    }
    if (value < 59950) {
        return _t("%s s", (value / 1000).toFixed(1).replace(/\.0$/u, ""));
    }
    const seconds = Math.max(MINUTE, Math.round(value / 1000));
    if (seconds < HOUR) {
        return twoUnits(seconds, MINUTE, 1, {
            both: (great, small) => _t("%(great)s min %(small)s s", {great, small}),
            one: (great) => _t("%s min", great),
        });
    }
    if (seconds < DAY) {
        return twoUnits(seconds, HOUR, MINUTE, {
            both: (great, small) => _t("%(great)s h %(small)s min", {great, small}),
            one: (great) => _t("%s h", great),
        });
    }
    return twoUnits(seconds, DAY, HOUR, {
        both: (great, small) => _t("%(great)s d %(small)s h", {great, small}),
        one: (great) => _t("%s d", great),
    });
}
