import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const CARD = ".o_kanban_record:contains(Tour: nightly import)";

/**
 * An operator finds what fails on the board, opens its incident, acknowledges it, runs
 * the work again and sees it recover: five clicks. The test makes the failing workflow
 * "Tour: nightly import", and mends it before it is run again.
 */
registry.category("web_tour.tours").add("monitor_incident_tour", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: ".o_app[data-menu-xmlid='monitor_core.monitor_menu_root']",
            run: "click",
        },
        {
            content: "the card of what fails leads to its incident",
            trigger: `${CARD} button[name='action_open_incidents']`,
            run: "click",
        },
        {
            content: "the incident says what is wrong",
            trigger: ".o_form_view .oe_title h1:contains(Tour: nightly import: Fails)",
        },
        {
            content: "take it over",
            trigger: ".o_form_view button[name='action_acknowledge']",
            run: "click",
        },
        {
            content: "it is acknowledged, and the timeline tells who did",
            trigger:
                ".o_field_widget[name=entry_ids] td:contains(Acknowledged by monitor_operator)",
        },
        {
            content: "run it again",
            trigger: ".o_form_view button[name='action_run_again']",
            run: "click",
        },
        {
            content: "it has recovered",
            trigger:
                ".o_form_view .o_arrow_button_current:contains(Resolved), .o_statusbar_status button[aria-checked='true']:contains(Resolved)",
        },
        {
            content: "and the timeline says by what",
            trigger: ".o_field_widget[name=entry_ids] td:contains(succeeded)",
        },
    ],
});
