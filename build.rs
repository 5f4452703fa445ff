// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the screens with their typeface, pictures and catalogues into the
//! program, and the clips of the voice.

#[path = "build/voice.rs"]
mod voice;

use slint_build::{CompilerConfiguration, DefaultTranslationContext, EmbedResourcesKind};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The simulator and the tests find elements by name; the device build carries no names.
    let names = std::env::var_os("CARGO_FEATURE_SIM").is_some();
    println!("cargo:rerun-if-changed=lang");
    println!("cargo:rerun-if-changed=voice");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    voice::build("voice/words.toml".as_ref(), &out)?;
    let config = CompilerConfiguration::new()
        .with_style("fluent".into())
        .embed_resources(EmbedResourcesKind::EmbedFiles)
        .with_bundled_translations("lang")
        .with_default_translation_context(DefaultTranslationContext::None)
        .with_debug_info(names);
    slint_build::compile_with_config("ui/app.slint", config)?;
    Ok(())
}
