//! Packs the catalogue of models into the table that the crate embeds.
fn main() {
    println!("cargo:rerun-if-changed=src/contract/models.json");
    println!("cargo:rerun-if-changed=build/catalogue.rs");
}
