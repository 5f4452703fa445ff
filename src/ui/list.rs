// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the lists, and the search that shows its results as one.

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::view::{self, Intent, List, Search};
use slint::{ComponentHandle, ModelRc, VecModel};

use super::Sender;
use super::generated::{AppWindow, ListBridge, ListKind, Row, RowWord, SearchBridge};
use super::keyboard::{Board, Keys};
use super::pages::{self, Page};
use super::services::set_rows;

/// Rows that the screens draw.
pub(super) struct Models {
    rows: Rc<VecModel<Row>>,
    found: Rc<VecModel<Row>>,
    page: Rc<RefCell<Option<Page>>>,
    keys: Keys,
}

impl Models {
    pub(super) fn new(window: &AppWindow) -> Self {
        let (rows, found) = (Rc::new(VecModel::default()), Rc::new(VecModel::default()));
        window.global::<ListBridge>().set_rows(ModelRc::from(rows.clone()));
        window.global::<SearchBridge>().set_rows(ModelRc::from(found.clone()));
        Self { rows, found, page: Rc::default(), keys: Keys::of_search(window) }
    }

    pub(super) fn show(&self, window: &AppWindow, list: &List) {
        let bridge = window.global::<ListBridge>();
        let room = usize::try_from(bridge.get_room()).unwrap_or(1).max(1);
        let page = Page::of(&vec![1; list.rows.len()], room, list.first);
        let shown = list.rows.get(page.from..page.to).unwrap_or_default();
        bridge.set_kind(kind(list.kind));
        bridge.set_of(list.of.as_str().into());
        bridge.set_count(count(list.rows.len()));
        bridge.set_page(count(page.number));
        bridge.set_pages(count(page.starts.len()));
        set_rows(&self.rows, shown.iter().map(row));
        *self.page.borrow_mut() = Some(page);
    }

    pub(super) fn show_search(&self, window: &AppWindow, search: &Search) {
        let bridge = window.global::<SearchBridge>();
        self.keys.show(window, Board::Search);
        bridge.set_query(search.query.as_str().into());
        bridge.set_count(count(search.rows.len()));
        let room = usize::try_from(bridge.get_room()).unwrap_or(1).max(1);
        set_rows(
            &self.found,
            search.rows.get(..room.min(search.rows.len())).unwrap_or_default().iter().map(row),
        );
    }

    /// Nothing of a citizen stays: a booking, a search.
    pub(super) fn forget(&self, window: &AppWindow) {
        set_rows(&self.rows, std::iter::empty());
        set_rows(&self.found, std::iter::empty());
        window.global::<SearchBridge>().set_query("".into());
        self.keys.forget();
    }

    pub(super) fn connect(&self, window: &AppWindow, send: &Sender) {
        let bridge = window.global::<ListBridge>();
        let to = send.clone();
        bridge.on_choose(move |code| to(Intent::Choose(code.into())));
        bridge.on_turn(pages::turn(&self.page, send));
        let to = send.clone();
        bridge.on_search(move || to(Intent::Search(true)));
        let to = send.clone();
        bridge.on_back(move || to(Intent::Back));
        let bridge = window.global::<SearchBridge>();
        let to = send.clone();
        bridge.on_choose(move |code| to(Intent::Choose(code.into())));
        bridge.on_press(self.keys.on_press(window, send));
    }
}

pub(super) fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn row(row: &view::Row) -> Row {
    Row {
        code: row.code.as_str().into(),
        name: row.name.as_str().into(),
        word: word(row.word),
        note: row.note.as_str().into(),
        count: i32::try_from(row.count).unwrap_or(i32::MAX),
    }
}

fn kind(kind: view::ListKind) -> ListKind {
    match kind {
        view::ListKind::Fields => ListKind::Fields,
        view::ListKind::Procedures => ListKind::Procedures,
        view::ListKind::Bookings => ListKind::Bookings,
        view::ListKind::Information => ListKind::Information,
        view::ListKind::Questions => ListKind::Questions,
        view::ListKind::Fees => ListKind::Fees,
        view::ListKind::Feedback => ListKind::Feedback,
    }
}

fn word(word: view::RowWord) -> RowWord {
    match word {
        view::RowWord::Named => RowWord::Named,
        view::RowWord::Papers => RowWord::Papers,
        view::RowWord::Dossier => RowWord::Dossier,
        view::RowWord::Feedback => RowWord::Feedback,
        view::RowWord::Questions => RowWord::Questions,
        view::RowWord::Plan => RowWord::Plan,
        view::RowWord::Hours => RowWord::Hours,
        view::RowWord::Pay => RowWord::Pay,
        view::RowWord::Post => RowWord::Post,
        view::RowWord::Report => RowWord::Report,
        view::RowWord::Proposal => RowWord::Proposal,
        view::RowWord::Praise => RowWord::Praise,
    }
}
