import {registry} from "@web/core/registry";

/**
 * Who is asked sees the badge, opens what waits and approves it, without belonging to
 * the Monitor. The test requests "Tour: new van".
 */
registry.category("web_tour.tours").add("monitor_approval_tour", {
    steps: () => [
        {
            content: "the badge says that something waits",
            trigger: ".o_monitor_approvals_badge:contains(1)",
            run: "click",
        },
        {
            content: "open it",
            trigger: ".o_data_row td:contains(Tour: new van)",
            run: "click",
        },
        {
            content: "approve",
            trigger: ".o_form_view .o_statusbar_buttons button:contains(Approve)",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit Fine with me",
        },
        {
            content: "confirm",
            trigger: ".modal footer button[name=action_do]",
            run: "click",
        },
        {
            content: "it is approved",
            trigger:
                ".o_form_view .o_arrow_button_current:contains(Approved), .o_statusbar_status button[aria-checked='true']:contains(Approved)",
        },
        {
            content: "who decided stands in the timeline",
            trigger: ".o_notebook_headers a[name=timeline]",
            run: "click",
        },
        {
            content: "with the comment",
            trigger: ".o_field_widget[name=event_ids] td:contains(Fine with me)",
        },
    ],
});
