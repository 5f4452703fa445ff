// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a screen says when it is read aloud: title, what stands there, then each
//! choice in the order of the keys. The words are those of the screens
//! (`ui/spoken.slint`). Nothing personal is ever among them.

use motcua_core::view::{Screen, Services, View};
use slint::{ComponentHandle, Model, ModelRc, SharedString};

use super::generated::{AppWindow, Shell, Spoken};
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
    };
    said.push(window.global::<Shell>().get_next_language().into());
    said.extend(lines(&words.get_bar()).into_iter().take(if view.voice { 4 } else { 3 }));
    if window.get_with_home() {
        said.push(words.get_start_again().into());
    }
    said.into_iter().map(|line| plain(&line)).filter(|line| !line.is_empty()).collect()
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
