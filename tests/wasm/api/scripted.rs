//! A fetch that answers what it was told to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use rivya_wasm::api::{Answering, Fetch};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request, Response, ResponseInit};

/// What a request is answered with.
#[derive(Clone, Copy)]
pub enum Answer {
    /// A status and a body.
    Json(u16, &'static str),
    /// The same, in a body that somebody else reads already.
    Locked(u16, &'static str),
    /// An error in these words.
    Thrown(&'static str),
    /// Nothing: the connection was lost.
    Lost,
    /// Nothing, ever.
    Never,
}

/// A request that was sent.
#[derive(Clone)]
pub struct Sent {
    pub method: String,
    pub url: String,
    pub body: String,
    pub signal: AbortSignal,
    headers: web_sys::Headers,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).unwrap()
    }

    pub fn path(&self) -> &str {
        self.url.strip_prefix("https://api.example").unwrap()
    }
}

#[derive(Clone)]
pub struct Scripted {
    answers: Rc<RefCell<VecDeque<Answer>>>,
    sent: Rc<RefCell<Vec<Sent>>>,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Rc::new(RefCell::new(answers.into_iter().collect())), sent: Rc::default() }
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }
}

impl Fetch for Scripted {
    fn fetch(&self, request: Request) -> Answering<'_, Result<Response, JsValue>> {
        Box::pin(async move {
            let body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
            self.sent.borrow_mut().push(Sent {
                method: request.method(),
                url: request.url(),
                body,
                signal: request.signal(),
                headers: request.headers(),
            });
            let answer =
                self.answers.borrow_mut().pop_front().expect("no request is sent that nobody expects");
            match answer {
                Answer::Json(status, body) => response(status, body),
                Answer::Locked(status, body) => {
                    let response = response(status, body)?;
                    response.body().unwrap().get_reader();
                    Ok(response)
                }
                Answer::Thrown(words) => Err(js_sys::Error::new(words).into()),
                Answer::Lost => Err(js_sys::TypeError::new("fetch failed").into()),
                Answer::Never => std::future::pending().await,
            }
        })
    }
}

fn response(status: u16, body: &str) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init(Some(body), &init)
}

/// Polls two futures until both have ended.
pub async fn both<T>(
    mut one: Pin<Box<dyn Future<Output = T>>>,
    mut other: Pin<Box<dyn Future<Output = T>>>,
) -> [T; 2] {
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        for (future, ended) in [(&mut one, &mut first), (&mut other, &mut second)] {
            if ended.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *ended = Some(value);
            }
        }
        if first.is_some() && second.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    [first.unwrap(), second.unwrap()]
}

/// Polls a future until a condition holds, and drops it then.
pub async fn poll_until<T>(mut future: Pin<Box<dyn Future<Output = T>>>, condition: impl Fn() -> bool) {
    poll_fn(|context| {
        let is_over = future.as_mut().poll(context).is_ready();
        assert!(!is_over, "it has ended by itself");
        if condition() {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

/// Polls a future once, and drops it.
pub async fn poll_once<T>(mut future: Pin<Box<dyn Future<Output = T>>>) {
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it has ended by itself");
        Poll::Ready(())
    })
    .await;
}
