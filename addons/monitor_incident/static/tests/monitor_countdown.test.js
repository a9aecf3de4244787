import {advanceTime, animationFrame, mockDate} from "@odoo/hoot-mock";
import {
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {countdown} from "@monitor_incident/fields/monitor_countdown/countdown.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {queryAllTexts} from "@odoo/hoot-dom";

const {DateTime} = luxon;
const NOW = DateTime.fromISO("2026-11-22T08:55:00");
const STATES = [
    "new",
    "acknowledged",
    "in_progress",
    "snoozed",
    "resolved",
    "closed",
    "merged",
];

describe("countdown", () => {
    beforeEach(() => allowTranslations());
    const look = (values) => {
        const shown = countdown({metAt: false, state: "new", ...values}, NOW);
        return shown && [shown.words, shown.tone];
    };

    test("says what is left, and asks when it is soon", () => {
        expect(look({at: NOW.plus({hours: 2})})).toEqual(["in 2 h", ""]);
        expect(look({at: NOW.plus({minutes: 31})})).toEqual(["in 31 min", ""]);
        expect(look({at: NOW.plus({minutes: 30})})).toEqual(["in 30 min", "ask"]);
        expect(look({at: NOW.plus({minutes: 14})})).toEqual(["in 14 min", "ask"]);
    });

    test("demands when it is overdue", () => {
        const at = NOW.minus({hours: 2, minutes: 5});
        for (const state of ["new", "acknowledged", "in_progress"]) {
            expect(look({at, state})).toEqual(["overdue 2 h 5 min", "demand"]);
        }
    });

    test("says whether it was met once it was", () => {
        const at = NOW.minus({hours: 3});
        const met = (minutes) => look({at, metAt: at.plus({minutes}), state: "closed"});
        expect(met(-10)).toEqual(["in time", "quiet"]);
        expect(met(0)).toEqual(["in time", "quiet"]);
        expect(met(65)).toEqual(["missed by 1 h 5 min", "ask"]);
        expect(look({at, metAt: at, state: "in_progress"})).toEqual([
            "in time",
            "quiet",
        ]);
    });

    test("pauses while it is snoozed, stops when it is over", () => {
        const at = NOW.minus({hours: 2});
        expect(look({at, state: "snoozed"})).toEqual(["paused", "paused"]);
        for (const state of ["resolved", "closed", "merged"]) {
            expect(look({at, state})).toBe(false);
        }
    });

    test("no two that mean something else look the same without colour", () => {
        const icon = (values) => countdown({at: NOW, ...values}, NOW).icon;
        const icons = [
            icon({metAt: NOW}),
            icon({metAt: NOW.plus({hours: 1})}),
            icon({state: "snoozed"}),
            icon({at: NOW.minus({hours: 1})}),
            icon({at: NOW.plus({minutes: 1})}),
            icon({at: NOW.plus({hours: 1})}),
        ];
        expect(new Set(icons).size).toBe(icons.length);
    });
});

class MonitorIncident extends models.Model {
    _name = "monitor.incident";

    name = fields.Char();
    state = fields.Selection({selection: STATES.map((value) => [value, value])});
    respond_by = fields.Datetime();
    acknowledged_at = fields.Datetime();

    _records = [
        {id: 1, name: "Soon", state: "new", respond_by: "2026-11-22 09:09:00"},
        {id: 2, name: "Late", state: "new", respond_by: "2026-11-22 06:50:00"},
        {
            id: 3,
            name: "Answered",
            state: "acknowledged",
            respond_by: "2026-11-22 06:50:00",
            acknowledged_at: "2026-11-22 06:40:00",
        },
        {id: 4, name: "Over", state: "resolved", respond_by: "2026-11-22 06:50:00"},
        {id: 5, name: "Without", state: "new"},
    ];
}

defineMailModels();
defineModels([MonitorIncident]);

const FIELD = `<field name="respond_by" widget="monitor_countdown"
                      options="{'met': 'acknowledged_at'}"/>`;

describe("field", () => {
    beforeEach(() => mockDate("2026-11-22 08:55:00", 0));

    test("counts down by itself in a list, without asking the server", async () => {
        await mountView({
            type: "list",
            resModel: "monitor.incident",
            arch: `<list>${FIELD}</list>`,
        });
        const words = () => queryAllTexts("td[name=respond_by]");
        expect(words().slice(0, 3)).toEqual([
            "in 14 min",
            "overdue 2 h 5 min",
            "in time",
        ]);
        expect(words()[3]).toMatch(/^11\/22\/2026.*06:50:00/u);
        expect(words()[4]).toBe("");
        expect("time:first").toHaveAttribute("title", /11\/22\/2026.*09:09:00/u);
        expect(".o_monitor_tone_demand .fa-exclamation-circle").toHaveCount(1);
        onRpc(() => expect.step("rpc"));
        await advanceTime(15 * 60 * 1000);
        await animationFrame();
        expect(words().slice(0, 3)).toEqual([
            "overdue 1 min",
            "overdue 2 h 20 min",
            "in time",
        ]);
        expect.verifySteps([]);
    });

    test("stands in a form, and cannot be edited there", async () => {
        await mountView({
            type: "form",
            resModel: "monitor.incident",
            resId: 1,
            arch: `<form>${FIELD}</form>`,
        });
        expect("[name=respond_by] time").toHaveText("in 14 min");
        expect("[name=respond_by] input").toHaveCount(0);
    });

    test("stands on a card", async () => {
        await mountView({
            type: "kanban",
            resModel: "monitor.incident",
            arch: `<kanban><templates><t t-name="card">${FIELD}</t></templates></kanban>`,
        });
        expect(queryAllTexts(".o_kanban_record time").slice(0, 3)).toEqual([
            "in 14 min",
            "overdue 2 h 5 min",
            "in time",
        ]);
    });
});
