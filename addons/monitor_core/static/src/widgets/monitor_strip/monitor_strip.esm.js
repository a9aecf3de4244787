import {Component, useEffect, useRef, useState} from "@odoo/owl";
import {
    PERIODS,
    expectedHeight,
    runCells,
    runsDomain,
    sliceCells,
    stripSentence,
} from "./strip.esm";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {formatDuration} from "../../core/duration.esm";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const MAX_CELLS = 120;
const RUN_FIELDS = {started_at: {}, duration_ms: {}, state: {}, error_message: {}};
const MOVES = {ArrowRight: 1, ArrowLeft: -1};
const {DateTime} = luxon;

/** The runs of a workflow as a strip of buttons, for a day, a week or a month. */
export class MonitorStrip extends Component {
    static template = "monitor_core.MonitorStrip";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.fieldService = useService("field");
        this.cellsRef = useRef("cells");
        this.keepLast = new KeepLast();
        this.periods = Object.entries(PERIODS);
        this.state = useState({
            period: "day",
            cells: [],
            expectedHeight: 0,
            loaded: false,
            focused: -1,
        });
        // The form shows first; what the strip needs is read afterwards, and again
        // when the workflow on screen is another one or has run.
        useEffect(
            () => {
                this.load();
            },
            () => [this.workflowId, this.state.period, this.lastChange]
        );
    }

    get workflowId() {
        return this.props.record.resId;
    }

    get lastChange() {
        const {last_run_at, running_since} = this.props.record.data;
        return `${last_run_at}/${running_since}`;
    }

    get period() {
        return PERIODS[this.state.period];
    }

    get sentence() {
        return stripSentence(this.state.cells, this.period.words);
    }

    get expectedMs() {
        return this.props.record.data.expected_duration_ms || 0;
    }

    get expectedWords() {
        return _t("dashed: expected, %s", formatDuration(this.expectedMs));
    }

    async load() {
        const workflowId = this.workflowId;
        const period = this.period;
        const end = DateTime.now();
        const start = end.minus(period.length);
        const found = workflowId
            ? await this.keepLast.add(this.readCells(workflowId, period, start, end))
            : {cells: [], expectedHeight: 0};
        Object.assign(this.state, found, {
            focused: found.cells.length - 1,
            loaded: true,
        });
    }

    async readCells(workflowId, period, start, end) {
        const domain = runsDomain(workflowId, serializeDateTime(start));
        const [{length, records}, fields] = await Promise.all([
            this.orm.webSearchRead("monitor.run", domain, {
                specification: RUN_FIELDS,
                order: "started_at desc, id desc",
                limit: MAX_CELLS,
                count_limit: MAX_CELLS + 1,
            }),
            this.fieldService.loadFields("monitor.run", {fieldNames: ["state"]}),
        ]);
        if (length <= MAX_CELLS) {
            const words = Object.fromEntries(fields.state.selection);
            return {
                cells: runCells(records, words, this.expectedMs, end),
                expectedHeight: expectedHeight(records, this.expectedMs, end),
            };
        }
        const time = `started_at:${period.granularity}`;
        const groups = await this.orm.formattedReadGroup(
            "monitor.run",
            domain,
            [time, "state"],
            ["__count"]
        );
        const counts = groups.map((group) => ({
            at: deserializeDateTime(group[time][0]),
            state: group.state,
            count: group.__count,
        }));
        return {cells: sliceCells(counts, start, end, period.step), expectedHeight: 0};
    }

    selectPeriod(key) {
        this.state.period = key;
    }

    /** Arrow keys move along the strip; Tab enters and leaves it as one stop. */
    onKeydown(ev) {
        const last = this.state.cells.length - 1;
        let target = null;
        if (ev.key in MOVES) {
            target = this.state.focused + MOVES[ev.key];
        } else if (ev.key === "Home" || ev.key === "End") {
            target = ev.key === "Home" ? 0 : last;
        }
        if (target === null || target < 0 || target > last) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        this.state.focused = target;
        this.cellsRef.el.children[target].focus();
    }

    open(cell) {
        const action = {type: "ir.actions.act_window", res_model: "monitor.run"};
        if (cell.runId) {
            return this.action.doAction({
                ...action,
                res_id: cell.runId,
                views: [[false, "form"]],
            });
        }
        const from = serializeDateTime(cell.from);
        const to = serializeDateTime(cell.to);
        return this.action.doAction({
            ...action,
            name: _t("Runs"),
            domain: runsDomain(this.workflowId, from, to),
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

export const monitorStrip = {
    component: MonitorStrip,
    fieldDependencies: [
        {name: "last_run_at", type: "datetime"},
        {name: "running_since", type: "datetime"},
        {name: "expected_duration_ms", type: "integer"},
    ],
};

registry.category("view_widgets").add("monitor_strip", monitorStrip);
