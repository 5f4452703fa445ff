// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua screens`: the screens as PNG files, drawn by the program itself. The
//! pictures of the documentation come from here.

use crate::technician::TechnicianGlass;
use crate::ui::gallery::{
    LANGUAGES, MODES, SIZES, render_all, render_displays, render_documentation, render_pad, render_panels,
    render_setup, render_technician, render_trial, sheets_of_displays, sheets_of_panels, sheets_of_setup,
    sheets_of_technician,
};
use crate::ui::headless::{Headless, HeadlessOptions};
use crate::ui::{DisplayGlass, Glass, PanelGlass, SetupGlass};
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
    /// Only this window's.
    #[arg(long, value_enum)]
    pub only: Option<Window>,
}

/// The windows of the devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Window {
    /// The ticket kiosk.
    Kiosk,
    /// The waiting room.
    Display,
    /// The rating panel.
    Panel,
    /// The first run.
    Setup,
    /// The technician's menu.
    Technician,
}

/// Draws a window's pictures and counts them.
type Draw = fn(&Headless, &Options) -> Result<usize, Box<dyn Error>>;

const WINDOWS: [(Window, Draw); 5] = [
    (Window::Kiosk, kiosk),
    (Window::Display, room),
    (Window::Panel, desk),
    (Window::Setup, setup),
    (Window::Technician, technician),
];

/// Draws: the kiosk, the waiting room, the desk, the first run, the technician's menu, one window after the other.
#[allow(clippy::print_stdout, reason = "the person at the terminal asked for it")]
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let headless = Headless::install(HeadlessOptions { size: SIZES[0], mock_time: true })?;
    let mut pictures = 0;
    for (window, draw) in WINDOWS {
        if options.only.is_none_or(|only| only == window) {
            pictures += draw(&headless, options)?;
        }
    }
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

fn setup(headless: &Headless, options: &Options) -> Result<usize, Box<dyn Error>> {
    let glass = SetupGlass::new()?;
    glass.window().show()?;
    let sheets = sheets_of_setup(headless, &glass, &options.out)?;
    Ok(sheets + render_setup(headless, &glass, &options.out, options.all)?)
}

fn technician(headless: &Headless, options: &Options) -> Result<usize, Box<dyn Error>> {
    let kiosk = Glass::new()?;
    kiosk.window().show()?;
    let pad = render_pad(headless, &kiosk, &options.out)? + render_trial(headless, &kiosk, &options.out)?;
    let glass = TechnicianGlass::new()?;
    glass.window().show()?;
    let sheets = sheets_of_technician(headless, &glass, &options.out)?;
    Ok(pad + sheets + render_technician(headless, &glass, &options.out, options.all)?)
}
