import {Component, useEffect, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {pendingItem, timelineItems} from "./timeline.esm";
import {KeepLast} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useMinuteClock} from "../../core/minute_clock.esm";
import {useService} from "@web/core/utils/hooks";

const MAX_RUNS = 50;
const MAX_EVENTS = 200;
const EVENT_FIELDS = {
    occurred_at: {},
    kind: {},
    step: {},
    severity: {},
    source: {},
    duration_ms: {},
    model: {},
    res_id: {},
    run_id: {fields: {}},
    workflow_id: {fields: {display_name: {}}},
};

/** What happened in a run and in the runs it started, top to bottom. */
export class MonitorTimeline extends Component {
    static template = "monitor_core.MonitorTimeline";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.fieldService = useService("field");
        this.keepLast = new KeepLast();
        this.clock = useMinuteClock();
        this.state = useState({items: [], loaded: false, cut: false});
        useEffect(
            () => {
                this.load();
            },
            () => [this.props.record.resId, this.props.record.data.state]
        );
    }

    get pending() {
        const {next_deadline_at, next_step, state} = this.props.record.data;
        return pendingItem(
            {
                step: next_step,
                deadline: next_deadline_at,
                running: ["running", "stalled"].includes(state),
            },
            this.clock.now
        );
    }

    async load() {
        const {resId} = this.props.record;
        const items = resId ? await this.keepLast.add(this.readItems(resId)) : [];
        const cut = items.length >= MAX_EVENTS;
        Object.assign(this.state, {items, cut, loaded: true});
    }

    async readItems(runId) {
        const {correlation_id: correlation} = this.props.record.data;
        const family = ["|", ["id", "=", runId], ["parent_id", "=", runId]];
        const domain = correlation
            ? ["|", ["correlation_id", "=", correlation], ...family]
            : family;
        const runIds = await this.orm.search("monitor.run", domain, {limit: MAX_RUNS});
        const [{records}, fields] = await Promise.all([
            this.orm.webSearchRead("monitor.event", [["run_id", "in", runIds]], {
                specification: EVENT_FIELDS,
                order: "id",
                limit: MAX_EVENTS,
            }),
            this.fieldService.loadFields("monitor.event", {fieldNames: ["kind"]}),
        ]);
        const events = records.map((event) => ({
            ...event,
            occurred_at: deserializeDateTime(event.occurred_at),
        }));
        return timelineItems(events, Object.fromEntries(fields.kind.selection), runId);
    }

    exact(moment) {
        return formatDateTime(moment, {showSeconds: true});
    }

    open(model, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

export const monitorTimeline = {
    component: MonitorTimeline,
    fieldDependencies: [
        {name: "correlation_id", type: "char"},
        {name: "state", type: "selection"},
        {name: "next_step", type: "char"},
        {name: "next_deadline_at", type: "datetime"},
    ],
};

registry.category("view_widgets").add("monitor_timeline", monitorTimeline);
