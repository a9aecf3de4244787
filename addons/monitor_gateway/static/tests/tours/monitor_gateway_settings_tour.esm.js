import {openMenu} from "@monitor_core/../tests/tours/steps.esm";
import {registry} from "@web/core/registry";

const LIMIT = "[name='monitor_metrics_max_workflows'] input";
const SETTINGS = [
    "monitor_core.monitor_menu_settings",
    "monitor_core.monitor_menu_configuration",
];

/** An administrator changes a setting of the gateway and finds it changed. */
registry.category("web_tour.tours").add("monitor_gateway_settings_tour", {
    steps: () => [
        ...openMenu(...SETTINGS),
        {
            content: "the ping key can be copied",
            trigger: "#monitor_ping_key .o_clipboard_button",
        },
        {
            content: "fewer series",
            trigger: LIMIT,
            run: "edit 70",
        },
        {
            content: "save",
            trigger: ".o_form_button_save:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        ...openMenu(...SETTINGS),
        {
            content: "the setting was kept",
            trigger: "[name='monitor_metrics_max_workflows'] input:value(70)",
        },
        {
            content: "it leads to the heartbeats",
            trigger: "#monitor_ping_key button:contains(Heartbeats)",
            run: "click",
        },
        {
            trigger: ".o_breadcrumb:contains(Heartbeats)",
        },
    ],
});
