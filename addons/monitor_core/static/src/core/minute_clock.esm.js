import {onMounted, onWillUnmount, reactive, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";

const MINUTE = 60 * 1000;
const {DateTime} = luxon;

// One timer for all relative times on screen, and none while nothing shows one.
const clock = reactive({now: DateTime.now()});
let readers = 0;
let timer = null;

function tick() {
    clock.now = DateTime.now();
}

/**
 * Re-render the calling component each minute.
 *
 * @returns {{now: luxon.DateTime}}
 */
export function useMinuteClock() {
    onMounted(() => {
        readers += 1;
        if (readers === 1) {
            tick();
            timer = browser.setInterval(tick, MINUTE);
        }
    });
    onWillUnmount(() => {
        readers -= 1;
        if (readers === 0) {
            browser.clearInterval(timer);
        }
    });
    return useState(clock);
}
