import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const CARD = ".o_kanban_record:contains(Tour: nightly import)";

/**
 * A manager opens the app, sees what fails first, opens it, pauses and resumes it.
 * The test makes the failing workflow "Tour: nightly import".
 */
registry.category("web_tour.tours").add("monitor_core_board_tour", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: ".o_app[data-menu-xmlid='monitor_core.monitor_menu_root']",
            run: "click",
        },
        {
            content: "the line above the board says that somebody must act",
            trigger: ".o_monitor_summary strong:contains(need)",
        },
        {
            content: "the first column is what fails",
            trigger: ".o_kanban_group:first .o_column_title:contains(Failing)",
        },
        {
            content: "the card says why",
            trigger: `${CARD} .o_monitor_card_reason:contains(The remote server is gone)`,
        },
        {
            content: "open the workflow",
            trigger: `${CARD} .o_monitor_card_title`,
            run: "click",
        },
        {
            content: "the strip has read its runs",
            trigger: ".o_form_view .o_monitor_strip:contains(1 failed)",
        },
        {
            content: "pause monitoring",
            trigger: ".o_form_view button:contains(Pause monitoring)",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The server is being replaced",
        },
        {
            content: "pause",
            trigger: ".modal footer button[name=action_pause]",
            run: "click",
        },
        {
            content: "the reason is told",
            trigger: ".o_form_view .oe_title:contains(The server is being replaced)",
        },
        {
            content: "it is paused",
            trigger: ".o_form_view .oe_title .o_monitor_badge:contains(Paused)",
        },
        {
            content: "resume monitoring",
            trigger: ".o_form_view button[name='action_resume']",
            run: "click",
        },
        {
            content: "it fails again",
            trigger: ".o_form_view .oe_title .o_monitor_badge:contains(Failing)",
        },
        {
            content: "back to the board",
            trigger: ".o_breadcrumb a, .o_back_button",
            run: "click",
        },
        {
            content: "the card is where it was",
            trigger: `.o_kanban_group:first ${CARD}`,
        },
    ],
});
