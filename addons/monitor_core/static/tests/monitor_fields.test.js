import {animationFrame, advanceTime, mockDate} from "@odoo/hoot-mock";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {
    dayTitle,
    trendBars,
    trendPaths,
    trendSentence,
    trendTitle,
} from "@monitor_core/fields/monitor_trend/trend.esm";
import {
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {formatMeasuredDuration} from "@monitor_core/fields/monitor_duration/monitor_duration.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const WEEK = [
    {day: "2026-11-16", ok: 10, failed: 0},
    {day: "2026-11-17", ok: 0, failed: 0},
    {day: "2026-11-18", ok: 1000, failed: 1},
    {day: "2026-11-19", ok: 0, failed: 500},
    {day: "2026-11-20", ok: 10, failed: 0},
    {day: "2026-11-21", ok: 10, failed: 0},
    {day: "2026-11-22", ok: 10, failed: 0},
];
const CALM = WEEK.map(({day}) => ({day, ok: 12, failed: 0}));

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    health = fields.Selection({
        selection: [
            ["failing", "Failing"],
            ["healthy", "Healthy"],
        ],
    });
    p95_ms = fields.Integer();
    last_success_at = fields.Datetime();
    trend_7d = fields.Json();

    _records = [
        {
            id: 1,
            name: "Bills",
            health: "failing",
            p95_ms: 125000,
            last_success_at: "2026-11-22 08:00:00",
            trend_7d: WEEK,
        },
        {id: 2, name: "Mails", health: "healthy", p95_ms: 0, trend_7d: []},
    ];
}

defineMailModels();
defineModels([MonitorWorkflow]);

describe("trend", () => {
    beforeEach(() => allowTranslations());

    test("bars share one scale and fill the height", () => {
        const bars = trendBars(CALM);
        expect(bars.map((bar) => bar.okHeight)).toEqual([20, 20, 20, 20, 20, 20, 20]);
        expect(bars.map((bar) => bar.x)).toEqual([0, 9, 18, 27, 36, 45, 54]);
    });

    test("one failure among a thousand runs is still seen", () => {
        const busy = trendBars(WEEK)[2];
        expect(busy.failedHeight).toBe(4);
        expect(busy.okHeight).toBe(16);
    });

    test("a quiet day is seen next to a busy one; an empty one has no bar", () => {
        const [quiet, none] = trendBars(WEEK);
        expect(quiet.okHeight).toBe(2);
        expect([none.okHeight, none.failedHeight]).toEqual([0, 0]);
    });

    test("the bars of a kind are one path", () => {
        const [ok, ...others] = trendPaths(CALM.slice(0, 2));
        expect(ok.kind).toBe("ok");
        expect(ok.path).toBe("M0 20h7v-20h-7zM9 20h7v-20h-7z");
        expect(others).toEqual([]);
        const kinds = Object.fromEntries(
            trendPaths(WEEK.slice(1, 3)).map(({kind, path}) => [kind, path])
        );
        expect(kinds).toEqual({
            ok: "M9 20h7v-16h-7z",
            failed: "M9 4h7v-4h-7z",
            none: "M0 20h7v-1h-7z",
        });
    });

    test("each day has its words", () => {
        expect(trendTitle(WEEK).split("\n")).toEqual(WEEK.map(dayTitle));
        expect(dayTitle(WEEK[2])).toMatch(/Nov.*: 1000 ok, 1 failed$/u);
        expect(dayTitle(WEEK[1])).toMatch(/: no runs$/u);
    });

    test("the sentence says whether anything failed", () => {
        expect(trendSentence([])).toBe("No runs in the last 7 days.");
        expect(trendSentence(CALM)).toBe("Runs in the last 7 days: 84, none failed.");
        expect(trendSentence(WEEK)).toMatch(/^Runs in .*: 1541, 501 failed \(.*: 1; /u);
    });
});

const LIST = `
    <list>
        <field name="name"/>
        <field name="health" widget="monitor_health"/>
        <field name="p95_ms" widget="monitor_duration" options="{'hide_zero': True}"/>
        <field name="last_success_at" widget="monitor_since" placeholder="never"/>
        <field name="trend_7d" widget="monitor_trend"/>
    </list>`;

describe("fields", () => {
    beforeEach(async () => {
        mockDate("2026-11-22 08:55:00", 0);
        await mountView({type: "list", resModel: "monitor.workflow", arch: LIST});
    });

    test("health is a word and an icon, not a colour alone", () => {
        expect(queryAllTexts(".o_monitor_badge")).toEqual(["Failing", "Healthy"]);
        expect(".o_monitor_badge .fa-times-circle").toHaveCount(1);
        expect(".o_monitor_badge.o_monitor_tone_demand").toHaveCount(1);
        expect(".o_monitor_badge.o_monitor_tone_quiet .fa-check-circle").toHaveCount(1);
    });

    test("a duration is in words, the exact number on hover; zero may be hidden", () => {
        expect(queryAllTexts("td[name=p95_ms]")).toEqual(["2 min 5 s", ""]);
        expect("td[name=p95_ms]:first span").toHaveAttribute("title", "125000 ms");
    });

    test("a group in which nothing was measured has no duration", () => {
        expect(formatMeasuredDuration(false)).toBe("");
        expect(formatMeasuredDuration(0)).toBe("0 ms");
        expect(formatMeasuredDuration(125000)).toBe("2 min 5 s");
    });

    test("a moment is relative and moves on by itself", async () => {
        expect(queryAllTexts("td[name=last_success_at]")).toEqual([
            "55 min ago",
            "never",
        ]);
        expect("time").toHaveAttribute("title", /11\/22\/2026.*08:00:00/u);
        await advanceTime(6 * 60 * 1000);
        await animationFrame();
        expect("time").toHaveText("1 hr ago");
    });

    test("the trend is a drawing with a sentence and a line for each day", () => {
        expect("svg.o_monitor_trend").toHaveCount(1);
        expect("svg").toHaveAttribute("role", "img");
        expect(queryOne("svg").getAttribute("aria-label")).toMatch(/501 failed/u);
        expect(queryOne("svg title").textContent.split("\n").length).toBe(7);
        expect("svg .o_monitor_trend_failed").toHaveCount(1);
        expect("svg .o_monitor_trend_none").toHaveCount(1);
        expect(queryAllTexts("td[name=trend_7d]")[1]).toBe("–");
    });
});

test("on a card the icon of a health keeps its word for a screen reader", async () => {
    await mountView({
        type: "kanban",
        resModel: "monitor.workflow",
        arch: `
            <kanban>
                <templates>
                    <t t-name="card">
                        <field name="health" widget="monitor_health"
                               options="{'icon_only': True}"/>
                    </t>
                </templates>
            </kanban>`,
    });
    expect(".o_monitor_badge").toHaveCount(0);
    expect(".o_monitor_icon.fa-times-circle").toHaveAttribute("aria-label", "Failing");
});
