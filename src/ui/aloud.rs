// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a screen says when it is read aloud: title, what stands there, then each
//! choice in the order of the keys. The words are those of the screens
//! (`ui/spoken.slint`). Nothing personal is ever among them.

use motcua_core::hall::Direction;
use motcua_core::view::{Plan, Screen, Services, SheetKind, View};
use slint::{ComponentHandle, Model, ModelRc, SharedString};

use super::generated::{
    AppWindow, EntryBridge, KeyKind, ListBridge, PadKey, SearchBridge, SheetBridge, Shell, Spoken, SpokenHelp,
};
use super::services;

/// The lines that are said of what `window` shows, which is `view`. A new screen is one arm here and one property there.
pub fn spoken(view: &View, window: &AppWindow) -> Vec<String> {
    let words = window.global::<Spoken>();
    words.set_aloud(window.global::<Shell>().get_aloud());
    if view.idle_warning.is_some() {
        return lines(&words.get_warning());
    }
    let mut said = match &view.screen {
        Screen::Home(_) => lines(&words.get_home()),
        Screen::Services(services) => of_services(services, &words),
        Screen::Priority(priority) => {
            let classes = priority.classes.iter().map(|class| class.name.clone());
            lines(&words.get_priority())
                .into_iter()
                .chain(classes)
                .chain(lines(&words.get_priority_ways()))
                .collect()
        }
        Screen::Preparing { .. } => lines(&words.get_preparing()),
        Screen::Number(_) => lines(&words.get_number()),
        Screen::Refused(_) => lines(&words.get_refused()),
        Screen::OutOfOrder(_) => lines(&words.get_out_of_order()),
        screen => of_help(screen, window),
    };
    said.push(window.global::<Shell>().get_next_language().into());
    said.extend(lines(&words.get_bar()).into_iter().take(if view.voice { 4 } else { 3 }));
    if window.get_with_home() {
        said.push(words.get_start_again().into());
    }
    said.into_iter().map(|line| plain(&line)).filter(|line| !line.is_empty()).collect()
}

/// The screens on which a citizen helps himself.
fn of_help(screen: &Screen, window: &AppWindow) -> Vec<String> {
    let words = window.global::<SpokenHelp>();
    match screen {
        Screen::List(_) => {
            let rows = window.global::<ListBridge>().get_rows();
            let said = rows.iter().map(|row| words.invoke_row(row).into());
            lines(&words.get_list()).into_iter().chain(said).chain(lines(&words.get_list_ways())).collect()
        }
        Screen::Search(_) => {
            let bridge = window.global::<SearchBridge>();
            let rows = bridge.get_rows();
            let said = rows.iter().map(|row| words.invoke_row(row).into());
            let keys = keys(&bridge.get_keys(), &words);
            lines(&words.get_search()).into_iter().chain(said).chain(keys).collect()
        }
        Screen::Entry(_) => {
            let keys = keys(&window.global::<EntryBridge>().get_keys(), &words);
            lines(&words.get_entry()).into_iter().chain(keys).collect()
        }
        Screen::Reader(_) => both(&words.get_reader(), &words.get_reader_ways()),
        Screen::Consent(_) => lines(&words.get_consent()),
        Screen::Sheet(sheet) => {
            // What a card said is for its holder's eyes.
            let rows = window.global::<SheetBridge>().get_rows();
            let open = sheet.kind != SheetKind::Card;
            let said = rows.iter().filter(|_| open).map(|row| words.invoke_line(row).into());
            lines(&words.get_sheet()).into_iter().chain(said).chain(lines(&words.get_sheet_ways())).collect()
        }
        Screen::Plan(plan) => of_plan(plan, &words),
        Screen::Pay(_) => lines(&words.get_pay()),
        Screen::Sorry(_) => lines(&words.get_sorry()),
        Screen::Asking(_) => lines(&words.get_asking()),
        Screen::Kept(_) => lines(&words.get_kept()),
        _ => Vec::new(),
    }
}

fn of_plan(plan: &Plan, words: &SpokenHelp<'_>) -> Vec<String> {
    let mut said = lines(&words.get_plan());
    for (side, name) in [
        (Direction::Left, words.get_left()),
        (Direction::Ahead, words.get_ahead()),
        (Direction::Right, words.get_right()),
    ] {
        let of_side = plan.counters.iter().filter(|c| c.side == side);
        let counters: Vec<String> = of_side.map(|c| format!("{}, {}", c.id, c.name)).collect();
        if !counters.is_empty() {
            said.push(format!("{name}: {}", counters.join(". ")));
        }
    }
    said.push(words.get_back().into());
    said
}

fn both(first: &ModelRc<SharedString>, second: &ModelRc<SharedString>) -> Vec<String> {
    lines(first).into_iter().chain(lines(second)).collect()
}

/// The letters and signs of a keyboard in one line, then its keys that are words.
fn keys(model: &ModelRc<PadKey>, words: &SpokenHelp<'_>) -> Vec<String> {
    let sign = |k: &PadKey| matches!(k.kind, KeyKind::Letter | KeyKind::Sign);
    let signs: Vec<String> = model.iter().filter(sign).map(|k| k.label.into()).collect();
    let named = model.iter().filter(|k| !sign(k)).map(|k| words.invoke_key(k).into());
    std::iter::once(signs.join(" ")).chain(named).collect()
}

fn of_services(services: &Services, words: &Spoken<'_>) -> Vec<String> {
    let tiles = services.tiles.iter().map(|tile| words.invoke_tile(services::tile(tile)).into());
    let letters: Vec<String> = services.next_letters.chars().map(String::from).collect();
    let letters = services.searching.then(|| letters.join(", "));
    let said = lines(&words.get_services()).into_iter().chain(tiles).chain(letters);
    said.chain(lines(&words.get_services_ways())).collect()
}

fn lines(model: &ModelRc<SharedString>) -> Vec<String> {
    model.iter().map(String::from).filter(|line| !line.is_empty()).collect()
}

/// Without what only guides line breaks.
pub(super) fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ").replace('\u{2060}', "").replace('\n', " ").trim().to_owned()
}
