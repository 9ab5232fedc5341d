//! Files by handle.

use rivya_wasm::platform::{Blob, Part, Platform, Scan};
use rivya_wasm::web::WebBlob;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::scripted::poll_once;
use super::world::{blob, js, run, script, web};

fn file(expression: &str) -> WebBlob {
    WebBlob::new(js(expression).unchecked_into())
}

#[wasm_bindgen_test]
fn a_file_that_is_handed_over_again_has_the_same_identity_and_no_other_has() {
    let [one, other] = [blob(b"kite"), blob(b"kite")];
    assert_eq!(one.identity(), WebBlob::new(one.as_blob().clone()).identity());
    assert_ne!(one.identity(), other.identity());
    assert_ne!(one.identity(), one.slice(0, 4, "").identity());
}

#[wasm_bindgen_test]
fn what_a_file_says_of_itself_is_not_asked() {
    let liar = file(
        "Object.defineProperties(new File(['kite'], 'kite.png', { type: 'image/png' }), {
           size: { value: 7 }, type: { get() { throw new Error('no'); } }, name: { value: 'other' },
           slice: { value: () => new Blob() },
         })",
    );
    assert_eq!((liar.bytes(), liar.declared_type().as_str()), (4, "image/png"));
    assert_eq!(liar.name().as_deref(), Some("kite.png"));
    assert_eq!(liar.slice(1, 3, "").bytes(), 2);
    assert_eq!((blob(b"kite").name(), file("new File([], '')").name()), (None, None));
}

#[wasm_bindgen_test]
async fn a_file_is_made_of_slices_and_bytes_in_their_order() {
    let kite = blob(b"a red kite");
    let parts = vec![
        Part::Blob(kite.slice(0, 2, "")),
        Part::Bytes(b"blue ".to_vec()),
        Part::Blob(kite.slice(6, 10, "")),
    ];
    let joined = WebBlob::join(parts);
    assert_eq!((joined.bytes(), joined.declared_type()), (11, String::new()));
    assert_eq!(joined.read(0, 11).await.as_deref(), Some(b"a blue kite".as_slice()));
    assert_eq!(joined.read(7, 100).await.as_deref(), Some(b"kite".as_slice()));
    assert_eq!(joined.in_memory().await.unwrap().read(0, 6).await.as_deref(), Some(b"a blue".as_slice()));
    assert_eq!(kite.slice(2, 5, "text/plain").declared_type(), "text/plain");
}

#[wasm_bindgen_test]
async fn a_file_that_can_not_be_read_as_it_was_is_none() {
    let _changed = super::world::Changed::new(&[(
        "Blob.prototype",
        "{ async arrayBuffer() { return new ArrayBuffer(3); }, stream() { return new ReadableStream({
             start: (controller) => controller.close() }); } }",
    )]);
    let file = blob(b"kite");
    assert_eq!(file.read(0, 4).await, None, "Firefox answers with what is left");
    assert!(file.in_memory().await.is_none());
    assert!(!file.scan().load(0, 4).await);
    assert_eq!(file.scan().next_marker(0).await, None);
}

/// 3 MB of which each byte tells where it lies.
fn long() -> WebBlob {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    blob(&bytes)
}

#[wasm_bindgen_test]
async fn a_scan_brings_bytes_at_hand_as_it_goes_on() {
    let scan = long().scan();
    assert_eq!(scan.at_hand(0, 4), None, "nothing is read before it is asked for");
    // In the stream, over the end of a piece, over megabytes that are not looked at, and at the file's end.
    for (at, bytes) in [(0, 4), (5, 700_000), (700_003, 10), (1_000_000, 100_000), (2_999_990, 64)] {
        assert!(scan.load(at, bytes).await);
        let found = scan.at_hand(at, bytes).unwrap();
        assert_eq!(found.len(), bytes.min(3_000_000_usize.saturating_sub(at as usize)));
        assert!(found.iter().zip(at..).all(|(byte, at)| u64::from(*byte) == at % 251), "from {at}");
    }
    let skipping = long().scan();
    assert!(skipping.load(2_500_000, 4).await && skipping.load(2_999_999, 4).await);
    assert_eq!(skipping.at_hand(2_999_999, 4), Some(vec![(2_999_999 % 251) as u8]));
}

#[wasm_bindgen_test]
async fn a_file_that_is_dropped_is_read_no_further() {
    run("globalThis.cancelled = 0;");
    let _changed = super::world::Changed::new(&[(
        "Blob.prototype",
        "{ stream() { return new ReadableStream({ cancel() { cancelled += 1; } }, { highWaterMark: 0 }); } }",
    )]);
    let scan = blob(b"kite").scan();
    let loading = scan.load(0, 4);
    poll_once(loading).await;
    drop(scan);
    assert_eq!(js("cancelled"), 1);
}

#[wasm_bindgen_test]
async fn the_next_marker_is_found_wherever_it_lies() {
    let stuffed = [0xff, 0, 0xff, 0xd0, 7, 0xff, 0xff, 0xff, 0xd9];
    assert_eq!(blob(&stuffed).scan().next_marker(0).await, Some(7));
    assert_eq!(blob(&stuffed[..8]).scan().next_marker(0).await, Some(8), "the file's end");
    // Its two bytes are in two pieces.
    for before in [524_287, 524_288, 1_048_575] {
        let mut bytes = vec![1; before];
        bytes.extend([0xff, 0xda]);
        let scan = blob(&bytes).scan();
        assert_eq!(scan.next_marker(3).await, Some(before as u64));
        assert!(scan.at_hand(before as u64, 2).is_some());
    }
}

#[wasm_bindgen_test]
async fn timers_fire_while_a_long_scan_is_searched() {
    let stuffed = [0xff, 0].repeat(8_000_000);
    run("globalThis.ticks = 0; globalThis.ticking = setInterval(() => (ticks += 1), 1);");
    assert_eq!(blob(&stuffed).scan().next_marker(0).await, Some(16_000_000));
    let ticks = run("clearInterval(ticking); return ticks;").as_f64().unwrap();
    assert!(ticks >= 3.0, "{ticks} ticks");
}

#[wasm_bindgen_test]
async fn a_blob_url_is_read_as_long_as_it_names_something() {
    let platform = web(script("() => { throw new Error('the platform reads it'); }"));
    run("globalThis.address = URL.createObjectURL(new Blob(['kite'], { type: 'image/png' }));");
    let address = js("address").as_string().unwrap();
    let opened = platform.open_blob_url(&address).await.unwrap();
    assert_eq!(opened.read(0, 9).await.as_deref(), Some(b"kite".as_slice()));
    assert_eq!(opened.declared_type(), "image/png");
    run("URL.revokeObjectURL(address);");
    assert!(platform.open_blob_url(&address).await.is_none());
}

#[wasm_bindgen_test]
async fn a_turn_lets_messages_and_timers_have_theirs() {
    let platform = web(script("() => undefined"));
    run("globalThis.seen = 0; setTimeout(() => (seen = 1), 0);");
    for _ in 0..1_000_000 {
        platform.turn().await;
        if js("seen") == 1 {
            return;
        }
    }
    panic!("no timer has fired");
}
