import {rpc} from "@web/core/network/rpc";
import {stepUtils} from "@web_tour/tour_utils";

/** Steps that open the app. */
export function openApp() {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: ".o_app[data-menu-xmlid='monitor_core.monitor_menu_root']",
            run: "click",
        },
    ];
}

/** Steps that open an entry of the app's menu; `parent` is its section, if any. */
export function openMenu(menu, parent) {
    const steps = openApp();
    for (const xmlid of [parent, menu].filter(Boolean)) {
        steps.push({
            content: `choose ${xmlid}`,
            trigger: `[data-menu-xmlid='${xmlid}']`,
            run: "click",
        });
    }
    return steps;
}

/** What the scheduler does each minute. */
export async function runTick() {
    const [, cronId] = await rpc(
        "/web/dataset/call_kw/ir.model.data/check_object_reference",
        {
            model: "ir.model.data",
            method: "check_object_reference",
            args: ["monitor_core", "ir_cron_monitor_tick"],
            kwargs: {},
        }
    );
    await rpc("/web/dataset/call_button/ir.cron/method_direct_trigger", {
        model: "ir.cron",
        method: "method_direct_trigger",
        args: [[cronId]],
        kwargs: {},
    });
}
