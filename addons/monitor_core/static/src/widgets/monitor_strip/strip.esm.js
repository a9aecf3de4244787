import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatDuration} from "../../core/duration.esm";
import {statusLook} from "../../core/status.esm";

const MIN_HEIGHT = 14;

/** What may be shown, and how wide one cell is where runs are too many for one each. */
export const PERIODS = {
    day: {
        length: {hours: 24},
        step: {hours: 1},
        granularity: "hour",
        label: _t("24 h"),
        words: _t("last 24 hours"),
    },
    week: {
        length: {days: 7},
        step: {hours: 4},
        granularity: "hour",
        label: _t("7 d"),
        words: _t("last 7 days"),
    },
    month: {
        length: {days: 30},
        step: {days: 1},
        granularity: "day",
        label: _t("30 d"),
        words: _t("last 30 days"),
    },
};

function isBad(state) {
    return statusLook(state).tone === "demand";
}

function percent(part, whole) {
    return Math.max(MIN_HEIGHT, Math.round((part / whole) * 100));
}

/** How long a run took, or has been running. */
function tookMs(run, now) {
    return run.state === "running"
        ? Math.max(0, now - deserializeDateTime(run.started_at))
        : run.duration_ms || 0;
}

function longestMs(runs, expectedMs, now) {
    return Math.max(1, expectedMs, ...runs.map((run) => tookMs(run, now)));
}

/**
 * @param {Object[]} runs as read
 * @param {Number} expectedMs expected duration, 0 where none is set
 * @param {luxon.DateTime} now
 * @returns {Number} percent of the height at which the expected duration lies, or 0
 */
export function expectedHeight(runs, expectedMs, now) {
    const longest = longestMs(runs, expectedMs, now);
    return expectedMs && Math.round((expectedMs / longest) * 100);
}

function byStart(one, other) {
    return one.started_at.localeCompare(other.started_at) || one.id - other.id;
}

/**
 * One cell per run, oldest first, as high as it took long.
 *
 * @param {Object[]} runs as read
 * @param {Object} words state value → word
 * @param {Number} expectedMs expected duration, 0 where none is set
 * @param {luxon.DateTime} now
 * @returns {Object[]} cells
 */
export function runCells(runs, words, expectedMs, now) {
    const longest = longestMs(runs, expectedMs, now);
    return [...runs].sort(byStart).map((run) => {
        const time = toLocaleDateTimeString(deserializeDateTime(run.started_at));
        const parts = [time, words[run.state] || run.state];
        const took = tookMs(run, now);
        if (took) {
            parts.push(formatDuration(took));
        }
        if (run.error_message) {
            parts.push(run.error_message);
        }
        return {
            key: run.id,
            runId: run.id,
            time,
            title: parts.join(" · "),
            segments: [
                {
                    tone: statusLook(run.state).tone,
                    height: percent(took, longest),
                },
            ],
            total: 1,
            failed: isBad(run.state) ? 1 : 0,
        };
    });
}

/**
 * One cell per slice of time, as high as there were many runs; failures on top.
 *
 * @param {{at: luxon.DateTime, state: String, count: Number}[]} groups
 * @param {luxon.DateTime} start
 * @param {luxon.DateTime} end
 * @param {Object} step length of a slice, as luxon takes it
 * @returns {Object[]} cells, also for slices without any run
 */
export function sliceCells(groups, start, end, step) {
    const first = start.startOf(step.days ? "day" : "hour");
    const slices = [];
    for (let from = first; from < end; from = from.plus(step)) {
        slices.push({from, to: from.plus(step), total: 0, failed: 0});
    }
    for (const {at, state, count} of groups) {
        const slice = slices.find(({from, to}) => at >= from && at < to);
        if (slice) {
            slice.total += count;
            slice.failed += isBad(state) ? count : 0;
        }
    }
    const most = Math.max(1, ...slices.map((slice) => slice.total));
    return slices.map((slice) => ({
        ...slice,
        key: slice.from.toISO(),
        time: toLocaleDateTimeString(slice.from),
        title: sliceTitle(slice),
        segments: sliceSegments(slice, most),
    }));
}

function sliceTitle({from, to, total, failed}) {
    const time = _t("%(from)s to %(to)s", {
        from: toLocaleDateTimeString(from),
        to: toLocaleDateTimeString(to),
    });
    if (!total) {
        return _t("%s: no runs", time);
    }
    return _t("%(time)s: %(ok)s ok, %(failed)s failed", {
        time,
        ok: total - failed,
        failed,
    });
}

function sliceSegments({total, failed}, most) {
    const segments = [];
    if (failed) {
        segments.push({tone: "demand", height: percent(failed, most)});
    }
    if (total > failed) {
        const room = 100 - (segments[0]?.height || 0);
        segments.push({
            tone: "quiet",
            height: Math.min(room, percent(total - failed, most)),
        });
    }
    return segments;
}

/**
 * @param {Object[]} cells
 * @param {String} words of the period, "last 24 hours"
 * @returns {String} what the strip shows, as a sentence
 */
export function stripSentence(cells, words) {
    const total = cells.reduce((sum, cell) => sum + cell.total, 0);
    const failed = cells.reduce((sum, cell) => sum + cell.failed, 0);
    if (!total) {
        return _t("No runs in the %s.", words);
    }
    if (!failed) {
        return _t("Runs in the %(words)s: %(total)s, none failed.", {words, total});
    }
    return _t("Runs in the %(words)s: %(total)s, %(failed)s failed.", {
        words,
        total,
        failed,
    });
}

/**
 * The domain of the runs a strip shows.
 *
 * @param {Number} workflowId
 * @param {String} from serialized
 * @param {String | false} to serialized
 * @returns {Array[]} domain
 */
export function runsDomain(workflowId, from, to = false) {
    const domain = [
        ["workflow_id", "=", workflowId],
        ["started_at", ">=", from],
    ];
    return to ? [...domain, ["started_at", "<", to]] : domain;
}
