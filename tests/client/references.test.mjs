/**
 * References of all kinds: films and sounds carry the token of their verified length on, kinds are counted as the model
 * counts them, names say what a file is.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { tinyPng } from "../support/tiny-png.mjs";
import { answer, clock, connect, failureOf, generation, picture, value } from "./harness.mjs";

const bytes = (...parts) => parts.map((part) => (typeof part === "string" ? part : Uint8Array.from(part)));
const zeros = new Array(64).fill(0);
const film = () =>
  new Blob(bytes([0, 0, 0, 32], "ftypisom", [0, 0, 2, 0], "isomiso2avc1mp41", zeros), { type: "video/mp4" });
const sound = () => new Blob(bytes("RIFF", [36, 0, 0, 0], "WAVEfmt ", zeros));

/** What `validate` says, or throws. */
function issuesOf(client, request) {
  try {
    return client.validate(request);
  } catch (error) {
    return String(error);
  }
}

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
    return answer(
      {
        id: "file",
        url: `https://cdn.invalid/${sent.forms.length}`,
        kind,
        ...(kind !== "image" && { duration_token: `token of ${kind}` }),
      },
      201,
    );
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
      [
        ["video", "video/mp4", "token of video"],
        ["image", "image/png", undefined],
      ],
    );
    await value(client.generate(request));
    assert.deepEqual(
      api.forms.map((form) => form.get("kind")),
      ["video", "image", "video"],
    );
  });

  test("that_was_uploaded_before_carries_it_as_well", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    const uploaded = await value(client.files.upload(film(), { model: "happyhorse-1-0" }));
    assert.ok(!("removed" in uploaded), "nothing is cut out of a film");
    await value(
      client.generate({ model: "happyhorse-1-0", prompt: "slower", references: [{ ...uploaded, kind: "video" }] }),
    );
    assert.equal(api.items[0].durationToken, "token of video");
  });
});

test("a_sound_carries_its_duration_token_too", async () => {
  const api = tokens();
  const client = await connect(api.fetch);
  await value(client.generate({ model: "a-model-of-tomorrow", prompt: "on", references: [sound()] }));
  assert.deepEqual(
    api.items.map(({ kind, mimeType, durationToken }) => [kind, mimeType, durationToken]),
    [["audio", "audio/wav", "token of audio"]],
  );
});

describe("kinds are counted as the model counts them", () => {
  const MIXED = "happyhorse-1-0";
  for (const [images, films, isTaken] of [
    [9, 0, true],
    [10, 0, false],
    [5, 1, true],
    [6, 1, false],
    [0, 2, false],
    [0, 1, true],
  ]) {
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

describe("bytes", () => {
  const png = new Uint8Array(tinyPng());
  /** The same bytes, at an odd place of a larger buffer. */
  const within = (Kind) => {
    const whole = new Uint8Array(new Kind(png.length + 9));
    whole.set(png, 5);
    return whole.subarray(5, 5 + png.length);
  };
  const FORMS = {
    a_Uint8Array: () => png.slice(),
    an_ArrayBuffer: () => png.slice().buffer,
    a_Buffer: () => Buffer.from(png),
    a_part_of_a_buffer: () => within(ArrayBuffer),
    a_DataView: () => new DataView(within(ArrayBuffer).buffer, 5, png.length),
    a_typed_array_of_another_kind: () => new Int8Array(png.slice().buffer),
    a_part_of_shared_memory: () => within(SharedArrayBuffer),
    an_ArrayBuffer_of_another_realm: () => runInNewContext(`Uint8Array.from([${png}]).buffer`),
    a_Uint8Array_that_lies: () =>
      Object.defineProperties(png.slice(), {
        buffer: { value: new ArrayBuffer(9) },
        byteOffset: { value: 3 },
        byteLength: { value: 1 },
      }),
  };
  const sent = async (form) => {
    const file = form.get("file");
    return [file.name, file.type, Buffer.from(await file.arrayBuffer()).equals(png)];
  };

  for (const [name, make] of Object.entries(FORMS)) {
    test(`in_${name}_are_a_file_without_a_name`, async () => {
      const api = tokens();
      const client = await connect(api.fetch);
      const request = { model: "nano-banana-2", prompt: "x", references: [make()] };
      assert.deepEqual(issuesOf(client, request), []);
      const { error } = await clock.until(client.generate(request));
      assert.equal(error, undefined, error?.message);
      assert.deepEqual(await sent(api.forms[0]), ["reference.png", "image/png", true]);
    });
  }

  test("are_copied_when_the_call_begins_and_uploaded_with_each_call", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    for (const make of [() => png.slice(), () => png.slice().buffer, () => within(SharedArrayBuffer)]) {
      const bytes = make();
      api.forms.length = 0;
      const calls = [1, 2].map(() => client.generate({ model: "nano-banana-2", prompt: "x", references: [bytes] }));
      new Uint8Array(bytes.buffer ?? bytes).fill(0);
      const { error } = await clock.until(Promise.all(calls));
      assert.equal(error, undefined, error?.message);
      assert.deepEqual(await Promise.all(api.forms.map(sent)), new Array(2).fill(["reference.png", "image/png", true]));
    }
  });

  const detached = (make) => {
    const bytes = make();
    structuredClone(bytes.buffer ?? bytes, { transfer: [bytes.buffer ?? bytes] });
    return bytes;
  };
  for (const [name, make, message] of [
    ["a_detached_ArrayBuffer", () => detached(() => new ArrayBuffer(8)), /^references\[1\] can't be read: .*detached/],
    [
      "a_view_of_a_detached_buffer",
      () => detached(() => new Uint8Array(8)),
      /^references\[1\] can't be read: .*detached/,
    ],
    [
      "a_DataView_of_a_detached_buffer",
      () => detached(() => new DataView(new ArrayBuffer(8))),
      /^references\[1\] can't be read: .*detached/,
    ],
    [
      "a_SharedArrayBuffer",
      () => new SharedArrayBuffer(8),
      /^references\[1\] must be .*a view of a buffer.*not a SharedArrayBuffer$/,
    ],
  ]) {
    test(`that_can_t_be_read_are_a_TypeError_${name}`, async () => {
      const api = tokens();
      const client = await connect(api.fetch);
      const { error } = await clock.until(
        client.generate({ model: "nano-banana-2", prompt: "x", references: [picture(), make()] }),
      );
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, message);
      assert.deepEqual(api.forms, []);
    });
  }
});

describe("the file of an input in which none was chosen", () => {
  const { warn } = console;
  let told;
  beforeEach(() => {
    told = [];
    console.warn = (...words) => told.push(words.join(" "));
  });
  afterEach(() => Object.assign(console, { warn }));
  const none = () => new File([], "", { type: "application/octet-stream" });

  test("is_left_out_with_one_warning_that_names_its_place_in_generate_and_validate_alike", async () => {
    const api = tokens();
    const client = await connect(api.fetch);
    const request = () => ({ model: "nano-banana-2", prompt: "x", references: [picture(), none(), picture()] });
    assert.deepEqual(issuesOf(client, request()), []);
    const { error } = await clock.until(client.generate(request()));
    assert.equal(error, undefined, error?.message);
    assert.equal(api.forms.length, 2);
    assert.equal(told.length, 1);
    assert.match(told[0], /references\[1\] .*none was chosen/);
  });

  test("is_counted_where_problems_of_others_are_named", async () => {
    const client = await connect(tokens().fetch);
    const references = [none(), "https://cdn.invalid/a.png", new Blob(["text"]), ""];
    const error = await failureOf(
      "validation_failed",
      client.generate({ model: "nano-banana-2", prompt: "x", references: references.slice(0, 3) }),
    );
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ["references[2]"],
    );
    const { error: wrong } = await clock.until(client.generate({ model: "nano-banana-2", prompt: "x", references }));
    assert.match(wrong.message, /^references\[3\] /);
  });

  for (const [name, make] of [
    ["an_empty_Blob", () => new Blob([])],
    ["an_empty_file_with_a_name", () => new File([], "photo.jpg")],
    ["bytes_of_which_there_are_none", () => new Uint8Array()],
  ]) {
    test(`is_another_thing_than_${name}_which_is_refused`, async () => {
      const client = await connect(tokens().fetch);
      const error = await failureOf(
        "validation_failed",
        client.generate({ model: "nano-banana-2", prompt: "x", references: [make()] }),
      );
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ["references[0]"],
      );
      assert.deepEqual(told, []);
    });
  }
});

describe("a name", () => {
  for (const [given, expected] of [
    ["photo.jpg", "photo.png"],
    ["photo.PNG", "photo.PNG"],
    ["photo.heic", "photo.png"],
    ["photo", "photo"],
    ["photo.final", "photo.final"],
    ["a.jpg.webp", "a.jpg.png"],
  ]) {
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
