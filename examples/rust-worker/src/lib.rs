//! A Worker that makes pictures. `POST /pictures` checks an order and submits it once; `GET /pictures/{id}` waits for
//! what came of it.

use rivya_wasm::api::{Client, Error, GenerateRequest, ParamValue, Status};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use worker::{Context, Env, Method, Request, Response, event};

/// How long one request waits: whoever asks holds a connection meanwhile, and can ask again.
const WAIT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    prompt: String,
    #[serde(default)]
    params: BTreeMap<String, ParamValue>,
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    // Let in only whom you want to pay for. A login of yours stands here.
    let password = env.secret("PASSWORD")?.to_string();
    if request.headers().get("Authorization")? != Some(format!("Bearer {password}")) {
        return answer(401, &json!({ "code": "unauthorized" }));
    }
    let (base_url, key) = (env.var("RIVYA_BASE_URL")?.to_string(), env.secret("RIVYA_API_KEY")?.to_string());
    let client = Client::builder().base_url(&base_url).api_key(&key).build();
    let client = client.map_err(|error| worker::Error::RustError(error.to_string()))?;
    let path = request.path();
    match (request.method(), path.as_str(), path.strip_prefix("/pictures/").unwrap_or_default()) {
        (Method::Post, "/pictures", _) => submit(&client, &mut request).await,
        (Method::Get, _, id) if !id.is_empty() => wait(&client, id).await,
        _ => answer(404, &json!({ "code": "not_found" })),
    }
}

async fn submit(client: &Client, request: &mut Request) -> worker::Result<Response> {
    let Order { prompt, params } = match serde_json::from_str(&request.text().await?) {
        Ok(order) => order,
        Err(error) => {
            return answer(400, &json!({ "code": "validation_failed", "message": error.to_string() }));
        }
    };
    let order = GenerateRequest::new("nano-banana-2").prompt(&prompt);
    let order = params.into_iter().fold(order, |order, (key, value)| order.param(&key, value));
    let mut call = client.generations().create(order);
    // Whoever names a key may repeat an order without paying twice.
    if let Some(key) = request.headers().get("Idempotency-Key")? {
        call = call.idempotency_key(&key);
    }
    call.await.map_or_else(|error| refuse(&error), |accepted| answer(202, &json!({ "id": accepted.id })))
}

async fn wait(client: &Client, id: &str) -> worker::Result<Response> {
    match client.generations().wait(id).wait_timeout(WAIT).await {
        Ok(made) => answer(200, &json!({ "status": "succeeded", "urls": made.urls() })),
        Err(error) => match error.generation() {
            Some(seen) if seen.status() != Status::Failed => answer(202, &json!({ "id": seen.id })),
            _ => refuse(&error),
        },
    }
}

fn refuse(error: &Error) -> worker::Result<Response> {
    let codes = [("validation_failed", 400), ("invalid_option", 400), ("not_found", 404)];
    let status = codes.iter().find(|(code, _)| *code == error.code()).map_or(502, |(_, status)| *status);
    let issues = error.issues().iter().map(|issue| json!({ "path": issue.path, "message": issue.message }));
    let mut told =
        json!({ "code": error.code(), "message": error.to_string(), "issues": issues.collect::<Value>() });
    told["mayHaveBeenCharged"] = error.may_have_been_charged().into();
    told["idempotencyKey"] = error.idempotency_key().into();
    answer(status, &told)
}

fn answer(status: u16, body: &Value) -> worker::Result<Response> {
    Ok(Response::from_json(body)?.with_status(status))
}
