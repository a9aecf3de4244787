import {Component, onMounted, onWillUnmount, useState, useSubEnv} from "@odoo/owl";
import {BoardSummary} from "./board_summary.esm";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {healthRank} from "../../core/status.esm";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {summarize} from "./summary.esm";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

const REFRESH_MS = 60 * 1000;
const CROWD = 8;

/**
 * Fold the columns that tell nothing now (empty, or a crowd of workflows that never
 * ran), and unfold them once they do. What a person folds or unfolds stays so.
 *
 * @param {Object} root of the model, loaded
 * @param {Set} folded health of the columns folded by this function
 */
export async function foldQuietColumns(root, folded) {
    if (root.groupByField?.name !== "health") {
        return;
    }
    for (const group of root.groups) {
        const {count, serverValue} = group;
        const isQuiet = !count || (serverValue === "new" && count > CROWD);
        const isOurs = folded.has(serverValue);
        if (isQuiet && group.isFolded) {
            folded.add(serverValue);
        } else if (isQuiet && !isOurs) {
            folded.add(serverValue);
            await group.toggle();
        } else if (!isQuiet && isOurs) {
            folded.delete(serverValue);
            if (group.isFolded) {
                await group.toggle();
            }
        }
    }
}

/** Columns in the order of the board: what needs somebody stands left. */
export class GroupedByHealthRenderer extends KanbanRenderer {
    getGroupsOrRecords() {
        const items = super.getGroupsOrRecords();
        if (this.props.list.groupByField?.name !== "health") {
            return items;
        }
        // A phone shows one column at a time: none of them is empty.
        return items
            .filter(({group}) => group.count || !this.env.isSmall)
            .sort((a, b) => healthRank(a.group.value) - healthRank(b.group.value));
    }
}

/** The summary line above an ordinary kanban. */
export class BoardRenderer extends Component {
    static template = "monitor_core.BoardRenderer";
    static components = {BoardSummary, GroupedByHealthRenderer};
    static props = ["*"];

    get healthWords() {
        return Object.fromEntries(this.props.list.fields.health.selection);
    }
}

/** Keeps the board fresh: nobody should act on a picture that is an hour old. */
export class BoardController extends KanbanController {
    setup() {
        // Not useService: that one refuses a call which a read of the board, still on
        // its way while somebody leaves it, makes a moment too late.
        this.orm = this.env.services.orm;
        this.overlay = useService("overlay");
        this.summary = useState({total: 0, byHealth: {}, attention: 0, noOwner: 0});
        useSubEnv({monitorSummary: this.summary});
        super.setup();
        onMounted(() => {
            this.timer = browser.setInterval(() => this.refresh(), REFRESH_MS);
        });
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    get modelParams() {
        const params = super.modelParams;
        const folded = new Set();
        const onRootLoaded = async (root) => {
            this.loadSummary();
            await foldQuietColumns(root, folded);
        };
        return {...params, hooks: {...params.hooks, onRootLoaded}};
    }

    /** Read the board again, unless somebody is busy on it. */
    async refresh() {
        const busy =
            this.model.root.selection?.length ||
            Object.keys(this.overlay.overlays).length ||
            document.visibilityState !== "visible";
        if (!busy) {
            await this.model.root.load();
            this.model.notify();
        }
    }

    async loadSummary() {
        const [groups, tick] = await Promise.all([
            this.orm.formattedReadGroup(
                this.props.resModel,
                [],
                ["health"],
                ["__count", "process_owner_id:count"]
            ),
            this.readTick(),
        ]);
        Object.assign(this.summary, summarize(groups), tick);
    }

    /** @returns {Promise<{lastTick, problem}>} when the monitor looked, what failed */
    async readTick() {
        if (!(await user.checkAccessRight("monitor.tick", "read"))) {
            return {lastTick: false, problem: false};
        }
        const fields = ["last_tick_at", "problem"];
        const [tick] = await this.orm.searchRead("monitor.tick", [], fields, {
            limit: 1,
        });
        const lastTick = tick?.last_tick_at && deserializeDateTime(tick.last_tick_at);
        return {lastTick: lastTick || false, problem: tick?.problem || false};
    }
}

registry.category("views").add("monitor_board", {
    ...kanbanView,
    Controller: BoardController,
    Renderer: BoardRenderer,
});
