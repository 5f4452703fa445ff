// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the windows of a device are opened: which renderer draws them, and that no keyboard is
//! obeyed. Slint's own backend ends its event loop at Ctrl+Alt+Backspace, and a keyboard can be plugged
//! in by anybody; so nothing of a keyboard reaches it. Desktop and bench choose nothing here.

use crate::kiosk::hands::PartSays;
use clap::{Args, ValueEnum};
use motcua_link::data::PartState;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// A keyboard that was used is reported for so long.
const REPORTED: Duration = Duration::from_secs(600);

/// When a keyboard was used last.
static PRESSED: Mutex<Option<Instant>> = Mutex::new(None);

/// What a window draws with.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct GlassOptions {
    /// What draws the screens; auto takes the graphics processor where one with a driver is found.
    #[arg(long, value_enum, value_name = "auto|gpu|software", default_value = "auto")]
    pub renderer: Renderer,
}

/// What draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// The graphics processor where there is one that is known to work.
    #[default]
    Auto,
    /// The graphics processor.
    Gpu,
    /// The processor.
    Software,
}

/// Kernel drivers of graphics processors for which Mesa has OpenGL ES. Not among them: virtual cards,
/// whose OpenGL is the processor's again, and slower than drawing by software at once.
const WITH_GL: [&str; 12] = [
    "v3d", "vc4", "i915", "xe", "amdgpu", "radeon", "nouveau", "panfrost", "panthor", "lima", "msm",
    "etnaviv",
];

impl Renderer {
    /// What Slint is told; `sys` is /sys. On `auto` with a graphics processor Slint tries that first and
    /// falls back to software by itself where it cannot be opened.
    pub fn slint_name(self, sys: &Path) -> Option<&'static str> {
        match self {
            Renderer::Gpu => Some("femtovg"),
            Renderer::Auto if has_gl(sys) => None,
            Renderer::Auto | Renderer::Software => Some("software"),
        }
    }
}

/// A render node has a driver with OpenGL.
fn has_gl(sys: &Path) -> bool {
    let Ok(cards) = std::fs::read_dir(sys.join("class/drm")) else { return false };
    cards.filter_map(Result::ok).any(|card| {
        let node = card.file_name().to_string_lossy().starts_with("renderD");
        let driver = std::fs::read_link(card.path().join("device/driver")).ok();
        let name = driver.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        node && name.is_some_and(|name| WITH_GL.contains(&name.as_str()))
    })
}

/// Takes the display controller of this device for the windows that follow.
///
/// # Errors
/// No display can be opened.
#[cfg(all(feature = "linuxkms", not(feature = "desktop")))]
pub fn open(options: GlassOptions) -> Result<(), slint::PlatformError> {
    let name = options.renderer.slint_name(Path::new("/sys"));
    tracing::info!(renderer = name.unwrap_or("graphics processor"), "the screen");
    let selector = slint::BackendSelector::new().backend_name("linuxkms".into());
    let selector = match name {
        Some(name) => selector.renderer_name(name.into()),
        None => selector,
    };
    selector.with_libinput_event_hook(|event| swallow(matches!(event, input::Event::Keyboard(_)))).select()
}

/// A window of a desktop is the desktop's business.
///
/// # Errors
/// Never.
#[cfg(not(all(feature = "linuxkms", not(feature = "desktop"))))]
#[allow(clippy::unnecessary_wraps, reason = "as in the device build")]
pub fn open(_options: GlassOptions) -> Result<(), slint::PlatformError> {
    Ok(())
}

/// Whether an event is kept from the screens; one of a keyboard is, and is remembered.
#[cfg_attr(
    not(all(feature = "linuxkms", not(feature = "desktop"))),
    allow(dead_code, reason = "no hook there")
)]
fn swallow(keyboard: bool) -> bool {
    if keyboard {
        let before = PRESSED.lock().unwrap_or_else(PoisonError::into_inner).replace(Instant::now());
        if before.is_none_or(|at| at.elapsed() >= REPORTED) {
            tracing::warn!("somebody uses a keyboard at this device; it does nothing");
        }
    }
    keyboard
}

/// A part that says so while a keyboard was used lately.
pub(crate) fn keyboard() -> Option<(&'static str, PartSays)> {
    let pressed = *PRESSED.lock().unwrap_or_else(PoisonError::into_inner);
    let lately = pressed.is_some_and(|at| at.elapsed() < REPORTED);
    lately.then_some(("keyboard", (PartState::Warning, Some("used"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drm(cards: &[(&str, &str)]) -> std::path::PathBuf {
        let sys = std::env::temp_dir().join(format!("motcua-drm-{}", uuid::Uuid::now_v7().simple()));
        for (card, driver) in cards {
            let device = sys.join("class/drm").join(card).join("device");
            std::fs::create_dir_all(&device).unwrap();
            std::os::unix::fs::symlink(format!("../../bus/{driver}"), device.join("driver")).unwrap();
        }
        sys
    }

    #[test]
    fn the_graphics_processor_draws_where_it_can() {
        let pi = drm(&[("card0", "v3d"), ("card1", "vc4-drm"), ("renderD128", "v3d")]);
        let virtual_card = drm(&[("card0", "virtio_gpu"), ("renderD128", "virtio_gpu")]);
        let bare = drm(&[("card0", "simpledrm")]);
        assert_eq!(Renderer::Auto.slint_name(&pi), None);
        assert_eq!(Renderer::Software.slint_name(&pi), Some("software"));
        assert_eq!(Renderer::Auto.slint_name(&virtual_card), Some("software"));
        assert_eq!(Renderer::Auto.slint_name(&bare), Some("software"));
        assert_eq!(Renderer::Gpu.slint_name(&bare), Some("femtovg"));
        assert_eq!(Renderer::Auto.slint_name(Path::new("/no/such/sys")), Some("software"));
        for dir in [pi, virtual_card, bare] {
            std::fs::remove_dir_all(dir).unwrap();
        }
    }

    #[test]
    fn a_keyboard_is_kept_out_and_reported() {
        assert!(!swallow(false));
        assert_eq!(keyboard(), None);
        assert!(swallow(true));
        assert_eq!(keyboard().map(|(name, _)| name), Some("keyboard"));
    }
}
