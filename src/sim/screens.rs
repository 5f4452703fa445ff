// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua screens`: every screen in every mode, language and size as PNG files,
//! drawn by the program itself. The pictures of the README come from here.

use crate::ui::Glass;
use crate::ui::gallery::{LANGUAGES, MODES, SIZES, render_all};
use crate::ui::headless::{Headless, HeadlessOptions};
use clap::Args;
use std::error::Error;
use std::path::PathBuf;

/// What to draw.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Folder for the pictures.
    #[arg(long, value_name = "DIR", default_value = "docs/screens")]
    pub out: PathBuf,
    /// Only plain mode, portrait, Vietnamese: the pictures of the documentation.
    #[arg(long)]
    pub brief: bool,
}

/// Draws.
#[allow(clippy::print_stdout, reason = "the person at the terminal asked for it")]
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let headless = Headless::install(HeadlessOptions { size: SIZES[0], mock_time: true })?;
    let glass = Glass::new()?;
    glass.window().show()?;
    let (sizes, langs, modes) = if options.brief {
        (&SIZES[..1], &LANGUAGES[..1], &MODES[..1])
    } else {
        (&SIZES[..], &LANGUAGES[..], &MODES[..])
    };
    let pictures = render_all(&headless, &glass, &options.out, sizes, langs, modes)?;
    println!("{pictures} pictures in {}", options.out.display());
    Ok(())
}
