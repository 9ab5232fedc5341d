/** The session of examples/worker: whoever was not given a cookie here has none that counts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accountOf, newSession } from "../../examples/worker/session.js";

const SECRET = "a signing key of 32 bytes or more";
const requestWith = (cookie) =>
  new Request("https://example.com/", { headers: cookie === undefined ? {} : { Cookie: cookie } });
const accountIn = (cookie, secret = SECRET) => accountOf(requestWith(cookie), secret);
const cookieOf = async (secret = SECRET) => (await newSession(secret)).split(";")[0];
const NAME = "__Host-session=";
const [idOf, endOf, signatureOf] = [0, 1, 2].map((part) => (cookie) => cookie.slice(NAME.length).split(".")[part]);

describe("a session of the example", () => {
  test("is_known_again_and_each_is_an_account_of_its_own", async () => {
    const [one, other] = [await cookieOf(), await cookieOf()];
    assert.equal(await accountIn(one), idOf(one));
    assert.equal(await accountIn(other), idOf(other));
    assert.notEqual(idOf(one), idOf(other));
  });

  test("is_found_among_other_cookies", async () => {
    const cookie = await cookieOf();
    for (const all of [
      `a=b; ${cookie}`,
      `${cookie}; a=b`,
      `a=b;${cookie};c=d`,
      `${NAME}junk; ${cookie}`,
      `x${NAME}1; ${cookie}`,
    ]) {
      assert.equal(await accountIn(all), idOf(cookie), all);
    }
  });

  test("is_missing_where_there_is_no_such_cookie", async () => {
    const cookie = await cookieOf();
    for (const none of [
      undefined,
      "",
      "session",
      NAME,
      "a=b",
      `x${cookie}`,
      `session=${cookie.slice(NAME.length)}`,
      `__host-session=${cookie.slice(NAME.length)}`,
      ` ; ;`,
    ]) {
      assert.equal(await accountIn(none), null, none);
    }
  });

  test("is_not_one_with_a_single_character_changed", async () => {
    const cookie = await cookieOf();
    // The last character of the signature carries two bits that count for nothing.
    for (let index = NAME.length; index < cookie.length - 1; index += 1) {
      const changed = cookie.slice(0, index) + (cookie[index] === "1" ? "2" : "1") + cookie.slice(index + 1);
      assert.equal(await accountIn(changed), null, changed);
    }
  });

  test("is_not_one_that_was_cut_lengthened_or_put_together", async () => {
    const [one, other] = [await cookieOf(), await cookieOf()];
    const forged = [
      one.slice(0, -1),
      `${one}A`,
      `${one}=`,
      `${one}.${signatureOf(one)}`,
      `${NAME}${idOf(one)}`,
      `${NAME}${idOf(one)}.`,
      `${NAME}${idOf(one)}.${signatureOf(one)}`,
      `${NAME}.${endOf(one)}.${signatureOf(one)}`,
      `${NAME}${idOf(other)}.${endOf(one)}.${signatureOf(one)}`,
      `${NAME}${idOf(one)}.${Number(endOf(one)) + 1}.${signatureOf(one)}`,
      `${NAME}${idOf(one)}.0${endOf(one)}.${signatureOf(one)}`,
      `${NAME}${idOf(one)}.${endOf(one)}.${"A".repeat(43)}`,
      `${NAME}"${one.slice(NAME.length)}"`,
      one.replace(".", "%2E"),
    ];
    for (const cookie of forged) assert.equal(await accountIn(cookie), null, cookie);
  });

  test("ends_after_a_year", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000_000_000 });
    const cookie = await cookieOf();
    assert.equal(endOf(cookie), "1031536000");
    t.mock.timers.setTime(1_031_535_999_999);
    assert.equal(await accountIn(cookie), idOf(cookie));
    t.mock.timers.setTime(1_031_536_000_000);
    assert.equal(await accountIn(cookie), null);
  });

  test("of_another_key_is_none_of_ours", async () => {
    const foreign = await cookieOf("another signing key of 32 bytes..");
    assert.equal(await accountIn(foreign), null);
  });

  test("is_neither_made_nor_read_without_a_key_of_32_characters", async () => {
    const cookie = await cookieOf();
    for (const secret of [undefined, null, "", "short", "x".repeat(31), 1e32, ["x".repeat(32)]]) {
      const refusal = { name: "TypeError", message: /^SIGNING_KEY must have at least 32 characters/ };
      await assert.rejects(async () => newSession(secret), refusal);
      await assert.rejects(async () => accountOf(requestWith(cookie), secret), refusal);
    }
  });
});
