import {Component, useEffect, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {formatDuration} from "../../core/duration.esm";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

export const PERIODS = [
    {days: 1, label: _t("24 h"), words: _t("last 24 hours")},
    {days: 7, label: _t("7 d"), words: _t("last 7 days")},
    {days: 30, label: _t("30 d"), words: _t("last 30 days")},
    {days: 90, label: _t("90 d"), words: _t("last 90 days")},
];

/**
 * @param {Object} data as `flow_funnel` returns it
 * @param {String} words of the period, "last 7 days"
 * @returns {String} what the funnel shows, as a sentence
 */
export function funnelSentence({runs, limited, steps}, words) {
    if (!runs) {
        return _t("No runs began in the %s.", words);
    }
    const required = steps.filter((step) => !step.optional);
    const last = (required.length ? required : steps).at(-1);
    const values = {words, runs, reached: last.reached, step: last.name};
    if (limited) {
        return _t(
            "Of the newest %(runs)s runs of the %(words)s, %(reached)s reached “%(step)s”.",
            values
        );
    }
    return _t(
        "Of %(runs)s runs that began in the %(words)s, %(reached)s reached “%(step)s”.",
        values
    );
}

/** How many runs of a flow reached each step, how long that took, where they wait. */
export class MonitorFunnel extends Component {
    static template = "monitor_core.MonitorFunnel";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.periods = PERIODS;
        this.formatDuration = formatDuration;
        this.state = useState({days: 7, data: null});
        useEffect(
            () => {
                this.load();
            },
            () => [this.props.record.resId, this.state.days, this.lastChange]
        );
    }

    get lastChange() {
        const {last_run_at, running_since} = this.props.record.data;
        return `${last_run_at}/${running_since}`;
    }

    get sentence() {
        const {words} = PERIODS.find(({days}) => days === this.state.days);
        return funnelSentence(this.state.data, words);
    }

    async load() {
        const id = this.props.record.resId;
        this.state.data = id
            ? await this.keepLast.add(
                  this.orm.call("monitor.workflow", "flow_funnel", [[id]], {
                      days: this.state.days,
                  })
              )
            : null;
    }

    selectPeriod(days) {
        this.state.days = days;
    }

    openWaiting(step) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Waiting for “%s”", step.name),
            res_model: "monitor.run",
            domain: [
                ["workflow_id", "=", this.props.record.resId],
                ["state", "in", ["running", "stalled"]],
                ["next_step", "=", step.code],
            ],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

export const monitorFunnel = {
    component: MonitorFunnel,
    fieldDependencies: [
        {name: "last_run_at", type: "datetime"},
        {name: "running_since", type: "datetime"},
    ],
};

registry.category("view_widgets").add("monitor_funnel", monitorFunnel);
