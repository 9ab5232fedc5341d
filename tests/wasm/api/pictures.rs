//! Pictures, in a page: Node has no canvas.

use rivya_wasm::platform::{Blob, Encoding, Picture, Platform};
use rivya_wasm::web::{Web, WebBlob};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::world::{blob, is_page, js_of, member, script, web};

fn platform() -> Web {
    web(script("() => undefined"))
}

/// 40 × 20 pixels, half transparent.
async fn png() -> WebBlob {
    let png = js_of(
        "(async () => {
           const canvas = new OffscreenCanvas(40, 20);
           const context = canvas.getContext('2d');
           context.fillStyle = 'rgba(255, 0, 0, 0.5)';
           context.fillRect(0, 0, 20, 20);
           return canvas.convertToBlob({ type: 'image/png' });
         })()",
    );
    WebBlob::new(png.await.unchecked_into())
}

#[wasm_bindgen_test]
async fn a_picture_is_encoded_anew_in_another_size_on_white_ground() {
    if !is_page() {
        assert!(!platform().can_encode());
        assert!(platform().decode(&blob(b"kite")).await.is_none());
        return;
    }
    assert!(platform().can_encode());
    let picture = platform().decode(&png().await).await.unwrap();
    assert_eq!((picture.width(), picture.height()), (40, 20));
    let encoding = Encoding { media_type: "image/jpeg", width: 20, height: 10, quality: 0.9 };
    let jpeg = picture.encode(&encoding).await.unwrap();
    assert_eq!(jpeg.declared_type(), "image/jpeg");
    let again = platform().decode(&jpeg).await.unwrap();
    assert_eq!((again.width(), again.height()), (20, 10));
    let webp = picture.encode(&Encoding { media_type: "image/webp", ..encoding.clone() }).await.unwrap();
    assert_eq!(webp.declared_type(), "image/webp");
    let none = picture.encode(&Encoding { width: 4_000_000, height: 4_000_000, ..encoding }).await;
    assert!(none.is_none(), "no canvas is so large");
    assert!(platform().decode(&blob(b"no picture")).await.is_none());
    // Where nothing was drawn it is white.
    js_sys::Reflect::set(&js_sys::global(), &"jpeg".into(), jpeg.as_blob()).unwrap();
    let pixel = js_of(
        "(async () => {
           const context = new OffscreenCanvas(20, 10).getContext('2d');
           context.drawImage(await createImageBitmap(jpeg), 0, 0);
           const [red, green, blue] = context.getImageData(18, 5, 1, 1).data;
           return { red, green, blue };
         })()",
    );
    let pixel = pixel.await;
    for colour in ["red", "green", "blue"] {
        assert!(member(&pixel, colour).as_f64().unwrap() > 240.0, "{colour}");
    }
}
