// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the service screen: tiles, pages and the letter pad. Searching itself
//! is done in core.

use std::rc::Rc;

use motcua_core::view::{self, Intent, Services};
use slint::{ComponentHandle, Model, ModelRc, VecModel};

use super::Sender;
use super::generated::{AppWindow, Key, ServicesBridge, Tile, TileState, Wait};

/// Rows that the screen draws; a row is touched only when it has changed.
pub(super) struct Models {
    tiles: Rc<VecModel<Tile>>,
    keys: Rc<VecModel<Key>>,
}

impl Models {
    pub(super) fn new(window: &AppWindow) -> Self {
        let tiles = Rc::new(VecModel::default());
        let keys =
            Rc::new(VecModel::from_iter(('A'..='Z').map(|c| Key { letter: c.into(), enabled: false })));
        let bridge = window.global::<ServicesBridge>();
        bridge.set_tiles(ModelRc::from(tiles.clone()));
        bridge.set_keys(ModelRc::from(keys.clone()));
        Self { tiles, keys }
    }

    pub(super) fn show(&self, window: &AppWindow, services: &Services) {
        let bridge = window.global::<ServicesBridge>();
        set_rows(&self.tiles, services.tiles.iter().map(tile));
        for (row, letter) in ('A'..='Z').enumerate() {
            let key = Key { letter: letter.into(), enabled: services.next_letters.contains(letter) };
            set_row(&self.keys, row, key);
        }
        bridge.set_count(services.tiles.len().try_into().unwrap_or(i32::MAX));
        bridge.set_page(services.page.try_into().unwrap_or(0));
        bridge.set_pages(services.pages.max(1).try_into().unwrap_or(1));
        bridge.set_searchable(services.searchable);
        bridge.set_query(services.query.as_str().into());
        bridge.set_searching(services.searching);
    }

    /// Takes back what a citizen typed.
    pub(super) fn forget(&self, window: &AppWindow) {
        let bridge = window.global::<ServicesBridge>();
        bridge.set_query("".into());
        bridge.set_searching(false);
    }
}

/// Makes `model` hold `rows` with the fewest changes.
pub(super) fn set_rows<T: Clone + PartialEq + 'static>(
    model: &VecModel<T>,
    rows: impl ExactSizeIterator<Item = T>,
) {
    while model.row_count() > rows.len() {
        model.remove(model.row_count() - 1);
    }
    for (row, data) in rows.enumerate() {
        if row < model.row_count() {
            set_row(model, row, data);
        } else {
            model.push(data);
        }
    }
}

fn set_row<T: Clone + PartialEq + 'static>(model: &VecModel<T>, row: usize, data: T) {
    if model.row_data(row).as_ref() != Some(&data) {
        model.set_row_data(row, data);
    }
}

pub(super) fn wait(range: Option<view::WaitRange>) -> Wait {
    let clamp = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    range.map_or(Wait { known: false, from: 0, to: 0 }, |w| Wait {
        known: true,
        from: clamp(w.from),
        to: clamp(w.to),
    })
}

pub(super) fn state(state: view::TileState) -> TileState {
    match state {
        view::TileState::Open => TileState::Open,
        view::TileState::DesksPaused => TileState::DesksPaused,
        view::TileState::Paused => TileState::Paused,
        view::TileState::CapReached => TileState::CapReached,
    }
}

pub(super) fn tile(tile: &view::Tile) -> Tile {
    Tile {
        code: tile.code.as_str().into(),
        name: tile.name.as_str().into(),
        icon: tile.icon.as_str().into(),
        waiting: tile.waiting.try_into().unwrap_or(i32::MAX),
        wait: wait(tile.wait),
        needs_papers: tile.needs_papers,
        state: state(tile.state),
    }
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let bridge = window.global::<ServicesBridge>();
    let to = send.clone();
    bridge.on_choose(move |code| to(Intent::Service(code.into())));
    let to = send.clone();
    bridge.on_turn_to(move |page| {
        if let Ok(page) = usize::try_from(page) {
            to(Intent::Page(page));
        }
    });
    let to = send.clone();
    bridge.on_search(move |open| to(Intent::Search(open)));
    let to = send.clone();
    bridge.on_letter(move |letter| {
        if let Some(letter) = letter.chars().next() {
            to(Intent::Letter(letter));
        }
    });
    let to = send.clone();
    bridge.on_erase(move || to(Intent::Erase));
    let to = send.clone();
    bridge.on_back(move || to(Intent::Back));
}
