//! An emulator, as programs in Rust have it.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{FormData, Request, Response};

use super::super::ledger::Ledger;
use super::super::world::World;
use super::options::EmulatorOptions;
use super::shared::Shared;
use super::{handler, platform};
use crate::futures::slot::Slot;
#[cfg(feature = "client")]
use crate::web::{Answering, Fetch};

/// An emulated API with one account. It is a fetch: nothing listens, and its requests go no further. Clones are the
/// same emulator, so that a client's both fetches and the test itself each have one.
///
/// It answers requests whatever their origin: the path decides. Uploads and results are read below
/// [`Emulator::public_url`] without a key.
///
/// WebKit can't read a form with files back out of a `Request`: there, uploads are refused as forms that can't be read.
/// Chromium, Firefox and Node can.
#[cfg_attr(feature = "client", doc = "\n```no_run")]
#[cfg_attr(not(feature = "client"), doc = "\n```ignore")]
/// use rivya_wasm::api::{Client, Error, GenerateRequest};
/// use rivya_wasm::emulator::{Emulator, EmulatorOptions};
///
/// async fn a_kite_costs_what_the_ledger_says() -> Result<(), Error> {
///     let emulator = Emulator::new(EmulatorOptions::new().credits(100.0));
///     let client = Client::builder()
///         .base_url(&emulator.base_url())
///         .api_key(&emulator.api_key())
///         .dangerously_allow_browser(true) // a key of no worth
///         .fetch(emulator.clone())
///         .download_fetch(emulator.clone())
///         .without_store()
///         .build()?;
///     let kite = client.generate(GenerateRequest::new("z-image").prompt("A kite")).await?;
///     assert_eq!(client.download(&kite).await?.len(), 1);
///     assert_eq!(emulator.ledger().charges[0].id, kite.id);
///     assert_eq!(Some(100.0 - emulator.ledger().credits), kite.final_credits);
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Emulator {
    shared: Rc<Shared>,
}

impl Emulator {
    /// An account with all its credits, and nothing done. It starts nothing, draws nothing random and reads no clock
    /// before its first request.
    pub fn new(options: EmulatorOptions) -> Self {
        let EmulatorOptions { settings, decide } = options;
        let shared = Shared {
            world: Slot::new(World::new(settings)),
            decide,
            uploads: Slot::default(),
            results: Slot::default(),
        };
        Self { shared: Rc::new(shared) }
    }

    /// Answers a request, as a client's fetch does. Dropped, it does no more; what it had done by then stays done, as
    /// with a server.
    ///
    /// # Errors
    ///
    /// What a failed fetch rejects with: the reason of the request's signal, or a `TypeError` where a fault drops the
    /// connection. Whatever the API refuses is a response.
    ///
    /// ```no_run
    /// # use rivya_wasm::emulator::{Emulator, EmulatorOptions};
    /// # use wasm_bindgen::JsValue;
    /// async fn is_the_list_of_models_public() -> Result<bool, JsValue> {
    ///     let emulator = Emulator::new(EmulatorOptions::new());
    ///     let request = web_sys::Request::new_with_str(&(emulator.base_url() + "/models"))?;
    ///     Ok(emulator.handle(request).await?.ok())
    /// }
    /// ```
    pub async fn handle(&self, request: Request) -> Result<Response, JsValue> {
        self.answer(request, None).await
    }

    /// What the account has left, what each task was charged, and how often each route was called, as of now.
    ///
    /// ```no_run
    /// # use rivya_wasm::emulator::{Emulator, EmulatorOptions};
    /// let emulator = Emulator::new(EmulatorOptions::new().credits(7.0));
    /// assert_eq!(emulator.ledger().credits, 7.0);
    /// assert_eq!(emulator.ledger().requests.get("POST /api/v1/generations"), None);
    /// ```
    pub fn ledger(&self) -> Ledger {
        self.world().with(|world| world.ledger(platform::now_ms()))
    }

    /// What a client's `base_url` has to be: [`Emulator::public_url`] and `/api/v1`.
    pub fn base_url(&self) -> String {
        self.public_url() + "/api/v1"
    }

    /// What the URLs of results and files begin with, without a slash at its end.
    pub fn public_url(&self) -> String {
        self.world().with(|world| world.settings().public_url.clone())
    }

    /// The first key that is let in. Empty where there is none, which no request can carry.
    pub fn api_key(&self) -> String {
        self.world().with(|world| world.settings().api_keys.first().cloned()).unwrap_or_default()
    }

    /// Answers a request whose form may be known already.
    pub(super) async fn answer(&self, request: Request, form: Option<FormData>) -> Result<Response, JsValue> {
        handler::handle(&self.shared, request, form).await
    }

    pub(super) fn world(&self) -> &Slot<World> {
        &self.shared.world
    }
}

/// For [`ClientBuilder::fetch`](crate::api::ClientBuilder::fetch) and
/// [`ClientBuilder::download_fetch`](crate::api::ClientBuilder::download_fetch).
#[cfg(feature = "client")]
impl Fetch for Emulator {
    fn fetch(&self, request: Request) -> Answering<'_, Result<Response, JsValue>> {
        Box::pin(self.handle(request))
    }
}
