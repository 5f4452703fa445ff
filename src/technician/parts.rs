// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parts that a person tests by hand. Nobody else holds them in technician mode;
//! they are let go when the test ends. What a scanner or a card said is not looked at.

use super::menu::{News, PartTest};
use crate::doctor::checks::{printer, speaker};
use crate::doctor::{Words, slip};
use crate::machine::Device;
use motcua_hal::buttons::{ButtonEvent, ButtonsEvent, ButtonsHandle};
#[cfg(feature = "pcsc")]
use motcua_hal::card::{CardEvent, CardHandle, TrustStore};
use motcua_hal::lamps::{LampsHandle, Output, Pattern};
use motcua_hal::scanner::{ScannerEvent, ScannerHandle};
use std::sync::Arc;

/// Takes news on any thread.
pub type Tell = Arc<dyn Fn(News) + Send + Sync>;

/// A part that is held for its test.
pub enum Held {
    /// A test that ends by itself, on a thread of its own.
    Alone,
    /// Until a code is shown.
    Scanner(ScannerHandle),
    /// Until a card is laid down.
    #[cfg(feature = "pcsc")]
    Card(CardHandle),
    /// Until a button is pressed.
    Buttons(ButtonsHandle),
    /// As long as a lamp is to light.
    Lamps(LampsHandle),
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

/// Begins a test; none where the part cannot be opened, which is told.
pub fn begin(test: &PartTest, device: &Device, tell: &Tell) -> Option<Held> {
    let held = match test {
        PartTest::Slip => slip_out(device, tell.clone()),
        PartTest::Tone => tone(device, tell.clone()),
        PartTest::Scanner => scanner(device, tell.clone()),
        PartTest::Card => card(device, tell.clone()),
        PartTest::Button(button) => buttons(device, *button, tell.clone()),
        PartTest::Lamp(lamp) => lamps(device, *lamp),
    };
    if held.is_none() {
        let vi = "cài đặt của bộ phận này không dùng được";
        tell(News::Reacted(Err(Words::new(vi, "the settings of this part cannot be used"))));
    }
    held
}

fn slip_out(device: &Device, tell: Tell) -> Option<Held> {
    let config = device.printer.clone()?;
    std::thread::spawn(move || {
        tell(News::Reacted(printer::put_out(&config.url, &config.profile, slip::test())));
    });
    Some(Held::Alone)
}

fn tone(device: &Device, tell: Tell) -> Option<Held> {
    let alsa = device.alsa()?.to_owned();
    std::thread::spawn(move || {
        let played = speaker::open(&alsa, true);
        let none = || Words::new("bản này không có âm thanh", "this build has no sound");
        tell(News::Reacted(played.ok_or_else(none).and_then(|played| played.map_err(Words::same))));
    });
    Some(Held::Alone)
}

fn scanner(device: &Device, tell: Tell) -> Option<Held> {
    let config = device.scanner.as_ref()?.parse().ok()?;
    let handle = ScannerHandle::spawn(config, move |event| {
        if matches!(event, ScannerEvent::Scanned(_)) {
            tell(News::Reacted(Ok(())));
        }
    });
    handle.trigger();
    Some(Held::Scanner(handle))
}

#[cfg(feature = "pcsc")]
fn card(device: &Device, tell: Tell) -> Option<Held> {
    let name = device.card_reader.as_ref()?;
    let handle = CardHandle::spawn(name, TrustStore::default(), move |event| {
        if matches!(event, CardEvent::Inserted) {
            tell(News::Reacted(Ok(())));
        }
    });
    Some(Held::Card(handle))
}

#[cfg(not(feature = "pcsc"))]
fn card(_: &Device, _: Tell) -> Option<Held> {
    None
}

fn buttons(device: &Device, wanted: usize, tell: Tell) -> Option<Held> {
    let config = device.lines()?;
    let handle = ButtonsHandle::spawn(config, move |event| {
        if let ButtonsEvent::Button(ButtonEvent::Pressed { button, .. }) = event
            && button == wanted
        {
            tell(News::Reacted(Ok(())));
        }
    });
    Some(Held::Buttons(handle))
}

fn lamps(device: &Device, lamp: usize) -> Option<Held> {
    let handle = LampsHandle::spawn(device.lines()?, |_| {});
    handle.set(Output::Lamp(lamp), Pattern::On);
    Some(Held::Lamps(handle))
}
