/**
 * Pictures with metadata in front of, within and behind them, in Node and in pages: the picture itself is what an
 * encoder made, byte for byte. What is put in is what cameras write: Exif with a location, XMP, a comment, a film
 * behind the picture.
 */
const text = (characters) => Uint8Array.from(characters, (character) => character.charCodeAt(0));
const be16 = (number) => [number >> 8, number & 255];
const be32 = (number) => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
const le32 = (number) => be32(number).reverse();
const XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>";
const TRAILER = new Uint8Array(100_000).fill(0xff);

/** Exif in big-endian order: an orientation, and a GPS directory with a latitude. */
function exif(orientation = 1) {
  const tag = (id, type, count, value) => [...be16(id), ...be16(type), ...be32(count), ...value];
  const gps = 8 + 2 + 2 * 12 + 4;
  const latitude = gps + 2 + 2 * 12 + 4;
  return Uint8Array.from([
    ...text("MM"),
    0,
    42,
    ...be32(8),
    ...be16(2),
    ...tag(0x0112, 3, 1, [0, orientation, 0, 0]),
    ...tag(0x8825, 4, 1, be32(gps)),
    ...be32(0),
    ...be16(2),
    ...tag(1, 2, 2, [...text("N"), 0, 0, 0]),
    ...tag(2, 5, 3, be32(latitude)),
    ...be32(0),
    ...[52, 22, 12].flatMap((part) => [...be32(part), ...be32(1)]),
  ]);
}

/**
 * A picture (Blob) with metadata, of the same type: without it, it is the same to the byte again where the orientation
 * is upright.
 */
export async function withMetadata(blob, orientation) {
  const head = new Uint8Array(await blob.slice(0, 40).arrayBuffer());
  const make = { 0xff: jpeg, 0x89: png, 0x52: webp }[head[0]];
  return new Blob(make(blob, head, exif(orientation)), { type: blob.type });
}

function jpeg(blob, _head, exifBlock) {
  const segment = (marker, ...parts) => {
    const length = 2 + parts.reduce((sum, part) => sum + part.length, 0);
    return new Blob([Uint8Array.from([0xff, marker, ...be16(length)]), ...parts]);
  };
  const front = [
    segment(0xe1, text("Exif\0\0"), exifBlock),
    segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0"), text(XMP)),
    segment(0xfe, text("made at home")),
  ];
  return [blob.slice(0, 2), ...front, blob.slice(2), TRAILER];
}

function png(blob, _head, exifBlock) {
  const front = [
    pngChunk("eXIf", exifBlock),
    pngChunk("tEXt", text("Author\0somebody")),
    pngChunk("iTXt", text(`XML:com.adobe.xmp\0\0\0\0\0${XMP}`)),
  ];
  return [blob.slice(0, 33), ...front, blob.slice(33), TRAILER];
}

function webp(blob, head, exifBlock) {
  const chunk = (name, data) =>
    new Blob([text(name), Uint8Array.from(le32(data.length)), data, new Uint8Array(data.length % 2)]);
  if (new TextDecoder().decode(head.subarray(12, 16)) !== "VP8X")
    throw new Error("a WebP without flags announces no metadata");
  const back = [chunk("EXIF", exifBlock), chunk("XMP ", text(XMP))];
  const size = blob.size - 8 + back.reduce((sum, part) => sum + part.size, 0);
  const flags = Uint8Array.of(head[20] | 0x0c);
  return [blob.slice(0, 4), Uint8Array.from(le32(size)), blob.slice(8, 20), flags, blob.slice(21), ...back, TRAILER];
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function pngChunk(kind, data) {
  const body = Uint8Array.from([...text(kind), ...data]);
  let crc = ~0;
  for (const byte of body) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return new Blob([Uint8Array.from(be32(data.length)), body, Uint8Array.from(be32(~crc >>> 0))]);
}

/** The same PNG, its image data in chunks of so many bytes. */
export async function pngInChunks(blob, chunkBytes) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const length = view.getUint32(at);
    const isData = new TextDecoder().decode(bytes.subarray(at + 4, at + 8)) === "IDAT";
    if (!isData) parts.push(bytes.subarray(at, at + 12 + length));
    for (let from = 0; isData && from < length; from += chunkBytes) {
      parts.push(pngChunk("IDAT", bytes.subarray(at + 8 + from, at + 8 + Math.min(from + chunkBytes, length))));
    }
    at += 12 + length;
  }
  return new Blob(parts, { type: blob.type });
}
