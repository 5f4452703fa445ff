// SPDX-License-Identifier: MIT OR Apache-2.0
//! One sample view for every screen and state, and a painter that writes them
//! all as pictures. For the documentation, for tests and for eyes; a real hall's
//! words come from its file.

use std::path::Path;
use std::time::Duration;

use motcua_core::view::{Prefs, View};

use super::Glass;
use super::headless::Headless;

mod desks;
mod help;
mod rooms;
mod samples;
mod setup;
mod sheet;
mod technician;

pub use desks::{
    DESK_MODES, DESK_SIZES, PanelSample, panel_samples, photo, render_panels, seated, sheets_of_panels,
};
pub use rooms::{
    DisplaySample, ROOM_MODES, ROOM_SIZES, display_samples, hung, render_displays, sheets_of_displays,
};
pub use samples::{Sample, samples};
pub use setup::{SETUP_SIZES, SetupSample, render_setup, setup_samples, sheets_of_setup};
pub use technician::{
    TECHNICIAN_SIZES, TechnicianSample, render_pad, render_technician, render_trial, sheets_of_technician,
    technician_samples,
};

/// Sizes of glass the screens are laid out for.
pub const SIZES: [(u32, u32); 3] = [(1080, 1920), (1920, 1080), (1280, 800)];

/// Languages with a catalogue.
pub const LANGUAGES: [&str; 2] = ["vi", "en"];

/// One combination of the display choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Part of file names.
    pub name: &'static str,
    /// Text 1.3 times as large.
    pub large_text: bool,
    /// Black, white and yellow.
    pub high_contrast: bool,
    /// Everything that can be touched in the lower half.
    pub low_reach: bool,
}

/// The combinations that matter: each choice alone, and all together.
pub const MODES: [Mode; 6] = [
    Mode { name: "light", large_text: false, high_contrast: false, low_reach: false },
    Mode { name: "large", large_text: true, high_contrast: false, low_reach: false },
    Mode { name: "contrast", large_text: false, high_contrast: true, low_reach: false },
    Mode { name: "low", large_text: false, high_contrast: false, low_reach: true },
    Mode { name: "large-low", large_text: true, high_contrast: false, low_reach: true },
    Mode { name: "large-contrast-low", large_text: true, high_contrast: true, low_reach: true },
];

/// What can go wrong while painting.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// The folder or a file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// What was to be written.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A contact sheet cannot be written.
    #[error("cannot write {path}")]
    Sheet {
        /// Which.
        path: std::path::PathBuf,
        /// Why not.
        source: image::ImageError,
    },
    /// The encoder refused a picture.
    #[error("cannot encode a picture")]
    Encode(#[from] png::EncodingError),
}

/// The sample `view` as a person with these choices sees it.
pub fn dressed(sample: &Sample, lang: &str, mode: Mode) -> View {
    let mut view = (sample.view)(lang);
    view.prefs = Prefs {
        lang: lang.to_owned(),
        large_text: mode.large_text,
        high_contrast: mode.high_contrast,
        low_reach: mode.low_reach,
        aloud: None,
    };
    view
}

/// Writes every sample in every size, language and mode as
/// `{name}-{width}x{height}-{lang}-{mode}.png` and gives the number of pictures.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_all(
    headless: &Headless,
    glass: &Glass,
    dir: &Path,
    sizes: &[(u32, u32)],
    langs: &[&str],
    modes: &[Mode],
) -> Result<usize, GalleryError> {
    render(headless, glass, dir, &samples(), (sizes, langs, modes))
}

/// The pictures of the documentation: every state that looks its own way once, and
/// the main screens in every size, in each mode and in both languages.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_documentation(headless: &Headless, glass: &Glass, dir: &Path) -> Result<usize, GalleryError> {
    let main = [
        "home",
        "services",
        "search-letters",
        "number",
        "closed-lunch",
        "idle-warning",
        "procedure",
        "consent",
        "feedback-text",
    ];
    let main: Vec<Sample> = samples().into_iter().filter(|s| main.contains(&s.name)).collect();
    // Several states of the number differ by one sentence only.
    let alike = [
        "number-cover-open",
        "number-printer",
        "number-stopped",
        "number-opened",
        "home-empty",
        "booking-asking",
        "booking-late",
        "chip-reading",
        "dossier-finished",
        "feedback-kept-no-paper",
        "feedback-kept-taken",
        "feedback-lost",
        "procedure-printing",
    ];
    let states: Vec<Sample> = samples().into_iter().filter(|s| !alike.contains(&s.name)).collect();
    let mut pictures = render(headless, glass, dir, &states, (&SIZES[..1], &["vi"], &MODES[..1]))?;
    pictures += render(headless, glass, dir, &main, (&SIZES[..1], &["vi"], &MODES[1..4]))?;
    pictures += render(headless, glass, dir, &main, (&SIZES[1..], &["vi"], &MODES[..1]))?;
    pictures += render(headless, glass, dir, &main, (&SIZES[..1], &["en"], &MODES[..1]))?;
    Ok(pictures)
}

/// Sizes, languages and modes to draw in.
type Axes<'a> = (&'a [(u32, u32)], &'a [&'a str], &'a [Mode]);

fn render(
    headless: &Headless,
    glass: &Glass,
    dir: &Path,
    samples: &[Sample],
    (sizes, langs, modes): Axes<'_>,
) -> Result<usize, GalleryError> {
    glass.set_still(true);
    let mut pictures = 0;
    for &(width, height) in sizes {
        headless.resize((width, height));
        for sample in samples {
            for lang in langs {
                for mode in modes {
                    glass.show(&dressed(sample, lang, *mode));
                    keep(headless, dir, &format!("{}-{width}x{height}-{lang}-{}", sample.name, mode.name))?;
                    pictures += 1;
                }
            }
        }
    }
    Ok(pictures)
}

/// Writes the present picture.
fn keep(headless: &Headless, dir: &Path, name: &str) -> Result<(), GalleryError> {
    let write = |path: &Path, source| GalleryError::Write { path: path.to_owned(), source };
    settle(headless);
    std::fs::create_dir_all(dir).map_err(|e| write(dir, e))?;
    let file = dir.join(format!("{name}.png"));
    std::fs::write(&file, headless.frame().small_png()?).map_err(|e| write(&file, e))
}

/// Draws until layout and motion have come to rest.
pub fn settle(headless: &Headless) {
    headless.step();
    headless.advance(Duration::from_millis(320));
    headless.step();
}
