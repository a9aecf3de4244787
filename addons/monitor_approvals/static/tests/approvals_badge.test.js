import {advanceTime, animationFrame, mockDate} from "@odoo/hoot-mock";
import {beforeEach, expect, test} from "@odoo/hoot";
import {click, queryAll, queryOne} from "@odoo/hoot-dom";
import {mockService, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {ApprovalsBadge} from "@monitor_approvals/systray/approvals_badge.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const BADGE = ".o_monitor_approvals_badge";
let answer = {};

defineMailModels();
beforeEach(() => {
    mockDate("2026-11-23 08:55:00");
    onRpc("monitor.approval", "pending_for_me", () => {
        expect.step("asked");
        return answer;
    });
});

async function show(found) {
    answer = found;
    await mountWithCleanup(ApprovalsBadge);
    await animationFrame();
}

test("is hidden where nothing waits", async () => {
    await show({count: 0, late: 0});
    expect.verifySteps(["asked"]);
    expect(queryAll(BADGE)).toHaveLength(0);
});

test("counts, and turns red when one is late", async () => {
    await show({count: 3, late: 0});
    expect(".o_monitor_approvals_count").toHaveText("3");
    expect(".o_monitor_approvals_count").toHaveClass("text-bg-success");
    answer = {count: 3, late: 1};
    await advanceTime(61000);
    window.dispatchEvent(new Event("focus"));
    await animationFrame();
    await animationFrame();
    expect(".o_monitor_approvals_count").toHaveClass("text-bg-danger");
    expect(queryOne(BADGE).title).toMatch(/late: 1/);
    expect.verifySteps(["asked", "asked"]);
});

test("asks once a minute at most", async () => {
    await show({count: 1, late: 0});
    for (let time = 0; time < 5; time++) {
        window.dispatchEvent(new Event("focus"));
    }
    await animationFrame();
    expect.verifySteps(["asked"]);
});

test("an error is nobody's", async () => {
    onRpc("monitor.approval", "pending_for_me", () => {
        throw new Error("gone");
    });
    await show({count: 1, late: 0});
    expect(queryAll(BADGE)).toHaveLength(0);
});

test("leads to what waits", async () => {
    mockService("action", {
        doAction: (action) => expect.step(action),
    });
    await show({count: 2, late: 0});
    await click(BADGE);
    expect.verifySteps(["asked", "monitor_approvals.monitor_approval_action_mine"]);
});
