//! A result on its way. Its bytes go into Blobs as they come, which browsers keep outside of a page's memory; of them,
//! this module sees the first ones.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::abort::Abort;
use super::answer::JsAnswer;
use super::answered::Answered;
use super::blob::WebBlob;
use super::body;
use super::failure::describe;
use super::promise::Settling;
use super::request::Asked;
use super::transport::Transport;
use crate::futures::slot::Slot;
use crate::platform::{Blob, Body, Incoming, Local, Reception};

/// So many bytes are gathered before they become a Blob: each costs a browser as much as a small file does.
const PART_BYTES: u32 = 4_194_304;
/// So many of the first bytes are kept: by these a file is known.
const HEAD_BYTES: usize = 4_096;

#[wasm_bindgen(module = "/src/web/body.js")]
extern "C" {
    #[wasm_bindgen(js_name = readerOf)]
    fn reader_of(response: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = readPiece)]
    fn read_piece(reader: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = blobOf)]
    fn blob_of(response: &JsValue) -> Promise;
    fn cancel(reader: &JsValue);
}

/// Asks for a result; its body is not waited for.
pub(super) async fn receive(transport: &Transport, asked: Result<Asked, JsValue>) -> Reception<WebIncoming> {
    let asking = async {
        let asked = asked?;
        let response = transport.send(&asked.url, &asked.init).await?;
        let answered = Answered::of(response)?;
        Ok(WebIncoming(Rc::new(Received::new(answered, asked.abort))))
    };
    asking
        .await
        .map_or_else(|thrown: JsValue| Reception::Failed { reason: describe(&thrown).0 }, Reception::Answered)
}

/// What has come of a result. Dropped, nothing more is received.
pub struct WebIncoming(Rc<Received>);

struct Received {
    answered: Answered,
    abort: Abort,
    has_begun: Cell<bool>,
    is_over: Cell<bool>,
    /// What reads the body, once that has begun; a look-alike may have none.
    reader: Slot<Option<JsValue>>,
    bytes: Cell<u64>,
    head: Slot<Vec<u8>>,
    /// Blobs of bytes that have come, and the pieces behind them.
    parts: Array,
    pieces: Slot<Array>,
    piece_bytes: Cell<u32>,
}

impl Received {
    fn new(answered: Answered, abort: Abort) -> Self {
        Self {
            answered,
            abort,
            has_begun: Cell::default(),
            is_over: Cell::default(),
            reader: Slot::default(),
            bytes: Cell::default(),
            head: Slot::default(),
            parts: Array::new(),
            pieces: Slot::default(),
            piece_bytes: Cell::default(),
        }
    }

    async fn next(&self) -> Result<bool, JsValue> {
        if self.is_over.get() {
            return Ok(false);
        }
        if !self.has_begun.replace(true) {
            let reader = reader_of(&self.answered.response);
            if reader.is_undefined() || reader.is_null() {
                return self.take_whole().await;
            }
            self.reader.set(Some(reader));
        }
        let Some(reader) = self.reader.get() else { return Ok(false) };
        match Settling::of(&read_piece(&reader)).await?.dyn_into::<Uint8Array>() {
            Ok(piece) => {
                self.add(&piece);
                Ok(true)
            }
            Err(_) => {
                self.end();
                Ok(false)
            }
        }
    }

    /// The body of a look-alike that has no stream.
    async fn take_whole(&self) -> Result<bool, JsValue> {
        let whole = WebBlob::new(Settling::of(&blob_of(&self.answered.response)).await?.unchecked_into());
        let head = whole.read(0, whole.bytes().min(HEAD_BYTES as u64)).await;
        self.head.set(head.ok_or("the body can't be read")?);
        self.bytes.set(whole.bytes());
        self.parts.push(whole.as_blob());
        self.end();
        Ok(true)
    }

    fn add(&self, piece: &Uint8Array) {
        let length = piece.length();
        self.bytes.set(self.bytes.get().saturating_add(length.into()));
        self.head.with(|head| {
            let missing = HEAD_BYTES.saturating_sub(head.len()) as u32;
            if missing > 0 {
                head.extend(piece.subarray(0, length.min(missing)).to_vec());
            }
        });
        self.pieces.with(|pieces| pieces.push(piece));
        let gathered = self.piece_bytes.get().saturating_add(length);
        self.piece_bytes.set(gathered);
        if gathered >= PART_BYTES {
            self.parts.push(WebBlob::of_parts(&self.pieces.take(), "").as_blob());
            self.piece_bytes.set(0);
        }
    }

    fn end(&self) {
        self.is_over.set(true);
        self.abort.disarm();
    }

    /// A fetch that is not the platform's may heed no signal: the body itself is given up.
    fn stop(&self) {
        if !self.is_over.replace(true) {
            match self.reader.take() {
                Some(reader) => cancel(&reader),
                None => body::give_up(&self.answered.response),
            }
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Incoming for WebIncoming {
    type Blob = WebBlob;
    type Answer = JsAnswer;

    fn status(&self) -> u16 {
        self.0.answered.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.0.answered.header(name).ok().flatten()
    }

    fn hides_headers(&self) -> bool {
        self.0.answered.is_cross_origin()
    }

    fn next(&self) -> Local<Result<bool, String>> {
        let received = self.0.clone();
        Box::pin(async move {
            received.next().await.map_err(|thrown| {
                received.stop();
                describe(&thrown).0
            })
        })
    }

    fn received_bytes(&self) -> u64 {
        self.0.bytes.get()
    }

    fn head(&self, bytes: usize) -> Vec<u8> {
        self.0.head.with(|head| head.iter().take(bytes).copied().collect())
    }

    fn blob(&self, media_type: &str) -> WebBlob {
        let parts = self.0.pieces.with(|pieces| self.0.parts.concat(pieces));
        WebBlob::of_parts(&parts, media_type)
    }

    fn json(&self) -> Local<Body<JsAnswer>> {
        let received = self.0.clone();
        Box::pin(async move {
            received.has_begun.set(true);
            let body = body::read(&received.answered.response, &received.abort).await;
            received.end();
            body
        })
    }
}
