//! Files by handle, as a page has them: on a disk that changes, or in memory.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::{Blob, Encoding, Local, Part, Picture, Scan};

use super::executor::Executor;
use super::photos::Disk;
use super::tally::Tally;

/// What a stream brings at once.
const PIECE_BYTES: u64 = 1_500;
/// How a picture begins that was encoded anew.
pub const ENCODED: &[u8] = b"encoded anew";

/// The machine on which files lie.
pub struct Machine {
    pub executor: Rc<Executor>,
    pub random: std::cell::RefCell<SplitMix64>,
    pub tally: Rc<Tally>,
    /// Whether a file that has changed can be read no more, as in Chromium; else its new bytes are read, without a
    /// word.
    pub tells_changes: bool,
    /// Scans and pictures that nobody has dropped.
    pub open: Cell<u64>,
}

impl Machine {
    fn unit(&self) -> f64 {
        self.random.borrow_mut().unit()
    }

    /// A disk takes its time, now and then.
    fn pause(self: &Rc<Self>) -> Local<()> {
        let delay_ms = if self.unit() < 0.5 { 0.0 } else { self.unit() * 30.0 };
        self.executor.sleep(delay_ms)
    }
}

/// Bytes that lie somewhere.
#[derive(Clone)]
enum Source {
    Disk { disk: Rc<Disk>, version: usize },
    Memory(Rc<[u8]>),
}

#[derive(Clone)]
struct Span {
    source: Source,
    start: u64,
    end: u64,
}

/// A file as it was chosen, a slice of one, or several of them joined.
#[derive(Clone)]
pub struct File(Rc<Handle>);

struct Handle {
    identity: u64,
    /// The file that was chosen.
    chosen: u64,
    machine: Rc<Machine>,
    spans: Vec<Span>,
    media_type: String,
    name: Option<String>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "file of {} bytes", self.bytes())
    }
}

fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl File {
    /// A file is chosen.
    pub fn choose(machine: &Rc<Machine>, disk: &Rc<Disk>) -> Self {
        let source = Source::Disk { disk: disk.clone(), version: disk.version() };
        let identity = fresh();
        Self(Rc::new(Handle {
            identity,
            chosen: identity,
            machine: machine.clone(),
            spans: vec![Span { source, start: 0, end: disk.bytes() as u64 }],
            media_type: disk.media_type.to_owned(),
            name: disk.name.map(str::to_owned),
        }))
    }

    /// A file that was made of bytes.
    pub fn of_bytes(machine: &Rc<Machine>, bytes: Rc<[u8]>, media_type: &str) -> Self {
        let (identity, end) = (fresh(), bytes.len() as u64);
        Self(Rc::new(Handle {
            identity,
            chosen: identity,
            machine: machine.clone(),
            spans: vec![Span { source: Source::Memory(bytes), start: 0, end }],
            media_type: media_type.to_owned(),
            name: None,
        }))
    }

    fn with(&self, spans: Vec<Span>, media_type: &str) -> Self {
        Self(Rc::new(Handle {
            identity: fresh(),
            chosen: self.0.chosen,
            machine: self.0.machine.clone(),
            spans,
            media_type: media_type.to_owned(),
            name: None,
        }))
    }

    /// The identity of the file that was chosen, of which this is a part.
    pub fn chosen(&self) -> u64 {
        self.0.chosen
    }

    /// All of it as it is now; `None` where it can't be read.
    pub fn content(&self) -> Option<Vec<u8>> {
        self.piece(0, self.bytes())
    }

    fn piece(&self, start: u64, end: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity((end - start) as usize);
        let mut at = 0;
        for span in &self.0.spans {
            let span_bytes = span.end - span.start;
            let (from, to) = (start.max(at), end.min(at + span_bytes));
            if from < to {
                let (from, to) = ((span.start + from - at) as usize, (span.start + to - at) as usize);
                match &span.source {
                    Source::Memory(memory) => bytes.extend(memory.get(from..to)?),
                    Source::Disk { disk, version } => {
                        if disk.version() != *version && self.0.machine.tells_changes || to > disk.bytes() {
                            return None;
                        }
                        bytes.extend(disk.content().get(from..to)?);
                    }
                }
            }
            at += span_bytes;
        }
        Some(bytes)
    }
}

impl Blob for File {
    type Scan = Reading;

    fn identity(&self) -> u64 {
        self.0.identity
    }

    fn bytes(&self) -> u64 {
        self.0.spans.iter().map(|span| span.end - span.start).sum()
    }

    fn declared_type(&self) -> String {
        self.0.media_type.clone()
    }

    fn name(&self) -> Option<String> {
        self.0.name.clone()
    }

    fn slice(&self, start: u64, end: u64, media_type: &str) -> Self {
        let mut spans = Vec::new();
        let mut at = 0;
        for span in &self.0.spans {
            let span_bytes = span.end - span.start;
            let (from, to) = (start.max(at), end.min(at + span_bytes));
            if from < to {
                let (start, end) = (span.start + from - at, span.start + to - at);
                spans.push(Span { source: span.source.clone(), start, end });
            }
            at += span_bytes;
        }
        self.with(spans, media_type)
    }

    fn join(parts: Vec<Part<Self>>) -> Self {
        let first = parts.iter().find_map(|part| if let Part::Blob(file) = part { Some(file) } else { None });
        let first = first.expect("a part of some file").clone();
        let spans = parts.into_iter().flat_map(|part| match part {
            Part::Blob(file) => file.0.spans.clone(),
            Part::Bytes(bytes) => {
                let end = bytes.len() as u64;
                vec![Span { source: Source::Memory(bytes.into()), start: 0, end }]
            }
        });
        first.with(spans.collect(), "")
    }

    fn in_memory(&self) -> Local<Option<Self>> {
        let file = self.clone();
        Box::pin(async move {
            file.0.machine.pause().await;
            // Large ones are not copied here.
            file.piece(file.bytes().saturating_sub(1), file.bytes())?;
            Some(file.with(file.0.spans.clone(), &file.0.media_type))
        })
    }

    fn read(&self, start: u64, end: u64) -> Local<Option<Vec<u8>>> {
        let file = self.clone();
        Box::pin(async move {
            file.0.machine.pause().await;
            file.piece(start, end.min(file.bytes()))
        })
    }

    fn scan(&self) -> Reading {
        self.0.machine.open.set(self.0.machine.open.get() + 1);
        Reading { file: self.clone(), loaded: Rc::new(Cell::new(0)), last: Cell::new(0) }
    }
}

/// A file that is read from its front to its end.
pub struct Reading {
    file: File,
    loaded: Rc<Cell<u64>>,
    last: Cell<u64>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        let open = &self.file.0.machine.open;
        open.set(open.get() - 1);
    }
}

impl Scan for Reading {
    fn at_hand(&self, at: u64, bytes: usize) -> Option<Vec<u8>> {
        assert!(self.last.replace(at) <= at, "a scan goes back");
        let end = (at + bytes as u64).min(self.file.bytes());
        if end > self.loaded.get() {
            return None;
        }
        self.file.piece(at, end)
    }

    fn load(&self, at: u64, bytes: usize) -> Local<bool> {
        let (file, loaded) = (self.file.clone(), self.loaded.clone());
        Box::pin(async move {
            file.0.machine.pause().await;
            let end = (at + bytes as u64).div_ceil(PIECE_BYTES).saturating_mul(PIECE_BYTES).min(file.bytes());
            loaded.set(loaded.get().max(end));
            file.piece(at, end).is_some()
        })
    }

    fn next_marker(&self, from: u64) -> Local<Option<u64>> {
        let (file, loaded) = (self.file.clone(), self.loaded.clone());
        Box::pin(async move {
            file.0.machine.pause().await;
            let rest = file.piece(from, file.bytes())?;
            loaded.set(file.bytes());
            let is_marker = |pair: &[u8]| {
                pair[0] == 0xff && pair[1] != 0 && pair[1] != 0xff && !(0xd0..=0xd7).contains(&pair[1])
            };
            let found = rest.windows(2).position(is_marker);
            Some(found.map_or(file.bytes(), |found| from + found as u64))
        })
    }
}

/// A picture in memory.
pub struct Decoded {
    file: File,
    /// Whether the platform fails to encode it.
    fails: bool,
}

impl Decoded {
    pub fn of(machine: &Rc<Machine>, file: &File) -> Local<Option<Self>> {
        let (machine, file) = (machine.clone(), file.clone());
        Box::pin(async move {
            machine.pause().await;
            let luck = machine.unit();
            if luck < 0.2 {
                machine.tally.count("picture: can't be decoded");
                return None;
            }
            machine.open.set(machine.open.get() + 1);
            Some(Self { file, fails: luck < 0.35 })
        })
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        let open = &self.file.0.machine.open;
        open.set(open.get() - 1);
    }
}

impl Picture for Decoded {
    type Blob = File;

    fn width(&self) -> u32 {
        6_000
    }

    fn height(&self) -> u32 {
        4_000
    }

    fn encode(&self, encoding: &Encoding) -> Local<Option<File>> {
        let (file, fails, encoding) = (self.file.clone(), self.fails, encoding.clone());
        Box::pin(async move {
            let machine = &file.0.machine;
            machine.pause().await;
            if fails {
                machine.tally.count("picture: can't be encoded");
                return None;
            }
            machine.tally.count("picture: encoded anew");
            // Two bytes a pixel: too large as it is.
            let pixels = f64::from(encoding.width) * f64::from(encoding.height);
            let bytes = (pixels * encoding.quality * 2.0) as usize;
            let start: &[u8] = match encoding.media_type {
                "image/jpeg" => b"\xff\xd8\xff\xe0",
                _ => b"RIFF\0\0\0\0WEBPVP8 ",
            };
            let source = Source::Memory(zeros());
            let front: Rc<[u8]> = [start, ENCODED].concat().into();
            let front = Span { end: front.len() as u64, source: Source::Memory(front), start: 0 };
            let rest = Span { source, start: 0, end: bytes as u64 };
            Some(file.with(vec![front, rest], encoding.media_type))
        })
    }
}

/// Enough of them for any picture.
fn zeros() -> Rc<[u8]> {
    thread_local!(static ZEROS: Rc<[u8]> = vec![0; 50_000_000].into());
    ZEROS.with(Clone::clone)
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
