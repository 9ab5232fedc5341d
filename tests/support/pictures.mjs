const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BYTES_PER_PIXEL = 3;
// RFC 1951, 3.2.4: a stored block's length has 16 bits.
const MAX_STORED_BYTES = 0xffff;

/**
 * A real PNG (8-bit RGB) of noise, as large as fits into `maxBytes` and at most one row of pixels smaller. Noise that
 * is stored, not compressed: its size is known beforehand, every byte matters to a digest. It holds no metadata. The
 * same seed makes the same picture.
 */
export function noisePng({ maxBytes, width = 1_000, seed = 1 }) {
  const rowBytes = 1 + width * BYTES_PER_PIXEL;
  const blockOverhead = 5 / MAX_STORED_BYTES;
  const frameBytes = 8 + 25 + 12 + 12 + 2 + 4 + 5;
  const height = Math.floor((maxBytes - frameBytes) / (rowBytes * (1 + blockOverhead)));
  const pixels = Buffer.alloc(rowBytes * height);
  fillWithNoise(pixels, seed);
  for (let row = 0; row < height; row += 1) pixels[row * rowBytes] = 0; // filter type "none"

  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", storedZlib(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/**
 * A real JPEG of 16 by 12 pixels without any metadata, made once by a browser's canvas and stripped of its JFIF header.
 */
export const smallJpeg = () => Buffer.from(JPEG_BASE64, "base64");

function fillWithNoise(bytes, seed) {
  let state = seed >>> 0 || 1;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  for (let i = 0; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function storedZlib(data) {
  const parts = [Buffer.from([0x78, 0x01])];
  for (let start = 0; start < data.length; start += MAX_STORED_BYTES) {
    const block = data.subarray(start, start + MAX_STORED_BYTES);
    const head = Buffer.alloc(5);
    head[0] = start + block.length === data.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(data));
  parts.push(sum);
  return Buffer.concat(parts);
}

// zlib.crc32 came with Node 20.15 only.
function crc32(data) {
  let crc = ~0;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function adler32(data) {
  let a = 1;
  let b = 0;
  // 5,552 sums fit into 32 bits before a remainder has to be taken.
  for (let start = 0; start < data.length; start += 5_552) {
    for (const byte of data.subarray(start, start + 5_552)) {
      a += byte;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

const JPEG_BASE64 =
  "/9j/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAwX/xAAaEQACAwEBAAAAAAAAAAAAAAASEwADIlGB/9oADAMBAAIRAxEAPwCAATK1COuy0q1xlnnk/9k=";
