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

use self::answers::Generation;
use self::config::{Config, duration};
use self::looks::First;
use self::request::{Request, settle};
use self::submission::Key;
use self::upload::{file_argument, has_url};
use self::waiting::{Wait, WaitOptions};
use crate::contract::path::encode_id;
use crate::js::arguments::{self, Arguments};
use crate::js::data;
use crate::js::error::{Error, issues_to_js};
use crate::js::platform::is_array;
use crate::js::promise::{promise, reject_calls_on_panic};
use crate::js::scope::abortable;
use crate::js::turnstile::Turnstile;
use crate::policy::pacing::Pacing;
use crate::policy::polling::Spacing;

/// What all calls of one client share.
pub(crate) struct Core {
    config: Config,
    pacing: RefCell<Pacing>,
    /// Calls go one by one after a 429.
    single_file: Turnstile,
    uploads: Turnstile,
    loops: RefCell<Vec<Weak<looks::Loop>>>,
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
        let config = Arguments::optional(options, "options")
            .and_then(|options| Config::read(&options))
            .map_err(Error::into_js)?;
        Ok(RawClient {
            core: Rc::new(Core {
                pacing: RefCell::default(),
                single_file: Turnstile::new(1),
                uploads: Turnstile::new(config.max_concurrent_uploads),
                loops: RefCell::default(),
                spacing: RefCell::default(),
                config,
            }),
        })
    }

    /// `client.generate`.
    pub fn generate(&self, request: JsValue, options: JsValue) -> Promise {
        promise(generate::generate(Rc::clone(&self.core), request, options))
    }

    /// `client.validate`.
    pub fn validate(&self, request: JsValue) -> Result<Array, JsValue> {
        let request = Request::read(request, true).map_err(Error::into_js)?;
        Ok(issues_to_js(&request.check(None, self.core.config.mode).issues))
    }

    /// `client.download`.
    pub fn download(&self, generation: JsValue, options: JsValue) -> Promise {
        promise(download::download(Rc::clone(&self.core), generation, options))
    }

    /// `client.generations.create`.
    pub fn create(&self, body: JsValue, options: JsValue) -> Promise {
        let core = Rc::clone(&self.core);
        promise(async move {
            let options = Arguments::optional(options, "options")?;
            let (signal, timeout_ms) = (options.signal("signal")?, duration(&options, "timeoutMs")?);
            let key = Key::option(&options)?;
            let request = Request::read(body, false)?;
            let checked = request.check(None, core.config.mode);
            settle(checked.issues)?;
            let body = request.body(checked.params, Vec::new());
            abortable(signal, async { Ok(core.submit(body, &key, timeout_ms).await?.object) }).await
        })
    }

    /// `client.generations.retrieve`.
    pub fn retrieve(&self, id: JsValue, options: JsValue) -> Promise {
        self.read(path_of("/generations/", &id), options, |json| Generation::of(json.clone()).is_some())
    }

    /// `client.generations.wait`.
    pub fn wait(&self, id: JsValue, options: JsValue) -> Promise {
        let core = Rc::clone(&self.core);
        promise(async move {
            let id = arguments::string(&id, "id")?;
            let options = WaitOptions::read(&Arguments::optional(options, "options")?)?;
            let signal = options.signal.clone();
            abortable(signal, async {
                let mut wait = Wait::begin(core.watch(&id, First::Now, None)?, options.wait_timeout_ms);
                Ok(wait.until_ended(&core, options.on_progress.as_ref()).await?)
            })
            .await
        })
    }

    /// `client.generations.watch`; its looks begin with the first `next`.
    pub fn watch(&self, id: JsValue, options: JsValue) -> Result<RawWatch, JsValue> {
        let read = || {
            let id = arguments::string(&id, "id")?;
            encode_id(&id).ok_or_else(looks::no_id)?;
            Ok((id, WaitOptions::read(&Arguments::optional(options, "options")?)?))
        };
        let (id, options) = read().map_err(Error::into_js)?;
        Ok(RawWatch { core: Rc::clone(&self.core), id, options: Rc::new(options), wait: Rc::default() })
    }

    /// `client.files.upload`.
    pub fn upload(&self, file: JsValue, options: JsValue) -> Promise {
        let core = Rc::clone(&self.core);
        promise(async move {
            let file = file_argument(file)?;
            let options = Arguments::optional(options, "options")?;
            abortable(options.signal("signal")?, core.upload_file(file, options)).await
        })
    }

    /// `client.files.retrieve`.
    #[wasm_bindgen(js_name = retrieveFile)]
    pub fn retrieve_file(&self, id: JsValue, options: JsValue) -> Promise {
        self.read(path_of("/files/", &id), options, has_url)
    }

    /// `client.models.list`.
    #[wasm_bindgen(js_name = listModels)]
    pub fn list_models(&self, options: JsValue) -> Promise {
        self.read(Ok("/models".to_owned()), options, |json| is_array(&data::get(json, "data")))
    }

    /// `client.credits.retrieve`.
    #[wasm_bindgen(js_name = retrieveCredits)]
    pub fn retrieve_credits(&self, options: JsValue) -> Promise {
        self.read(Ok("/credits".to_owned()), options, |json| {
            data::get(json, "current_credits").as_f64().is_some()
        })
    }

    /// A GET whose answer is handed on as it came.
    fn read(&self, path: Result<String, Error>, options: JsValue, accepts: fn(&JsValue) -> bool) -> Promise {
        let core = Rc::clone(&self.core);
        promise(async move {
            let path = path?;
            let options = Arguments::optional(options, "options")?;
            let (signal, timeout_ms) = (options.signal("signal")?, duration(&options, "timeoutMs")?);
            abortable(signal, async { Ok(core.send(&core.get(path, timeout_ms, accepts)).await?) }).await
        })
    }
}

fn path_of(route: &str, id: &JsValue) -> Result<String, Error> {
    let id = arguments::string(id, "id")?;
    Ok(format!("{route}{}", encode_id(&id).ok_or_else(looks::no_id)?))
}

/// The looks of one `for await` loop.
#[wasm_bindgen]
pub struct RawWatch {
    core: Rc<Core>,
    id: String,
    options: Rc<WaitOptions>,
    wait: Rc<RefCell<State>>,
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
            (Rc::clone(&self.core), Rc::clone(&self.options), Rc::clone(&self.wait), self.id.clone());
        promise(async move {
            let stop = Some(stop.unchecked_into());
            let next = async {
                let mut taken = std::mem::take(&mut *state.borrow_mut());
                if taken.ended {
                    return Ok(JsValue::UNDEFINED);
                }
                let mut wait = match taken.wait.take() {
                    Some(wait) => wait,
                    None => Wait::begin(core.watch(&id, First::Now, None)?, options.wait_timeout_ms),
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
            };
            abortable(stop, abortable(options.signal.clone(), next)).await
        })
    }
}
