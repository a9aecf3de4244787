import {Component} from "@odoo/owl";
import {View} from "@web/views/view";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * The latest records that belong to the one on screen, as a list of their own:
 * `<widget name="monitor_records" model="monitor.run" field="workflow_id"/>`.
 *
 * A one2many would read the ids of all of them, and a workflow has many thousand runs.
 */
export class MonitorRecords extends Component {
    static template = "monitor_core.MonitorRecords";
    static components = {View};
    static props = {
        ...standardWidgetProps,
        model: String,
        field: String,
        limit: {type: Number, optional: true},
    };
    static defaultProps = {limit: 20};

    setup() {
        this.action = useService("action");
    }

    get viewProps() {
        const {field, limit, model, record} = this.props;
        return {
            resModel: model,
            type: "list",
            views: [[false, "list"]],
            domain: [[field, "=", record.resId || 0]],
            context: {[`default_${field}`]: record.resId, monitor_embedded: true},
            display: {controlPanel: false},
            limit,
            allowSelectors: false,
            readonly: true,
            selectRecord: (resId) => this.open(resId),
        };
    }

    open(resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: this.props.model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

export const monitorRecords = {
    component: MonitorRecords,
    extractProps: ({attrs}) => ({
        model: attrs.model,
        field: attrs.field,
        limit: parseInt(attrs.limit, 10) || 20,
    }),
};

registry.category("view_widgets").add("monitor_records", monitorRecords);
