// SPDX-License-Identifier: MIT OR Apache-2.0
//! The keys of the touch keyboard: which there are, where on the grid, and what
//! a press asks for. Capitals and the layer of digits are the only state, and
//! they go with the screen. Letters are composed in core.

use std::cell::Cell;
use std::rc::Rc;

use motcua_core::typing::Method;
use motcua_core::view::{EntryKind, Intent};
use slint::{ComponentHandle, ModelRc, VecModel};

use super::Sender;
use super::generated::{AppWindow, EntryBridge, KeyKind, PadKey, SearchBridge, TypingMethod};
use super::services::set_rows;

impl From<Method> for TypingMethod {
    fn from(method: Method) -> TypingMethod {
        match method {
            Method::Telex => TypingMethod::Telex,
            Method::Vni => TypingMethod::Vni,
            Method::Plain => TypingMethod::Plain,
        }
    }
}

/// What is typed decides on the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Board {
    /// Sentences in Vietnamese.
    Prose(Method),
    /// Codes: capitals, digits and what stands between them.
    Code,
    /// Addresses of the network.
    Address,
    /// Digits only.
    Digits,
    /// A search without accents.
    Search,
}

impl Board {
    pub(super) fn of(kind: EntryKind, method: Method) -> Board {
        match kind {
            EntryKind::Feedback => Board::Prose(method),
            EntryKind::Booking | EntryKind::Dossier => Board::Code,
            EntryKind::Factor | EntryKind::Contact => Board::Digits,
        }
    }
}

/// Which letters the keys show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Layer {
    #[default]
    Small,
    Capital,
    Signs,
}

/// Keys on a grid.
#[derive(Debug)]
pub(super) struct Grid {
    pub keys: Vec<PadKey>,
    pub columns: i32,
    pub rows: i32,
}

struct Maker {
    grid: Grid,
    layer: Layer,
    method: Method,
    x: i32,
    y: i32,
}

impl Maker {
    fn new(columns: i32, layer: Layer, method: Method) -> Maker {
        Maker { grid: Grid { keys: Vec::new(), columns, rows: 0 }, layer, method, x: 0, y: -1 }
    }

    fn row(mut self) -> Maker {
        (self.x, self.y) = (0, self.y + 1);
        self.grid.rows = self.y + 1;
        self
    }

    fn put(mut self, kind: KeyKind, label: &str, w: i32, on: bool) -> Maker {
        self.grid.keys.push(PadKey { kind, label: label.into(), x: self.x, y: self.y, w, on });
        self.x += w;
        self
    }

    fn special(self, kind: KeyKind, w: i32) -> Maker {
        let on = match kind {
            KeyKind::Shift => self.layer == Layer::Capital,
            KeyKind::Layer => self.layer == Layer::Signs,
            _ => false,
        };
        let label = match (kind, self.method) {
            (KeyKind::Method, Method::Telex) => "Telex",
            (KeyKind::Method, Method::Vni) => "VNI",
            _ => "",
        };
        self.put(kind, label, w, on)
    }

    fn letters(mut self, letters: &str) -> Maker {
        for c in letters.chars() {
            let c = if self.layer == Layer::Capital { c.to_ascii_uppercase() } else { c };
            self = self.put(KeyKind::Letter, &c.to_string(), 1, false);
        }
        self
    }

    fn signs(mut self, signs: &str) -> Maker {
        for c in signs.chars() {
            self = self.put(KeyKind::Sign, &c.to_string(), 1, false);
        }
        self
    }

    /// Digits that compose with VNI, and stand for themselves otherwise.
    fn digits(self, digits: &str) -> Maker {
        if self.method == Method::Vni { self.letters(digits) } else { self.signs(digits) }
    }
}

/// The keys where the body is high.
pub(super) fn high(board: Board, layer: Layer) -> Grid {
    use KeyKind::{Back, Erase, Layer as Other, Method as Way, Send, Shift, Space};
    let made = match board {
        Board::Prose(method) => {
            let m = Maker::new(10, layer, method);
            let m = if method == Method::Vni && layer != Layer::Signs {
                m.row().letters("1234567890")
            } else {
                m
            };
            let m = if layer == Layer::Signs {
                let m = m.row().signs("1234567890").row().signs("-/:;()@&%").special(Erase, 1);
                m.row().signs(".,?!'\"+*#=")
            } else {
                let m = m.row().letters("qwertyuiop").row().letters("asdfghjkl").special(Erase, 1);
                m.row().special(Shift, 1).letters("zxcvbnm").signs(",.")
            };
            m.row()
                .special(Other, 2)
                .special(Way, 2)
                .special(Space, 6)
                .row()
                .special(Back, 4)
                .special(Send, 6)
        }
        Board::Code => {
            let m = Maker::new(10, Layer::Capital, Method::Plain).row().signs("1234567890");
            let m = m.row().letters("qwertyuiop").row().letters("asdfghjkl").special(Erase, 1);
            m.row().letters("zxcvbnm").signs("-./").row().special(Back, 4).special(Send, 6)
        }
        Board::Address => {
            let m = Maker::new(4, layer, Method::Plain).row().signs("123").special(Erase, 1);
            let m = m.row().signs("456.").row().signs("789/");
            m.row().special(Back, 1).signs("0").special(Space, 1).special(Send, 1)
        }
        Board::Digits => {
            let m =
                Maker::new(3, layer, Method::Plain).row().signs("123").row().signs("456").row().signs("789");
            m.row().special(Erase, 2).signs("0").row().special(Back, 1).special(Send, 2)
        }
        Board::Search => {
            let m = Maker::new(10, Layer::Capital, Method::Plain).row().signs("1234567890");
            let m = m.row().letters("qwertyuiop").row().letters("asdfghjkl").special(Erase, 1);
            m.row().letters("zxcvbnm").signs(".").special(Space, 2).row().special(Back, 4)
        }
    };
    made.grid
}

/// The keys where the body is low: broad and in few rows. Fourteen keys of a finger's size fit a row of the smallest
/// window: no room is left for the choice of the method, which is made before the low reach.
pub(super) fn low(board: Board, layer: Layer) -> Grid {
    use KeyKind::{Back, Erase, Layer as Other, Send, Shift, Space};
    let made = match board {
        Board::Prose(method) => {
            let m = Maker::new(14, layer, method);
            let dot = if layer == Layer::Capital { "," } else { "." };
            let m = m.row().letters("qwertyuiop").digits("123").special(Erase, 1);
            let m = m.row().letters("asdfghjkl").special(Space, 1).digits("456").signs(dot);
            m.row().special(Shift, 1).letters("zxcvbnm").digits("7890").special(Back, 1).special(Send, 1)
        }
        Board::Code => {
            let m = Maker::new(14, Layer::Capital, Method::Plain);
            let m = m.row().letters("qwertyuiop").signs("123").special(Erase, 1);
            let m = m.row().letters("asdfghjkl").signs("-456.");
            m.row().letters("zxcvbnm").signs("/7890").special(Back, 1).special(Send, 1)
        }
        Board::Address => return high(board, layer),
        Board::Digits => {
            let m = Maker::new(8, layer, Method::Plain);
            let m = m.row().signs("12345").special(Erase, 1).special(Back, 2);
            m.row().signs("67890").special(Send, 3)
        }
        Board::Search => {
            let m = Maker::new(10, Layer::Capital, Method::Plain);
            if layer == Layer::Signs {
                let m = m.row().signs("1234567890").row().signs(".-/").row();
                m.special(Space, 2).special(Erase, 1).special(Other, 1).special(Back, 1)
            } else {
                let m = m.row().letters("abcdefghij").row().letters("klmnopqrst").row().letters("uvwxyz");
                m.special(Space, 1).special(Erase, 1).special(Other, 1).special(Back, 1)
            }
        }
    };
    made.grid
}

/// The keys of the first-run screen, which has one shape for every window: ten fingers' widths fit the smallest one.
pub(super) fn steady(board: Board, layer: Layer) -> Grid {
    use KeyKind::{Back, Erase, Layer as Other, Method as Way, Send, Shift, Space};
    if matches!(board, Board::Digits | Board::Address) {
        return high(board, layer);
    }
    let method = if let Board::Prose(method) = board { method } else { Method::Plain };
    let m = Maker::new(10, layer, method).row();
    let m = if layer == Layer::Signs {
        let m = m.signs("1234567890").row().signs("-_/:;.,@&%").row().signs("()!?'\"+*#").special(Erase, 1);
        m.row().signs("=$~^|\\<>[]")
    } else {
        let m =
            m.digits("1234567890").row().letters("qwertyuiop").row().letters("asdfghjkl").special(Erase, 1);
        m.row().special(Shift, 1).letters("zxcvbnm").signs("-.")
    };
    let m = m.row().special(Back, 2).special(Other, 2);
    let m = if method == Method::Plain && board == Board::Code { m } else { m.special(Way, 1) };
    let space = if m.x == 5 { 2 } else { 3 };
    m.special(Space, space).special(Send, 3).grid
}

/// The keys of one screen: what is shown, and the layer that is up.
pub(super) struct Keys {
    high: Rc<VecModel<PadKey>>,
    low: Rc<VecModel<PadKey>>,
    layer: Rc<Cell<Layer>>,
    board: Rc<Cell<Board>>,
    sizes: fn(&AppWindow, &Grid, &Grid),
}

impl Keys {
    pub(super) fn of_entry(window: &AppWindow) -> Keys {
        let keys = Keys::new(Board::Code, |window, high, low| {
            let bridge = window.global::<EntryBridge>();
            bridge.set_columns(high.columns);
            bridge.set_rows(high.rows);
            bridge.set_flat_columns(low.columns);
            bridge.set_flat_rows(low.rows);
        });
        let bridge = window.global::<EntryBridge>();
        bridge.set_keys(ModelRc::from(keys.high.clone()));
        bridge.set_flat_keys(ModelRc::from(keys.low.clone()));
        keys
    }

    pub(super) fn of_search(window: &AppWindow) -> Keys {
        let keys = Keys::new(Board::Search, |window, high, low| {
            let bridge = window.global::<SearchBridge>();
            bridge.set_columns(high.columns);
            bridge.set_key_rows(high.rows);
            bridge.set_flat_columns(low.columns);
            bridge.set_flat_key_rows(low.rows);
        });
        let bridge = window.global::<SearchBridge>();
        bridge.set_keys(ModelRc::from(keys.high.clone()));
        bridge.set_flat_keys(ModelRc::from(keys.low.clone()));
        keys
    }

    fn new(board: Board, sizes: fn(&AppWindow, &Grid, &Grid)) -> Keys {
        let (high, low) = (Rc::new(VecModel::default()), Rc::new(VecModel::default()));
        Keys { high, low, layer: Rc::default(), board: Rc::new(Cell::new(board)), sizes }
    }

    /// Shows the keys for what is typed.
    pub(super) fn show(&self, window: &AppWindow, board: Board) {
        self.board.set(board);
        self.draw(window);
    }

    fn draw(&self, window: &AppWindow) {
        let (tall, flat) =
            (high(self.board.get(), self.layer.get()), low(self.board.get(), self.layer.get()));
        (self.sizes)(window, &tall, &flat);
        set_rows(&self.high, tall.keys.into_iter());
        set_rows(&self.low, flat.keys.into_iter());
    }

    /// The small letters again, for the next one.
    pub(super) fn forget(&self) {
        self.layer.set(Layer::Small);
    }

    /// What a press does: to the keys themselves, or an intent.
    pub(super) fn on_press(&self, window: &AppWindow, send: &Sender) -> impl Fn(PadKey) + 'static + use<> {
        let keys = Keys {
            high: self.high.clone(),
            low: self.low.clone(),
            layer: self.layer.clone(),
            board: self.board.clone(),
            sizes: self.sizes,
        };
        let (weak, send) = (window.as_weak(), send.clone());
        move |key| {
            let Some(window) = weak.upgrade() else { return };
            let layer = keys.layer.get();
            keys.layer.set(match key.kind {
                KeyKind::Shift if layer != Layer::Capital => Layer::Capital,
                KeyKind::Layer if layer != Layer::Signs => Layer::Signs,
                KeyKind::Shift | KeyKind::Layer | KeyKind::Back | KeyKind::Send => Layer::Small,
                KeyKind::Letter if layer == Layer::Capital => Layer::Small,
                _ => layer,
            });
            keys.draw(&window);
            if let Some(intent) = intent(&key) {
                send(intent);
            }
        }
    }
}

/// The keys of a screen that has one shape for every window.
#[derive(Clone)]
pub(crate) struct SteadyKeys {
    keys: Rc<VecModel<PadKey>>,
    layer: Rc<Cell<Layer>>,
    board: Rc<Cell<Board>>,
}

impl SteadyKeys {
    pub(crate) fn new() -> SteadyKeys {
        SteadyKeys { keys: Rc::default(), layer: Rc::default(), board: Rc::new(Cell::new(Board::Code)) }
    }

    /// What the window shows.
    pub(crate) fn model(&self) -> ModelRc<PadKey> {
        ModelRc::from(self.keys.clone())
    }

    /// What is typed from now on.
    pub(crate) fn set_board(&self, board: Board) {
        self.board.set(board);
    }

    /// The small letters again.
    pub(crate) fn forget(&self) {
        self.layer.set(Layer::Small);
    }

    /// Brings the keys up to date; how many columns and rows they have.
    pub(crate) fn draw(&self) -> (i32, i32) {
        let grid = steady(self.board.get(), self.layer.get());
        set_rows(&self.keys, grid.keys.into_iter());
        (grid.columns, grid.rows)
    }

    /// What a key does to the keys themselves.
    pub(crate) fn pressed(&self, key: KeyKind) {
        let layer = self.layer.get();
        self.layer.set(match key {
            KeyKind::Shift if layer != Layer::Capital => Layer::Capital,
            KeyKind::Layer if layer != Layer::Signs => Layer::Signs,
            KeyKind::Shift | KeyKind::Layer | KeyKind::Back | KeyKind::Send => Layer::Small,
            KeyKind::Letter if layer == Layer::Capital => Layer::Small,
            _ => layer,
        });
    }
}

fn intent(key: &PadKey) -> Option<Intent> {
    let sign = key.label.chars().next();
    match key.kind {
        KeyKind::Letter => sign.map(Intent::Key),
        KeyKind::Sign => sign.map(Intent::Sign),
        KeyKind::Space => Some(Intent::Sign(' ')),
        KeyKind::Erase => Some(Intent::Erase),
        KeyKind::Method => Some(Intent::TypingMethod),
        KeyKind::Send => Some(Intent::Send),
        KeyKind::Back => Some(Intent::Back),
        KeyKind::Shift | KeyKind::Layer => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARDS: [Board; 7] = [
        Board::Prose(Method::Telex),
        Board::Prose(Method::Vni),
        Board::Prose(Method::Plain),
        Board::Code,
        Board::Address,
        Board::Digits,
        Board::Search,
    ];

    #[test]
    fn no_two_keys_share_a_cell_and_all_stand_on_the_grid() {
        for board in BOARDS {
            for layer in [Layer::Small, Layer::Capital, Layer::Signs] {
                for grid in [high(board, layer), low(board, layer), steady(board, layer)] {
                    let mut cells = std::collections::HashSet::new();
                    for key in &grid.keys {
                        assert!(
                            key.x + key.w <= grid.columns && key.y < grid.rows,
                            "{board:?} {layer:?} {key:?}"
                        );
                        for x in key.x..key.x + key.w {
                            assert!(cells.insert((x, key.y)), "{board:?} {layer:?}: {key:?} lies on another");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_board_has_what_it_needs_in_both_shapes() {
        for board in BOARDS {
            for make in [high, low] {
                let layers = [Layer::Small, Layer::Capital, Layer::Signs];
                let keys: Vec<PadKey> = layers.into_iter().flat_map(|l| make(board, l).keys).collect();
                let has = |kind: KeyKind| keys.iter().any(|k| k.kind == kind);
                let sign = |s: &str| keys.iter().any(|k| k.label == s);
                assert!(has(KeyKind::Back) && has(KeyKind::Erase), "{board:?}");
                assert_eq!(has(KeyKind::Send), board != Board::Search, "{board:?}");
                assert!(('0'..='9').all(|d| sign(&d.to_string())), "{board:?} lacks a digit");
                if !matches!(board, Board::Digits | Board::Address) {
                    let letter = |c: char| sign(&c.to_string()) || sign(&c.to_ascii_uppercase().to_string());
                    assert!(('a'..='z').all(letter), "{board:?} lacks a letter");
                }
                if board == Board::Code {
                    assert!(sign("-") && sign(".") && sign("/"), "{board:?} lacks what stands in codes");
                }
                if let Board::Prose(_) = board {
                    assert!(has(KeyKind::Space) && sign(".") && sign(","), "{board:?}");
                }
            }
        }
    }
}
