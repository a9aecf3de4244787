import {
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {click, queryAllTexts} from "@odoo/hoot-dom";
import {expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class MonitorWorkflow extends models.Model {
    _name = "monitor.workflow";

    name = fields.Char();
    _records = [
        {id: 1, name: "Bills"},
        {id: 2, name: "Mails"},
    ];
}

class MonitorRun extends models.Model {
    _name = "monitor.run";

    name = fields.Char();
    workflow_id = fields.Many2one({relation: "monitor.workflow"});

    _records = [
        {id: 1, name: "first", workflow_id: 1},
        {id: 2, name: "second", workflow_id: 1},
        {id: 3, name: "third", workflow_id: 1},
        {id: 4, name: "of another", workflow_id: 2},
    ];
    _views = {list: '<list default_order="id desc"><field name="name"/></list>'};
}

defineMailModels();
defineModels([MonitorWorkflow, MonitorRun]);

test("lists the latest records of this one, and opens one", async () => {
    mockService("action", {
        doAction: ({res_model, res_id}) => expect.step(`${res_model} ${res_id}`),
    });
    onRpc("monitor.run", "web_search_read", ({kwargs}) =>
        expect.step(`limit ${kwargs.limit}`)
    );
    await mountView({
        type: "form",
        resModel: "monitor.workflow",
        resId: 1,
        arch: `
            <form>
                <widget name="monitor_records" model="monitor.run" field="workflow_id"
                        limit="2"/>
            </form>`,
    });
    expect(queryAllTexts(".o_data_row")).toEqual(["third", "second"]);
    expect(".o_control_panel").toHaveCount(1);
    await click(".o_data_row:first .o_data_cell");
    expect.verifySteps(["limit 2", "monitor.run 3"]);
});
