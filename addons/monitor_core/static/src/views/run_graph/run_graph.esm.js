import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {graphView} from "@web/views/graph/graph_view";
import {registry} from "@web/core/registry";
import {statusLook} from "../../core/status.esm";

const SEPARATOR = " / ";
const COLORS = {
    quiet: "#6a9f7b",
    ask: "#e3a008",
    demand: "#d9434f",
    inform: "#3aa0b8",
    muted: "#adb5bd",
};
/** Of the same tone as an error, and next to it in a chart. */
const CRITICAL = "#8f1d2c";

/**
 * The colour of a series that stands for one state of runs or one severity: a chart in
 * which success is red says the opposite of what happened.
 *
 * @param {String} label of the series, "Failed" or "Bills / Failed"
 * @param {Array[]} selection of the states, `[value, word]`
 * @returns {String | false} false where the series stands for something else
 */
export function stateColor(label, selection) {
    const parts = String(label).split(SEPARATOR);
    const found = selection.find(([, word]) => parts.includes(word));
    if (!found) {
        return false;
    }
    return found[0] === "critical" ? CRITICAL : COLORS[statusLook(found[0]).tone];
}

/**
 * The values of the selections by which a chart is grouped.
 *
 * @param {Object} metaData of the graph
 * @returns {Array[]} `[value, word]`
 */
export function groupedSelection({fields, groupBy}) {
    return groupBy.flatMap(({fieldName}) => fields[fieldName]?.selection || []);
}

export class RunGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const selection = groupedSelection(this.model.metaData);
        for (const dataset of data.datasets) {
            dataset.backgroundColor =
                stateColor(dataset.label, selection) || dataset.backgroundColor;
        }
        return data;
    }

    /** Numbers of runs and alerts are whole numbers, on the axis too. */
    formatValue(value, allIntegers, formatType) {
        return super.formatValue(
            value,
            allIntegers || Number.isInteger(value),
            formatType
        );
    }
}

registry.category("views").add("monitor_run_graph", {
    ...graphView,
    Renderer: RunGraphRenderer,
});
