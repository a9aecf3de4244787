import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, queryAllTexts} from "@odoo/hoot-dom";
import {
    defineModels,
    fields,
    makeMockEnv,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {funnelSentence} from "@monitor_core/widgets/monitor_funnel/monitor_funnel.esm";

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    last_run_at = fields.Datetime();
    running_since = fields.Datetime();

    _records = [{id: 1, name: "Order to cash"}];
}

const PAID = {
    code: "paid",
    name: "Paid",
    kind: "Other",
    optional: false,
    reached: 4,
    percent: 100,
    median_ms: 1000,
    p95_ms: 61000,
    waiting: 0,
    stalled: 0,
    longest_wait_ms: false,
};
const SENT = {
    ...PAID,
    code: "sent",
    name: "Sent",
    reached: 1,
    percent: 25,
    median_ms: false,
    p95_ms: false,
    waiting: 3,
    stalled: 1,
    longest_wait_ms: 7200000,
};

describe.current.tags("desktop");
defineMailModels();
defineModels([MonitorWorkflow]);

beforeEach(() => {
    onRpc("monitor.workflow", "flow_funnel", ({args, kwargs}) => {
        expect.step(`${args[0]} ${kwargs.days}`);
        return {runs: 4, limited: false, steps: [PAID, SENT]};
    });
});

async function mountFunnel() {
    await mountView({
        type: "form",
        resModel: "monitor.workflow",
        resId: 1,
        arch: `<form><widget name="monitor_funnel"/></form>`,
    });
    await animationFrame();
}

test("a row for each step, with its bar", async () => {
    await mountFunnel();
    expect.verifySteps(["1 7"]);
    expect(queryAllTexts(".o_monitor_funnel tbody th")).toEqual(["Paid", "Sent"]);
    expect(queryAllTexts(".o_monitor_funnel_text")).toEqual(["4 · 100 %", "1 · 25 %"]);
    expect(".o_monitor_funnel_fill:eq(1)").toHaveAttribute("style", "width: 25%");
    expect("tbody tr:eq(0) td:eq(2)").toHaveText("1 min 1 s");
    expect("tbody tr:eq(1) td:eq(3)").toHaveText("3 ( 1 overdue) up to 2 h");
});

test("another period is read", async () => {
    await mountFunnel();
    await click(".o_monitor_funnel .btn-group button:contains(30 d)");
    await animationFrame();
    expect.verifySteps(["1 7", "1 30"]);
    expect(".o_monitor_funnel .btn-group .active").toHaveAttribute(
        "aria-pressed",
        "true"
    );
});

test("what waits opens", async () => {
    mockService("action", {
        doAction: (action) => expect.step(JSON.stringify(action.domain)),
    });
    await mountFunnel();
    await click("tbody button");
    expect.verifySteps([
        "1 7",
        '[["workflow_id","=",1],["state","in",["running","stalled"]],["next_step","=","sent"]]',
    ]);
});

test("what it shows, as a sentence", async () => {
    await makeMockEnv();
    const data = {runs: 4, limited: false, steps: [PAID, SENT]};
    expect(funnelSentence(data, "last 7 days").toString()).toBe(
        "Of 4 runs that began in the last 7 days, 1 reached “Sent”."
    );
    const none = {runs: 0, limited: false, steps: []};
    expect(funnelSentence(none, "last 7 days").toString()).toBe(
        "No runs began in the last 7 days."
    );
    const optional = {...SENT, optional: true};
    const many = {runs: 20000, limited: true, steps: [PAID, optional]};
    expect(funnelSentence(many, "last 7 days").toString()).toBe(
        "Of the newest 20000 runs of the last 7 days, 4 reached “Paid”."
    );
});
