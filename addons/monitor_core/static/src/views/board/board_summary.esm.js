import {isTickLate, summaryChips, summarySentence} from "./summary.esm";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/core/l10n/dates";
import {relativeWords} from "../../core/relative.esm";
import {useMinuteClock} from "../../core/minute_clock.esm";

/** One line above the board: must somebody act, and is the monitor itself awake? */
export class BoardSummary extends Component {
    static template = "monitor_core.BoardSummary";
    static props = {data: Object, healthWords: Object};

    setup() {
        this.clock = useMinuteClock();
    }

    get sentence() {
        return summarySentence(this.props.data);
    }

    get calm() {
        return !this.props.data.attention;
    }

    get chips() {
        return summaryChips(this.props.data, this.props.healthWords);
    }

    get lastTick() {
        return this.props.data.lastTick;
    }

    get isLate() {
        return isTickLate(this.lastTick, this.clock.now);
    }

    get checked() {
        const time = relativeWords(this.lastTick, this.clock.now);
        return this.isLate
            ? _t("Health is out of date: last checked %s", time)
            : _t("Checked %s", time);
    }

    get checkedExactly() {
        return formatDateTime(this.lastTick, {showSeconds: true});
    }

    isActive(chip) {
        return this.findFilters(chip).some(({isActive}) => isActive);
    }

    findFilters({filter}) {
        return this.env.searchModel.getSearchItems(({name}) => name === filter);
    }

    toggle(chip) {
        for (const {id} of this.findFilters(chip)) {
            this.env.searchModel.toggleSearchItem(id);
        }
    }
}
