//! Packs the catalogue of models into the table that the crate embeds.
#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo on standard output")]

fn main() {
    println!("cargo:rerun-if-changed=src/contract/models.json");
    println!("cargo:rerun-if-changed=build/catalogue.rs");
    // The emulator decodes and encodes pictures, whose tables lie on the stack: 64 KiB, enough for the client, overflow.
    let for_emulator = std::env::var_os("CARGO_FEATURE_EMULATOR").is_some();
    if for_emulator && std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg=-zstack-size=1048576");
    }
}
