use js_sys::{Array, Error as JsError, JSON, Object, Reflect, TypeError};
use rivya_wasm::contract::value::Value;
use rivya_wasm::js::data::{decode, encode};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

fn parse(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn decoded(value: &JsValue) -> Value {
    decode(value, "request").unwrap_or_else(|_| panic!("refused: {value:?}"))
}

/// The message of the `TypeError` that a value is refused with.
fn refusal(value: &JsValue) -> String {
    match decode(value, "request") {
        Err(thrown) if thrown.is_instance_of::<TypeError>() => {
            String::from(thrown.unchecked_into::<JsError>().message())
        }
        Err(_) => panic!("refused with something else than a TypeError"),
        Ok(value) => panic!("taken: {value:?}"),
    }
}

#[wasm_bindgen_test]
fn plain_data_comes_back_as_it_went_in() {
    let samples = [
        "null",
        "true",
        "-0.25",
        "9007199254740991",
        "\"\"",
        "[]",
        "{}",
        r#"{"model":"nano-banana-2","prompt":"a kite 🪁 \u0000 \"quoted\"","params":{"n":[1,2.5,[null,{"deep":[[]]}]],"10":"x","2":false}}"#,
    ];
    for json in samples {
        let there = parse(json);
        let back = encode(&decoded(&there));
        assert_eq!(JSON::stringify(&back).unwrap(), JSON::stringify(&there).unwrap(), "{json}");
    }
}

#[wasm_bindgen_test]
fn keys_keep_their_order() {
    let Value::Record(members) = decoded(&parse(r#"{"z":1,"a":2,"m":3}"#)) else { panic!("no object") };
    let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
}

#[wasm_bindgen_test]
fn a_lone_surrogate_does_not_stop_a_request() {
    let lone = js_sys::JsString::from_char_code1(0xd83e);
    assert_eq!(decoded(&lone), Value::String("\u{fffd}".to_owned()));
}

#[wasm_bindgen_test]
fn a_cycle_is_refused_by_name() {
    let cycle = Object::new();
    Reflect::set(&cycle, &"self".into(), &cycle).unwrap();
    let message = refusal(&cycle);
    assert!(message.starts_with("request.self") && message.contains("cycle"), "{message}");
}

#[wasm_bindgen_test]
fn what_nests_without_end_is_refused_before_the_stack_is_gone() {
    let mut nested: JsValue = Array::new().into();
    for _ in 0..100_000 {
        nested = Array::of1(&nested).into();
    }
    let message = refusal(&nested);
    assert!(message.starts_with("request[0][0]") && message.contains("nested deeper"), "{message}");
}

#[wasm_bindgen_test]
fn what_is_no_plain_data_is_refused_where_it_stands() {
    let cases = [
        ("new Map()", "request.a[1]"),
        ("() => 1", "request.a[1]"),
        ("NaN", "request.a[1]"),
        ("10n", "request.a[1]"),
        ("Symbol()", "request.a[1]"),
    ];
    for (expression, path) in cases {
        let value = js_sys::Function::new_no_args(&format!("return {{ a: [0, {expression}] }}"))
            .call0(&JsValue::NULL)
            .unwrap();
        let message = refusal(&value);
        assert!(message.starts_with(path), "{expression}: {message}");
    }
}

#[wasm_bindgen_test]
fn a_throwing_getter_is_named_and_read_but_once() {
    let value = js_sys::Function::new_no_args("return { get prompt() { throw new Error('no') } }")
        .call0(&JsValue::NULL)
        .unwrap();
    let message = refusal(&value);
    assert!(message.starts_with("request.prompt"), "{message}");

    let counted = js_sys::Function::new_no_args(
        "let reads = 0; return { get prompt() { reads += 1; return String(reads) } }",
    )
    .call0(&JsValue::NULL)
    .unwrap();
    assert_eq!(decoded(&counted).get("prompt"), Some(&Value::String("1".to_owned())));
    assert_eq!(Reflect::get(&counted, &"prompt".into()).unwrap(), "2");
}
