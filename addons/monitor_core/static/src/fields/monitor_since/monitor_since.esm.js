import {Component} from "@odoo/owl";
import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useMinuteClock} from "../../core/minute_clock.esm";
import {relativeWords} from "../../core/relative.esm";

/** A moment in relative words ("12 min ago"), the exact one on hover. */
export class MonitorSinceField extends Component {
    static template = "monitor_core.MonitorSinceField";
    static props = {
        ...standardFieldProps,
        empty: {type: String, optional: true},
    };

    setup() {
        this.clock = useMinuteClock();
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get words() {
        return relativeWords(this.value, this.clock.now);
    }

    get exact() {
        return formatDateTime(this.value, {showSeconds: true});
    }
}

export const monitorSinceField = {
    component: MonitorSinceField,
    displayName: _t("Relative time"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {label: _t("Words when there is no value"), name: "empty", type: "string"},
    ],
    listViewWidth: [90, 130],
    extractProps: ({attrs, options}) => ({
        empty: attrs.placeholder || options.empty || "",
    }),
};

registry.category("fields").add("monitor_since", monitorSinceField);
