import {openApp, runTick} from "./steps.esm";
import {registry} from "@web/core/registry";

const SWITCH = "[name='monitor_capture_automation'] input[type='checkbox']";
const CARD = ".o_kanban_record:contains(Tour: automation rule)";

/**
 * An administrator switches off the recording of automation rules and sees on the
 * board that nothing is known about them any more.
 * The test makes the automation rule "Tour: automation rule".
 */
registry.category("web_tour.tours").add("monitor_core_settings_tour", {
    steps: () => [
        ...openApp(),
        {
            content: "open the configuration menu",
            trigger: "[data-menu-xmlid='monitor_core.monitor_menu_configuration']",
            run: "click",
        },
        {
            content: "open the settings",
            trigger: "[data-menu-xmlid='monitor_core.monitor_menu_settings']",
            run: "click",
        },
        {
            content: "automation rules are recorded",
            trigger: `${SWITCH}:checked`,
        },
        {
            content: "the setting leads to the list it governs",
            trigger: "#monitor_capture_automation button:contains(Automation rules)",
        },
        {
            content: "record them no longer",
            trigger: SWITCH,
            run: "uncheck",
        },
        {
            content: "save",
            trigger: ".o_form_button_save:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        ...openApp(),
        {
            content: "the board is there; a minute passes",
            trigger: ".o_monitor_board .o_kanban_group",
            run: runTick,
        },
        {
            content: "group by kind, which also reads the board again",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_group_by_menu .o_menu_item:contains(Kind)",
            run: "click",
        },
        {
            content: "the card says what the switch did",
            trigger: `${CARD} .o_monitor_card_reason:contains(Monitoring is switched off)`,
        },
    ],
});
