import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const TIMEOUT_MS = 10000;

/**
 * Call the address of a heartbeat from this browser, as its job will, and tell whether
 * it answered. A plain text needs no leave of another origin, where the address is one.
 *
 * @param {String} url
 * @param {String} text what is sent along
 * @returns {Promise<Boolean>}
 */
export async function ping(url, text) {
    try {
        const answer = await browser.fetch(url, {
            method: "POST",
            body: text,
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        return answer.ok;
    } catch (error) {
        browser.console.warn(error);
        return false;
    }
}

export async function testPing(env, {params}) {
    if (await ping(params.url, params.text)) {
        env.services.notification.add(
            _t(
                "The address answered. The ping is listed as a note; the health of the heartbeat waits for its job."
            ),
            {type: "success"}
        );
    } else {
        env.services.notification.add(
            _t(
                "%s did not answer. If that address is wrong, ask an administrator to correct the system parameter web.base.url.",
                new URL(params.url).origin
            ),
            {type: "danger", sticky: true}
        );
    }
    return {type: "ir.actions.client", tag: "soft_reload"};
}

registry.category("actions").add("monitor_test_ping", testPing);
