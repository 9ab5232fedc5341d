//! The hosts where results lie, and the proxy's route to them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::*;

use super::arriving::{Arriving, MAX_PIECE_BYTES, Open, Step, Wire};
use super::executor::Owner;
use super::files::Machine;
use super::result_faults::Fault;
use super::result_files::{HOSTS, Wanted, hash};
use super::server::Server;
use super::tally::Tally;

/// A place that leads to itself.
const CIRCLE: &str = "https://api.example/again/";
const PAGE: &[u8] = b"<!doctype html><title>Log in</title>";

/// The hosts of results, and what a page is told of them.
pub struct Hosts {
    pub wire: Rc<Wire>,
    tally: Rc<Tally>,
    /// Whether the hosts let a page read what they have.
    pub is_readable: bool,
    /// Whether what is wrong with a result stays so, as long as anything fails at all.
    is_stubborn: bool,
}

impl Hosts {
    pub fn new(
        machine: Rc<Machine>,
        server: Rc<Server>,
        may_be_page: bool,
        seed: u64,
        tally: Rc<Tally>,
    ) -> Rc<Self> {
        let mut random = SplitMix64::new(seed ^ hash("hosts"));
        let is_page = may_be_page && random.unit() < 0.5;
        let is_readable = !is_page || random.unit() < 0.5;
        let has_route = is_page && random.unit() < 0.7;
        let is_stubborn = random.unit() < 0.2;
        tally.count(match (is_page, is_readable, has_route) {
            (false, ..) => "hosts: asked by no page",
            (true, true, _) => "hosts: readable by a page",
            (true, false, true) => "hosts: kept from a page whose proxy has the route",
            (true, false, false) => "hosts: kept from a page whose proxy has no route",
        });
        let (random, open) = (RefCell::new(random), RefCell::default());
        let executor = machine.executor.clone();
        let wire = Rc::new(Wire { machine, executor, server, random, is_page, has_route, open });
        Rc::new(Self { wire, tally, is_readable, is_stubborn })
    }

    fn draw(&self, url: &str) -> Fault {
        let rate = self.wire.server.fault_rate.get();
        let is_hit = self.wire.unit() < rate || (self.is_stubborn && rate > 0.0);
        let kind =
            if self.is_stubborn { hash(url) as usize } else { self.wire.random.borrow_mut().below(14) } % 14;
        let detail = self.wire.unit();
        let fault = if is_hit { Fault::draw(kind, detail) } else { Fault::None };
        self.tally.count(&fault.name());
        fault
    }

    /// One request for a result. Whoever drops it receives nothing more.
    pub fn receive(self: &Rc<Self>, owner: Owner, request: ResultRequest) -> Local<Reception<Arriving>> {
        let hosts = self.clone();
        Box::pin(async move {
            let open = Open::new(hosts.wire.clone(), owner);
            let fault = hosts.draw(&request.url);
            hosts.wire.executor.note(|| format!("asks for {} under {fault:?}", request.url));
            let delay_ms = 5.0 + hosts.wire.unit() * 200.0;
            hosts.wire.executor.sleep(delay_ms).await;
            if hosts.wire.server.is_offline.get() {
                return Reception::Failed { reason: "the network is gone".to_owned() };
            }
            if fault == Fault::Silent {
                std::future::pending::<()>().await;
            }
            match &request.from {
                ResultSource::Host { follows_redirects } => {
                    assert_eq!(*follows_redirects, hosts.wire.is_page, "who follows redirects");
                    hosts.host(open, &request.url, fault)
                }
                ResultSource::Proxy { .. } => hosts.proxy(open, &request.url, fault),
            }
        })
    }

    /// A host of results.
    fn host(&self, open: Open, url: &str, fault: Fault) -> Reception<Arriving> {
        let is_known =
            HOSTS.iter().any(|host| url.starts_with(host)) || url.starts_with("https://api.example/");
        assert!(is_known, "{url} is no place to fetch from");
        if fault == Fault::Lost {
            return Reception::Failed { reason: "connection reset".to_owned() };
        }
        if !self.is_readable {
            self.tally.count("result: kept from a page");
            return Reception::Failed { reason: "Failed to fetch".to_owned() };
        }
        let wanted = Wanted::at(url).expect("a result's URL names a result");
        let file = format!("{}/{}.png", wanted.id, wanted.index);
        let location = match fault {
            _ if url.starts_with(CIRCLE) => Some(url.to_owned()),
            Fault::InCircles => Some(format!("{CIRCLE}{file}")),
            Fault::Redirected { is_relative: true } => Some(format!("/moved/{file}")),
            Fault::Redirected { is_relative: false } => Some(format!("{}{file}", HOSTS[1])),
            Fault::Misled => Some(format!("https://127.0.0.1/{file}")),
            _ => None,
        };
        match (location, fault) {
            (None, _) => Reception::Answered(self.serve(open, &wanted, fault)),
            // A browser follows by itself, and says nothing of where it was led.
            (Some(_), Fault::Redirected { .. }) if self.wire.is_page => {
                Reception::Answered(self.serve(open, &wanted, Fault::None))
            }
            (Some(_), _) if self.wire.is_page => Reception::Failed { reason: "Failed to fetch".to_owned() },
            (Some(location), _) => {
                let body = VecDeque::from([Step::Bytes(PAGE.to_vec())]);
                Reception::Answered(Arriving::new(open, 302, vec![("location", location)], body))
            }
        }
    }

    /// The proxy's results route, which may be missing.
    fn proxy(&self, open: Open, url: &str, fault: Fault) -> Reception<Arriving> {
        assert!(self.wire.is_page, "whoever holds a key asks no such route");
        self.tally.count(if self.wire.has_route { "route: asked" } else { "route: missing" });
        let wanted = Wanted::behind_route(url).expect("the route of a result");
        match fault {
            Fault::Lost => Reception::Failed { reason: "connection reset".to_owned() },
            _ if !self.wire.has_route => Reception::Answered(Arriving::new(
                open,
                404,
                vec![("content-type", "text/html".to_owned())],
                VecDeque::from([Step::Bytes(PAGE.to_vec())]),
            )),
            // The proxy follows nowhere.
            Fault::Redirected { .. } | Fault::Misled | Fault::InCircles => {
                Reception::Answered(Arriving::new(open, 0, Vec::new(), VecDeque::new()))
            }
            _ => Reception::Answered(self.serve(open, &wanted, fault)),
        }
    }

    /// The result itself, or what comes instead.
    fn serve(&self, open: Open, wanted: &Wanted, fault: Fault) -> Arriving {
        assert!(self.wire.server.is_made(&wanted.id), "{wanted:?} is asked for before it is made");
        let bytes = wanted.bytes();
        let mut headers = vec![("content-type", "image/png".to_owned())];
        let says_length = self.wire.unit() < 0.7 || fault == Fault::WrongLength;
        if says_length && fault != Fault::Endless {
            headers.push(("content-length", bytes.len().to_string()));
        }
        let (status, body) = match fault {
            Fault::NoResult { status } => (status, self.cut(&bytes)),
            Fault::Failing { status } => (status, self.cut(PAGE)),
            Fault::Limited { seconds } => {
                headers.push(("retry-after", seconds.to_string()));
                (429, self.cut(PAGE))
            }
            Fault::Gone => (404, self.cut(PAGE)),
            Fault::Text { says_so } => {
                headers.clear();
                let media_type = if says_so { "text/html; charset=utf-8" } else { "image/png" };
                headers.push(("content-type", media_type.to_owned()));
                (200, self.cut(PAGE))
            }
            Fault::Endless => (200, VecDeque::from([Step::Bytes(bytes), Step::Endless])),
            Fault::CutShort | Fault::WrongLength | Fault::Stalled => {
                let part = self.wire.random.borrow_mut().below(bytes.len());
                let mut body = self.cut(&bytes[..part]);
                // Where a page may not see whether a body was compressed, its browser judges the length.
                let is_lost = fault == Fault::CutShort || self.wire.is_page;
                match fault {
                    Fault::Stalled => body.push_back(Step::Nothing),
                    _ if is_lost => body.push_back(Step::Lost),
                    _ => {}
                }
                (200, body)
            }
            _ => (200, self.cut(&bytes)),
        };
        Arriving::new(open, status, headers, body)
    }

    /// Bytes in pieces.
    fn cut(&self, bytes: &[u8]) -> VecDeque<Step> {
        let (mut steps, mut rest) = (VecDeque::new(), bytes);
        while !rest.is_empty() {
            let length = 1 + self.wire.random.borrow_mut().below(MAX_PIECE_BYTES.min(rest.len()));
            let (piece, left) = rest.split_at(length);
            steps.push_back(Step::Bytes(piece.to_vec()));
            rest = left;
        }
        steps
    }
}
