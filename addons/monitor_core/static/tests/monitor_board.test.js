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
import {click, queryAllTexts} from "@odoo/hoot-dom";
import {
    isTickLate,
    summarize,
    summaryChips,
    summarySentence,
} from "@monitor_core/views/board/summary.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {foldQuietColumns} from "@monitor_core/views/board/board_view.esm";

const {DateTime} = luxon;
const HEALTHS = ["new", "healthy", "late", "degraded", "failing", "paused", "unknown"];

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    health = fields.Selection({
        selection: HEALTHS.map((value) => [value, value.toUpperCase()]),
    });
    process_owner_id = fields.Many2one({relation: "res.users"});

    _records = [
        {id: 1, name: "Mails", health: "healthy", process_owner_id: 7},
        {id: 2, name: "Bills", health: "failing", process_owner_id: 7},
        {id: 3, name: "Stock", health: "healthy"},
        {id: 4, name: "Leads", health: "late", process_owner_id: 7},
    ];
}

class MonitorTick extends models.Model {
    _name = "monitor.tick";

    last_tick_at = fields.Datetime();
    problem = fields.Char();
    _records = [{id: 1, last_tick_at: "2026-11-22 08:54:50"}];
}

defineMailModels();
defineModels([MonitorWorkflow, MonitorTick]);

const group = (health, count, owned = count) => ({
    health,
    __count: count,
    "process_owner_id:count": owned,
});

describe("summary", () => {
    beforeEach(() => allowTranslations());
    const summary = summarize([
        group("healthy", 38, 35),
        group("failing", 2),
        group("late", 1, 0),
        group("paused", 1),
    ]);

    test("counts what asks for somebody", () => {
        expect(summary.total).toBe(42);
        expect(summary.attention).toBe(3);
        expect(summary.noOwner).toBe(4);
    });

    test("one sentence answers whether to act", () => {
        const sentence = (total, attention) => summarySentence({total, attention});
        expect(sentence(42, 3)).toBe("3 of 42 workflows need attention.");
        expect(sentence(42, 1)).toBe("1 of 42 workflows needs attention.");
        expect(sentence(42, 0)).toBe("Nothing needs your attention.");
        expect(sentence(0, 0)).toBe("");
    });

    test("only what exists has a button", () => {
        const chips = summaryChips(summary, {failing: "Failing", late: "Late"});
        expect(chips.map(({filter, count}) => [filter, count])).toEqual([
            ["failing", 2],
            ["late", 1],
            ["paused", 1],
            ["no_owner", 4],
        ]);
        expect(chips[0].label).toBe("Failing");
    });

    test("a monitor that stopped looking says so after three minutes", () => {
        const now = DateTime.fromISO("2026-11-22T08:55:00");
        expect(isTickLate(now.minus({minutes: 2}), now)).toBe(false);
        expect(isTickLate(now.minus({minutes: 4}), now)).toBe(true);
        expect(isTickLate(false, now)).toBe(false);
    });
});

describe("foldQuietColumns", () => {
    const column = (serverValue, count, isFolded = false) => ({
        serverValue,
        count,
        isFolded,
        toggle() {
            this.isFolded = !this.isFolded;
        },
    });
    const board = (...groups) => ({groups, groupByField: {name: "health"}});

    test("folds what is empty or never ran, and unfolds it when it fills", async () => {
        const folded = new Set();
        const failing = column("failing", 0);
        const fresh = column("new", 60);
        const healthy = column("healthy", 60);
        await foldQuietColumns(board(failing, fresh, healthy), folded);
        expect([failing, fresh, healthy].map((it) => it.isFolded)).toEqual([
            true,
            true,
            false,
        ]);
        failing.count = 1;
        await foldQuietColumns(board(failing, fresh, healthy), folded);
        expect(failing.isFolded).toBe(false);
    });

    test("what a person unfolds or folds stays so", async () => {
        const folded = new Set();
        const fresh = column("new", 60);
        const healthy = column("healthy", 9, true);
        await foldQuietColumns(board(fresh, healthy), folded);
        fresh.isFolded = false;
        await foldQuietColumns(board(fresh, healthy), folded);
        expect(fresh.isFolded).toBe(false);
        expect(healthy.isFolded).toBe(true);
    });
});

describe("board", () => {
    const mountBoard = async () => {
        await mountView({
            type: "kanban",
            resModel: "monitor.workflow",
            arch: `
                <kanban js_class="monitor_board" default_group_by="health">
                    <templates><t t-name="card"><field name="name"/></t></templates>
                </kanban>`,
            searchViewArch: `
                <search>
                    <filter name="failing" string="Failing"
                            domain="[('health', '=', 'failing')]"/>
                    <filter name="no_owner" string="No owner"
                            domain="[('process_owner_id', '=', False)]"/>
                </search>`,
        });
        await animationFrame();
    };

    let groups = [];

    beforeEach(() => {
        mockDate("2026-11-22 08:55:00", 0);
        onRpc("has_access", () => true);
        groups = [group("healthy", 2, 1), group("failing", 1), group("late", 1)];
        // The mock server counts all records where the real one counts set values.
        onRpc("monitor.workflow", "formatted_read_group", () => groups);
    });

    test.tags("desktop");
    test("what asks for somebody stands left, and the line above says it", async () => {
        await mountBoard();
        expect(queryAllTexts(".o_column_title > span:first-child")).toEqual([
            "FAILING",
            "LATE",
            "HEALTHY",
        ]);
        expect(".o_monitor_summary").toHaveText(/2 of 4 workflows need attention\./u);
        expect(queryAllTexts(".o_monitor_chip b")).toEqual(["1", "1", "1"]);
        expect(".o_monitor_summary_tick").toHaveText("Checked just now");
        expect(".o_monitor_problem").toHaveCount(0);
    });

    test.tags("desktop");
    test("a button of the line filters the board, and again shows all", async () => {
        await mountBoard();
        await click(".o_monitor_chip:contains(FAILING)");
        await animationFrame();
        expect(queryAllTexts(".o_kanban_record")).toEqual(["Bills"]);
        expect(".o_monitor_chip:contains(FAILING)").toHaveAttribute(
            "aria-pressed",
            "true"
        );
        await click(".o_monitor_chip:contains(FAILING)");
        await animationFrame();
        expect(".o_kanban_record").toHaveCount(4);
    });

    test("is read again each minute, and says when the monitor sleeps", async () => {
        await mountBoard();
        groups = [group("healthy", 1), group("failing", 2), group("late", 1)];
        await advanceTime(61 * 1000);
        await animationFrame();
        expect(".o_monitor_summary").toHaveText(/3 of 4 workflows need attention\./u);
        await advanceTime(4 * 61 * 1000);
        await animationFrame();
        expect(".o_monitor_summary_tick").toHaveText(/Health is out of date/u);
        expect(".o_monitor_summary_tick").toHaveClass("o_monitor_tone_ask");
    });

    test("a problem of the monitor itself stands above all, as text", async () => {
        onRpc("monitor.tick", "search_read", () => [
            {
                id: 1,
                last_tick_at: "2026-11-22 08:54:50",
                problem: "Nobody could be told of <b>INC-7</b>",
            },
        ]);
        await mountBoard();
        expect(".o_monitor_problem").toHaveAttribute("role", "alert");
        expect(".o_monitor_problem").toHaveText(/told of <b>INC-7<\/b>/u);
    });

    test("who may not read the tick sees the rest", async () => {
        onRpc("has_access", () => false);
        await mountBoard();
        expect(".o_monitor_summary").toHaveText(/need attention/u);
        expect(".o_monitor_summary_tick").toHaveCount(0);
    });
});
