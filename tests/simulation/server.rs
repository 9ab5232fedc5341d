//! The API: the emulator's world behind a network that loses, delays and spoils what passes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::emulator::routes::Route;
use rivya_wasm::emulator::settings::{Habit, Outcome, Settings};
use rivya_wasm::emulator::world::{Submission, World};
use rivya_wasm::platform::{Body, Exchange, Method, Request};
use serde_json::Value;

use super::exchange_faults::Fault;
use super::executor::{Executor, Owner, once};
use super::json::Json;
use super::log::{Get, Log, Post};
use super::result_files::with_more_results;
use super::tally::Tally;
use super::uploads::Traffic;

/// Whose client it is.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub name: Option<&'static str>,
    pub key: &'static str,
}

pub const KEY: &str = "rvya_sk_simulated";
pub const ACCOUNTS: [Account; 2] =
    [Account { name: None, key: KEY }, Account { name: Some("another"), key: "rvya_sk_anothers" }];
pub const BASE_URL: &str = "https://api.example/api/v1";
/// When the simulated world begins, in milliseconds since 1970.
pub const EPOCH_MS: f64 = 1_800_000_000_000.0;

/// How long after its start a submission is sent again where no answer to it was seen.
pub const LIFETIME_MS: f64 = 86_400_000.0;

pub struct Server {
    pub executor: Rc<Executor>,
    pub world: RefCell<World>,
    random: RefCell<SplitMix64>,
    /// Share of exchanges that are hit, 0 to 1.
    pub fault_rate: Cell<f64>,
    pub is_offline: Cell<bool>,
    pub log: RefCell<Log>,
    pub in_flight: Cell<u64>,
    /// Generations that were begun, and that the API knows no more.
    pub lost: RefCell<BTreeSet<String>>,
    texts: Rc<RefCell<BTreeMap<String, String>>>,
    pub tally: Rc<Tally>,
    next_id: Cell<u64>,
    habit: Habit,
    /// What happens to the next exchanges, in this order, where that is not drawn.
    pub script: RefCell<VecDeque<Fault>>,
    pub traffic: RefCell<Traffic>,
}

impl Server {
    pub fn new(
        executor: Rc<Executor>,
        habit: Habit,
        seed: u64,
        texts: Rc<RefCell<BTreeMap<String, String>>>,
        tally: Rc<Tally>,
    ) -> Rc<Self> {
        let mut random = SplitMix64::new(seed);
        let settings = Settings {
            api_keys: ACCOUNTS.iter().map(|account| account.key.to_owned()).collect(),
            credits: 1_000_000.0,
            queued_ms: (random.unit() * 3_000.0) as u64,
            processing_ms: (random.unit() * 30_000.0) as u64,
            habit,
            public_url: "https://api.example".to_owned(),
            ..Settings::default()
        };
        Rc::new(Self {
            executor,
            world: RefCell::new(World::new(settings)),
            random: RefCell::new(random),
            fault_rate: Cell::new(0.2),
            is_offline: Cell::new(false),
            log: RefCell::default(),
            in_flight: Cell::new(0),
            lost: RefCell::default(),
            texts,
            tally,
            next_id: Cell::new(0),
            habit,
            script: RefCell::default(),
            traffic: RefCell::default(),
        })
    }

    pub fn now_ms(&self) -> u64 {
        (EPOCH_MS + self.executor.true_ms()) as u64
    }

    pub fn fresh_id(&self) -> u64 {
        self.next_id.replace(self.next_id.get() + 1)
    }

    pub fn unit(&self) -> f64 {
        self.random.borrow_mut().unit()
    }

    fn draw(&self, is_post: bool) -> Fault {
        let scripted = self.script.borrow_mut().pop_front();
        let fault = scripted.unwrap_or_else(|| self.draw_quietly(is_post));
        self.tally.count(fault.name());
        fault
    }

    pub fn draw_quietly(&self, is_post: bool) -> Fault {
        let is_hit = self.unit() < self.fault_rate.get();
        let kind = self.random.borrow_mut().below(Fault::KINDS);
        let detail = self.unit();
        if is_hit { Fault::of(kind, detail, is_post) } else { Fault::None }
    }

    /// One exchange. What was sent goes on without whoever has sent it.
    pub fn exchange(
        self: &Rc<Self>,
        owner: Owner,
        request: Request,
    ) -> std::pin::Pin<Box<dyn Future<Output = Exchange<Json>>>> {
        let (server, executor) = (self.clone(), self.executor.clone());
        Box::pin(async move {
            let is_post = request.method == Method::Post;
            let fault = server.draw(is_post);
            let timeout_ms = request.timeout.as_secs_f64() * 1_000.0;
            let out_ms = 5.0 + server.unit() * 200.0;
            let back_ms = if fault == Fault::Late { timeout_ms } else { 5.0 + server.unit() * 200.0 };
            let sent_ms = executor.awake_ms();
            let id = request.url.strip_prefix(BASE_URL).and_then(|path| path.strip_prefix("/generations/"));
            let id = id.map(str::to_owned);
            if is_post {
                server.judge_submission(&key_of(&request));
            }
            let (send, received) = once();
            let remote = server.clone();
            server.in_flight.set(server.in_flight.get() + 1);
            let asked = request.clone();
            executor.spawn(Owner::WORLD, async move {
                remote.executor.sleep(out_ms).await;
                let answered = remote.arrive(owner, &asked, fault).await;
                remote.executor.sleep(back_ms).await;
                remote.in_flight.set(remote.in_flight.get() - 1);
                send(if remote.is_offline.get() { lost("the network is gone") } else { answered });
            });
            executor.note(|| format!("sends {} {} under {fault:?}", request.method.as_str(), request.url));
            let exchange = {
                let mut received = received;
                let mut timer = executor.sleep(timeout_ms);
                std::future::poll_fn(move |context| {
                    if let std::task::Poll::Ready(exchange) = received.as_mut().poll(context) {
                        return std::task::Poll::Ready(exchange);
                    }
                    timer.as_mut().poll(context).map(|()| Exchange::TimedOut)
                })
                .await
            };
            let has_failed =
                !matches!(exchange, Exchange::Answered { status: 200..300, body: Body::Json { .. }, .. });
            let ended_ms = executor.awake_ms();
            if let Some(id) = id {
                let get = Get { owner, id, sent_ms, ended_ms, has_failed };
                server.log.borrow_mut().gets.push(get);
            }
            exchange
        })
    }

    /// Notes a submission that should not be sent, by what is stored of its key.
    fn judge_submission(&self, key: &str) {
        let Some(entry) = self.entry_of(key) else { return };
        let mut log = self.log.borrow_mut();
        if entry.get("id").is_some() {
            log.sent_in_vain.push(key.to_owned());
        }
        let started_ms = entry["startedMs"].as_f64().unwrap_or(f64::INFINITY);
        if log.posts.contains_key(key) && EPOCH_MS + self.executor.true_ms() - started_ms > LIFETIME_MS {
            log.sent_too_late.push(key.to_owned());
        }
    }

    /// A request on its way to the API.
    async fn arrive(&self, owner: Owner, request: &Request, fault: Fault) -> Exchange<Json> {
        if let Some(exchange) = self.fails_before(fault) {
            return exchange;
        }
        if fault == Fault::Repeated {
            self.tally.count(&format!("repeated by the browser: {:?}", self.habit));
            self.answer(owner, request);
            self.executor.sleep(20.0).await;
        }
        let exchange = self.answer(owner, request);
        self.spoilt(fault, exchange)
    }

    /// What fails before the API has done anything.
    pub fn fails_before(&self, fault: Fault) -> Option<Exchange<Json>> {
        if self.is_offline.get() {
            return Some(lost("the network is gone"));
        }
        match fault {
            Fault::LostBefore => Some(lost("connection reset")),
            Fault::Refused => Some(Exchange::Failed {
                reason: "fetch failed".to_owned(),
                causes: vec!["ECONNREFUSED".to_owned()],
            }),
            Fault::RateLimited { seconds } => {
                let json = serde_json::json!({ "error": { "code": "rate_limited", "message": "Slower." } });
                Some(answered(429, Some(seconds.to_string()), json))
            }
            Fault::Failing { status } => {
                let body = Body::Other { excerpt: "<html>".to_owned() };
                Some(Exchange::Answered { status, retry_after: None, body })
            }
            _ => None,
        }
    }

    /// An answer as it comes back.
    pub fn spoilt(&self, fault: Fault, exchange: Exchange<Json>) -> Exchange<Json> {
        let excerpt = "<html>".to_owned();
        match (fault, exchange) {
            (Fault::LostAfter, _) => lost("connection reset"),
            (Fault::Cut | Fault::Garbage, Exchange::Answered { status, retry_after, .. }) => {
                Exchange::Answered { status, retry_after, body: Body::Other { excerpt } }
            }
            (_, exchange) => exchange,
        }
    }

    /// The API itself.
    fn answer(&self, owner: Owner, request: &Request) -> Exchange<Json> {
        let path = request.url.strip_prefix("https://api.example").unwrap();
        let mut world = self.world.borrow_mut();
        let judged = Route::find(request.method.as_str(), path).and_then(|route| {
            world.arrive(&route);
            let authorization = header(request, "Authorization");
            world.admit(&route, authorization, self.now_ms())?;
            match route {
                Route::Generation(id) => {
                    let known = if self.lost.borrow().contains(&id) { "lost" } else { &id };
                    Ok((200, world.poll(known, self.now_ms())?))
                }
                Route::CreateGeneration => {
                    let (body, key) = (request.body.as_deref().unwrap_or_default(), key_of(request));
                    let api_key = authorization.unwrap_or_default().trim_start_matches("Bearer ").to_owned();
                    let was_stored = self.entry_of(&key).is_some();
                    let post = Post { owner, api_key, body: body.to_owned(), was_stored };
                    self.log.borrow_mut().posts.entry(key.clone()).or_default().push(post);
                    match world.submit(body, Some(&key), self.now_ms())? {
                        Submission::Replay(answer) => Ok((200, answer)),
                        Submission::New(accepted) => {
                            let id = format!("task_{}", self.fresh_id());
                            let is_failed = self.random.borrow_mut().unit() < 0.1;
                            let outcome = if is_failed { Outcome::Failed } else { Outcome::Succeeded };
                            Ok((202, world.open(accepted, body, Some(&key), outcome, id, self.now_ms())?))
                        }
                    }
                }
                Route::File(id) => Ok((200, world.file(&id)?.to_json())),
                Route::Credits => Ok((200, world.balance(self.now_ms()))),
                route => panic!("the client asks for {route:?}"),
            }
        });
        match judged {
            Ok((status, json)) => answered(status, None, with_more_results(json)),
            Err(problem) => answered(problem.status, None, problem.to_json("req_1")),
        }
    }

    /// Whether a generation has succeeded by now.
    pub fn is_made(&self, id: &str) -> bool {
        self.world
            .borrow()
            .poll(id, self.now_ms())
            .is_ok_and(|generation| generation["status"] == "succeeded")
    }

    /// What is stored of a submission.
    pub fn entry_of(&self, key: &str) -> Option<Value> {
        let texts = self.texts.borrow();
        let is_its = |name: &str| name.strip_suffix(key).is_some_and(|before| before.ends_with('/'));
        let text = texts.iter().find(|(name, _)| is_its(name))?.1;
        serde_json::from_str(text).ok()
    }

    /// The keys under which tasks were begun, one for each task, with its id.
    pub fn charges(&self) -> Vec<(String, String)> {
        let ledger = self.world.borrow().ledger(self.now_ms());
        ledger.charges.into_iter().map(|charge| (charge.idempotency_key.unwrap(), charge.id)).collect()
    }
}

pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn key_of(request: &Request) -> String {
    header(request, "Idempotency-Key").expect("a submission carries its key").to_owned()
}

pub fn lost(reason: &str) -> Exchange<Json> {
    Exchange::Failed { reason: reason.to_owned(), causes: vec!["ECONNRESET".to_owned()] }
}

pub fn answered(status: u16, retry_after: Option<String>, json: Value) -> Exchange<Json> {
    let excerpt = json.to_string().chars().take(200).collect();
    Exchange::Answered { status, retry_after, body: Body::Json { answer: Json(Rc::new(json)), excerpt } }
}
