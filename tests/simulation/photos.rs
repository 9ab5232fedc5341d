//! Small pictures and sounds made of parts, so that it is known which of them have to stay, and the disk on which they
//! lie.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rivya_wasm::emulator::random::SplitMix64;

/// Stands in all that must not be uploaded.
pub const SECRET: &[u8] = b"48.2082 N 16.3738 E";
/// More than any model takes of a picture.
const LARGE_BYTES: usize = 33_000_000;

/// What kind of file a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    WebP,
    /// A PNG that is too large, but can be encoded anew.
    Large,
    /// A JPEG of which nobody can tell what to cut out.
    Damaged,
    /// No picture: what is uploaded of it is used once.
    Sound,
}

pub const PICTURES: [Kind; 5] = [Kind::Jpeg, Kind::Png, Kind::WebP, Kind::Large, Kind::Damaged];

/// What lies on the disk at some time.
#[derive(Clone)]
pub struct Version {
    pub bytes: Rc<[u8]>,
    /// The same without its metadata; `None` where it can't be cut out.
    pub clean: Option<Rc<[u8]>>,
}

/// A file on the disk.
pub struct Disk {
    pub kind: Kind,
    pub name: Option<&'static str>,
    pub media_type: &'static str,
    versions: RefCell<Vec<Version>>,
    /// How much of the last version there is; less than all of it where it was cut short.
    left_bytes: Cell<usize>,
    /// When it has changed.
    changes_ms: RefCell<Vec<f64>>,
    was_cut_short: Cell<bool>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} of {} bytes", self.kind, self.bytes())
    }
}

impl Disk {
    pub fn new(kind: Kind, random: &mut SplitMix64) -> Rc<Self> {
        let (name, media_type) = match kind {
            Kind::Jpeg | Kind::Damaged => (Some("kite.jpg"), "image/jpeg"),
            // Of a wrong declared type, and a wrong ending.
            Kind::Png => (Some("kite.jpg"), "image/jpeg"),
            Kind::WebP => (None, ""),
            Kind::Large => (Some("large.png"), "image/png"),
            Kind::Sound => (Some("wind.wav"), "audio/wav"),
        };
        let version = version(kind, random);
        let left_bytes = Cell::new(version.bytes.len());
        let versions = RefCell::new(vec![version]);
        Rc::new(Self {
            kind,
            name,
            media_type,
            versions,
            left_bytes,
            changes_ms: RefCell::default(),
            was_cut_short: Cell::new(false),
        })
    }

    pub fn bytes(&self) -> usize {
        self.left_bytes.get()
    }

    pub fn version(&self) -> usize {
        self.versions.borrow().len() - 1
    }

    pub fn content(&self) -> Rc<[u8]> {
        self.versions.borrow().last().unwrap().bytes.clone()
    }

    pub fn was_cut_short(&self) -> bool {
        self.was_cut_short.get()
    }

    pub fn changes_ms(&self) -> Vec<f64> {
        self.changes_ms.borrow().clone()
    }

    /// All that has ever been there.
    pub fn whole(&self) -> Vec<Rc<[u8]>> {
        self.versions.borrow().iter().map(|version| version.bytes.clone()).collect()
    }

    /// All that could rightly be uploaded of it.
    pub fn clean(&self) -> Vec<Rc<[u8]>> {
        self.versions.borrow().iter().filter_map(|version| version.clean.clone()).collect()
    }

    /// Another picture is written to its place.
    pub fn replace(&self, random: &mut SplitMix64, now_ms: f64) {
        let version = version(self.kind, random);
        self.left_bytes.set(version.bytes.len());
        let mut versions = self.versions.borrow_mut();
        // By its bytes nobody knows one large or damaged picture from another: they are all the same.
        if versions.last().is_none_or(|before| before.bytes != version.bytes) {
            self.changes_ms.borrow_mut().push(now_ms);
        }
        versions.push(version);
    }

    pub fn cut_short(&self, now_ms: f64) {
        self.left_bytes.set(self.left_bytes.get() * 2 / 3);
        self.was_cut_short.set(true);
        self.changes_ms.borrow_mut().push(now_ms);
    }
}

/// A part of a file, and whether it has to stay.
type Part = (Vec<u8>, bool);

fn version(kind: Kind, random: &mut SplitMix64) -> Version {
    let bytes = 100 + random.below(9_000);
    match kind {
        Kind::Jpeg => of_parts(&jpeg(&noise(random, bytes))),
        Kind::Png => of_parts(&png(&noise(random, bytes))),
        Kind::WebP => {
            let image = chunk(b"VP8L", &noise(random, bytes));
            let exif = chunk(b"EXIF", &exif());
            let whole = riff(&[vp8x(8), image.clone(), exif].concat());
            let clean = riff(&[vp8x(0), image].concat());
            Version { bytes: whole.into(), clean: Some(clean.into()) }
        }
        Kind::Large => {
            thread_local!(static LARGE: Version = of_parts(&png(&vec![7; LARGE_BYTES])));
            LARGE.with(Clone::clone)
        }
        Kind::Damaged => {
            let mut damaged = of_parts(&jpeg(&noise(random, bytes))).bytes.to_vec();
            damaged.truncate(30);
            Version { bytes: damaged.into(), clean: None }
        }
        Kind::Sound => {
            let whole = [b"RIFF\x24\0\0\0WAVEfmt ", &noise(random, bytes)[..]].concat();
            Version { bytes: whole.clone().into(), clean: Some(whole.into()) }
        }
    }
}

fn of_parts(parts: &[Part]) -> Version {
    let joined = |only_kept: bool| -> Rc<[u8]> {
        let parts = parts.iter().filter(|(_, stays)| *stays || !only_kept);
        parts.flat_map(|(bytes, _)| bytes).copied().collect::<Vec<u8>>().into()
    };
    Version { bytes: joined(false), clean: Some(joined(true)) }
}

/// Bytes without a marker of a JPEG.
fn noise(random: &mut SplitMix64, bytes: usize) -> Vec<u8> {
    (0..bytes.div_ceil(8)).flat_map(|_| random.next_u64().to_le_bytes()).map(|byte| byte & 0x7f).collect()
}

/// A block of Exif with a place in it.
fn exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let gps = entry(0x8825, 4, 1, 26u32.to_le_bytes());
    let places = [entry(1, 2, 2, *b"N\0\0\0"), entry(2, 5, 3, 100u32.to_le_bytes())].concat();
    let directory =
        |entries: &[u8]| [&((entries.len() / 12) as u16).to_le_bytes()[..], entries, &[0; 4]].concat();
    [b"II*\0\x08\0\0\0", &directory(&gps)[..], &directory(&places), SECRET].concat()
}

fn jpeg(data: &[u8]) -> Vec<Part> {
    let segment = |marker: u8, body: &[u8]| {
        [&[0xff, marker][..], &((body.len() + 2) as u16).to_be_bytes(), body].concat()
    };
    vec![
        (b"\xff\xd8".to_vec(), true),
        (segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"), true),
        (segment(0xe1, &[b"Exif\0\0", &exif()[..]].concat()), false),
        (segment(0xfe, SECRET), false),
        (segment(0xdb, &[0; 65]), true),
        (segment(0xc0, &[8, 0x0b, 0xb8, 0x0f, 0xa0, 3, 1, 2, 3]), true),
        (segment(0xda, b"\0"), true),
        (data.to_vec(), true),
        (b"\xff\xd9".to_vec(), true),
        ([b"trailing ", SECRET].concat(), false),
    ]
}

fn png(data: &[u8]) -> Vec<Part> {
    let framed = |name: &[u8; 4], body: &[u8], checksum: u32| {
        let length = body.len() as u32;
        [&length.to_be_bytes()[..], name, body, &checksum.to_be_bytes()].concat()
    };
    let chunk = |name: &[u8; 4], body: &[u8]| framed(name, body, crc32(&[name, body].concat()));
    let header = [&640u32.to_be_bytes()[..], &480u32.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    vec![
        (b"\x89PNG\r\n\x1a\n".to_vec(), true),
        (chunk(b"IHDR", &header), true),
        (chunk(b"tEXt", &[b"Comment\0", SECRET].concat()), false),
        (chunk(b"eXIf", &exif()), false),
        // Nobody asks for its checksum, and it may be long.
        (framed(b"IDAT", data, 0), true),
        (chunk(b"IEND", b""), true),
    ]
}

/// The checksum of PNG (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shifted(crc)))
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if data.len() % 2 == 1 { b"\0" } else { b"" };
    [name, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}

fn riff(body: &[u8]) -> Vec<u8> {
    [b"RIFF", &(body.len() as u32 + 4).to_le_bytes()[..], b"WEBP", body].concat()
}

fn vp8x(flags: u8) -> Vec<u8> {
    chunk(b"VP8X", &[flags, 0, 0, 0, 0x9f, 0x0f, 0, 0xb7, 0x0b, 0])
}
