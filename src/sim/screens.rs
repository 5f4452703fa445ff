// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua screens`: the screens as PNG files, drawn by the program itself. The
//! pictures of the documentation come from here.

use crate::ui::gallery::{
    LANGUAGES, MODES, SIZES, render_all, render_displays, render_documentation, render_panels,
    sheets_of_displays, sheets_of_panels,
};
use crate::ui::headless::{Headless, HeadlessOptions};
use crate::ui::{DisplayGlass, Glass, PanelGlass};
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

/// Draws: the kiosk, the waiting room, the desk, one window after the other.
#[allow(clippy::print_stdout, reason = "the person at the terminal asked for it")]
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let headless = Headless::install(HeadlessOptions { size: SIZES[0], mock_time: true })?;
    let pictures = kiosk(&headless, options)? + room(&headless, options)? + desk(&headless, options)?;
    println!("{pictures} pictures in {}", options.out.display());
    Ok(())
}

fn kiosk(headless: &Headless, options: &Options) -> Result<usize, Box<dyn Error>> {
    let glass = Glass::new()?;
    glass.window().show()?;
    Ok(if options.all {
        render_all(headless, &glass, &options.out, &SIZES, &LANGUAGES, &MODES)?
    } else {
        render_documentation(headless, &glass, &options.out)?
    })
}

fn room(headless: &Headless, options: &Options) -> Result<usize, Box<dyn Error>> {
    let glass = DisplayGlass::new()?;
    glass.window().show()?;
    let sheets = sheets_of_displays(headless, &glass, &options.out)?;
    Ok(sheets + render_displays(headless, &glass, &options.out, options.all)?)
}

fn desk(headless: &Headless, options: &Options) -> Result<usize, Box<dyn Error>> {
    let glass = PanelGlass::new()?;
    glass.window().show()?;
    let sheets = sheets_of_panels(headless, &glass, &options.out)?;
    Ok(sheets + render_panels(headless, &glass, &options.out, options.all)?)
}
