/** References of all kinds: films and sounds carry the token of their verified length on, kinds are counted as the model counts them, names say what a file is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answer, connect, failureOf, generation, picture, value } from "./harness.mjs";

const bytes = (...parts) => parts.map((part) => (typeof part === "string" ? part : Uint8Array.from(part)));
const zeros = new Array(64).fill(0);
const film = () => new Blob(bytes([0, 0, 0, 32], "ftypisom", [0, 0, 2, 0], "isomiso2avc1mp41", zeros), { type: "video/mp4" });
const sound = () => new Blob(bytes("RIFF", [36, 0, 0, 0], "WAVEfmt ", zeros));

/** An API that gives each film and sound a token, and keeps what it was sent. */
function tokens() {
  const sent = { forms: [], items: null };
  sent.fetch = async (url, { body }) => {
    if (!url.endsWith("/files")) {
      sent.items = JSON.parse(body).params.referenceMediaItems;
      return answer(generation("succeeded"), 201);
    }
    sent.forms.push(body);
    const kind = body.get("kind");
    return answer({ id: "file", url: `https://cdn.invalid/${sent.forms.length}`, kind, ...(kind !== "image" && { duration_token: `token of ${kind}` }) }, 201);
  };
  return sent;
}

describe("a film", () => {
  test("carries_its_duration_token_into_its_item_and_is_uploaded_each_time", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    const request = { model: "happyhorse-1-0", prompt: "slower", references: [film(), picture()] };
    await value(client.generate(request));
    assert.deepEqual(
      api.items.map(({ kind, mimeType, durationToken }) => [kind, mimeType, durationToken]),
      [["video", "video/mp4", "token of video"], ["image", "image/png", undefined]],
    );
    await value(client.generate(request));
    assert.deepEqual(api.forms.map((form) => form.get("kind")), ["video", "image", "video"]);
  });

  test("that_was_uploaded_before_carries_it_as_well", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    const uploaded = await value(client.files.upload(film(), { model: "happyhorse-1-0" }));
    assert.ok(!("removed" in uploaded), "nothing is cut out of a film");
    await value(client.generate({ model: "happyhorse-1-0", prompt: "slower", references: [{ ...uploaded, kind: "video" }] }));
    assert.equal(api.items[0].durationToken, "token of video");
  });
});

test("a_sound_carries_its_duration_token_too", async () => {
  const api = tokens();
  const client = await connect(api.fetch);
  await value(client.generate({ model: "a-model-of-tomorrow", prompt: "on", references: [sound()] }));
  assert.deepEqual(api.items.map(({ kind, mimeType, durationToken }) => [kind, mimeType, durationToken]), [["audio", "audio/wav", "token of audio"]]);
});

describe("kinds are counted as the model counts them", () => {
  const MIXED = "happyhorse-1-0";
  for (const [images, films, isTaken] of [[9, 0, true], [10, 0, false], [5, 1, true], [6, 1, false], [0, 2, false], [0, 1, true]]) {
    test(`${images}_images_and_${films}_films_are_${isTaken ? "taken" : "refused_before_anything_is_sent"}`, async () => {
      const api = tokens();
      const client = await connect(api.fetch);
      const references = [...Array.from({ length: images }, picture), ...Array.from({ length: films }, film)];
      const generating = client.generate({ model: MIXED, prompt: "x", references });
      if (isTaken) assert.equal((await value(generating)).status, "succeeded");
      else {
        const { issues } = await failureOf("validation_failed", generating);
        assert.match(issues[0].message, /at most 9 images, or 1 video and up to 5 images/);
        assert.deepEqual(api.forms, []);
      }
    });
  }
});

describe("a name", () => {
  for (const [given, expected] of [["photo.jpg", "photo.png"], ["photo.PNG", "photo.PNG"], ["photo.heic", "photo.png"], ["photo", "photo"], ["photo.final", "photo.final"], ["a.jpg.webp", "a.jpg.png"]]) {
    test(`${given}_of_a_png_is_sent_as_${expected}_with_its_type`, async () => {
      const api = tokens();
      const client = await connect(api.fetch);
      await value(client.files.upload(new File([picture()], given, { type: "image/jpeg" })));
      const file = api.forms[0].get("file");
      assert.deepEqual([file.name, file.type], [expected, "image/png"]);
    });
  }

  test("that_the_caller_gave_stays", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    await value(client.files.upload(picture(), { name: "mine.jpg" }));
    assert.equal(api.forms[0].get("file").name, "mine.jpg");
  });
});
