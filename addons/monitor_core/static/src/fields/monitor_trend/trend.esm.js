import {_t} from "@web/core/l10n/translation";
import {memoize} from "@web/core/utils/functions";

export const HEIGHT = 20;
export const BAR = 7;
export const GAP = 2;
// A day with one failure among a thousand runs must still show red.
const MIN_FAILED = 4;
const MIN_OK = 2;
const {DateTime} = luxon;

// A board with 80 cards says the same seven days a thousand times.
const dayWords = memoize((isoDay) =>
    DateTime.fromISO(isoDay).toLocaleString({
        weekday: "short",
        day: "numeric",
        month: "short",
    })
);

/**
 * @param {{day: String, ok: Number, failed: Number}} day
 * @returns {String} "Sat, Nov 21: 12 ok, 1 failed"
 */
export function dayTitle({day, ok, failed}) {
    const date = dayWords(day);
    if (!ok && !failed) {
        return _t("%s: no runs", date);
    }
    return _t("%(date)s: %(ok)s ok, %(failed)s failed", {date, ok, failed});
}

/**
 * @param {{day: String, ok: Number, failed: Number}[]} days
 * @returns {String} a line for each day
 */
export function trendTitle(days) {
    return days.map(dayTitle).join("\n");
}

/**
 * Turn days into bars: runs that went well below, failures on top. All are on one
 * scale, but what happened at least once is at least visible.
 *
 * @param {{day: String, ok: Number, failed: Number}[]} days oldest first
 * @returns {{x, okHeight, failedHeight}[]} in units of the drawing
 */
export function trendBars(days) {
    const highest = Math.max(1, ...days.map((day) => day.ok + day.failed));
    return days.map((day, index) => {
        const failed = (day.failed / highest) * HEIGHT;
        const failedHeight = day.failed ? Math.max(MIN_FAILED, Math.round(failed)) : 0;
        const ok = Math.max(MIN_OK, Math.round((day.ok / highest) * HEIGHT));
        return {
            x: index * (BAR + GAP),
            okHeight: day.ok ? Math.min(ok, HEIGHT - failedHeight) : 0,
            failedHeight,
        };
    });
}

/**
 * Draw all bars of a kind as one path: a board shows a thousand of them.
 *
 * @param {{day: String, ok: Number, failed: Number}[]} days oldest first
 * @returns {{kind: String, path: String}[]} what there is of ok, failed and none
 */
export function trendPaths(days) {
    const paths = {ok: "", failed: "", none: ""};
    const draw = (kind, x, bottom, height) => {
        if (height) {
            paths[kind] += `M${x} ${bottom}h${BAR}v-${height}h-${BAR}z`;
        }
    };
    for (const {x, okHeight, failedHeight} of trendBars(days)) {
        draw("ok", x, HEIGHT, okHeight);
        draw("failed", x, HEIGHT - okHeight, failedHeight);
        draw("none", x, HEIGHT, okHeight || failedHeight ? 0 : 1);
    }
    return Object.entries(paths)
        .filter(([, path]) => path)
        .map(([kind, path]) => ({kind, path}));
}

/**
 * Say in a sentence what the bars show, for those who cannot see them.
 *
 * @param {{day: String, ok: Number, failed: Number}[]} days
 * @returns {String}
 */
export function trendSentence(days) {
    const runs = days.reduce((sum, day) => sum + day.ok + day.failed, 0);
    if (!runs) {
        return _t("No runs in the last %s days.", days.length || 7);
    }
    const bad = days.filter((day) => day.failed);
    if (!bad.length) {
        return _t("Runs in the last %(days)s days: %(runs)s, none failed.", {
            days: days.length,
            runs,
        });
    }
    const details = bad.map((day) => `${dayWords(day.day)}: ${day.failed}`).join("; ");
    return _t(
        "Runs in the last %(days)s days: %(runs)s, %(failed)s failed (%(details)s).",
        {
            days: days.length,
            runs,
            failed: bad.reduce((sum, day) => sum + day.failed, 0),
            details,
        }
    );
}
