//! What the API says has names in Rust, and what it adds is kept.

use rivya_wasm::api::Client;
use wasm_bindgen_test::wasm_bindgen_test;

use super::scripted::{Answer, Scripted};
use super::{client, is_page};

#[wasm_bindgen_test]
async fn a_failed_generation_says_why_and_keeps_what_the_api_adds() {
    let script = Scripted::new([Answer::Json(
        200,
        r#"{"id":"task_1","status":"failed","error":{"code":"blocked","message":"No.","more":[7]},"result":null}"#,
    )]);
    let client = client(&script).without_store().build().unwrap();
    let generation = client.generations().retrieve("task_1").await.unwrap();
    let error = generation.error.as_ref().unwrap();
    assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("blocked"), Some("No.")));
    assert_eq!(error.extra("more").unwrap().to_string(), "[7]");
    let written = serde_json::to_value(&generation).unwrap();
    assert_eq!(written["error"]["more"][0], 7);
}

#[wasm_bindgen_test]
async fn a_models_members_have_names_and_one_of_another_type_counts_as_absent() {
    let script = Scripted::new([Answer::Json(
        200,
        r#"{"data":[{"id":"z-image","display_name":"Z-Image","category":"image","base_credits":1,
            "api_status":"available","params":[],"runtime":"async_task"},
            {"id":"odd","display_name":7,"category":[],"base_credits":"1","api_status":null,"params":{}}]}"#,
    )]);
    let models = client(&script).without_store().build().unwrap().models().await.unwrap();
    let [image, odd] = models.as_slice() else { panic!("{models:?}") };
    assert_eq!((image.display_name.as_deref(), image.category.as_deref()), (Some("Z-Image"), Some("image")));
    assert_eq!((image.base_credits, image.api_status.as_deref()), (Some(1.0), Some("available")));
    assert_eq!(
        (image.params.as_deref(), image.extra("runtime").unwrap().as_str()),
        (Some(&[][..]), Some("async_task"))
    );
    assert_eq!((odd.id.as_str(), &odd.display_name, &odd.category), ("odd", &None, &None));
    assert_eq!((odd.base_credits, &odd.api_status, &odd.params), (None, &None, &None));
}

#[wasm_bindgen_test]
async fn without_a_base_url_a_page_asks_its_proxy_and_whoever_has_no_page_the_api() {
    let script = Scripted::new([Answer::Json(200, r#"{"data":[]}"#)]);
    let client = Client::builder().fetch(script.clone()).without_store().build().unwrap();
    client.models().await.unwrap();
    let url = &script.sent()[0].url;
    if is_page() {
        assert!(url.ends_with("/api/rivya/models"), "{url}");
    } else {
        assert_eq!(url, "https://rivya.ai/api/v1/models");
    }
}
