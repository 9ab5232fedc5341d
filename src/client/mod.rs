//! The client that the package exports: [`RawClient`], called by the JavaScript around it and by nobody else.
//!
//! A request is read and checked ([`request`], [`references`]), its files are sent ([`upload`]), it is submitted once ([`submission`]),
//! looked at until it ends ([`looks`], [`waiting`]), and its results are fetched ([`download`]); [`generate`] is all of these in a row.
//! Every call of the API goes through [`call`], which knows of attempts, and [`pass`], which knows of the pause after a 429.

mod answers;
mod call;
mod config;
mod download;
mod generate;
mod looks;
mod pass;
mod references;
mod request;
mod submission;
mod upload;
mod waiting;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use self::answers::is_generation;
use self::call::Body;
use self::config::Config;
use self::looks::First;
use self::request::{Request, settle};
use self::submission::Key;
use self::upload::has_url;
use self::waiting::{Wait, WaitOptions};
use crate::contract::path::encode_id;
use crate::js::arguments::{checked, file, text};
use crate::js::data;
use crate::js::error::{Error, issues_to_js};
use crate::js::platform::is_array;
use crate::js::promise::{Boxed, Call, abortable, promise, reject_calls_on_panic};
use crate::js::turnstile::Turnstile;
use crate::policy::pacing::Pacing;
use crate::policy::polling::Spacing;

/// Of `RequestOptions` and `CreateOptions`.
const READ_SCHEMA: &str = "signal:a timeoutMs:n";
const CREATE_SCHEMA: &str = "signal:a timeoutMs:n idempotencyKey:i";

/// What all calls of one client share.
pub(crate) struct Core {
    config: Config,
    pacing: RefCell<Pacing>,
    /// Calls go one by one after a 429.
    single_file: Turnstile,
    uploads: Turnstile,
    loops: RefCell<Vec<Weak<looks::Loop>>>,
    /// Who is next to look.
    look_turns: Turnstile,
    /// All loops share five looks a second.
    spacing: RefCell<Spacing>,
}

/// A connected client. Arguments are taken as they come and decoded inside: a number where a string was declared is a `TypeError`, not an
/// access out of bounds.
#[wasm_bindgen]
pub struct RawClient {
    core: Rc<Core>,
}

#[wasm_bindgen]
impl RawClient {
    /// Reads `ClientOptions`. Draws nothing, starts nothing: Workers allow neither at module level.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<RawClient, JsValue> {
        reject_calls_on_panic();
        let config = Config::read(&options).map_err(Error::into_js)?;
        Ok(RawClient {
            core: Rc::new(Core {
                pacing: RefCell::default(),
                single_file: Turnstile::new(1),
                uploads: Turnstile::new(config.settings.amount("maxConcurrentUploads") as u32),
                loops: RefCell::default(),
                look_turns: Turnstile::new(1),
                spacing: RefCell::default(),
                config,
            }),
        })
    }

    /// Every call that ends in a promise. Methods without an argument of their own leave `argument` undefined.
    ///
    /// One export for all: each costs the module what its promise and its arguments cost, and that is most of what it does.
    pub fn call(&self, method: Method, argument: JsValue, options: JsValue) -> Promise {
        promise(self.begin(method, &argument, &options))
    }

    /// `client.validate`.
    pub fn validate(&self, request: JsValue) -> Result<Array, JsValue> {
        let request = Request::read(&request, true).map_err(Error::into_js)?;
        Ok(issues_to_js(&request.check(None, self.core.config.mode).issues))
    }

    /// `client.generations.watch`; its looks begin with the first `next`.
    pub fn watch(&self, id: JsValue, options: JsValue) -> Result<RawWatch, JsValue> {
        let (id, options) = self.begin_watch(&id, &options).map_err(Error::into_js)?;
        Ok(RawWatch { core: Rc::clone(&self.core), id, options: Rc::new(options), state: Rc::default() })
    }
}

/// What [`RawClient::call`] shall do.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Method {
    /// `client.generate(request, options)`.
    Generate,
    /// `client.download(generation, options)`.
    Download,
    /// `client.generations.create(body, options)`.
    Create,
    /// `client.generations.retrieve(id, options)`.
    Retrieve,
    /// `client.generations.wait(id, options)`.
    Wait,
    /// `client.files.upload(file, options)`.
    Upload,
    /// `client.files.retrieve(id, options)`.
    RetrieveFile,
    /// `client.models.list(options)`.
    ListModels,
    /// `client.credits.retrieve(options)`.
    RetrieveCredits,
}

/// A call with its caller's signal, or what was wrong with its arguments.
type Begun = Result<(Option<AbortSignal>, Call), Error>;

/// Arguments are read before anything else happens, all of them at once; what follows is a future that the caller's signal may drop.
impl RawClient {
    fn begin(&self, method: Method, argument: &JsValue, options: &JsValue) -> Begun {
        match method {
            Method::Generate => self.begin_generate(argument, options),
            Method::Download => self.begin_download(argument, options),
            Method::Create => self.begin_create(argument, options),
            Method::Wait => self.begin_wait(argument, options),
            Method::Upload => self.begin_upload(argument, options),
            Method::Retrieve => self.begin_read("/generations/", Some(argument), options, is_generation),
            Method::RetrieveFile => self.begin_read("/files/", Some(argument), options, has_url),
            Method::ListModels => {
                self.begin_read("/models", None, options, |json| is_array(&data::get(json, "data")))
            }
            Method::RetrieveCredits => self.begin_read("/credits", None, options, |json| {
                data::get(json, "current_credits").as_f64().is_some()
            }),
        }
    }

    fn begin_generate(&self, request: &JsValue, options: &JsValue) -> Begun {
        let options = checked(options, "options", generate::SCHEMA)?;
        let key = Key::option(&options)?;
        let mode = config::mode(options.string("validation")).unwrap_or(self.core.config.mode);
        let job = Box::new(generate::Job {
            request: Request::read(request, true)?,
            options: WaitOptions::of(&options),
            key,
            mode,
        });
        let signal = job.options.signal.clone();
        Ok((signal, Box::pin(generate::generate(Rc::clone(&self.core), job))))
    }

    fn begin_create(&self, body: &JsValue, options: &JsValue) -> Begun {
        let options = checked(options, "options", CREATE_SCHEMA)?;
        let key = Key::option(&options)?;
        let request = Request::read(body, false)?;
        let checked = request.check(None, self.core.config.mode);
        settle(checked.issues)?;
        let body = request.body(checked.params, &Array::new());
        let (core, timeout_ms) = (Rc::clone(&self.core), options.timeout_ms());
        Ok((options.signal(), Box::pin(async move { Ok(core.submit(body, &key, timeout_ms).await?.object) })))
    }

    fn begin_download(&self, generation: &JsValue, options: &JsValue) -> Begun {
        let options = checked(options, "options", download::SCHEMA)?;
        let call = download::download(
            Rc::clone(&self.core),
            generation,
            options.timeout_ms(),
            options.on_progress(),
        )?;
        Ok((options.signal(), call))
    }

    fn begin_upload(&self, given: &JsValue, options: &JsValue) -> Begun {
        let handle = file(given, "file")?;
        let options = checked(options, "options", upload::SCHEMA)?;
        let (core, signal) = (Rc::clone(&self.core), options.signal());
        Ok((
            signal,
            Box::pin(async move {
                let _place = core.uploads().enter().await;
                core.upload_file(handle, &options).await
            }),
        ))
    }

    fn begin_watch(&self, id: &JsValue, options: &JsValue) -> Result<(String, WaitOptions), Error> {
        let id = text(id, "id")?;
        encode_id(&id).ok_or_else(looks::no_id)?;
        Ok((id, WaitOptions::of(&checked(options, "options", waiting::SCHEMA)?)))
    }

    fn begin_wait(&self, id: &JsValue, options: &JsValue) -> Begun {
        let (id, options) = self.begin_watch(id, options)?;
        let (core, signal) = (Rc::clone(&self.core), options.signal.clone());
        Ok((
            signal,
            Box::pin(async move {
                let mut wait = Wait::begin(core.watch(&id, First::Now, None), options.wait_timeout_ms);
                Ok(wait.until_ended(&core, options.on_progress.as_ref()).await?)
            }),
        ))
    }

    /// A GET whose answer is handed on as it came.
    fn begin_read(
        &self,
        route: &str,
        id: Option<&JsValue>,
        options: &JsValue,
        accepts: fn(&JsValue) -> bool,
    ) -> Begun {
        let mut path = route.to_owned();
        if let Some(id) = id {
            path.push_str(&encode_id(&text(id, "id")?).ok_or_else(looks::no_id)?);
        }
        let options = checked(options, "options", READ_SCHEMA)?;
        let core = Rc::clone(&self.core);
        let call = core.call(path, Body::None, options.timeout_ms(), accepts);
        Ok((options.signal(), Box::pin(async move { Ok(core.send(&call).await?) })))
    }
}

/// The looks of one `for await` loop.
#[wasm_bindgen]
pub struct RawWatch {
    core: Rc<Core>,
    id: String,
    options: Rc<WaitOptions>,
    state: Rc<RefCell<State>>,
}

/// Where a watch is between two calls of `next`, which never overlap: the JavaScript around it sees to that.
#[derive(Default)]
struct State {
    wait: Option<Wait>,
    /// The last state that was handed over, as text.
    shown: Option<String>,
    ended: bool,
}

#[wasm_bindgen]
impl RawWatch {
    /// The next new state; undefined after the terminal one. `stop` is the loop's own signal, aborted when the caller leaves it.
    pub fn next(&self, stop: JsValue) -> Promise {
        let (core, options, state, id) =
            (Rc::clone(&self.core), Rc::clone(&self.options), Rc::clone(&self.state), self.id.clone());
        let signal = options.signal.clone();
        let next: Boxed<_> = Box::pin(next_state(core, options, state, id));
        promise(Ok((stop.dyn_into().ok(), Box::pin(abortable(signal, next)))))
    }
}

async fn next_state(
    core: Rc<Core>,
    options: Rc<WaitOptions>,
    state: Rc<RefCell<State>>,
    id: String,
) -> Result<JsValue, Error> {
    let mut taken = std::mem::take(&mut *state.borrow_mut());
    if taken.ended {
        return Ok(JsValue::UNDEFINED);
    }
    let mut wait = match taken.wait.take() {
        Some(wait) => wait,
        None => Wait::begin(core.watch(&id, First::Now, None), options.wait_timeout_ms),
    };
    loop {
        let generation = wait.next(&core).await?;
        let text = data::to_json(&generation.object);
        if taken.shown.as_ref() == Some(&text) {
            continue;
        }
        let ended = generation.status.is_terminal();
        if !ended {
            waiting::report(options.on_progress.as_ref(), &generation, wait.elapsed_ms());
        }
        *state.borrow_mut() = State { wait: (!ended).then_some(wait), shown: Some(text), ended };
        return Ok(generation.object);
    }
}
