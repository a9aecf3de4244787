import {Component} from "@odoo/owl";
import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useMinuteClock} from "@monitor_core/core/minute_clock.esm";
import {countdown} from "./countdown.esm";

/** A deadline of an incident as the time that is left; the exact one on hover. */
export class MonitorCountdownField extends Component {
    static template = "monitor_incident.MonitorCountdownField";
    static props = {
        ...standardFieldProps,
        metField: {type: String, optional: true},
    };

    setup() {
        this.clock = useMinuteClock();
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get shown() {
        const {data} = this.props.record;
        const {metField} = this.props;
        const deadline = {
            at: this.value,
            metAt: metField ? data[metField] : false,
            state: data.state,
        };
        return countdown(deadline, this.clock.now);
    }

    get exact() {
        return formatDateTime(this.value, {showSeconds: true});
    }
}

export const monitorCountdownField = {
    component: MonitorCountdownField,
    displayName: _t("Time left"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Field of when it was met"),
            name: "met",
            type: "field",
            availableTypes: ["datetime"],
        },
    ],
    listViewWidth: [165, 185],
    fieldDependencies: ({options}) => [
        {name: "state", type: "selection"},
        ...(options.met ? [{name: options.met, type: "datetime"}] : []),
    ],
    extractProps: ({options}) => ({metField: options.met}),
};

registry.category("fields").add("monitor_countdown", monitorCountdownField);
