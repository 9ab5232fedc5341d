//! A Worker that makes pictures. `POST /pictures` checks a request and submits it once; `GET /pictures/{id}` waits for
//! what came of it.

mod api;

use api::{Api, Failure, Submission};
use rivya_wasm::contract::generation::{Status, results};
use rivya_wasm::contract::idempotency_key::{from_random, is_valid};
use rivya_wasm::contract::path::encode_id;
use rivya_wasm::contract::validation::{Draft, Mode, check};
use rivya_wasm::contract::value::Value;
use rivya_wasm::policy::learned::Learned;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use wasm_bindgen::JsCast;
use worker::{Context, Delay, Env, Method, Request, Response, event};

const MODEL: &str = "nano-banana-2";
/// How long one request waits: whoever asks holds a connection meanwhile, and can ask again.
const WAIT_MS: f64 = 60_000.0;

/// What is ordered here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    prompt: String,
    #[serde(default = "nothing")]
    params: Value,
}

fn nothing() -> Value {
    Value::Record(Vec::new())
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    // Let in only whom you want to pay for. A login of yours stands here.
    let password = env.secret("PASSWORD")?.to_string();
    if request.headers().get("Authorization")? != Some(format!("Bearer {password}")) {
        return answer(401, &json!({ "code": "unauthorized" }));
    }
    let api = Api {
        base_url: env
            .var("RIVYA_BASE_URL")
            .map_or("https://rivya.ai/api/v1".to_owned(), |url| url.to_string()),
        key: env.secret("RIVYA_API_KEY")?.to_string(),
    };
    let path = request.path();
    match (request.method(), path.as_str(), path.strip_prefix("/pictures/")) {
        (Method::Post, "/pictures", _) => submit(&api, &mut request).await,
        (Method::Get, _, Some(id)) => wait(&api, id).await,
        _ => answer(404, &json!({ "code": "not_found" })),
    }
}

/// Every problem of an order at once, with nothing sent; else its submission.
async fn submit(api: &Api, request: &mut Request) -> worker::Result<Response> {
    let order: Order = match serde_json::from_str(&request.text().await?) {
        Ok(order) => order,
        Err(error) => return refuse(&[("".to_owned(), error.to_string())]),
    };
    let Some(params) = order.params.as_record() else {
        return refuse(&[("params".to_owned(), "must be an object".to_owned())]);
    };
    let draft =
        Draft { model: MODEL, prompt: Some(&order.prompt), params, references: &[], client_request_id: None };
    let checked = check(&draft, Mode::Strict);
    if !checked.may_be_sent() {
        let issues: Vec<_> = checked.issues.into_iter().map(|issue| (issue.path, issue.message)).collect();
        return refuse(&issues);
    }
    // Whoever names a key may repeat the order without paying twice.
    let given = request.headers().get("Idempotency-Key")?;
    if given.as_deref().is_some_and(|key| !is_valid(key)) {
        return refuse(&[(
            "Idempotency-Key".to_owned(),
            "must be 1 to 128 characters of printable ASCII".to_owned(),
        )]);
    }
    let submission = Submission {
        // As the check has it: what is one of several options travels as a string.
        body: json!({ "model": MODEL, "prompt": order.prompt, "params": Value::Record(checked.params) })
            .to_string(),
        is_own_key: given.is_none(),
        idempotency_key: given.map_or_else(fresh_key, Ok)?,
    };
    match api.ask("/generations", Some(&submission)).await {
        Ok(generation) => {
            answer(202, &json!({ "id": generation.get("id"), "idempotencyKey": submission.idempotency_key }))
        }
        Err(failure) => tell(failure, Some(&submission.idempotency_key)),
    }
}

/// Looks until the generation has ended, or the time is up.
async fn wait(api: &Api, id: &str) -> worker::Result<Response> {
    let Some(id) = encode_id(id) else { return answer(404, &json!({ "code": "not_found" })) };
    // How long earlier runs took would stand here, from a KV namespace; without, looks are those of the API's guidance.
    let plan = Learned::new(&[], false);
    let (mut looks, mut elapsed_ms) = (0, 0.0);
    loop {
        let generation = match api.ask(&format!("/generations/{id}"), None).await {
            Ok(generation) => generation,
            Err(failure) => return tell(failure, None),
        };
        let status = generation.get("status").and_then(Value::as_str).unwrap_or_default();
        let delay_ms = plan.next_delay_ms(elapsed_ms, looks);
        looks += 1;
        elapsed_ms += delay_ms;
        let has_ended = Status::parse(status).is_terminal();
        if has_ended || elapsed_ms > WAIT_MS {
            let urls = generation.get("result").map(results).unwrap_or_default();
            return answer(if has_ended { 200 } else { 202 }, &json!({ "status": status, "urls": urls }));
        }
        Delay::from(Duration::from_secs_f64(delay_ms / 1_000.0)).await;
    }
}

/// 128 random bits of the platform's.
fn fresh_key() -> worker::Result<String> {
    let mut random = [0; 16];
    let worker: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    worker.crypto()?.get_random_values_with_u8_array(&mut random)?;
    Ok(from_random(&random))
}

fn refuse(issues: &[(String, String)]) -> worker::Result<Response> {
    let issues: Vec<_> =
        issues.iter().map(|(path, message)| json!({ "path": path, "message": message })).collect();
    answer(400, &json!({ "code": "validation_failed", "issues": issues }))
}

fn tell(failure: Failure, idempotency_key: Option<&str>) -> worker::Result<Response> {
    let Failure { code, message, may_have_been_charged } = failure;
    let told = json!({
        "code": code,
        "message": message,
        "mayHaveBeenCharged": may_have_been_charged,
        "idempotencyKey": idempotency_key,
    });
    answer(if told["code"] == "not_found" { 404 } else { 502 }, &told)
}

fn answer(status: u16, body: &serde_json::Value) -> worker::Result<Response> {
    Ok(Response::from_json(body)?.with_status(status))
}
