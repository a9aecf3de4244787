import {_t} from "@web/core/l10n/translation";
import {timeLeft} from "@monitor_core/core/relative.esm";

/** From so much before its end on, a deadline is shown as one that asks. */
const SOON = 30 * 60 * 1000;
/** In these states of an incident nothing runs any more. */
const OVER = ["resolved", "closed", "merged"];

const LOOKS = {
    met: {tone: "quiet", icon: "fa-check"},
    missed: {tone: "ask", icon: "fa-exclamation-triangle"},
    paused: {tone: "paused", icon: "fa-pause"},
    overdue: {tone: "demand", icon: "fa-exclamation-circle"},
    soon: {tone: "ask", icon: "fa-hourglass-half"},
    left: {tone: "", icon: "fa-clock-o"},
};

function shown(look, words) {
    return {...LOOKS[look], words};
}

/**
 * How a deadline stands: words, tone and icon. `false` where its clock was stopped
 * before anybody met or missed it: nothing is to be counted then.
 *
 * @param {Object} deadline
 * @param {luxon.DateTime} deadline.at
 * @param {luxon.DateTime | false} deadline.metAt when what it asks for was done
 * @param {String} deadline.state of the incident
 * @param {luxon.DateTime} now
 * @returns {{words: String, tone: String, icon: String} | false}
 */
export function countdown({at, metAt, state}, now) {
    if (metAt) {
        return metAt > at
            ? shown("missed", _t("missed by %s", timeLeft(at, metAt).words))
            : shown("met", _t("in time"));
    }
    if (OVER.includes(state)) {
        return false;
    }
    if (state === "snoozed") {
        return shown("paused", _t("paused"));
    }
    const {late, words} = timeLeft(at, now);
    if (late) {
        return shown("overdue", _t("overdue %s", words));
    }
    return shown(at - now <= SOON ? "soon" : "left", _t("in %s", words));
}
