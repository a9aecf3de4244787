import {openMenu} from "@monitor_core/../tests/tours/steps.esm";
import {registry} from "@web/core/registry";

const CONFIGURATION = "monitor_core.monitor_menu_configuration";
const ROW = ".o_data_row:contains(com.tour.order.paid)";

/**
 * A manager finds a type that nobody registered, registers it, and sees how often it
 * came. The test sends two events "com.tour.order.paid".
 */
registry.category("web_tour.tours").add("monitor_gateway_event_type_tour", {
    steps: () => [
        ...openMenu("monitor_gateway.monitor_event_unregistered_menu", CONFIGURATION),
        {
            content: "it says who sends it and how often",
            trigger: `${ROW}:contains(/tour) [name='event_count']:contains(2)`,
        },
        {
            content: "register it",
            trigger: `${ROW} button[name='action_register']`,
            run: "click",
        },
        {
            content: "the name is filled in",
            trigger: ".o_form_view [name='name'] input:value(com.tour.order.paid)",
        },
        {
            content: "and what its data has",
            trigger: ".o_form_view [name='business_fields'] input:value(order)",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "what came before is told",
            trigger: ".o_form_view .alert:contains(2 of 2)",
        },
        {
            content: "back",
            trigger: ".o_breadcrumb a, .o_back_button",
            run: "click",
        },
        {
            content: "it is not in the list any more",
            trigger: `.o_list_view:not(:has(${ROW}))`,
        },
        ...openMenu("monitor_gateway.monitor_event_type_menu", CONFIGURATION),
        {
            content: "but in that of the registered ones",
            trigger: `${ROW} [name='event_count_7d']:contains(2)`,
        },
    ],
});
