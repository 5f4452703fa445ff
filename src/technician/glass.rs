// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's window: a [`View`] becomes properties, fingers become
//! [`Tap`]s. Only what differs is set.

use super::menu::{COLUMNS, Tap};
use super::page::{Ask, Item, Line, ListOf, Mark, Pad, Page, Row, View};
use crate::doctor::Verdict;
use crate::ui::generated::{
    KeyKind, PadKey, Tech, TechAsk, TechItem, TechLine, TechList, TechMark, TechPad, TechPage, TechRow,
    TechnicianWindow, Touch,
};
use crate::ui::keyboard::{Board, SteadyKeys};
use slint::{ComponentHandle, Model, ModelRc, SharedString, VecModel};
use std::cell::RefCell;
use std::rc::Rc;

/// What an address is typed with.
const ADDRESS: &str = "123456789.0/";
const GATEWAY: &str = "123456789.0";
const SERVERS: &str = "123456789.0,";
/// What the word is typed with, and others beside them, so that nobody types it blindly.
const LETTERS: &str = "ABCDEGHIKLMNOPQRSTUVXY";

/// The one window of the technician.
pub struct TechnicianGlass {
    window: TechnicianWindow,
    rows: Rc<VecModel<TechRow>>,
    zones: Rc<VecModel<bool>>,
    keys: Rc<VecModel<SharedString>>,
    board: SteadyKeys,
    shown: RefCell<Option<View>>,
}

impl std::fmt::Debug for TechnicianGlass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TechnicianGlass").field("shown", &self.shown.borrow()).finish_non_exhaustive()
    }
}

impl TechnicianGlass {
    /// Makes the window. The Slint platform must be chosen before.
    ///
    /// # Errors
    /// When the platform cannot make a window.
    pub fn new() -> Result<Self, slint::PlatformError> {
        let window = TechnicianWindow::new()?;
        let (rows, zones) = (Rc::new(VecModel::default()), Rc::new(VecModel::default()));
        let keys = Rc::new(VecModel::default());
        let board = SteadyKeys::new();
        board.set_board(Board::Code);
        let tech = window.global::<Tech<'_>>();
        tech.set_rows(ModelRc::from(rows.clone()));
        tech.set_zones(ModelRc::from(zones.clone()));
        tech.set_keys(ModelRc::from(keys.clone()));
        tech.set_letters(board.model());
        tech.set_zone_columns(number(COLUMNS));
        Ok(Self { window, rows, zones, keys, board, shown: RefCell::default() })
    }

    /// The window, to show it and to size it.
    pub fn window(&self) -> &slint::Window {
        self.window.window()
    }

    /// The component, for element look-ups.
    pub fn component(&self) -> &TechnicianWindow {
        &self.window
    }

    /// Rows of a list that fit the window.
    pub fn room(&self) -> usize {
        usize::try_from(self.window.global::<Tech<'_>>().get_room()).unwrap_or(1)
    }

    /// Every touch comes to `send`, on the thread of the event loop.
    pub fn on_tap(&self, send: impl Fn(Tap) + 'static) {
        let send = Rc::new(send);
        let tech = self.window.global::<Tech<'_>>();
        let to = send.clone();
        tech.on_menu(move |item| to(Tap::Item(chosen(item))));
        let to = send.clone();
        tech.on_row(move |row| to(Tap::Row(usize::try_from(row).unwrap_or(usize::MAX))));
        let to = send.clone();
        tech.on_run(move || to(Tap::Run));
        let to = send.clone();
        tech.on_back(move || to(Tap::Back));
        let (to, window) = (send.clone(), self.window.as_weak());
        tech.on_turn(move |pages| {
            let room = window.upgrade().map_or(1, |w| w.global::<Tech<'_>>().get_room());
            to(Tap::Turn(isize::try_from(pages * room).unwrap_or(0)));
        });
        let to = send.clone();
        tech.on_answer(move |answer| to(Tap::Answer(answer == 1)));
        let to = send.clone();
        tech.on_zone(move |zone| to(Tap::Zone(usize::try_from(zone).unwrap_or(usize::MAX))));
        let to = send.clone();
        tech.on_next_colour(move || to(Tap::Colour));
        let to = send.clone();
        tech.on_key(move |text| text.chars().for_each(|c| to(Tap::Key(c))));
        let to = send.clone();
        tech.on_erase(move || to(Tap::Erase));
        let to = send.clone();
        tech.on_enter(move || to(Tap::Enter));
        let (weak, board) = (self.window.as_weak(), self.board.clone());
        tech.on_press(move |key| {
            board.pressed(key.kind);
            if let Some(window) = weak.upgrade() {
                draw(&window, &board);
            }
            if let Some(tap) = pressed(&key) {
                send(tap);
            }
        });
    }

    /// Brings the window to `view`.
    pub fn show(&self, view: &View) {
        let before = self.shown.borrow_mut().replace(view.clone());
        if before.as_ref() == Some(view) {
            return;
        }
        if before.as_ref().is_none_or(|b| b.lang != view.lang) {
            // Both languages have a catalogue.
            let _ = slint::select_bundled_translation(&view.lang);
        }
        let tech = self.window.global::<Tech<'_>>();
        tech.set_device(view.device.as_str().into());
        tech.set_faulty(view.faulty);
        // A page is told everything before it appears.
        let page = match &view.page {
            Page::Menu => TechPage::Menu,
            Page::List { of, rows, first } => self.list(*of, rows, (*first, view.changed)),
            Page::Ask { ask, fact } => {
                tech.set_ask(asked(*ask));
                tech.set_fact(fact.as_str().into());
                TechPage::Ask
            }
            Page::Zones(done) => {
                set(&self.zones, done.iter().copied());
                TechPage::Zones
            }
            Page::Colour(colour) => {
                tech.set_colour((*colour).into());
                TechPage::Colour
            }
            Page::Pad { pad, typed, complete } => {
                tech.set_pad(padded(*pad));
                let keys = match pad {
                    Pad::ResetWord => LETTERS,
                    Pad::Address => ADDRESS,
                    Pad::Gateway => GATEWAY,
                    Pad::Dns => SERVERS,
                };
                set(&self.keys, keys.chars().map(|key| SharedString::from(key.to_string())));
                tech.set_typed(typed.as_str().into());
                tech.set_complete(*complete);
                TechPage::Pad
            }
            Page::Letters { line, typed, complete } => {
                tech.set_line(lined(*line));
                tech.set_typed(typed.text().into());
                tech.set_complete(*complete);
                TechPage::Letters
            }
        };
        let other =
            before.is_none_or(|b| std::mem::discriminant(&b.page) != std::mem::discriminant(&view.page));
        if other {
            let touch = self.window.global::<Touch<'_>>();
            touch.set_screen(touch.get_screen().wrapping_add(1));
            self.board.forget();
        }
        if page == TechPage::Letters {
            draw(&self.window, &self.board);
        } else if page != TechPage::Pad {
            // What was typed leaves the window with its page.
            tech.set_typed("".into());
        }
        tech.set_page(page);
    }

    fn list(&self, of: ListOf, rows: &[Row], (first, changed): (usize, bool)) -> TechPage {
        let tech = self.window.global::<Tech<'_>>();
        let first = first.min(rows.len().saturating_sub(1));
        let shown = rows.iter().skip(first).take(self.room());
        set(&self.rows, shown.map(row));
        tech.set_list(listed(of));
        tech.set_first(number(first));
        tech.set_count(number(rows.len()));
        tech.set_can_run(match of {
            ListOf::SelfTest => rows.iter().all(|r| r.mark != Mark::Waiting),
            ListOf::Network => changed,
            _ => false,
        });
        TechPage::List
    }
}

fn draw(window: &TechnicianWindow, board: &SteadyKeys) {
    let (columns, rows) = board.draw();
    let tech = window.global::<Tech<'_>>();
    tech.set_letter_columns(columns);
    tech.set_letter_rows(rows);
}

/// What a key of the keyboard asks for.
fn pressed(key: &PadKey) -> Option<Tap> {
    match key.kind {
        KeyKind::Letter | KeyKind::Sign => key.label.chars().next().map(Tap::Key),
        KeyKind::Space => Some(Tap::Key(' ')),
        KeyKind::Erase => Some(Tap::Erase),
        KeyKind::Send => Some(Tap::Enter),
        KeyKind::Back => Some(Tap::Back),
        KeyKind::Method | KeyKind::Shift | KeyKind::Layer => None,
    }
}

/// Changes only the rows that differ.
fn set<T: Clone + PartialEq + 'static>(model: &VecModel<T>, rows: impl Iterator<Item = T>) {
    let mut count = 0;
    for (place, data) in rows.enumerate() {
        count = place + 1;
        match model.row_data(place) {
            Some(before) if before == data => {}
            Some(_) => model.set_row_data(place, data),
            None => model.push(data),
        }
    }
    while model.row_count() > count {
        model.remove(model.row_count() - 1);
    }
}

fn number(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn row(row: &Row) -> TechRow {
    TechRow {
        title: row.title.as_str().into(),
        mark: match row.mark {
            Mark::None => TechMark::None,
            Mark::Waiting => TechMark::Waiting,
            Mark::Of(Verdict::Pass) => TechMark::Pass,
            Mark::Of(Verdict::Warn) => TechMark::Warn,
            Mark::Of(Verdict::Fail) => TechMark::Fail,
            Mark::Of(Verdict::Skipped) => TechMark::Skipped,
        },
        found: row.found.as_str().into(),
        to_do: row.to_do.as_str().into(),
        deed: row.deed,
    }
}

fn chosen(item: TechItem) -> Item {
    match item {
        TechItem::SelfTest => Item::SelfTest,
        TechItem::Report => Item::Report,
        TechItem::Logs => Item::Logs,
        TechItem::Network => Item::Network,
        TechItem::Rotation => Item::Rotation,
        TechItem::Update => Item::Update,
        TechItem::About => Item::About,
        TechItem::Restart => Item::Restart,
        TechItem::PowerOff => Item::PowerOff,
        TechItem::FactoryReset => Item::FactoryReset,
        TechItem::Language => Item::Language,
        TechItem::Leave => Item::Leave,
        TechItem::Trial => Item::Trial,
        TechItem::Faults => Item::Faults,
    }
}

fn listed(of: ListOf) -> TechList {
    match of {
        ListOf::SelfTest => TechList::SelfTest,
        ListOf::Network => TechList::Network,
        ListOf::Rotation => TechList::Rotation,
        ListOf::Bundles => TechList::Bundles,
        ListOf::About => TechList::About,
        ListOf::Air => TechList::Air,
        ListOf::Faults => TechList::Faults,
    }
}

fn padded(pad: Pad) -> TechPad {
    match pad {
        Pad::Address => TechPad::Address,
        Pad::Gateway => TechPad::Gateway,
        Pad::Dns => TechPad::Dns,
        Pad::ResetWord => TechPad::ResetWord,
    }
}

fn lined(line: Line) -> TechLine {
    match line {
        Line::Ssid => TechLine::Ssid,
        Line::Passphrase => TechLine::Passphrase,
        Line::Ntp => TechLine::Ntp,
        Line::Proxy => TechLine::Proxy,
    }
}

fn asked(ask: Ask) -> TechAsk {
    match ask {
        Ask::Slip => TechAsk::Slip,
        Ask::Speaker => TechAsk::Speaker,
        Ask::Scanner => TechAsk::Scanner,
        Ask::Card => TechAsk::Card,
        Ask::Button => TechAsk::Button,
        Ask::Lamp => TechAsk::Lamp,
        Ask::ZonesDone => TechAsk::ZonesDone,
        Ask::ColoursDone => TechAsk::ColoursDone,
        Ask::Working => TechAsk::Working,
        Ask::Printed => TechAsk::Printed,
        Ask::Written => TechAsk::Written,
        Ask::NoPrinter => TechAsk::NoPrinter,
        Ask::Refused => TechAsk::Refused,
        Ask::Updating => TechAsk::Updating,
        Ask::Restart => TechAsk::Restart,
        Ask::PowerOff => TechAsk::PowerOff,
        Ask::Reset => TechAsk::Reset,
        Ask::ResetSure => TechAsk::ResetSure,
        Ask::Leave => TechAsk::Leave,
        Ask::Trial => TechAsk::Trial,
        Ask::Joining => TechAsk::Joining,
        Ask::Joined => TechAsk::Joined,
        Ask::NotJoined => TechAsk::NotJoined,
    }
}
