/**
 * Pictures that are damaged in every way that browsers may get over, made of whole ones by real encoders (the seeds of
 * the fuzz targets, which are full of metadata). What is planted in them says so: `PLANTED`. What says `UNTOLD` can't
 * be told from compressed image data without decoding it.
 */
import { readFileSync, readdirSync } from "node:fs";
import { crc32 } from "node:zlib";

const seed = (name) => readFileSync(new URL(`../../fuzz/seeds/${name}`, import.meta.url));
const bytesOf = (part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part));
const join = (...parts) => Buffer.concat(parts.map(bytesOf));
const be16 = (number) => [number >> 8, number & 255];
const be32 = (number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
const le32 = (number) => be32(number).reverse();

/** Markers that no picture of browsers has within, but for the last one where a second picture begins. */
const RESERVED = [0x02, 0x42, 0xbf, 0xc8, 0xde, 0xdf, 0xf0, 0xfd, 0xd8];

/** An Exif block that turns a picture, and holds a secret. */
const EXIF = join("MM\0*", be32(8), be16(1), be16(0x0112), be16(3), be32(1), [0, 6, 0, 0], be32(0), "PLANTED");

/** `[name, type, bytes]` of every damaged picture. */
export const damagedPictures = () => [...files(), ...jpegs(), ...pngs(), ...webps()];

/** Such as were met; what is planted in these says `SECRETTEXT`. */
function* files() {
  const folder = new URL("damaged/", import.meta.url);
  const types = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };
  for (const name of readdirSync(folder)) {
    yield [name, types[name.split(".").at(-1)], readFileSync(new URL(name, folder))];
  }
}

const segment = (marker, data) => join([0xff, marker], be16(data.length + 2), data);

function* jpegs() {
  for (const name of ["baseline", "progressive", "restart-intervals"]) {
    const file = seed(`jpeg/${name}.jpg`);
    const parts = segmentsOf(file);
    const startOf = (marker, last = false) => parts[last ? "findLast" : "find"]((part) => part.marker === marker).start;
    const frame = name === "progressive" ? 0xc2 : 0xc0;
    const scan = parts.find(({ marker }) => marker === 0xda);
    const end = startOf(0xd9);
    const places = {
      "before the tables": startOf(0xdb),
      "before the frame": startOf(frame),
      "before a scan": startOf(0xda, true),
      "before the end": end,
    };
    const at = (place, ...what) => join(file.subarray(0, place), ...what, file.subarray(place));
    const damaged = (how, bytes) => [`${name}.jpg: ${how}`, "image/jpeg", bytes];
    const whole = file.subarray(0, end);

    const strays = (word) => ({
      "a byte": join("x"),
      "a zero": join([0]),
      "100 zeros": Buffer.alloc(100),
      "a text": join(word),
      "a stuffed byte": join([0xff, 0], word),
      "fill bytes": join([0xff, 0xff, 0xff]),
      "fill bytes that are none": join([0xff, 0xff, 0], word),
      "a restart": join([0xff, 0xd3], word),
      "1,000 restarts": Buffer.alloc(2_000, Buffer.from([0xff, 0xd7])),
      "a TEM": join([0xff, 1], word),
      "a comment without a length": join([0xff, 0xfe, 0, 0], word),
      "a turn": join("x", segment(0xe1, join("Exif\0\0", EXIF)), word),
      "a long DNL": segment(0xdc, join(word)),
      ...Object.fromEntries(RESERVED.map((marker) => [`a marker ${marker.toString(16)}`, segment(marker, join(word))])),
    });
    /** Whether a scan ends with these bytes: the first marker, but for those that are passed over before restarts. */
    const firstMarker = name === "restart-intervals" ? 0xc0 : 1;
    const isMarker = (behind) => behind >= firstMarker && behind !== 0xff && (behind & 0xf8) !== 0xd0;
    const endsScan = ([first, behind]) => first === 0xff && isMarker(behind);
    const comment = segment(0xfe, join("PLANTED"));
    for (const [what, stray] of Object.entries(strays("PLANTED"))) {
      const behindScan = endsScan(stray) ? stray : strays("UNTOLD")[what];
      for (const [where, place] of Object.entries(places)) {
        yield damaged(`${what} ${where}`, at(place, place === end ? behindScan : stray));
        yield damaged(`${what} ${where}, behind a comment`, at(place, comment, stray));
      }
      yield damaged(`${what} in place of the end`, join(whole, behindScan));
      yield damaged(`${what} in place of the end, behind a comment`, join(whole, comment, stray));
    }
    const middle = scan.start + ((scan.end - scan.start) >> 1);
    const within = {
      "a restart": [0xff, 0xd3],
      "a TEM": [0xff, 1],
      "fill bytes": [0xff, 0xff, 0xff, 0],
      "a marker 42": [0xff, 0x42, 0, 4, 1, 2],
      "a marker f0": [0xff, 0xf0, 0, 4, 1, 2],
      "a comment": comment,
      "an APP4": segment(0xe4, "PLANTED"),
      "an end": [0xff, 0xd9],
      "a beginning": [0xff, 0xd8],
    };
    for (const [what, inside] of Object.entries(within)) {
      yield damaged(`${what} in the middle of a scan`, at(middle, inside));
    }
    yield damaged("without its end", whole);
    yield damaged("without its end, a lone FF", join(whole, [0xff]));
    yield damaged("half a scan", file.subarray(0, middle));
    yield damaged("PLANTED behind its end", join(file, "PLANTED"));
    const exif = segment(0xe1, join("Exif\0\0", EXIF));
    const [aComment, aTable, aScan] = [0xfe, 0xc4, 0xda].map((marker) => segment(marker, "PLANTED".repeat(9)));
    for (const [what, part] of Object.entries({ comment: aComment, Exif: exif, table: aTable, scan: aScan })) {
      for (const bytes of [2, 3, 5, 20, part.length - 1]) {
        yield damaged(`${bytes} bytes of a ${what} behind its scans`, join(whole, part.subarray(0, bytes)));
      }
    }
    yield damaged("Exif in place of its end", join(whole, exif));
    const { start, end: frameEnd } = parts.find(({ marker }) => marker === frame);
    yield damaged("a second frame", at(end, file.subarray(start, frameEnd)));
  }
}

function segmentsOf(file) {
  const parts = [];
  for (let start = 2; start < file.length; ) {
    const marker = file[start + 1];
    let end = start + 2 + (marker === 0xd9 ? 0 : file.readUInt16BE(start + 2));
    if (marker === 0xda) while (file[end] !== 0xff || file[end + 1] === 0 || (file[end + 1] & 0xf8) === 0xd0) end += 1;
    parts.push({ marker, start, end });
    if (marker === 0xd9) break;
    start = end;
  }
  return parts;
}

const chunk = (kind, data, { crc, length } = {}) => {
  const body = join(kind, data);
  return join(be32(length ?? body.length - 4), body, be32(crc ?? crc32(body)));
};

function* pngs() {
  for (const name of ["rgb", "small-chunks", "turned", "animated"]) {
    const file = name === "animated" ? animatedPng(seed("png/rgb.png")) : seed(`png/${name}.png`);
    const chunks = pngChunks(file);
    const signature = file.subarray(0, 8);
    const first = chunks.findIndex(({ kind }) => kind === "IDAT");
    const last = chunks.findLastIndex(({ kind }) => kind === "IDAT");
    const end = chunks.findLastIndex(({ kind }) => kind === "IEND");
    const upTo = (index) => join(signature, ...chunks.slice(0, index).map(({ bytes }) => bytes));
    const from = (index) => join(...chunks.slice(index).map(({ bytes }) => bytes));
    const damaged = (how, bytes) => [`${name}.png: ${how}`, "image/png", bytes];
    const whole = upTo(end);

    const strays = {
      "a byte": "x",
      "7 zeros": Buffer.alloc(7),
      "8 zeros": Buffer.alloc(8),
      "12 zeros": Buffer.alloc(12),
      "100 zeros": Buffer.alloc(100),
      "7 letters": "PLANTED",
      "a text": "PLANTED, and it is longer than any header",
      "a text chunk": chunk("tEXt", "PLANTED"),
      "a text chunk with a wrong checksum": chunk("tEXt", "PLANTED", { crc: 1 }),
      "a text chunk past the end": chunk("tEXt", "PLANTED", { length: 10_000 }),
      "a huge text chunk": chunk("tEXt", "PLANTED", { length: 0x7fff_ffff }),
      "a text chunk of -1": chunk("tEXt", "PLANTED", { length: 0xffff_ffff }),
      "an unknown chunk": chunk("prIV", "PLANTED"),
      "a critical chunk": chunk("ABCD", "PLANTED"),
      "a critical chunk with a wrong checksum": chunk("ABCD", "PLANTED", { crc: 1 }),
      "a chunk that breaks the rules": chunk("a1!d", "PLANTED"),
      "zeros for a name": chunk("\0\0\0\0", "PLANTED"),
      "a turn": chunk("eXIf", EXIF),
      "a second header": chunks[0].bytes,
      "more data": chunk("IDAT", "more"),
      "no data": chunk("IDAT", ""),
      "a palette": chunk("PLTE", "abc"),
    };
    for (const [what, stray] of Object.entries(strays)) {
      yield damaged(`${what} before the data`, join(upTo(first), stray, from(first)));
      if (last > first) yield damaged(`${what} within the data`, join(upTo(first + 1), stray, from(first + 1)));
      yield damaged(`${what} behind the data`, join(upTo(last + 1), stray, from(last + 1)));
      yield damaged(`${what} before the end`, join(whole, stray, from(end)));
      yield damaged(`${what} in place of the end`, join(whole, stray));
      yield damaged(`${what} behind the end`, join(file, stray));
      yield damaged(`${what} behind half the data`, join(upTo((first + last + 1) >> 1), stray));
    }
    for (const bytes of [0, 1, 4, 7, 8, 9, 11]) {
      yield damaged(`${bytes} bytes of the end`, join(whole, chunk("IEND", "").subarray(0, bytes)));
    }
    yield damaged("an end with data", join(whole, chunk("IEND", "PLANTED")));
    yield damaged("an end with data past the file's", join(whole, chunk("IEND", "PLANTED", { length: 100 })));
    yield damaged("an end of -1", join(whole, chunk("IEND", "PLANTED", { length: 0xffff_ffff })));
    yield damaged("an end with a wrong checksum", join(whole, chunk("IEND", "", { crc: 1 })));
    const data = upTo(last + 1);
    for (const bytes of [1, 4, 5, 300]) {
      yield damaged(`data without its last ${bytes} bytes`, data.subarray(0, data.length - bytes));
    }
    yield damaged("a byte of data", join(upTo(first), chunks[first].bytes.subarray(0, 9)));
    const lastData = chunks[last].data;
    for (const length of [lastData.length + 1, lastData.length + 100, 100_000, 0x7fff_ffff, 0xffff_ffff]) {
      const open = chunk("IDAT", lastData, { length });
      yield damaged(`data that says ${length}`, join(upTo(last), open, from(end)));
      const text = chunk("tEXt", "PLANTED");
      yield damaged(`data that says ${length}, and a text`, join(upTo(last), open, text, from(end)));
    }
    yield damaged("data with a wrong checksum", join(upTo(last), chunk("IDAT", lastData, { crc: 1 }), from(last + 1)));
  }
}

function pngChunks(file) {
  const chunks = [];
  for (let start = 8, kind; kind !== "IEND"; ) {
    const length = file.readUInt32BE(start);
    kind = file.toString("latin1", start + 4, start + 8);
    const end = start + 12 + length;
    chunks.push({ kind, bytes: file.subarray(start, end), data: file.subarray(start + 8, end - 4) });
    start = end;
  }
  return chunks;
}

/** Two frames with the same pixels, each for a minute. */
function animatedPng(file) {
  const chunks = pngChunks(file);
  const [header] = chunks;
  const { data } = chunks.find(({ kind }) => kind === "IDAT");
  const size = header.data.subarray(0, 8);
  const control = (number) => chunk("fcTL", join(be32(number), size, be32(0), be32(0), be16(60), be16(1), [0, 0]));
  const frames = [control(0), chunk("IDAT", data), control(1), chunk("fdAT", join(be32(2), data))];
  const front = [file.subarray(0, 8), header.bytes, chunk("acTL", join(be32(2), be32(0))), chunk("tEXt", "PLANTED")];
  return join(...front, ...frames, chunk("IEND", ""));
}

const riffChunk = (name, data, length = data.length) => join(name, le32(length), data, data.length % 2 ? [0] : []);
const riff = (body, more = 0) => join("RIFF", le32(body.length + 4 + more), "WEBP", body);

function* webps() {
  for (const name of ["lossy", "lossless", "alpha", "turned", "bare", "bare-lossless", "animated"]) {
    const chunks = webpChunksOf(name);
    const body = join(...chunks.map(({ bytes }) => bytes));
    const file = riff(body);
    const image = chunks.findLastIndex(({ name }) => /^(VP8 |VP8L|ANMF)$/.test(name));
    const front = join(...chunks.slice(0, image).map(({ bytes }) => bytes));
    const back = join(...chunks.slice(image + 1).map(({ bytes }) => bytes));
    const { name: kind, data } = chunks[image];
    const damaged = (how, bytes) => [`${name}.webp: ${how}`, "image/webp", bytes];

    for (const more of [1, 2, 7, 8, 100, 100_000, 0x7fff_0000, -1, -2, -8, -9, -20]) {
      yield damaged(`a length off by ${more}`, riff(body, more));
    }
    yield damaged("a length of 0", riff(body, -body.length - 4));
    yield damaged("a length of 4", riff(body, -body.length));
    const strays = {
      "a byte": "x",
      "7 letters": "PLANTED",
      "8 letters": "_PLANTED",
      "30 zeros": Buffer.alloc(30),
      "a text": "PLANTED, and it is longer than any header",
      "zeros and a text": join(Buffer.alloc(16), "PLANTED"),
      "an unknown chunk": riffChunk("ABCD", "PLANTED"),
      "an unknown chunk past the end": riffChunk("ABCD", "PLANTED", 10_000),
      "an unknown chunk of -1": riffChunk("ABCD", "PLANTED", 0xffff_ffff),
      "an odd chunk without its padding": riffChunk("ABCD", "PLANTED").subarray(0, -1),
      "a second XMP": riffChunk("XMP ", "PLANTED"),
      "a turn": riffChunk("EXIF", EXIF),
      "half an Exif": riffChunk("EXIF", EXIF).subarray(0, 30),
    };
    for (const [what, stray] of Object.entries(strays)) {
      yield damaged(`${what} at its end`, riff(join(body, stray)));
      yield damaged(`${what} at its end, a length 50 too large`, riff(join(body, stray), 50));
      yield damaged(`${what} behind its end`, join(file, stray));
      yield damaged(`${what} before its image`, riff(join(front, stray, chunks[image].bytes, back)));
      yield damaged(`${what} behind its image`, riff(join(front, chunks[image].bytes, stray, back)));
    }
    const odd = data.length % 2 ? data : join(data, [0]);
    if (kind !== "ANMF") {
      const unpadded = join(front, kind, le32(odd.length), odd);
      for (const more of [0, 1]) yield damaged(`no padding, a length ${more} too large`, riff(unpadded, more));
      yield damaged("no padding, and more behind its end", join(riff(unpadded), "PLANTED"));
    }
    for (const more of [1, 2, 100, 100_000, -1, -2, -100]) {
      const lying = join(kind, le32(data.length + more), data);
      yield damaged(`an image that says ${more} more`, riff(join(front, lying)));
      yield damaged(`an image and a file that say ${more} more`, riff(join(front, lying), more));
      const xmp = riffChunk("XMP ", "PLANTED");
      yield damaged(`an image that says ${more} more, and an XMP`, riff(join(front, lying, xmp)));
    }
    const imageEnd = 12 + front.length + 8 + data.length;
    for (const bytes of [1, 2, data.length >> 1, data.length]) {
      yield damaged(`an image without its last ${bytes} bytes`, file.subarray(0, imageEnd - bytes));
    }
    for (const bytes of back.length > 0 ? [1, 5, 12, 30, 100] : []) {
      yield damaged(`without its last ${bytes} bytes`, file.subarray(0, file.length - bytes));
    }
  }
}

function webpChunksOf(name) {
  const bare = { bare: "lossy", "bare-lossless": "lossless", animated: "lossless" }[name];
  const file = seed(`webp/${bare ?? name}.webp`);
  const chunks = [];
  for (let start = 12; start < file.length; ) {
    const length = file.readUInt32LE(start + 4);
    const end = start + 8 + length + (length % 2);
    const [bytes, data] = [file.subarray(start, end), file.subarray(start + 8, start + 8 + length)];
    chunks.push({ name: file.toString("latin1", start, start + 4), bytes, data });
    start = end;
  }
  const made = (name, data) => ({ name, data, bytes: riffChunk(name, data) });
  const image = chunks.filter(({ name }) => /^VP8.$/.test(name) && name !== "VP8X");
  if (name === "animated") {
    const size = chunks.find(({ name }) => name === "VP8X").data.subarray(4);
    const frame = made("ANMF", join([0, 0, 0, 0, 0, 0], size, [0xff, 0xff, 0], [0], image[0].bytes));
    return [made("VP8X", join([2, 0, 0, 0], size)), made("ANIM", Buffer.alloc(6)), frame, frame];
  }
  return bare === undefined ? chunks : image;
}
