// SPDX-License-Identifier: MIT OR Apache-2.0
//! New settings on the card that are wrong change nothing, and a technician who put them there must be told: before
//! the role begins, once in each start of the device, for a minute.

use super::screen::Screen;
use crate::machine::Fault;
use crate::setup::view::{FaultShown, Faulty, SetupIntent, SetupScreen, SetupView};
use crate::steward::client::StewardClient;
use crate::steward::layout::Layout;
use std::cell::RefCell;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// For so long, seconds.
const SHOWN_S: u32 = 60;
/// The steward is on this device.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is wrong, where it was not shown since the device was switched on.
pub(super) fn unseen(layout: &Layout) -> Vec<Fault> {
    if seen(layout).exists() {
        return Vec::new();
    }
    let asked = || -> Result<Vec<Fault>, Box<dyn Error>> {
        let steward = StewardClient::new(&layout.socket())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let status = runtime.block_on(async { tokio::time::timeout(PATIENCE, steward.status()).await })??;
        Ok(if status.provisioned && !status.technician { status.faults } else { Vec::new() })
    };
    asked().unwrap_or_else(|e| {
        tracing::warn!(error = crate::hub::chain(&*e), "whether the card has wrong settings is not known");
        Vec::new()
    })
}

/// Lies in memory: a device that is switched on anew tells it again.
fn seen(layout: &Layout) -> PathBuf {
    layout.run().join("state").join("faults-told")
}

#[derive(Debug)]
struct Told {
    lang: &'static str,
    faults: Vec<Fault>,
    left_s: u32,
}

impl Told {
    fn view(&self) -> SetupView {
        let shown = |f: &Fault| FaultShown { line: f.line, text: f.said(self.lang).to_owned() };
        let faults = self.faults.iter().map(shown).collect();
        let screen = SetupScreen::Faulty(Faulty { faults, left_s: self.left_s });
        SetupView { lang: self.lang.to_owned(), screen }
    }
}

/// Shows them until somebody goes on, or the minute is over.
pub(super) fn tell(layout: &Layout, role: &'static str, faults: Vec<Fault>) -> Result<(), Box<dyn Error>> {
    // A device whose window cannot be opened must not try this again and again.
    if let Err(e) = std::fs::write(seen(layout), "") {
        tracing::warn!(error = %e, "the faults of the settings are told again at the next start of the role");
    }
    let screen = Screen::open(layout, role, None)?;
    let told = Rc::new(RefCell::new(Told { lang: "vi", faults, left_s: SHOWN_S }));
    let second = slint::Timer::default();
    let (tick, glass) = (told.clone(), screen.glass().clone());
    second.start(slint::TimerMode::Repeated, Duration::from_secs(1), move || {
        let mut told = tick.borrow_mut();
        told.left_s = told.left_s.saturating_sub(1);
        if told.left_s == 0 {
            let _ = slint::quit_event_loop();
        }
        glass.show(&told.view());
    });
    let first = told.borrow().view();
    let glass = screen.glass().clone();
    screen.run(&first, move |intent| match intent {
        SetupIntent::Next => drop(slint::quit_event_loop()),
        SetupIntent::Language => {
            let mut told = told.borrow_mut();
            told.lang = if told.lang == "vi" { "en" } else { "vi" };
            glass.show(&told.view());
        }
        _ => {}
    })?;
    Ok(())
}
