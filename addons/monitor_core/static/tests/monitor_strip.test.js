import {animationFrame, mockDate} from "@odoo/hoot-mock";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, press, queryAllAttributes, queryOne} from "@odoo/hoot-dom";
import {
    defineModels,
    fields,
    makeMockEnv,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    expectedHeight,
    runCells,
    sliceCells,
    stripSentence,
} from "@monitor_core/widgets/monitor_strip/strip.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const {DateTime} = luxon;
const STATES = [
    ["succeeded", "Succeeded"],
    ["failed", "Failed"],
];
const WORDS = Object.fromEntries(STATES);

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    last_run_at = fields.Datetime();
    running_since = fields.Datetime();
    expected_duration_ms = fields.Integer();

    _records = [
        {id: 1, name: "Bills", expected_duration_ms: 4000},
        {id: 2, name: "Mails"},
    ];
}

class MonitorRun extends models.Model {
    _name = "monitor.run";

    workflow_id = fields.Many2one({relation: "monitor.workflow"});
    started_at = fields.Datetime();
    duration_ms = fields.Integer();
    state = fields.Selection({selection: STATES});
    error_message = fields.Char();

    _records = [
        {
            id: 11,
            workflow_id: 1,
            started_at: "2026-11-22 07:00:00",
            duration_ms: 2000,
            state: "succeeded",
        },
        {
            id: 12,
            workflow_id: 1,
            started_at: "2026-11-22 08:00:00",
            duration_ms: 8000,
            state: "failed",
            error_message: "Access denied by mail server",
        },
        {id: 13, workflow_id: 1, started_at: "2026-11-18 08:00:00", state: "succeeded"},
        {id: 14, workflow_id: 2, started_at: "2026-11-22 08:00:00", state: "failed"},
    ];
}

defineMailModels();
defineModels([MonitorWorkflow, MonitorRun]);

describe("cells", () => {
    beforeEach(async () => {
        mockDate("2026-11-22 08:55:00", 0);
        await makeMockEnv();
    });

    const runs = MonitorRun._records.slice(0, 2);

    test("one cell per run: as high as it took long, and what it says", () => {
        const [good, bad] = runCells(runs, WORDS, 4000, DateTime.now());
        expect(good.segments).toEqual([{tone: "quiet", height: 25}]);
        expect(bad.segments).toEqual([{tone: "demand", height: 100}]);
        expect(bad.title).toMatch(/Failed · 8 s · Access denied by mail server$/u);
        expect([good.failed, bad.failed]).toEqual([0, 1]);
    });

    test("a run under way is as high as it has been running", () => {
        const running = {...runs[0], id: 15, state: "running", duration_ms: 0};
        const [cell] = runCells([running], WORDS, 0, DateTime.now());
        expect(cell.segments).toEqual([{tone: "inform", height: 100}]);
        expect(cell.title).toMatch(/1 h 55 min$/u);
    });

    test("the line of the expected duration is on the same scale", () => {
        const now = DateTime.now();
        expect(expectedHeight(runs, 4000, now)).toBe(50);
        expect(expectedHeight(runs, 16000, now)).toBe(100);
        expect(expectedHeight(runs, 0, now)).toBe(0);
    });

    test("too many runs: one cell per slice, failures on top, gaps kept", () => {
        const end = DateTime.now();
        const start = end.minus({hours: 3});
        const at = DateTime.fromISO("2026-11-22T07:00:00");
        const groups = [
            {at, state: "succeeded", count: 90},
            {at, state: "failed", count: 10},
        ];
        const cells = sliceCells(groups, start, end, {hours: 1});
        expect(cells.map((cell) => cell.total)).toEqual([0, 0, 100, 0]);
        expect(cells[2].segments).toEqual([
            {tone: "demand", height: 14},
            {tone: "quiet", height: 86},
        ]);
        expect(cells[2].title).toMatch(/: 90 ok, 10 failed$/u);
        expect(cells[0].title).toMatch(/: no runs$/u);
    });

    test("days are whole days", () => {
        const end = DateTime.now();
        const cells = sliceCells([], end.minus({days: 30}), end, {days: 1});
        expect(cells.length).toBe(31);
        expect(cells[0].from.hour).toBe(0);
    });

    test("the sentence counts", () => {
        const cells = runCells(runs, WORDS, 0, DateTime.now());
        const words = "last 24 hours";
        expect(stripSentence(cells, words)).toBe(
            "Runs in the last 24 hours: 2, 1 failed."
        );
        expect(stripSentence(cells.slice(0, 1), words)).toBe(
            "Runs in the last 24 hours: 1, none failed."
        );
        expect(stripSentence([], words)).toBe("No runs in the last 24 hours.");
    });
});

describe("widget", () => {
    const mountStrip = async () => {
        await mountView({
            type: "form",
            resModel: "monitor.workflow",
            resId: 1,
            arch: '<form><widget name="monitor_strip"/></form>',
        });
        await animationFrame();
    };

    beforeEach(() => mockDate("2026-11-22 08:55:00", 0));

    test("shows the runs of this workflow, oldest first", async () => {
        await mountStrip();
        const [good, bad] = queryAllAttributes(".o_monitor_strip_cell", "aria-label");
        expect(good).toMatch(/^Nov 22, 7:00.AM · Succeeded · 2 s$/u);
        expect(bad).toMatch(/^Nov 22, 8:00.AM · Failed · 8 s · Access denied/u);
        expect(".o_monitor_strip").toHaveText(
            /Runs in the last 24 hours: 2, 1 failed\./u
        );
        expect(".o_monitor_strip_expected").toHaveCount(1);
    });

    test("a week shows more, and the button says that it is pressed", async () => {
        await mountStrip();
        await click(".o_monitor_strip button:contains(7 d)");
        await animationFrame();
        await animationFrame();
        expect(".o_monitor_strip_cell").toHaveCount(3);
        expect("button:contains(7 d)").toHaveAttribute("aria-pressed", "true");
        expect("button:contains(24 h)").toHaveAttribute("aria-pressed", "false");
    });

    test("is one tab stop, arrows move, Enter opens the run", async () => {
        mockService("action", {
            doAction: ({res_model, res_id}) => expect.step(`${res_model} ${res_id}`),
        });
        await mountStrip();
        expect(queryAllAttributes(".o_monitor_strip_cell", "tabindex")).toEqual([
            "-1",
            "0",
        ]);
        queryOne(".o_monitor_strip_cell[tabindex='0']").focus();
        await press("ArrowLeft");
        await animationFrame();
        expect(".o_monitor_strip_cell:first").toBeFocused();
        await press("Home");
        await press("ArrowLeft");
        expect(".o_monitor_strip_cell:first").toBeFocused();
        await press("Enter");
        expect.verifySteps(["monitor.run 11"]);
    });

    test("more runs than cells: asks for groups, a cell opens its slice", async () => {
        MonitorRun._records = Array.from({length: 130}, (_unused, index) => ({
            id: index + 1,
            workflow_id: 1,
            started_at: "2026-11-22 07:00:00",
            state: index % 13 ? "succeeded" : "failed",
        }));
        mockService("action", {
            doAction: ({domain}) => expect.step(JSON.stringify(domain)),
        });
        onRpc("monitor.run", "formatted_read_group", () => expect.step("groups"));
        await mountStrip();
        await animationFrame();
        expect.verifySteps(["groups"]);
        expect(".o_monitor_strip").toHaveText(/last 24 hours: 130, 10 failed/u);
        expect(".o_monitor_strip_cell").toHaveCount(25);
        await click(".o_monitor_strip_cell[title*='120 ok']");
        expect.verifySteps([
            JSON.stringify([
                ["workflow_id", "=", 1],
                ["started_at", ">=", "2026-11-22 07:00:00"],
                ["started_at", "<", "2026-11-22 08:00:00"],
            ]),
        ]);
    });

    test("no runs: says so", async () => {
        MonitorRun._records = [];
        await mountStrip();
        expect(".o_monitor_strip").toHaveText(/No runs in the last 24 hours\./u);
        expect(".o_monitor_strip_cell").toHaveCount(0);
    });
});
