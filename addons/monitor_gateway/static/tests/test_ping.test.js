import {beforeEach, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {mockFetch} from "@odoo/hoot-mock";
import {testPing} from "@monitor_gateway/test_ping/test_ping.esm";

const PARAMS = {
    url: "https://odoo.example/monitor/ping/1/log",
    text: "Test ping by Omar",
};

beforeEach(() => allowTranslations());

/** Return the type and text of what the person is told. */
async function told() {
    const said = [];
    const notification = {add: (text, {type}) => said.push([type, String(text)])};
    const next = await testPing({services: {notification}}, {params: PARAMS});
    expect(next.tag).toBe("soft_reload");
    return said;
}

test("calls the address and says that it answered", async () => {
    mockFetch((url, {method, body}) => {
        expect.step(`${method} ${url} ${body}`);
        return new Response("OK");
    });
    const [[type, text]] = await told();
    expect(type).toBe("success");
    expect(text).toMatch(/answered/);
    expect.verifySteps([`POST ${PARAMS.url} ${PARAMS.text}`]);
});

test("says so when the address is not known", async () => {
    mockFetch(() => new Response("", {status: 404}));
    const [[type, text]] = await told();
    expect(type).toBe("danger");
    expect(text).toMatch("https://odoo.example did not answer");
});

test("says so when nobody answers", async () => {
    mockFetch(() => {
        throw new TypeError("Failed to fetch");
    });
    const [[type]] = await told();
    expect(type).toBe("danger");
});
