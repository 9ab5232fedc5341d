use js_sys::JSON;
use rivya_wasm::contract::value::Value;
use rivya_wasm::js::data::{encode, read};
use wasm_bindgen_test::wasm_bindgen_test;

use super::parse;

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
        let back = encode(&read(&there));
        assert_eq!(JSON::stringify(&back).unwrap(), JSON::stringify(&there).unwrap(), "{json}");
    }
}

#[wasm_bindgen_test]
fn keys_keep_their_order() {
    let Value::Record(members) = read(&parse(r#"{"z":1,"a":2,"m":3}"#)) else { panic!("no object") };
    let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
}

#[wasm_bindgen_test]
fn a_lone_surrogate_does_not_stop_a_request() {
    let lone = js_sys::JsString::from_char_code1(0xd83e);
    assert_eq!(read(&lone), Value::String("\u{fffd}".to_owned()));
}

#[wasm_bindgen_test]
fn what_is_not_there_is_null() {
    assert_eq!(read(&wasm_bindgen::JsValue::UNDEFINED), Value::Null);
}
