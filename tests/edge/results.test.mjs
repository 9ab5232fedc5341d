/**
 * Results through the proxy: pictures, videos and sounds of the caller's own, from wherever they lie, and the key goes
 * to none of those places.
 */
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { answer, API_KEY, endlessBody, recordingApi, refusal, startProxy, UPSTREAM } from "../support/edge.mjs";

const OWN = "https://api.invalid/results/1.png";
const PICTURE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
const picture = (headers = {}) => new Response(PICTURE, { headers: { "Content-Type": "image/png", ...headers } });
const moved = (location, status = 302) =>
  new Response("moved", { status, headers: { ...(location && { Location: location }), "Content-Type": "image/png" } });

/**
 * A proxy whose API knows one generation with results at `urls`, each of which `places[url](init)` answers. Asks for
 * `index`.
 */
async function resultOf(urls, places = {}, { index = 0, options = {} } = {}) {
  const reached = [];
  const place = (url, init) => {
    reached.push({ url, headers: Object.fromEntries(new Headers(init.headers)) });
    return places[url]?.(init) ?? refusal(404, "nothing");
  };
  const upstream = options.upstream ?? UPSTREAM;
  const api = recordingApi(({ url, init }) =>
    url === `${upstream}/generations/task_1`
      ? answer(200, { id: "task_1", status: "succeeded", result: { primary_url: urls[0], urls } })
      : place(url, init),
  );
  const { proxy } = startProxy({ api, authorize: () => "ann", ...options });
  const id = await proxy.bindId("task", "task_1", "ann");
  // Whatever is asked elsewhere than at the API is seen, too, and nothing leaves this process.
  const { mock: fetched } = mock.method(globalThis, "fetch", async (url, init) => place(url, init));
  const response = await proxy.fetch(new Request(`https://shop.test/api/rivya/generations/${id}/results/${index}`));
  fetched.restore();
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  return { response, status: response.status, bytes, json: await response.json().catch(() => undefined), reached };
}

describe("a result", () => {
  test("comes_with_its_type_and_length_and_without_any_right_on_our_origin", async () => {
    const loud = {
      "Content-Length": "7",
      "Set-Cookie": "a=1",
      "Content-Disposition": "inline",
      "Cache-Control": "public",
      "X-Powered-By": "x",
      "Content-Security-Policy": "default-src *",
    };
    const { response, bytes } = await resultOf([OWN], { [OWN]: () => picture(loud) });
    assert.deepEqual(bytes, PICTURE);
    assert.deepEqual(Object.fromEntries(response.headers), {
      "cache-control": "no-store",
      "content-length": "7",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-type": "image/png",
      vary: "Origin",
      "x-content-type-options": "nosniff",
    });
  });

  test("that_the_platform_has_unpacked_comes_without_the_length_that_it_had_packed", async () => {
    const { response } = await resultOf([OWN], {
      [OWN]: () => picture({ "Content-Encoding": "gzip", "Content-Length": "3" }),
    });
    assert.deepEqual([response.headers.get("content-length"), response.headers.get("content-encoding")], [null, null]);
  });

  test("comes_without_a_length_that_is_no_plain_number", async () => {
    for (const length of ["nonsense", "-7", "7, 7", "7.0", "0x7", "1e1", "", "99999999999999999999"]) {
      const { response, bytes } = await resultOf([OWN], { [OWN]: () => picture({ "Content-Length": length }) });
      assert.deepEqual([response.status, response.headers.get("content-length")], [200, null], length);
      assert.deepEqual(bytes, PICTURE);
    }
  });

  test("is_asked_of_its_host_without_the_key_and_without_anything_of_the_callers", async () => {
    for (const url of [OWN, "https://media.example.com/1.png"]) {
      const { status, reached } = await resultOf([url], { [url]: () => picture() });
      assert.equal(status, 200);
      assert.deepEqual(reached, [{ url, headers: {} }]);
    }
  });

  test("is_the_one_that_was_asked_for", async () => {
    const urls = ["a", "b", "c"].map((name) => `https://api.invalid/${name}.png`);
    const places = Object.fromEntries(urls.map((url) => [url, () => picture()]));
    for (const index of [0, 1, 2])
      assert.deepEqual(
        (await resultOf(urls, places, { index })).reached.map(({ url }) => url),
        [urls[index]],
      );
    for (const index of [3, 4_294_967_295]) {
      const { status, reached } = await resultOf(urls, places, { index });
      assert.deepEqual([status, reached], [404, []]);
    }
  });

  test("is_not_served_where_the_option_says_so", async () => {
    const { status, reached } = await resultOf([OWN], { [OWN]: () => picture() }, { options: { results: false } });
    assert.deepEqual([status, reached], [404, []]);
  });

  test("streams_its_beginning_is_there_before_its_end", async () => {
    let end;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(PICTURE);
        end = () => controller.close();
      },
    });
    const api = recordingApi(({ path }) =>
      path.startsWith("/generations/")
        ? answer(200, { id: "task_1", status: "succeeded", result: { urls: [OWN] } })
        : new Response(body, { headers: { "Content-Type": "video/mp4" } }),
    );
    const { proxy } = startProxy({ api, authorize: () => "ann" });
    const id = await proxy.bindId("task", "task_1", "ann");
    const reader = (
      await proxy.fetch(new Request(`https://shop.test/api/rivya/generations/${id}/results/0`))
    ).body.getReader();
    assert.deepEqual((await reader.read()).value, PICTURE);
    end();
    assert.equal((await reader.read()).done, true);
  });
});

describe("a type", () => {
  test("of_pictures_videos_and_sounds_is_handed_on", async () => {
    for (const type of ["image/png", "IMAGE/JPEG", "image/webp; q=1", "video/mp4", "audio/mpeg", "image/avif"]) {
      assert.equal((await resultOf([OWN], { [OWN]: () => picture({ "Content-Type": type }) })).status, 200, type);
    }
  });

  test("that_a_browser_may_run_or_that_nobody_said_is_not", async () => {
    const types = [
      "text/html",
      "image/svg+xml",
      "IMAGE/SVG+XML; charset=utf-8",
      " image/svg+xml",
      "application/xml",
      "image/foo+xml",
      "image/png, text/html",
      "image/png,image/svg+xml",
      "image/png;x=y, text/html",
      "image/png text/html",
      "image/png/x",
      "image/p\u00e9ng",
      "text/plain",
      "application/octet-stream",
      "application/json",
      "multipart/form-data",
      "image",
      "image/",
      "/png",
      "imagex/png",
      "",
    ];
    for (const type of types) {
      const { status, json, response } = await resultOf([OWN], {
        [OWN]: () => new Response("<script>", { headers: { "Content-Type": type } }),
      });
      assert.deepEqual([status, json?.error.code], [502, "invalid_response"], type);
      assert.equal(response.headers.get("content-type"), "application/json");
    }
    const untyped = () => new Response(PICTURE);
    assert.equal((await resultOf([OWN], { [OWN]: untyped })).status, 502);
  });

  test("that_comes_twice_is_not", async () => {
    const twice = () => {
      const response = picture();
      response.headers.append("Content-Type", "text/html");
      return response;
    };
    assert.equal((await resultOf([OWN], { [OWN]: twice })).status, 502);
  });
});

describe("a place", () => {
  test("that_redirects_is_followed_step_by_step_and_no_step_gets_the_key", async () => {
    const places = {
      [OWN]: () => moved("https://one.example.com/a"),
      "https://one.example.com/a": () => moved("/b?x=1", 307),
      "https://one.example.com/b?x=1": () => moved("//two.example.com/c", 301),
      "https://two.example.com/c": () => picture(),
    };
    const { status, reached } = await resultOf([OWN], places);
    assert.equal(status, 200);
    assert.deepEqual(
      reached.map(({ url }) => url),
      Object.keys(places),
    );
    assert.ok(!JSON.stringify(reached).includes(API_KEY));
  });

  test("of_the_apis_own_origin_is_asked_by_the_options_fetch_and_any_other_by_the_platforms", async (t) => {
    const asked = [];
    const redirects = [];
    t.mock.method(
      globalThis,
      "fetch",
      async (url, { redirect }) => (asked.push(["platform", url]), redirects.push(redirect), picture()),
    );
    const [own, elsewhere, otherPort] = [
      "https://api.example.com/1.png",
      "https://media.example.com/1.png",
      "https://api.example.com:444/1.png",
    ];
    const bound = recordingApi(({ url, init }) => {
      if (url.includes("/generations/"))
        return answer(200, { id: "task_1", status: "succeeded", result: { urls: [own, elsewhere, otherPort] } });
      asked.push(["option", url]);
      redirects.push(init.redirect);
      return picture();
    });
    const { ask, proxy } = startProxy({ api: bound, upstream: "https://api.example.com/api/v1" });
    const id = await proxy.bindId("task", "task_1", "ann");
    for (const index of [0, 1, 2]) assert.equal((await ask(`/generations/${id}/results/${index}`)).status, 200);
    assert.deepEqual(redirects, ["manual", "manual", "manual"], "each step is judged anew");
    assert.deepEqual(asked, [
      ["option", own],
      ["platform", elsewhere],
      ["platform", otherPort],
    ]);
  });

  test("that_redirects_for_ever_or_to_nowhere_is_given_up", async () => {
    const { status, reached } = await resultOf([OWN], { [OWN]: () => moved(OWN) });
    assert.equal(status, 502);
    assert.equal(reached.length, 6);
    for (const location of [
      null,
      "http://[",
      "https://",
      "http://api.invalid/plain",
      "file:///etc/passwd",
      "data:image/png;base64,iVBORw0KGgo=",
      "javascript:1",
      "blob:https://shop.test/1",
      "https://user:password@api.invalid/",
    ]) {
      const { status, json, reached } = await resultOf([OWN], { [OWN]: () => moved(location) });
      assert.equal(status, 502, String(location));
      assert.ok(["invalid_response", "upstream_unreachable"].includes(json.error.code), String(location));
      assert.deepEqual(
        reached.map(({ url }) => url),
        [OWN],
        String(location),
      );
    }
  });

  test("that_is_no_https_url_is_not_asked", async () => {
    for (const url of [
      "http://api.invalid/1.png",
      "file:///etc/passwd",
      "data:image/png;base64,iVBORw0KGgo=",
      "ftp://api.invalid/",
      "blob:https://api.invalid/1",
      "//api.invalid/1.png",
      "1.png",
      "https://user:password@api.invalid/1.png",
    ]) {
      const { status, reached } = await resultOf([url]);
      assert.deepEqual([status, reached], [502, []], url);
    }
    for (const url of [7, null, {}, ""]) assert.deepEqual((await resultOf([url])).status, 404);
  });

  test("in_this_network_or_of_this_machine_is_not_asked_however_it_is_written", async () => {
    const hosts = [
      "127.0.0.1",
      "127.1",
      "127.0.0.1.",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "017700000001",
      "127.0.0.１",
      "１２７.0.0.1",
      "0.0.0.0",
      "10.0.0.1",
      "192.168.0.1",
      "169.254.169.254",
      "%31%32%37.0.0.1",
      "[::1]",
      "[::]",
      "[fe80::1]",
      "[fd00::1]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[64:ff9b::7f00:1]",
      "[::127.0.0.1]",
      "localhost",
      "LOCALHOST",
      "localhost.",
      "a.localhost",
      "ｌocalhost",
      "localhost.localdomain",
      "printer.local",
      "router.lan",
      "metadata.google.internal",
      "metadata.google.internal.",
      "intranet",
      "db",
      "nas.home.arpa",
      "name.onion",
      "name.alt",
      "a.test",
      "a.example",
      "a.invalid",
    ];
    for (const host of hosts) {
      for (const url of [
        `https://${host}/1.png`,
        `https://${host}:8443/1.png`,
        `http://${host}/1.png`,
        `https://api.invalid@${host}/1.png`,
      ]) {
        const { status, json, reached } = await resultOf([url]);
        assert.deepEqual([status, reached], [502, []], url);
        assert.ok(["invalid_response", "upstream_unreachable"].includes(json.error.code), url);
        const redirected = await resultOf([OWN], { [OWN]: () => moved(url) });
        assert.deepEqual([redirected.status, redirected.reached.map((place) => place.url)], [502, [OWN]], url);
      }
    }
  });

  test("at_a_port_of_another_protocol_is_not_asked", async () => {
    for (const port of [22, 25, 53, 6000, 6379, 11211]) {
      const url = `https://media.example.com:${port}/1.png`;
      const { status, reached } = await resultOf([url]);
      assert.deepEqual([status, reached], [502, []], url);
    }
  });

  test("that_says_gone_is_told_as_a_result_that_is_gone_and_a_missing_route_is_not", async () => {
    const gone = await resultOf([OWN], { [OWN]: () => new Response("gone", { status: 404 }) });
    const none = await resultOf([], {});
    const unserved = await resultOf([OWN], {}, { options: { results: false } });
    const told = ({ status, json }) => [status, json.error.code, json.error.resource];
    assert.deepEqual([gone, none, unserved].map(told), [
      [404, "not_found", "result"],
      [404, "not_found", "result"],
      [404, "not_found", undefined],
    ]);
  });

  test("that_is_no_media_is_given_up_so_that_it_holds_no_connection", async () => {
    for (const [status, headers] of [
      [200, { "Content-Type": "text/html" }],
      [500, { "Content-Type": "image/png" }],
      [302, { "Content-Type": "image/png", Location: "https://127.0.0.1/" }],
    ]) {
      const endless = endlessBody(2 ** 30);
      assert.equal(
        (await resultOf([OWN], { [OWN]: () => new Response(endless.body, { status, headers }) })).status,
        502,
      );
      assert.ok(endless.cancelled(), String(status));
    }
  });

  test("by_plain_http_is_asked_where_the_api_itself_is_on_loopback_and_by_no_other_scheme", async () => {
    const options = { upstream: "http://127.0.0.1:9/api/v1" };
    const url = "http://127.0.0.1:9/results/1.png";
    assert.equal((await resultOf([url], { [url]: () => picture() }, { options })).status, 200);
    for (const other of [
      "data:image/png;base64,iVBORw0KGgo=",
      "file:///etc/passwd",
      "blob:http://127.0.0.1:9/1",
      "ftp://127.0.0.1:9/1.png",
      "http://user:password@127.0.0.1:9/results/1.png",
    ]) {
      const { status, reached } = await resultOf([other], { [other]: () => picture() }, { options });
      assert.deepEqual([status, reached], [502, []], other);
    }
  });

  test("that_says_gone_is_gone_and_any_other_failure_the_places_own", async () => {
    for (const [status, expected] of [
      [404, 404],
      [410, 404],
      [403, 502],
      [500, 502],
      [401, 502],
      [304, 502],
    ]) {
      assert.equal(
        (
          await resultOf([OWN], {
            [OWN]: () =>
              new Response(status === 304 ? null : "no", { status, headers: { "Content-Type": "image/png" } }),
          })
        ).status,
        expected,
        String(status),
      );
    }
    assert.equal((await resultOf([OWN], { [OWN]: () => Promise.reject(new TypeError("fetch failed")) })).status, 502);
  });

  test("that_fails_for_a_while_is_answered_with_what_passes_and_never_as_gone", async () => {
    for (const status of [408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529, 530]) {
      for (const headers of [{ "Content-Type": "text/html" }, { "Content-Type": "image/png" }, {}]) {
        const fail = () => new Response(null, { status, headers: { ...headers, "Retry-After": "7" } });
        const { response, json } = await resultOf([OWN], { [OWN]: fail });
        assert.deepEqual(
          [response.status, json.error.code, response.headers.get("retry-after")],
          [502, "invalid_response", "7"],
          String(status),
        );
      }
    }
  });

  test("that_never_answers_is_given_up_after_a_minute", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let signal;
    const asking = resultOf([OWN], { [OWN]: (init) => ((signal = init.signal), new Promise(() => {})) });
    while (signal === undefined) await new Promise(setImmediate);
    t.mock.timers.tick(59_999);
    assert.equal(signal.aborted, false);
    t.mock.timers.tick(1);
    assert.equal(signal.aborted, true);
    const { status, json } = await asking;
    assert.deepEqual([status, json.error.code], [502, "upstream_unreachable"]);
  });

  test("of_a_generation_that_has_no_result_yet_or_is_not_found_is_asked_by_nobody", async () => {
    for (const [behave, expected] of [
      [() => answer(200, { id: "task_1", status: "processing", result: null }), 404],
      [() => refusal(404, "not_found"), 404],
      [() => refusal(500, "internal"), 500],
      [() => new Response("{", { headers: { "Content-Type": "application/json" } }), 404],
    ]) {
      const api = recordingApi(behave);
      const { proxy, ask } = startProxy({ api });
      const id = await proxy.bindId("task", "task_1", "ann");
      assert.equal((await ask(`/generations/${id}/results/0`)).status, expected);
      assert.equal(api.calls.length, 1);
    }
  });
});
