import {registry} from "@web/core/registry";

const COLUMN = "td[name='run_now_allowed']";

function row(name) {
    return `.o_data_row:contains(${name})`;
}

/**
 * A manager allows operators to start two scheduled actions, in the list.
 * The test makes their workflows, "Tour: first" and "Tour: second".
 */
registry.category("web_tour.tours").add("monitor_core_run_now_tour", {
    steps: () => [
        {
            content: "open the choice of columns",
            trigger: ".o_list_view .o_optional_columns_dropdown button",
            run: "click",
        },
        {
            content: "show the column",
            trigger: ".o-dropdown--menu input[name='run_now_allowed']",
            run: "click",
        },
        {
            content: "select the first",
            trigger: `${row("Tour: first")} .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "select the second",
            trigger: `${row("Tour: second")} .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "tick one of them",
            trigger: `${row("Tour: first")} ${COLUMN}`,
            run: "click",
        },
        {
            content: "for both",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "both are allowed",
            trigger: `${row("Tour: second")} ${COLUMN} input:checked`,
        },
    ],
});
