//! Files on their way to the API.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use rivya_wasm::emulator::files::{SNIFF_BYTES, UploadForm, judge};
use rivya_wasm::emulator::routes::Route;
use rivya_wasm::platform::{Blob, Body, Exchange, Form, Local, Request, Transmission};
use serde_json::Value;

use super::exchange_faults::Fault;
use super::executor::{Executor, Owner, once};
use super::files::File;
use super::json::Json;
use super::server::{Server, answered, header, lost};

/// Files of more bytes are not compared byte by byte.
const COMPARED_BYTES: u64 = 1_000_000;

/// One attempt to upload a file.
#[derive(Clone)]
pub struct Upload {
    pub owner: Owner,
    /// The identity of the file that was chosen.
    pub chosen: u64,
    /// What else was in the form, and how the file is declared.
    pub what: (String, Option<String>, Option<String>, String, String),
    pub began_ms: f64,
    pub began_wall_ms: f64,
    /// The bytes, where there are not too many.
    pub content: Option<Rc<[u8]>>,
    pub head: Rc<[u8]>,
    /// What the client was answered with, when, and by both clocks.
    pub stored: Option<StoredAt>,
    /// When its sender heard of its end, and the status of an answer.
    pub ended: Option<(f64, Option<u16>)>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { owner, chosen, what, began_ms, stored, .. } = self;
        write!(formatter, "{owner:?} uploads {chosen} as {what:?} at {began_ms:.0} ms: {stored:?}")
    }
}

#[derive(Clone, Debug)]
pub struct StoredAt {
    pub url: String,
    pub is_for_one_use: bool,
    pub at_ms: f64,
    pub at_wall_ms: f64,
}

/// What is on its way.
#[derive(Default)]
pub struct Traffic {
    pub attempts: Vec<Upload>,
    /// What happens to the next ones, in this order, where that is not drawn.
    pub script: VecDeque<Fault>,
    /// What each upload is answered with in its `duration_token`, where that is not what the emulator says.
    pub duration_token: Option<Value>,
    /// By page, or by call where calls are apart: how many are on their way now, and how many were at most.
    under_way: BTreeMap<u64, (usize, usize)>,
}

impl Traffic {
    pub fn most(&self) -> usize {
        self.under_way.values().map(|(_, most)| *most).max().unwrap_or_default()
    }

    pub fn is_quiet(&self) -> bool {
        self.under_way.values().all(|(now, _)| *now == 0)
    }
}

/// One that is on its way, whatever becomes of it.
struct UnderWay {
    server: Rc<Server>,
    whose: u64,
}

impl UnderWay {
    fn begin(server: &Rc<Server>, whose: u64) -> Self {
        let mut traffic = server.traffic.borrow_mut();
        let (now, most) = traffic.under_way.entry(whose).or_default();
        *now += 1;
        *most = (*most).max(*now);
        Self { server: server.clone(), whose }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut traffic = self.server.traffic.borrow_mut();
        if let Some((now, _)) = traffic.under_way.get_mut(&self.whose) {
            *now -= 1;
        }
    }
}

/// Who sends a file, and how.
pub struct Sending {
    /// Who sends; and as whose the sendings at a time are counted.
    pub owner: Owner,
    pub whose: u64,
    /// Whether bytes can be seen leaving.
    pub sees_bytes: bool,
}

/// One exchange. What has arrived goes on without whoever has sent it.
pub fn upload(
    server: &Rc<Server>,
    sending: Sending,
    request: Request,
    form: Form<File>,
    transmission: Transmission,
) -> Local<Exchange<Json>> {
    let server = server.clone();
    Box::pin(async move {
        let _under_way = UnderWay::begin(&server, sending.whose);
        let executor = server.executor.clone();
        let fault = server.draw_upload();
        executor.note(|| format!("uploads {:?} as {} under {fault:?}", form.file, form.file_name));
        assert!(header(&request, "Content-Type").is_none() && header(&request, "X-Rivya-Client").is_some());
        let Some(number) = server.begin_upload(&sending, &form) else {
            return lost("the file can't be read");
        };
        let travel_ms = 20.0 + server.unit() * 3_000.0;
        let (send, mut received) = once();
        let (remote, asked) = (server.clone(), (request, form));
        server.in_flight.set(server.in_flight.get() + 1);
        let owner = sending.owner;
        executor.spawn(Owner::WORLD, async move {
            let executor = remote.executor.clone();
            executor.sleep(travel_ms).await;
            let answered = remote.take_upload(owner, &asked.0, &asked.1, fault).await;
            if fault == Fault::Late {
                executor.sleep(700_000.0).await;
            }
            remote.in_flight.set(remote.in_flight.get() - 1);
            send(if remote.is_offline.get() { lost("the network is gone") } else { answered });
        });
        let seen = Seen::new(&sending, &transmission, fault, travel_ms);
        let exchange = seen.until(&executor, &mut received).await;
        server.end_upload(number, &exchange);
        exchange
    })
}

/// What a platform sees of an upload.
struct Seen {
    on_sent: Option<Rc<dyn Fn(f64)>>,
    /// When more of it has left, as a share of the time that it takes.
    shares: Vec<f64>,
    travel_ms: f64,
    /// How long it may go without that.
    patience_ms: f64,
    total_ms: f64,
}

impl Seen {
    fn new(sending: &Sending, transmission: &Transmission, fault: Fault, travel_ms: f64) -> Self {
        let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1_000.0;
        let on_sent = transmission.on_sent.clone().filter(|_| sending.sees_bytes);
        let total_ms = transmission.timeout.map_or(f64::INFINITY, ms);
        let shares = match (&on_sent, fault) {
            (None, _) => vec![],
            (Some(_), Fault::Stalled) => vec![0.3],
            (Some(_), _) => vec![0.1, 0.12, 0.5, 0.9, 1.0],
        };
        let patience_ms = match on_sent {
            Some(_) => ms(transmission.stall),
            None if transmission.timeout.is_some() => f64::INFINITY,
            None => ms(transmission.unseen),
        };
        Self { on_sent, shares, travel_ms, patience_ms, total_ms }
    }

    async fn until(self, executor: &Rc<Executor>, received: &mut Local<Exchange<Json>>) -> Exchange<Json> {
        let began_ms = executor.awake_ms();
        let mut moved_ms = began_ms;
        let mut shares = self.shares.iter();
        let mut next = shares.next();
        loop {
            let sees_at_ms = next.map_or(f64::INFINITY, |share| began_ms + share * self.travel_ms);
            let ends_ms = (moved_ms + self.patience_ms).min(began_ms + self.total_ms);
            let mut timer = executor.sleep(sees_at_ms.min(ends_ms) - executor.awake_ms());
            let exchange = poll_fn(|context| {
                if let Poll::Ready(exchange) = received.as_mut().poll(context) {
                    return Poll::Ready(Some(exchange));
                }
                timer.as_mut().poll(context).map(|()| None)
            });
            if let Some(exchange) = exchange.await {
                return exchange;
            }
            if sees_at_ms > ends_ms {
                return Exchange::TimedOut;
            }
            if let (Some(on_sent), Some(share)) = (&self.on_sent, next) {
                on_sent(*share);
            }
            moved_ms = executor.awake_ms();
            next = shares.next();
        }
    }
}

impl Server {
    /// Whether an upload is hit.
    fn draw_upload(&self) -> Fault {
        if let Some(fault) = self.traffic.borrow_mut().script.pop_front() {
            return fault;
        }
        let fault = if self.unit() < 0.15 && self.fault_rate.get() > 0.0 {
            Fault::Stalled
        } else {
            self.draw_quietly(false)
        };
        self.tally.count(&fault.name().replace("fault: ", "upload: "));
        fault
    }

    fn begin_upload(&self, sending: &Sending, form: &Form<File>) -> Option<usize> {
        let file = &form.file;
        let field =
            |name: &str| form.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let names: Vec<&str> = form.fields.iter().map(|(name, _)| *name).collect();
        assert!(
            ["kind", "model", "client_request_id"]
                .into_iter()
                .filter(|name| names.contains(name))
                .eq(names.clone())
        );
        let content = if file.bytes() <= COMPARED_BYTES { Some(Rc::from(file.content()?)) } else { None };
        let head = file.slice(0, file.bytes().min(SNIFF_BYTES as u64), "").content()?;
        let upload = Upload {
            owner: sending.owner,
            chosen: file.chosen(),
            what: (
                field("kind").unwrap_or_default(),
                field("model"),
                field("client_request_id"),
                form.file_name.clone(),
                file.declared_type(),
            ),
            began_ms: self.executor.awake_ms(),
            began_wall_ms: self.executor.true_ms(),
            content,
            head: head.into(),
            stored: None,
            ended: None,
        };
        let mut traffic = self.traffic.borrow_mut();
        traffic.attempts.push(upload);
        Some(traffic.attempts.len() - 1)
    }

    fn end_upload(&self, number: usize, exchange: &Exchange<Json>) {
        let status = match exchange {
            Exchange::Answered { status, .. } => Some(*status),
            _ => None,
        };
        self.traffic.borrow_mut().attempts[number].ended = Some((self.executor.awake_ms(), status));
        let Exchange::Answered { status: 200..300, body: Body::Json { answer, .. }, .. } = exchange else {
            return;
        };
        let Some(url) = answer.0["url"].as_str() else { return };
        self.traffic.borrow_mut().attempts[number].stored = Some(StoredAt {
            url: url.to_owned(),
            is_for_one_use: answer.0.get("duration_token").is_some(),
            at_ms: self.executor.awake_ms(),
            at_wall_ms: self.executor.true_ms(),
        });
    }

    async fn take_upload(
        &self,
        owner: Owner,
        request: &Request,
        form: &Form<File>,
        fault: Fault,
    ) -> Exchange<Json> {
        if let Some(exchange) = self.fails_before(fault) {
            return exchange;
        }
        if fault == Fault::Stalled {
            // It stays on its way until its sender gives it up.
            self.executor.sleep(700_000.0).await;
            return lost("connection reset");
        }
        let Some(head) = form.file.slice(0, form.file.bytes().min(SNIFF_BYTES as u64), "").content() else {
            return lost("the file can't be read");
        };
        let exchange = self.store_upload(owner, request, form, &head);
        self.spoilt(fault, exchange)
    }

    fn store_upload(
        &self,
        owner: Owner,
        request: &Request,
        form: &Form<File>,
        head: &[u8],
    ) -> Exchange<Json> {
        let field =
            |name: &str| form.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let judged_form = UploadForm {
            kind: field("kind"),
            model: field("model"),
            client_request_id: field("client_request_id"),
            name: form.file_name.clone(),
            declared_type: form.file.declared_type(),
            size_bytes: form.file.bytes(),
        };
        let mut world = self.world.borrow_mut();
        world.arrive(&Route::CreateFile);
        let stored = world
            .admit(&Route::CreateFile, header(request, "Authorization"), self.now_ms())
            .and_then(|()| judge(&judged_form, head))
            .map(|record| {
                let id = format!("file_{}_{}", owner.tab, self.fresh_id());
                let token = format!("token_{id}");
                world.store(record, id, token, self.now_ms())
            });
        match stored {
            Ok(record) => {
                let mut json = record.to_json();
                if let Some(token) = &self.traffic.borrow().duration_token {
                    json["duration_token"] = token.clone();
                }
                answered(201, None, json)
            }
            Err(problem) => answered(problem.status, None, problem.to_json("req_1")),
        }
    }
}
