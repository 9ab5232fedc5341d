// `npm start` and `npm run example` under an environment that can't be right: they say so before they build anything.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

for (const [script, name, env, message] of [
  [
    "start",
    "a_key_of_another_form",
    { RIVYA_API_KEY: "not a key" },
    "process.env.RIVYA_API_KEY must be a key of the API: printable ASCII without blanks",
  ],
  [
    "start",
    "a_key_in_the_place_of_the_address",
    { RIVYA_API_KEY: "rvya_sk_one", RIVYA_API_URL: "rvya_sk_other" },
    'process.env.RIVYA_API_URL must be an absolute URL outside a page, not "rvya_sk_…"',
  ],
  ["start", "a_port_that_is_none", { PORT: "abc" }, 'PORT must be a number from 0 to 65535, not "abc"'],
  ["example", "a_port_that_is_none", { PORT: "65536" }, 'PORT must be a number from 0 to 65535, not "65536"'],
]) {
  test(`${script}_refuses_${name}_at_once`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`build/${script}.mjs`], {
      cwd: root,
      env: { ...process.env, ...env },
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.deepEqual([status, stdout, stderr], [1, "", `${message}\n`]);
  });
}
