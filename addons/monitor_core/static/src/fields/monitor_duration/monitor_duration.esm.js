import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {formatDuration} from "../../core/duration.esm";

/** A number of milliseconds in words, with the exact number on hover. */
export class MonitorDurationField extends Component {
    static template = "monitor_core.MonitorDurationField";
    static props = {
        ...standardFieldProps,
        hideZero: {type: Boolean, optional: true},
    };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get words() {
        return this.value || !this.props.hideZero ? formatDuration(this.value) : "";
    }

    get title() {
        return _t("%s ms", this.value || 0);
    }
}

export const monitorDurationField = {
    component: MonitorDurationField,
    displayName: _t("Duration in words"),
    supportedTypes: ["integer", "float"],
    supportedOptions: [{label: _t("Hide zero"), name: "hide_zero", type: "boolean"}],
    listViewWidth: [80, 110],
    extractProps: ({options}) => ({hideZero: Boolean(options.hide_zero)}),
};

registry.category("fields").add("monitor_duration", monitorDurationField);

/** Groups, graphs and pivots ask this; nothing measured is not "0 ms". */
export function formatMeasuredDuration(value) {
    return value === false ? "" : formatDuration(value);
}

registry.category("formatters").add("monitor_duration", formatMeasuredDuration);
