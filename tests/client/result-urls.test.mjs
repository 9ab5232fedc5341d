/**
 * Where results lie is what a server says. Outside a page nothing of this machine or of its network is read on that
 * word, be it behind a redirect.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { runScript } from "../support/runtimes.mjs";
import { tinyPng } from "../support/tiny-png.mjs";
import { clock, connect, createClient, generation } from "./harness.mjs";

const CDN = "https://media.example.com/1.png";
const OWN = "https://api.invalid/results/1.png";
const OTHERS = [
  "http://media.example.com/1.png",
  "file:///etc/passwd",
  "FILE:///etc/passwd",
  "data:image/png;base64,iVBORw0KGgo=",
  "blob:https://api.invalid/1",
  "blob:nodedata:1",
  "ftp://media.example.com/1.png",
  "javascript:1",
  "about:blank",
  "https://user:password@media.example.com/1.png",
  "https://user@api.invalid/1.png",
];
const HERE = [
  "https://127.0.0.1/1.png",
  "http://127.0.0.1:9/1.png",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://0/",
  "https://10.0.0.1/",
  "https://192.168.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://8.8.8.8/",
  "https://127.0.0.1./",
  "https://１２７.0.0.1/",
  "https://127。0。0。1/",
  "https://%31%32%37.0.0.1/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[fe80::1]/",
  "https://[fd00::1]/",
  "https://localhost/",
  "https://LOCALHOST./",
  "https://ｌocalhost/",
  "https://a.localhost/",
  "https://printer.local/",
  "https://metadata.google.internal/",
  "https://intranet/",
  "https://router.lan/",
  "https://nas.home.arpa/",
  "https://name.onion/",
  "https://a.test/",
  "https://a.example/",
  "https://b.invalid/",
  "https://api.invalid:444/1.png",
  "https://media.example.com:22/1.png",
  "https://media.example.com:25/1.png",
  "https://media.example.com:6379/1.png",
];
const NOWHERE = ["https://", "//media.example.com/1.png", "1.png", "/etc/passwd", "https://a b/", "not a URL"];

const picture = () => new Response(tinyPng(), { headers: { "Content-Type": "image/png" } });
const moved = (location, status = 302) =>
  new Response(null, { status, headers: { ...(location !== null && { Location: location }) } });
const resultAt = (...urls) => ({ ...generation("succeeded"), result: { primary_url: urls[0], urls } });

/**
 * What comes of a download of `urls`, and what was asked for: `places` answers for a URL, all others with a picture.
 */
async function downloaded(urls, places = {}, options = {}) {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push(url);
    return (places[url] ?? picture)(init);
  };
  const client = await connect(fetch, options);
  const { value, error } = await clock.until(client.download(resultAt(...urls)));
  return {
    asked,
    pictures: value?.length,
    code: error?.code,
    retryable: error?.retryable,
    message: error?.message ?? "",
    attempts: error?.attempts,
  };
}
const refusedAt = ({ code, retryable, asked }) => ({ code, retryable, asked });

describe("outside a page a result", () => {
  test("of_a_name_in_public_or_of_the_apis_own_origin_is_fetched", async () => {
    for (const url of [
      CDN,
      OWN,
      "https://media.example.com:8443/1.png",
      "HTTPS://MEDIA.EXAMPLE.COM/1.png",
      "https://bücher.example.com/1.png",
    ]) {
      const { pictures, asked } = await downloaded([url]);
      assert.deepEqual([pictures, asked], [1, [new URL(url).href]]);
    }
  });

  test("that_is_no_https_url_or_lies_in_ones_own_network_is_not_fetched", async () => {
    for (const url of [...OTHERS, ...HERE, ...NOWHERE]) {
      const found = await downloaded([url]);
      assert.deepEqual(refusedAt(found), { code: "invalid_response", retryable: false, asked: [] }, url);
      assert.match(found.message, /^generation\.result\.urls\[0\] is not fetched: /, url);
      assert.ok(!found.message.includes("password@"), found.message);
    }
  });

  test("that_is_refused_is_named_and_none_of_the_others_is_fetched", async () => {
    const found = await downloaded([CDN, CDN, "http://127.0.0.1:9/secret?token=1", CDN]);
    assert.deepEqual(refusedAt(found), { code: "invalid_response", retryable: false, asked: [] });
    assert.equal(
      found.message,
      "generation.result.urls[2] is not fetched: a result's URL must be https:, and this one begins with http://127.0.0.1:9",
    );
    assert.equal(found.attempts, 0);
  });

  test("that_redirects_is_followed_step_by_step_and_each_step_is_asked_for_without_following", async () => {
    const redirects = [];
    const step = (location, status) => (init) => (redirects.push(init.redirect), moved(location, status));
    const found = await downloaded([CDN], {
      [CDN]: step("/2.png?x=1", 307),
      "https://media.example.com/2.png?x=1": step("//two.example.com/3.png", 301),
      "https://two.example.com/3.png": step(OWN, 308),
    });
    assert.deepEqual(found.asked, [CDN, "https://media.example.com/2.png?x=1", "https://two.example.com/3.png", OWN]);
    assert.deepEqual([found.pictures, redirects], [1, ["manual", "manual", "manual"]]);
  });

  test("that_redirects_into_ones_own_network_is_not_followed", async () => {
    // A header has no other characters.
    const isLatin = (url) => /^[ -~]*$/.test(url);
    for (const url of [...OTHERS, ...HERE, "https://", "https://a b/"].filter(isLatin)) {
      const found = await downloaded([CDN], { [CDN]: () => moved(url) });
      assert.deepEqual(refusedAt(found), { code: "invalid_response", retryable: false, asked: [CDN] }, url);
      assert.match(found.message, /^generation\.result\.urls\[0\] redirects, and is not followed: /, url);
      assert.equal(found.attempts, 1);
    }
  });

  test("that_redirects_for_ever_is_given_up_after_five_steps", async () => {
    const found = await downloaded([CDN], { [CDN]: () => moved(CDN) });
    assert.deepEqual(refusedAt(found), { code: "invalid_response", retryable: false, asked: Array(6).fill(CDN) });
    assert.match(found.message, /5 redirects/);
  });

  test("that_redirects_to_nowhere_is_what_its_host_said", async () => {
    const found = await downloaded([CDN], { [CDN]: () => moved(null) });
    assert.deepEqual(refusedAt(found), { code: "http_302", retryable: false, asked: [CDN] });
  });

  test("gives_up_the_body_of_each_redirect", async () => {
    let cancelled = 0;
    const endless = () =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
        cancel: () => void (cancelled += 1),
      });
    const found = await downloaded([CDN], {
      [CDN]: () => new Response(endless(), { status: 302, headers: { Location: OWN } }),
    });
    assert.deepEqual([found.pictures, cancelled], [1, 1]);
  });

  test("of_an_api_on_loopback_http_may_be_anywhere_over_http", async () => {
    const baseUrl = "http://127.0.0.1:8787/api/v1";
    for (const url of [
      "http://127.0.0.1:8787/results/1.png",
      "http://127.0.0.1:9000/1.png",
      "http://localhost:9000/1.png",
      CDN,
    ]) {
      assert.equal((await downloaded([url], {}, { baseUrl })).pictures, 1, url);
      const first = "https://two.example.com/1.png";
      assert.equal((await downloaded([first], { [first]: () => moved(url) }, { baseUrl })).pictures, 1, url);
    }
    for (const url of [
      "file:///etc/passwd",
      "data:image/png;base64,iVBORw0KGgo=",
      "http://user:password@127.0.0.1:8787/1.png",
    ]) {
      assert.deepEqual(
        refusedAt(await downloaded([url], {}, { baseUrl })),
        {
          code: "invalid_response",
          retryable: false,
          asked: [],
        },
        url,
      );
    }
  });

  test("of_a_bound_service_is_fetched_where_the_service_is", async () => {
    const { pictures } = await downloaded(
      ["https://api.internal/results/1.png"],
      {},
      {
        baseUrl: "https://api.internal/api/v1",
      },
    );
    assert.equal(pictures, 1);
  });
});

describe("in a page a result", () => {
  let page;
  before(() => {
    globalThis.document = {};
    page = Object.getOwnPropertyDescriptor(globalThis, "location");
  });
  after(() => {
    delete globalThis.document;
    if (page === undefined) delete globalThis.location;
  });

  async function inAPage(href, url, baseUrl = "/api/rivya") {
    Object.defineProperty(globalThis, "location", { value: new URL(href), configurable: true });
    const asked = [];
    const fetch = async (address, init) => {
      asked.push([address, init.redirect]);
      return picture();
    };
    const client = await createClient({ baseUrl, downloadFetch: fetch, fetch });
    const { value, error } = await clock.until(client.download(resultAt(url)));
    return { asked, pictures: value?.length, code: error?.code };
  }

  test("is_fetched_over_https_wherever_it_lies_and_the_browser_follows_its_redirects", async () => {
    for (const url of [CDN, "https://media.corp.internal/1.png"]) {
      assert.deepEqual(await inAPage("https://shop.example.com/", url), {
        asked: [[url, undefined]],
        pictures: 1,
        code: undefined,
      });
    }
  });

  test("of_the_pages_own_origin_is_fetched_by_plain_http_too", async () => {
    const url = "http://192.168.1.5:8787/results/1.png";
    assert.equal((await inAPage("http://192.168.1.5:8787/", url)).pictures, 1);
    assert.equal(
      (await inAPage("http://192.168.1.5:8787/", "/results/1.png")).pictures,
      1,
      "a relative one is the page's",
    );
    assert.equal(
      (await inAPage("http://localhost:8787/", "http://127.0.0.1:9000/1.png")).pictures,
      1,
      "development on this machine",
    );
  });

  test("of_any_other_scheme_is_not_fetched", async () => {
    for (const url of ["http://media.example.com/1.png", ...OTHERS]) {
      assert.deepEqual(
        await inAPage("https://shop.example.com/", url),
        {
          asked: [],
          pictures: undefined,
          code: "invalid_response",
        },
        url,
      );
    }
  });
});

describe("in a script", () => {
  let origin;
  let server;
  const asked = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url);
      const steps = Number(/^\/steps\/(\d+)/.exec(request.url)?.[1] ?? 0);
      if (steps > 0) return response.writeHead(302, { Location: `/steps/${steps - 1}` }).end("elsewhere");
      if (request.url === "/out") return response.writeHead(302, { Location: "file:///etc/passwd" }).end();
      return response.writeHead(200, { "Content-Type": "image/png" }).end(tinyPng());
    });
    // The clock of this file is a fake one: nothing here waits by it.
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server?.close());

  for (const runtime of ["node", "deno", "bun"]) {
    test(`no_file_of_the_machine_is_handed_over_by_the_platforms_own_fetch_in_${runtime}`, async () => {
      asked.length = 0;
      const self = new URL(import.meta.url).href;
      const outcomes = await runScript(runtime, "tests/client/result-urls-script.mjs", [
        origin,
        self,
        `${origin}/out`,
        `${origin}/steps/3`,
        `${origin}/steps/9`,
      ]);
      const refused = { code: "invalid_response", retryable: false };
      assert.deepEqual(outcomes, [refused, refused, { bytes: tinyPng().length }, refused]);
      assert.deepEqual(asked, [
        "/out",
        "/steps/3",
        "/steps/2",
        "/steps/1",
        "/steps/0",
        ...[9, 8, 7, 6, 5, 4].map((left) => `/steps/${left}`),
      ]);
    });
  }
});
