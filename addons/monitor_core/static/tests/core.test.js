import {allowTranslations} from "@web/../tests/web_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {HEALTH_ORDER, healthRank, statusLook} from "@monitor_core/core/status.esm";
import {formatDuration} from "@monitor_core/core/duration.esm";
import {relativeWords, timeLeft} from "@monitor_core/core/relative.esm";

describe.current.tags("headless");

const {DateTime} = luxon;

describe("formatDuration", () => {
    const cases = [
        [0, "0 ms"],
        [840, "840 ms"],
        [999.4, "999 ms"],
        [1000, "1 s"],
        [4100, "4.1 s"],
        [59949, "59.9 s"],
        [59950, "1 min"],
        [125000, "2 min 5 s"],
        [3600000, "1 h"],
        [7800000, "2 h 10 min"],
        [86400000, "1 d"],
        [273600000, "3 d 4 h"],
        [-5, "0 ms"],
        [false, "0 ms"],
    ];
    for (const [milliseconds, words] of cases) {
        test(`${milliseconds} ms is "${words}"`, () => {
            allowTranslations();
            expect(formatDuration(milliseconds)).toBe(words);
        });
    }
});

describe("relativeWords", () => {
    const now = DateTime.fromISO("2026-11-22T08:55:00");
    const cases = [
        [{seconds: 0}, "just now"],
        [{seconds: 44}, "just now"],
        [{minutes: 12}, "12 min ago"],
        [{hours: 3, minutes: 40}, "3 hr ago"],
        [{days: 2}, "2 days ago"],
        [{seconds: -20}, "in a moment"],
        [{minutes: -5}, "in 5 min"],
    ];
    for (const [before, words] of cases) {
        test(`${JSON.stringify(before)} before now is "${words}"`, () => {
            allowTranslations();
            expect(relativeWords(now.minus(before), now)).toBe(words);
        });
    }

    test("no moment, no words", () => {
        expect(relativeWords(false, now)).toBe("");
    });
});

describe("timeLeft", () => {
    const now = DateTime.fromISO("2026-11-22T08:55:00");
    const cases = [
        [{minutes: 14}, {late: false, words: "14 min"}],
        [
            {minutes: 13, seconds: 1},
            {late: false, words: "14 min"},
        ],
        [{seconds: 0}, {late: false, words: "1 min"}],
        [{seconds: -1}, {late: true, words: "1 min"}],
        [
            {hours: -2, minutes: -5, seconds: -59},
            {late: true, words: "2 h 5 min"},
        ],
    ];
    for (const [from, expected] of cases) {
        test(`${JSON.stringify(from)} from now is ${JSON.stringify(expected)}`, () => {
            allowTranslations();
            expect(timeLeft(now.plus(from), now)).toEqual(expected);
        });
    }
});

describe("status", () => {
    test("every health has a rank, an icon and a tone of its own meaning", () => {
        for (const health of HEALTH_ORDER) {
            expect(statusLook(health).icon).not.toBe("fa-circle-o");
        }
        expect(statusLook("failing").tone).toBe("demand");
        expect(statusLook("late").tone).toBe("ask");
        expect(statusLook("healthy").tone).toBe("quiet");
        expect(statusLook("paused").tone).toBe("paused");
    });

    test("no two healths look the same without colour", () => {
        const icons = HEALTH_ORDER.map((health) => statusLook(health).icon);
        expect(new Set(icons).size).toBe(icons.length);
    });

    test("what needs somebody stands left of what does not", () => {
        expect(healthRank("failing")).toBeLessThan(healthRank("healthy"));
        expect(healthRank("late")).toBeLessThan(healthRank("paused"));
        expect(healthRank("of another addon")).toBe(HEALTH_ORDER.length);
    });

    test("an unknown status still has a look", () => {
        expect(statusLook("of another addon")).toEqual({
            tone: "muted",
            icon: "fa-circle-o",
        });
    });
});
