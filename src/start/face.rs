// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen of a box that is only a hub: what it is, where its pages are, how the hall stands, what is wrong. Most
//! such boxes have no screen; then there is nothing to do.

use super::screen::Screen;
use crate::doctor::checks::network::Net;
use crate::doctor::{Finding, Look, Roots, Verdict, Words};
use crate::machine::{Device, device as own, network};
use crate::setup::view::{Face, FaultShown, SetupIntent, SetupScreen, SetupView};
use crate::steward::layout::Layout;
use crate::steward::release::Release;
use std::cell::RefCell;
use std::error::Error;
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the window is brought up to date, and how often it is looked what is wrong.
const TICK: Duration = Duration::from_secs(1);
const CHECK: Duration = Duration::from_secs(30);
/// What a hub without a screen may suffer from.
const CHECKS: [&str; 9] =
    ["network", "hub", "central", "database", "clock", "disk", "memory", "temperature", "watchdog"];

/// What is known.
#[derive(Default)]
struct Known {
    lang: &'static str,
    name: String,
    hall: String,
    version: String,
    now: Now,
}

/// What is looked at again and again.
#[derive(Default)]
struct Now {
    addresses: Vec<String>,
    open: Option<bool>,
    waiting: Option<u32>,
    faults: Vec<Words>,
}

impl Known {
    fn view(&self) -> SetupView {
        let address = self.now.addresses.first().map(|ip| network::pages_at(ip)).unwrap_or_default();
        let faults = self.now.faults.iter();
        let screen = SetupScreen::Face(Face {
            name: self.name.clone(),
            hall: self.hall.clone(),
            address,
            version: self.version.clone(),
            open: self.now.open,
            waiting: self.now.waiting,
            faults: faults.map(|w| FaultShown { line: 0, text: w.get(self.lang).to_owned() }).collect(),
        });
        SetupView { lang: self.lang.to_owned(), screen }
    }
}

impl Now {
    fn look(root: &Path) -> Now {
        let roots = Roots::under(root);
        let look = Look::at(roots.clone(), false);
        let state = look.state("hub").map(|state| state.facts.clone()).unwrap_or_default();
        let mut addresses = Net::of(&roots).addresses;
        // What a person types into a browser first.
        addresses.sort_by_key(|ip| ip.contains(':'));
        let found = look.check_some(&CHECKS);
        let wrong = found.iter().filter(|f| matches!(f.state, Verdict::Fail | Verdict::Warn));
        Now { addresses, open: state.open, waiting: state.waiting, faults: wrong.map(sentence).collect() }
    }
}

/// A finding as one sentence with what to do.
fn sentence(finding: &Finding) -> Words {
    let title = crate::doctor::title(finding.name);
    let said = |lang: &str| {
        let to_do = finding.what_to_do.as_ref().map(|w| format!(" → {}", w.get(lang))).unwrap_or_default();
        format!("{}: {}{to_do}", title.get(lang), finding.found.get(lang))
    };
    Words::new(said("vi"), said("en"))
}

/// Shows it until SIGTERM; without a screen it ends well at once, and is not started again.
pub(super) fn run(layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    let screen = match Screen::open(layout, "face", None) {
        Ok(screen) => screen,
        Err(e) => {
            tracing::info!(why = crate::hub::chain(&*e), "this hub has no screen, and needs none");
            // A unit that ends before it was ready has failed in the eyes of systemd, and would be started again.
            if let Err(e) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
                tracing::debug!(error = %e, "systemd is not told");
            }
            return Ok(());
        }
    };
    let known = Rc::new(RefCell::new(Known {
        lang: "vi",
        name: device.name.clone(),
        hall: own::hall(device, &layout.data()).map(|hall| hall.lines.join(" ")).unwrap_or_default(),
        version: Release::read(layout).version,
        now: Now::default(),
    }));
    let (tell, news) = channel();
    // The looking ends with the window.
    let (_hold, ended) = channel::<()>();
    let root = layout.path("/");
    std::thread::spawn(move || {
        while tell.send(Now::look(&root)).is_ok()
            && ended.recv_timeout(CHECK) == Err(RecvTimeoutError::Timeout)
        {}
    });
    let tick = slint::Timer::default();
    let (seen, glass) = (known.clone(), screen.glass().clone());
    tick.start(slint::TimerMode::Repeated, TICK, move || {
        if let Some(now) = news.try_iter().last() {
            seen.borrow_mut().now = now;
            glass.show(&seen.borrow().view());
        }
    });
    let first = known.borrow().view();
    let glass = screen.glass().clone();
    let shown = screen.run(&first, move |intent| {
        if intent == SetupIntent::Language {
            let mut known = known.borrow_mut();
            known.lang = if known.lang == "vi" { "en" } else { "vi" };
            glass.show(&known.view());
        }
    });
    if let Err(e) = shown {
        tracing::info!(why = %e, "the hub's screen is gone");
    }
    Ok(())
}
