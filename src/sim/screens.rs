// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua screens`: the screens as PNG files, drawn by the program itself. The
//! pictures of the documentation come from here.

use crate::ui::Glass;
use crate::ui::gallery::{LANGUAGES, MODES, SIZES, render_all, render_documentation};
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
    /// Every screen in every mode, language and size (well over a thousand), not the documentation's choice.
    #[arg(long)]
    pub all: bool,
}

/// Draws.
#[allow(clippy::print_stdout, reason = "the person at the terminal asked for it")]
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let headless = Headless::install(HeadlessOptions { size: SIZES[0], mock_time: true })?;
    let glass = Glass::new()?;
    glass.window().show()?;
    let pictures = if options.all {
        render_all(&headless, &glass, &options.out, &SIZES, &LANGUAGES, &MODES)?
    } else {
        render_documentation(&headless, &glass, &options.out)?
    };
    println!("{pictures} pictures in {}", options.out.display());
    Ok(())
}
