//! The answer to a request for a result, of which the body comes piece by piece.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::*;
use serde_json::json;

use super::executor::{Executor, Owner};
use super::files::{File, Machine};
use super::json::Json;
use super::result_files::MAX_RESULT_BYTES;
use super::server::Server;

pub const MAX_PIECE_BYTES: usize = 4_000;
/// Results of one call that are received at once.
const MAX_CONCURRENT: usize = 4;

/// What answers come over.
pub struct Wire {
    pub machine: Rc<Machine>,
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub random: RefCell<SplitMix64>,
    /// Whether the clients are pages, before a proxy.
    pub is_page: bool,
    /// Whether the proxy serves results.
    pub has_route: bool,
    /// Requests that are open, by their call.
    pub open: RefCell<BTreeMap<Owner, usize>>,
}

impl Wire {
    /// Whether nobody receives anything.
    pub fn is_left(&self) -> bool {
        self.open.borrow().is_empty()
    }

    pub fn unit(&self) -> f64 {
        self.random.borrow_mut().unit()
    }
}

/// An open request.
pub struct Open {
    wire: Rc<Wire>,
    owner: Owner,
}

impl Open {
    pub fn new(wire: Rc<Wire>, owner: Owner) -> Self {
        let mut open = wire.open.borrow_mut();
        let count = open.entry(owner).or_default();
        *count += 1;
        assert!(*count <= MAX_CONCURRENT, "{owner:?} receives {count} results at once");
        drop(open);
        Self { wire, owner }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.wire.open.borrow_mut();
        let count = open.get_mut(&self.owner).expect("a request is counted until it is dropped");
        *count -= 1;
        if *count == 0 {
            open.remove(&self.owner);
        }
    }
}

/// What comes next of a body.
pub enum Step {
    Bytes(Vec<u8>),
    /// The connection is lost.
    Lost,
    /// Nothing more.
    Nothing,
    /// Bytes, and then the same again.
    Endless,
}

struct Stream {
    wire: Rc<Wire>,
    steps: RefCell<VecDeque<Step>>,
    gathered: RefCell<Vec<u8>>,
}

impl Stream {
    async fn next(&self) -> Result<bool, String> {
        let delay_ms = self.wire.unit() * 60.0;
        self.wire.executor.sleep(delay_ms).await;
        if self.wire.server.is_offline.get() {
            return Err("the network is gone".to_owned());
        }
        let step = self.steps.borrow_mut().pop_front();
        let piece = match step {
            None => return Ok(false),
            Some(Step::Bytes(piece)) => piece,
            Some(Step::Lost) => return Err("connection reset".to_owned()),
            Some(Step::Nothing) => std::future::pending().await,
            Some(Step::Endless) => {
                self.steps.borrow_mut().push_back(Step::Endless);
                vec![7; 1 + self.wire.random.borrow_mut().below(MAX_PIECE_BYTES)]
            }
        };
        let mut gathered = self.gathered.borrow_mut();
        assert!(gathered.len() as u64 <= MAX_RESULT_BYTES, "more is received than is taken");
        gathered.extend(piece);
        Ok(true)
    }
}

/// An answer on its way.
pub struct Arriving {
    status: u16,
    headers: Vec<(&'static str, String)>,
    stream: Rc<Stream>,
    _open: Open,
}

impl Arriving {
    pub fn new(open: Open, status: u16, headers: Vec<(&'static str, String)>, steps: VecDeque<Step>) -> Self {
        let (wire, steps) = (open.wire.clone(), RefCell::new(steps));
        let stream = Rc::new(Stream { wire, steps, gathered: RefCell::default() });
        Self { status, headers, stream, _open: open }
    }
}

impl Incoming for Arriving {
    type Blob = File;
    type Answer = Json;

    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    fn hides_headers(&self) -> bool {
        self.stream.wire.is_page
    }

    fn next(&self) -> Local<Result<bool, String>> {
        let stream = self.stream.clone();
        Box::pin(async move { stream.next().await })
    }

    fn received_bytes(&self) -> u64 {
        self.stream.gathered.borrow().len() as u64
    }

    fn head(&self, bytes: usize) -> Vec<u8> {
        self.stream.gathered.borrow().iter().copied().take(bytes).collect()
    }

    fn blob(&self, media_type: &str) -> File {
        let bytes = self.stream.gathered.borrow().as_slice().into();
        File::of_bytes(&self.stream.wire.machine, bytes, media_type)
    }

    fn json(&self) -> Local<Body<Json>> {
        // The proxy of this package says what is gone; a server before it has pages.
        let body = if self.stream.wire.has_route && self.status == 404 {
            let error = json!({ "error": { "code": "not_found", "message": "Gone.", "resource": "result" } });
            Body::Json { answer: Json(Rc::new(error)), excerpt: String::new() }
        } else {
            Body::Other { excerpt: "<!doctype html>".to_owned() }
        };
        Box::pin(std::future::ready(body))
    }
}
