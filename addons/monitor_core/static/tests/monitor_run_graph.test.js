import {describe, expect, test} from "@odoo/hoot";
import {
    groupedSelection,
    stateColor,
} from "@monitor_core/views/run_graph/run_graph.esm";

describe.current.tags("headless");

const STATES = [
    ["succeeded", "Succeeded"],
    ["failed", "Failed"],
    ["lost", "Lost"],
];

test("a series of failures is red, one of successes is not", () => {
    expect(stateColor("Failed", STATES)).toBe("#d9434f");
    expect(stateColor("Lost", STATES)).toBe("#d9434f");
    expect(stateColor("Succeeded", STATES)).toBe("#6a9f7b");
});

test("also below another group", () => {
    expect(stateColor("Bills / Failed", STATES)).toBe("#d9434f");
});

test("a series that is no state keeps the colour it has", () => {
    expect(stateColor("Failed bills of Ana", STATES)).toBe(false);
    expect(stateColor(false, STATES)).toBe(false);
});

test("an error and a critical one are both red, and can be told apart", () => {
    const severities = [
        ["warning", "Warning"],
        ["error", "Error"],
        ["critical", "Critical"],
    ];
    expect(stateColor("Error", severities)).toBe("#d9434f");
    expect(stateColor("Bills / Critical", severities)).toBe("#8f1d2c");
    expect(stateColor("Warning", severities)).toBe("#e3a008");
});

test("only what the chart is grouped by has these colours", () => {
    const fields = {
        state: {selection: STATES},
        severity: {selection: [["error", "Error"]]},
        workflow_id: {},
    };
    const grouped = (...names) =>
        groupedSelection({fields, groupBy: names.map((fieldName) => ({fieldName}))});
    expect(grouped("workflow_id", "severity")).toEqual([["error", "Error"]]);
    expect(grouped("state")).toEqual(STATES);
    expect(grouped("gone")).toEqual([]);
});
