import {Component, onMounted, useExternalListener, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** Asked again when the window is looked at, but not more often than this. */
const EVERY_MS = 60 * 1000;
const MINE = "monitor_approvals.monitor_approval_action_mine";

/** How many approvals wait for the user; red when one is late, hidden without any. */
export class ApprovalsBadge extends Component {
    static template = "monitor_approvals.ApprovalsBadge";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({count: 0, late: 0});
        this.askedAt = 0;
        onMounted(() => this.ask());
        useExternalListener(window, "focus", () => this.ask());
        useExternalListener(this.env.bus, "ACTION_MANAGER:UI-UPDATED", () =>
            this.ask()
        );
    }

    get title() {
        return this.state.late
            ? _t("Approvals that wait for you: %(count)s, late: %(late)s", this.state)
            : _t("Approvals that wait for you: %(count)s", this.state);
    }

    /** Ask how many wait; a badge that cannot be filled is no reason to complain. */
    async ask() {
        const now = Date.now();
        if (now - this.askedAt < EVERY_MS) {
            return;
        }
        this.askedAt = now;
        try {
            const found = await this.orm.silent.call(
                "monitor.approval",
                "pending_for_me"
            );
            Object.assign(this.state, found);
        } catch {
            this.askedAt = 0;
        }
    }

    async open() {
        this.askedAt = 0;
        await this.action.doAction(MINE, {clearBreadcrumbs: true});
    }
}

registry
    .category("systray")
    .add("monitor_approvals.badge", {Component: ApprovalsBadge}, {sequence: 24});
