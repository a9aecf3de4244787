import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatSelection} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {statusLook} from "../../core/status.esm";

/** A status as a badge: icon, word and colour. */
export class MonitorHealthField extends Component {
    static template = "monitor_core.MonitorHealthField";
    static props = {
        ...standardFieldProps,
        iconOnly: {type: Boolean, optional: true},
    };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get word() {
        const {selection} = this.props.record.fields[this.props.name];
        return formatSelection(this.value, {selection});
    }

    get look() {
        return statusLook(this.value);
    }
}

export const monitorHealthField = {
    component: MonitorHealthField,
    displayName: _t("Status with icon"),
    supportedTypes: ["selection"],
    supportedOptions: [{label: _t("Icon only"), name: "icon_only", type: "boolean"}],
    listViewWidth: [100, 120],
    extractProps: ({options}) => ({iconOnly: Boolean(options.icon_only)}),
};

registry.category("fields").add("monitor_health", monitorHealthField);
