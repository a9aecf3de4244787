import {registry} from "@web/core/registry";

const GROUP = ".o_group_header:contains(Tour: statistics)";

/**
 * A viewer reads how one workflow did, opens a day of it and finds its runs.
 * The test makes the workflow "Tour: statistics" with a run of today.
 */
registry.category("web_tour.tours").add("monitor_core_statistics_tour", {
    steps: () => [
        {
            content: "the workflow has its percentiles, in words",
            trigger: `${GROUP} td:contains(ms)`,
        },
        {
            content: "open its days",
            trigger: `${GROUP} .o_group_name`,
            run: "click",
        },
        {
            content: "open the runs of today",
            trigger: ".o_data_row td[name=runs]",
            run: "click",
        },
        {
            content: "there is one",
            trigger: ".o_list_view .o_data_row .o_monitor_badge:contains(Succeeded)",
        },
        {
            content: "back to the statistics",
            trigger: ".o_breadcrumb a:contains(Statistics), .o_back_button",
            run: "click",
        },
        {
            content: "as a pivot table",
            trigger: ".o_switch_view.o_pivot",
            run: "click",
        },
        {
            content: "its total is weighed, not averaged",
            trigger: ".o_pivot td:contains(0.00%)",
        },
        {
            content: "as a graph",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "which is drawn",
            trigger: ".o_graph_renderer canvas",
        },
    ],
});
