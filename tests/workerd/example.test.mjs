/**
 * The Worker of examples/worker, unchanged, in workerd, in front of an emulator over HTTP: its page and sessions, the
 * whole journey of a page's client, what one visitor may use, and deliveries of webhooks.
 */
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { startExample } from "../../build/example-server.mjs";
import { INSTANT, png } from "../emulator/api.mjs";

const EXAMPLE = new URL("../../examples/worker/", import.meta.url);
const photo = (name) => new File([png(64, 48, [200, 40, 40])], name, { type: "image/png" });

/** The cookie that a first visit gets, as a browser would send it back. */
async function visit(origin) {
  const response = await fetch(`${origin}/`);
  return response.headers.getSetCookie()[0].split(";")[0];
}

const NAME = "__Host-session=";

/** The client as the page has it: no key, the session's cookie, the Worker's proxy. */
const clientOf = (origin, cookie) => createClient({ baseUrl: `${origin}/api/rivya`, headers: { Cookie: cookie } });

describe("the example", () => {
  let example;
  let origin;
  before(async () => {
    // Not ended when it is submitted: the client has to poll.
    example = await startExample({ emulator: { pace: { queuedMs: 300, processingMs: 300 } } });
    ({ origin } = example);
  });
  after(() => example?.stop());

  const statusOf = async (path, cookie) => {
    const { status } = await fetch(`${origin}${path}`, { headers: cookie === undefined ? {} : { Cookie: cookie } });
    return status;
  };

  describe("its page", () => {
    test("comes_with_its_modules_and_a_policy_that_lets_no_other_script_run", async () => {
      const response = await fetch(`${origin}/`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
      assert.match(
        response.headers.get("content-security-policy"),
        /^script-src 'self' 'wasm-unsafe-eval';.*frame-ancestors 'none'$/,
      );
      assert.match(await response.text(), /<script type="module" src="page\.js">/);
      for (const [path, part] of Object.entries({
        "/page.js": 'from "./rivya-wasm.js"',
        "/rivya-wasm.js": "createClient",
      })) {
        const script = await fetch(`${origin}${path}`);
        assert.deepEqual(
          [script.status, script.headers.get("content-type")],
          [200, "text/javascript; charset=utf-8"],
          path,
        );
        assert.ok((await script.text()).includes(part), path);
      }
      assert.equal(await statusOf("/nothing-here"), 404);
    });

    test("brings_a_session_that_scripts_and_other_sites_can_not_use_and_keeps_the_one_that_is_there", async () => {
      const first = await fetch(`${origin}/`);
      const [cookie] = first.headers.getSetCookie();
      assert.match(
        cookie,
        /^__Host-session=[\w-]+\.\d+\.[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$/,
      );
      assert.equal(first.headers.get("cache-control"), "no-store", "a cache would hand the session to others");
      const second = await fetch(`${origin}/`, { headers: { Cookie: cookie.split(";")[0] } });
      assert.deepEqual(second.headers.getSetCookie(), []);
      assert.notEqual(await visit(origin), cookie.split(";")[0]);
    });

    test("holds_no_secret_and_neither_does_anything_that_it_loads", async () => {
      for (const path of ["/", "/page.js", "/rivya-wasm.js"]) {
        const text = await (await fetch(`${origin}${path}`)).text();
        for (const secret of Object.values(example.secrets)) assert.ok(!text.includes(secret), path);
      }
    });
  });

  describe("its proxy", () => {
    test("knows_visitors_by_their_session_and_nobody_else", async () => {
      const [cookie, other] = [await visit(origin), await visit(origin)];
      const [id, ends, signature] = cookie.slice(NAME.length).split(".");
      const [otherId] = other.slice(NAME.length).split(".");
      assert.equal(await statusOf("/api/rivya/models", cookie), 200);
      assert.equal(await statusOf("/api/rivya/models", `theme=dark; ${cookie}; x=1`), 200);
      const forged = [
        "",
        NAME,
        `${NAME}${id}`,
        `${NAME}${id}.${ends}.`,
        `${NAME}${otherId}.${ends}.${signature}`,
        `${NAME}${id}x.${ends}.${signature}`,
      ];
      for (const wrong of [undefined, ...forged])
        assert.equal(await statusOf("/api/rivya/models", wrong), 401, String(wrong));
    });

    test("takes_a_page_from_a_prompt_and_photos_to_the_picture_with_one_charge", async () => {
      const client = await clientOf(origin, await visit(origin));
      const before = example.emulator.ledger();
      const phases = new Set();
      const generation = await client.generate(
        { model: "nano-banana-2", prompt: "a red field", references: [photo("one.png"), photo("two.png")] },
        { onProgress: ({ phase }) => phases.add(phase) },
      );
      assert.equal(generation.status, "succeeded");
      assert.ok(
        ["uploading", "submitting", "queued"].every((phase) => phases.has(phase)),
        [...phases].join(),
      );
      const [picture] = await client.download(generation);
      assert.match(picture.type, /^image\//);
      const after = example.emulator.ledger();
      const requests = (route) => (after.requests[route] ?? 0) - (before.requests[route] ?? 0);
      assert.equal(after.charges.length - before.charges.length, 1);
      assert.equal(requests("POST /api/v1/files"), 2);
      assert.ok(requests("GET /api/v1/generations/{id}") >= 1);
      client.free();
    });

    test("serves_a_result_itself_and_a_generation_to_its_own_visitor_alone", async () => {
      const [cookie, other] = [await visit(origin), await visit(origin)];
      const client = await clientOf(origin, cookie);
      const { id } = await client.generate({ model: "z-image", prompt: "a hill" });
      const result = await fetch(`${origin}/api/rivya/generations/${id}/results/0`, { headers: { Cookie: cookie } });
      assert.equal(result.status, 200);
      assert.match(result.headers.get("content-type"), /^image\//);
      assert.ok((await result.arrayBuffer()).byteLength > 0);
      for (const route of ["", "/results/0"])
        assert.equal(await statusOf(`/api/rivya/generations/${id}${route}`, other), 404);
      client.free();
    });

    test("offers_these_models_alone", async () => {
      const client = await clientOf(origin, await visit(origin));
      const charges = example.emulator.ledger().charges.length;
      await assert.rejects(client.generate({ model: "seedream-4-0", prompt: "a hill" }), {
        code: "validation_failed",
        status: 400,
      });
      assert.equal(example.emulator.ledger().charges.length, charges);
      client.free();
    });
  });

  describe("its webhooks", () => {
    const event = (id) => ({
      id,
      type: "generation.succeeded",
      api_version: "2026-05-11",
      created_at: new Date().toISOString(),
    });

    /** Delivers as Standard Webhooks says, which is our assumption of how the API signs. */
    function deliver(
      id,
      { secret = example.secrets.WEBHOOK_SECRET, ageMs = 0, body = JSON.stringify(event(id)), sent = body } = {},
    ) {
      const timestamp = Math.floor((Date.now() - ageMs) / 1000);
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
      const headers = { "webhook-id": id, "webhook-timestamp": `${timestamp}`, "webhook-signature": `v1,${signature}` };
      return fetch(`${origin}/webhooks/rivya`, { method: "POST", headers, body: sent });
    }
    const freshId = () => `evt_${randomUUID()}`;

    test("take_a_genuine_delivery_once", async () => {
      const id = freshId();
      assert.equal((await deliver(id)).status, 204, example.log());
      assert.match(example.log(), new RegExp(`${id}: generation\\.succeeded`));
      assert.equal((await deliver(id)).status, 400);
      assert.equal((await deliver(freshId())).status, 204);
    });

    test("take_one_of_many_equal_deliveries_at_once", async () => {
      const id = freshId();
      const statuses = (await Promise.all(Array.from({ length: 10 }, () => deliver(id)))).map(({ status }) => status);
      assert.deepEqual(statuses.sort(), [204, ...Array(9).fill(400)]);
    });

    test("refuse_what_is_forged_changed_or_old", async () => {
      const id = freshId();
      const another = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
      assert.equal((await deliver(id, { secret: another })).status, 400);
      assert.equal(
        (await deliver(id, { sent: JSON.stringify({ ...event(id), type: "generation.failed" }) })).status,
        400,
      );
      assert.equal((await deliver(id, { ageMs: 3_600_000 })).status, 400);
      assert.equal(
        (await fetch(`${origin}/webhooks/rivya`, { method: "POST", body: JSON.stringify(event(id)) })).status,
        400,
      );
      assert.equal((await fetch(`${origin}/webhooks/rivya`)).status, 405);
      assert.equal((await deliver(id)).status, 204, "none of these has used up the id");
    });
  });
});

describe("what one visitor of the example may use", () => {
  const source = readFileSync(new URL("worker.js", EXAMPLE), "utf8");
  const limit = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(source)[1]);
  const submit = (origin, cookie) =>
    fetch(`${origin}/api/rivya/generations`, {
      method: "POST",
      headers: {
        Cookie: cookie,
        "Content-Type": "application/json",
        "X-Rivya-Client": "test",
        "Idempotency-Key": randomUUID(),
      },
      body: JSON.stringify({ model: "nano-banana-2", prompt: "a hill" }),
    });
  const codeOf = async (response) => (await response.json()).error.code;

  test("generations_at_once_are_limited_for_each_visitor_however_many_are_asked_for_together", async () => {
    const example = await startExample({ emulator: { pace: { queuedMs: 0, processingMs: 600_000 } } });
    try {
      const cookie = await visit(example.origin);
      const answers = await Promise.all(Array.from({ length: 10 }, () => submit(example.origin, cookie)));
      const refused = answers.filter(({ ok }) => !ok);
      assert.equal(answers.length - refused.length, limit("concurrentGenerations"));
      for (const response of refused)
        assert.deepEqual([response.status, await codeOf(response)], [429, "too_many_at_once"]);
      assert.equal(example.emulator.ledger().charges.length, limit("concurrentGenerations"));
      assert.ok(
        (await submit(example.origin, await visit(example.origin))).ok,
        "another visitor has places of their own",
      );
    } finally {
      await example.stop();
    }
  });

  test("credits_of_a_day_are_limited_for_each_visitor", async () => {
    const example = await startExample({ emulator: { pace: INSTANT } });
    try {
      const cookie = await visit(example.origin);
      const affordable = limit("creditsPerDay") / 5;
      for (let count = 0; count < affordable; count += 1) {
        const response = await submit(example.origin, cookie);
        assert.ok(response.ok);
        const { id } = await response.json();
        // The poll that sees the end gives the place back.
        const poll = await fetch(`${example.origin}/api/rivya/generations/${id}`, { headers: { Cookie: cookie } });
        assert.equal((await poll.json()).status, "succeeded");
      }
      const response = await submit(example.origin, cookie);
      assert.deepEqual([response.status, await codeOf(response)], [402, "insufficient_credits"]);
      assert.equal(example.emulator.ledger().charges.length, affordable);
    } finally {
      await example.stop();
    }
  });
});

test("the_configuration_names_what_the_worker_has_and_uses", async () => {
  const toml = readFileSync(new URL("wrangler.toml", EXAMPLE), "utf8");
  const source = readFileSync(new URL("worker.js", EXAMPLE), "utf8");
  assert.match(toml, /^main = "worker\.js"$/m);
  assert.match(toml, /^class_name = "RivyaBudget"$/m);
  assert.match(toml, /^new_sqlite_classes = \["RivyaBudget"\]$/m);
  assert.match(source, /^export \{ RivyaBudget \} from "\.\/budget\.js";$/m);
  const used = [...source.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name);
  for (const name of used)
    assert.match(toml, new RegExp(`^(#   ${name} |${name} = |binding = "${name}"|name = "${name}")`, "m"));
});
