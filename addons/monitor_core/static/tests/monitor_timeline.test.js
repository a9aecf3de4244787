import {
    allowTranslations,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";
import {animationFrame, mockDate} from "@odoo/hoot-mock";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, queryAllTexts} from "@odoo/hoot-dom";
import {
    pendingItem,
    systemName,
    timelineItems,
} from "@monitor_core/widgets/monitor_timeline/timeline.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const {DateTime} = luxon;
const KINDS = [
    ["started", "Started"],
    ["checkpoint", "Checkpoint"],
    ["failed", "Failed"],
];
const WORDS = Object.fromEntries(KINDS);
const START = DateTime.fromISO("2026-11-22T08:00:00");

function event(id, kind, minutes, values = {}) {
    return {id, kind, occurred_at: START.plus({minutes}), severity: "info", ...values};
}

describe("timelineItems", () => {
    beforeEach(() => allowTranslations());

    test("sorts by time, not by arrival, and tells the delay", () => {
        const items = timelineItems(
            [event(2, "checkpoint", 130, {step: "packed"}), event(1, "started", 0)],
            WORDS,
            7
        );
        expect(items.map(({title, delay}) => [title, delay])).toEqual([
            ["Started", ""],
            ["Checkpoint: packed", "2 h 10 min"],
        ]);
    });

    test("a warning shows louder than a checkpoint, a failure stays a failure", () => {
        const [warned, failed] = timelineItems(
            [
                event(1, "checkpoint", 0, {severity: "warning"}),
                event(2, "failed", 1, {severity: "error"}),
            ],
            WORDS,
            7
        );
        expect(warned.look.tone).toBe("ask");
        expect(failed.look.tone).toBe("demand");
    });

    test("an event names the system it comes from", () => {
        expect(systemName("ir.cron,14")).toBe("Odoo");
        expect(systemName("n8n")).toBe("n8n");
        expect(systemName(false)).toBe("");
    });

    test("an event of another run names its workflow", () => {
        const other = {run_id: {id: 8}, workflow_id: {id: 3, display_name: "Parcel"}};
        const [item] = timelineItems([event(1, "started", 0, other)], WORDS, 7);
        expect([item.other.id, item.workflow]).toEqual([8, "Parcel"]);
    });
});

describe("pendingItem", () => {
    beforeEach(() => allowTranslations());
    const waiting = (values) =>
        pendingItem({step: "paid", deadline: START, running: true, ...values}, START);

    test("says for how long there is time, or by how much it is late", () => {
        const due = waiting({deadline: START.plus({minutes: 19, seconds: 8})});
        expect([due.title, due.detail, due.late]).toEqual([
            "Waiting for: paid",
            "due in 20 min",
            false,
        ]);
        const late = waiting({deadline: START.minus({hours: 3})});
        expect([late.detail, late.late]).toEqual(["overdue for 3 h", true]);
    });

    test("nothing is pending in a run that ended or has no next step", () => {
        expect(waiting({running: false})).toBe(false);
        expect(waiting({step: false})).toBe(false);
        expect(waiting({deadline: false}).detail).toBe("");
    });
});

class MonitorRun extends models.Model {
    _name = "monitor.run";

    state = fields.Selection({
        selection: [
            ["running", "Running"],
            ["succeeded", "Succeeded"],
        ],
    });
    correlation_id = fields.Char();
    parent_id = fields.Many2one({relation: "monitor.run"});
    next_step = fields.Char();
    next_deadline_at = fields.Datetime();

    _records = [
        {
            id: 7,
            state: "running",
            correlation_id: "SO42",
            next_step: "paid",
            next_deadline_at: "2026-11-22 09:15:00",
        },
        {id: 8, state: "succeeded", correlation_id: "SO42"},
        {id: 9, state: "succeeded", correlation_id: "SO43"},
    ];
}

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    _records = [
        {id: 1, name: "Order"},
        {id: 2, name: "Parcel"},
    ];
}

class MonitorEvent extends models.Model {
    _name = "monitor.event";

    occurred_at = fields.Datetime();
    kind = fields.Selection({selection: KINDS});
    step = fields.Char();
    severity = fields.Char();
    source = fields.Char();
    duration_ms = fields.Integer();
    model = fields.Char();
    res_id = fields.Integer();
    run_id = fields.Many2one({relation: "monitor.run"});
    workflow_id = fields.Many2one({relation: "monitor.workflow"});

    _records = [
        {
            id: 1,
            kind: "started",
            run_id: 7,
            workflow_id: 1,
            occurred_at: "2026-11-22 08:00:00",
        },
        {
            id: 2,
            kind: "checkpoint",
            step: "packed",
            run_id: 8,
            workflow_id: 2,
            occurred_at: "2026-11-22 08:30:00",
            source: "n8n",
            model: "res.partner",
            res_id: 5,
        },
        {
            id: 3,
            kind: "started",
            run_id: 9,
            workflow_id: 2,
            occurred_at: "2026-11-22 08:30:00",
        },
    ];
}

defineMailModels();
defineModels([MonitorRun, MonitorWorkflow, MonitorEvent]);

describe("widget", () => {
    beforeEach(async () => {
        mockDate("2026-11-22 08:55:00", 0);
        mockService("action", {
            doAction: ({res_model, res_id}) => expect.step(`${res_model} ${res_id}`),
        });
        await mountView({
            type: "form",
            resModel: "monitor.run",
            resId: 7,
            arch: '<form><widget name="monitor_timeline"/></form>',
        });
        await animationFrame();
    });

    test("shows all runs of one business event, and what is missing", async () => {
        expect(queryAllTexts(".o_monitor_timeline strong")).toEqual([
            "Started",
            "Checkpoint: packed",
            "Waiting for: paid",
        ]);
        expect(".o_monitor_timeline_pending").toHaveText(/due in 20 min/u);
        expect("li:nth-child(2)").toHaveText(/30 min later · n8n/u);
    });

    test("links to the other run and to the business record", async () => {
        await click("li button:contains(Parcel)");
        await click("li button:contains(Open record)");
        expect.verifySteps(["monitor.run 8", "res.partner 5"]);
    });
});
