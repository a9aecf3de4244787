import {describe, expect, test} from "@odoo/hoot";
import {stateColor} from "@monitor_core/views/run_graph/run_graph.esm";

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
