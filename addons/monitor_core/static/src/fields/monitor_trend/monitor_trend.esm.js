import {BAR, GAP, HEIGHT, trendPaths, trendSentence, trendTitle} from "./trend.esm";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Seven days of runs as small bars, failures in red on top. Plain SVG: a board has 80. */
export class MonitorTrendField extends Component {
    static template = "monitor_core.MonitorTrendField";
    static props = {...standardFieldProps};

    height = HEIGHT;

    get days() {
        return this.props.record.data[this.props.name] || [];
    }

    get paths() {
        return trendPaths(this.days);
    }

    get title() {
        return trendTitle(this.days);
    }

    get sentence() {
        return trendSentence(this.days);
    }

    get width() {
        return Math.max(BAR, this.days.length * (BAR + GAP) - GAP);
    }
}

export const monitorTrendField = {
    component: MonitorTrendField,
    displayName: _t("Trend of runs"),
    supportedTypes: ["json"],
    listViewWidth: [80, 90],
};

registry.category("fields").add("monitor_trend", monitorTrendField);
