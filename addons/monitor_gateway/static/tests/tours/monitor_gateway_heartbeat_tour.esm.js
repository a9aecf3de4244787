import {openMenu, runTick} from "@monitor_core/../tests/tours/steps.esm";
import {browser} from "@web/core/browser/browser";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";

const copied = {};

function page(name) {
    return {
        content: `open the page ${name}`,
        trigger: `.o_form_view .o_notebook_headers a[name='${name}']`,
        run: "click",
    };
}

/** Call an address as a job does; fail the tour unless it answers with that text. */
async function fetchText(url, options, expected) {
    const answer = await fetch(url, options);
    const text = await answer.text();
    if (!answer.ok || !text.includes(expected)) {
        throw new Error(`${url} answered ${answer.status}: ${text}`);
    }
}

/**
 * A manager makes a heartbeat, copies its address, pings it as a job does, and sees it
 * up; then she shares its badge.
 */
registry.category("web_tour.tours").add("monitor_gateway_heartbeat_tour", {
    steps: () => [
        ...openMenu("monitor_gateway.monitor_menu_heartbeat"),
        {
            content: "the list is open; add one",
            trigger: ".o_breadcrumb:contains(Heartbeats)",
        },
        {
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            content: "name it",
            trigger:
                ".o_form_view [name='name'] input, .o_form_view [name='name'] textarea",
            run: "edit Tour: nightly backup && press Tab",
        },
        {
            content: "its code was made of the name",
            trigger: ".o_form_view [name='code'] input:value(tour-nightly-backup)",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        page("pings"),
        {
            content: "nothing came yet, and the first line is there",
            trigger: ".o_form_view [name='ping_first']:contains(curl)",
            run() {
                // A browser without a window has no clipboard.
                patch(browser.navigator.clipboard, {
                    async writeText(text) {
                        copied.url = text;
                    },
                });
            },
        },
        {
            content: "it says when it is expected",
            trigger:
                ".o_form_view [name='ping_rhythm']:contains(every day, 1 h of grace)",
        },
        {
            content: "copy the address",
            trigger: ".o_form_view [name='ping_url'] .o_clipboard_button",
            run: "click",
        },
        {
            content: "a test ping leaves a note",
            trigger: ".o_form_view button[name='action_send_test_ping']",
            run: "click",
        },
        {
            content: "the address answered",
            trigger: ".o_notification:contains(The address answered)",
        },
        page("pings"),
        {
            content: "the note is listed, the heartbeat is as new as before",
            trigger: ".o_form_view .o_data_row:contains(Log):contains(Test ping by)",
        },
        {
            trigger: ".o_form_view .oe_title .o_monitor_badge:contains(New)",
        },
        {
            content: "the job pings",
            trigger: ".o_form_view",
            async run() {
                if (!copied.url.match(/\/monitor\/ping\/[0-9a-f-]{36}$/)) {
                    throw new Error(`this is no address: ${copied.url}`);
                }
                await fetchText(`${copied.url}/start`, {}, "OK");
                await fetchText(copied.url, {method: "POST", body: "3.1 GB"}, "OK");
                await runTick();
            },
        },
        {
            content: "back to the list",
            trigger: ".o_breadcrumb a:contains(Heartbeats), .o_back_button",
            run: "click",
        },
        {
            content: "it is up",
            trigger:
                ".o_data_row:contains(Tour: nightly backup) .o_monitor_badge:contains(Healthy)",
        },
        {
            content: "open it",
            trigger: ".o_data_row:contains(Tour: nightly backup) [name='name']",
            run: "click",
        },
        page("pings"),
        {
            content: "what the job printed is there",
            trigger: ".o_form_view .o_data_row:contains(Success):contains(3.1 GB)",
        },
        page("monitoring"),
        {
            content: "share its badge",
            trigger: ".o_form_view button[name='action_share_badge']:contains(Share)",
            run: "click",
        },
        page("monitoring"),
        {
            content: "whoever has the address sees the name and the health",
            trigger: ".o_form_view [name='badge_url'] a[href*='/monitor/badge/']",
            async run() {
                const url = this.anchor.getAttribute("href");
                const options = {credentials: "same-origin"};
                await fetchText(url, options, "Tour: nightly backup");
                await fetchText(url, options, "healthy");
            },
        },
    ],
});
