// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands on every screen: hall and clock, the bar, the display choices,
//! the idle warning, and which screen is up. The screens' own content is elsewhere.

use motcua_core::view::{Header, Intent, Screen, Speed, View};
use slint::{ComponentHandle, Global, SharedString};

use super::Sender;
use super::generated::{Aloud, AppWindow, Clock, ScreenKind, Shell, Theme, Touch};

/// A language under its own name.
pub(super) fn language_name(code: &str) -> String {
    match code {
        "vi" => "Tiếng Việt".into(),
        "en" => "English".into(),
        other => other.to_uppercase(),
    }
}

/// The language after the present one, where the hall offers more than one.
pub(super) fn next_of<'l>(languages: &'l [String], lang: &str) -> Option<&'l str> {
    let at = languages.iter().position(|l| l == lang).unwrap_or(0);
    let next = languages.get((at + 1) % languages.len().max(1))?;
    (next != lang).then_some(next.as_str())
}

pub(super) fn kind(screen: &Screen) -> ScreenKind {
    match screen {
        Screen::Home(_) => ScreenKind::Home,
        Screen::Services(_) => ScreenKind::Services,
        Screen::Priority(_) => ScreenKind::Priority,
        Screen::Preparing { .. } => ScreenKind::Preparing,
        Screen::Number(_) => ScreenKind::Number,
        Screen::Refused(_) => ScreenKind::Refused,
        Screen::OutOfOrder(_) => ScreenKind::OutOfOrder,
        Screen::List(_) => ScreenKind::List,
        Screen::Search(_) => ScreenKind::Search,
        Screen::Entry(_) => ScreenKind::Entry,
        Screen::Reader(_) => ScreenKind::Reader,
        Screen::Consent(_) => ScreenKind::Consent,
        Screen::Sheet(_) => ScreenKind::Sheet,
        Screen::Plan(_) => ScreenKind::Plan,
        Screen::Pay(_) => ScreenKind::Pay,
        Screen::Sorry(_) => ScreenKind::Sorry,
        Screen::Asking(_) => ScreenKind::Asking,
        Screen::Kept(_) => ScreenKind::Kept,
    }
}

fn aloud(speed: Speed) -> Aloud {
    match speed {
        Speed::Slow => Aloud::Slow,
        Speed::Normal => Aloud::Normal,
        Speed::Fast => Aloud::Fast,
    }
}

/// Switches the catalogue when the language has changed.
pub(super) fn speak(before: Option<&str>, lang: &str) {
    if before == Some(lang) {
        return;
    }
    // A language without a catalogue falls back to the English of the sources.
    if slint::select_bundled_translation(lang).is_err() {
        let _ = slint::select_bundled_translation("en");
    }
}

/// How this citizen wants to see it; told first, as what fits a page follows from it.
pub(super) fn dress(window: &AppWindow, view: &View) {
    let theme = window.global::<Theme>();
    theme.set_large_text(view.prefs.large_text);
    theme.set_high_contrast(view.prefs.high_contrast);
    theme.set_low_reach(view.prefs.low_reach);
}

pub(super) fn show(window: &AppWindow, before: Option<&View>, view: &View) {
    show_header(window, before.map(|b| &b.header), &view.header);

    let shell = window.global::<Shell>();
    let next = next_of(&view.languages, &view.prefs.lang);
    shell.set_next_language(next.map(language_name).unwrap_or_default().into());
    shell.set_next_code(next.unwrap_or_default().into());
    shell.set_voice(view.voice);
    shell.set_aloud(view.prefs.aloud.map_or(Aloud::Off, aloud));
    let touch = window.global::<Touch>();
    // Another list or sheet is another screen: a second tap must not choose from it.
    if before.is_none_or(|b| b.screen.key() != view.screen.key()) {
        touch.set_screen(touch.get_screen().wrapping_add(1));
    }
    shell.set_screen(kind(&view.screen));
    shell.set_seconds(view.idle_warning.unwrap_or_default().try_into().unwrap_or(i32::MAX));
    shell.set_warning(view.idle_warning.is_some());
    touch.set_covered(view.idle_warning.is_some());
}

/// Hall, clock and date, which every window has.
pub(super) fn show_header<'w, W>(window: &'w W, before: Option<&Header>, header: &Header)
where
    W: ComponentHandle,
    Clock<'w>: Global<'w, W>,
{
    let clock = window.global::<Clock<'w>>();
    if before.is_none_or(|b| b.hall != header.hall) {
        clock.set_hall(SharedString::from(header.hall.join("\n")));
    }
    clock.set_hour(header.hour.into());
    clock.set_minute(header.minute.into());
    clock.set_weekday(header.weekday.into());
    clock.set_day(header.day.into());
    clock.set_month(header.month.into());
    clock.set_year(header.year.into());
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let shell = window.global::<Shell>();
    let to = send.clone();
    shell.on_language(move |code| to(Intent::Language(code.into())));
    let to = send.clone();
    shell.on_large_text(move || to(Intent::LargeText));
    let to = send.clone();
    shell.on_high_contrast(move || to(Intent::HighContrast));
    let to = send.clone();
    shell.on_low_reach(move || to(Intent::LowReach));
    let to = send.clone();
    shell.on_read_aloud(move || to(Intent::ReadAloud));
    let to = send.clone();
    shell.on_home(move || to(Intent::Home));
    let to = send.clone();
    shell.on_still_here(move || to(Intent::StillHere));
}
