// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the sheets: cuts their parts into rows of whole units, and the rows
//! into pages.

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::view::{self, Caption as C, Intent, Part, PartWord as W, Sheet};
use slint::{ComponentHandle, ModelRc, VecModel};

use super::Sender;
use super::generated::{AppWindow, Caption, Deed, PartWord, RowKind, SheetBridge, SheetKind, SheetRow};
use super::list::count;
use super::number;
use super::pages::{self, Page};
use super::services::set_rows;

/// Letters of running text that one unit holds in the narrowest sheet.
const PROSE: usize = 46;
/// Letters of a value beside its caption.
const VALUE: usize = 40;
/// Letters of a paper beside its copies.
const ITEM: usize = 44;

/// Rows that the screen draws.
pub(super) struct Models {
    rows: Rc<VecModel<SheetRow>>,
    page: Rc<RefCell<Option<Page>>>,
}

impl Models {
    pub(super) fn new(window: &AppWindow) -> Self {
        let rows = Rc::new(VecModel::default());
        window.global::<SheetBridge>().set_rows(ModelRc::from(rows.clone()));
        Self { rows, page: Rc::default() }
    }

    pub(super) fn show(&self, window: &AppWindow, sheet: &Sheet) {
        let bridge = window.global::<SheetBridge>();
        bridge.set_kind(kind(sheet.kind));
        bridge.set_topic(sheet.title.as_str().into());
        bridge.set_main(deed(sheet.main));
        bridge.set_also(deed(sheet.also));
        bridge.set_printing_asked(sheet.paper.is_some());
        if let Some(step) = sheet.paper {
            let (paper, fault) = number::step(step);
            bridge.set_paper(paper);
            bridge.set_fault(fault);
        }
        // How many units there are follows from the buttons, which are told by now.
        let room = usize::try_from(bridge.get_room()).unwrap_or(2).max(2);
        let rows = rows(&sheet.parts, room);
        let sizes: Vec<usize> = rows.iter().map(|r| usize::try_from(r.span).unwrap_or(1)).collect();
        let page = Page::of(&sizes, room, sheet.first);
        let mut at = 0;
        let mut shown: Vec<SheetRow> = rows.get(page.from..page.to).unwrap_or_default().to_vec();
        for row in &mut shown {
            row.at = at;
            at += row.span;
        }
        if let Some(last) = shown.last_mut() {
            last.ruled = false;
        }
        bridge.set_used(at);
        bridge.set_page(count(page.number));
        bridge.set_pages(count(page.starts.len()));
        set_rows(&self.rows, shown.into_iter());
        *self.page.borrow_mut() = Some(page);
    }

    /// Nothing of a citizen stays.
    pub(super) fn forget(&self, window: &AppWindow) {
        set_rows(&self.rows, std::iter::empty());
        window.global::<SheetBridge>().set_topic("".into());
    }

    pub(super) fn connect(&self, window: &AppWindow, send: &Sender) {
        let bridge = window.global::<SheetBridge>();
        let to = send.clone();
        bridge.on_do_main(move || to(Intent::Main));
        let to = send.clone();
        bridge.on_do_also(move || to(Intent::Also));
        bridge.on_turn(pages::turn(&self.page, send));
        let to = send.clone();
        bridge.on_back(move || to(Intent::Back));
    }
}

/// Parts as rows. Running text longer than a page is cut between its words.
fn rows(parts: &[Part], room: usize) -> Vec<SheetRow> {
    let mut out = Vec::new();
    let mut listed = false;
    for part in parts {
        let row = |kind, text: &str, span: usize| SheetRow {
            kind,
            caption: caption(part.caption),
            text: text.into(),
            word: word(part.word),
            originals: if kind == RowKind::Heading { 0 } else { part.originals.into() },
            copies: if kind == RowKind::Heading { 0 } else { part.copies.into() },
            at: 0,
            span: count(span.clamp(1, room)),
            strong: part.caption == C::Status,
            ruled: kind != RowKind::Heading && kind != RowKind::Prose && kind != RowKind::Alert,
        };
        let length = part.text.chars().count();
        match part.caption {
            C::Papers | C::Forms => {
                listed = true;
                out.push(row(RowKind::Heading, "", 1));
                out.push(row(RowKind::Item, &part.text, length.div_ceil(ITEM)));
            }
            C::None if part.word == W::Late => out.push(row(RowKind::Alert, "", 1)),
            C::None if listed => out.push(row(RowKind::Item, &part.text, length.div_ceil(ITEM))),
            C::None => {
                let pieces = pieces(&part.text, room * PROSE);
                out.extend(pieces.iter().map(|p| row(RowKind::Prose, p, p.chars().count().div_ceil(PROSE))));
            }
            _ => {
                listed = false;
                // What the product words is at most two lines long.
                let span = if part.word == W::Text { length.div_ceil(VALUE) } else { long(part.word) };
                out.push(row(RowKind::Fact, &part.text, span));
            }
        }
    }
    out
}

/// Units that a worded value takes.
fn long(word: W) -> usize {
    match word {
        W::NextPapers | W::NextPay | W::NextCollect | W::ProofFailed | W::OnlineInPart | W::OnlineWhole => 2,
        _ => 1,
    }
}

/// A text in pieces of at most `most` letters, cut between words.
fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut out = vec![String::new()];
    for word in text.split_whitespace() {
        let last = out.last().map_or(0, |l| l.chars().count());
        if last > 0 && last + 1 + word.chars().count() > most {
            out.push(String::new());
        }
        if let Some(piece) = out.last_mut() {
            if !piece.is_empty() {
                piece.push(' ');
            }
            piece.push_str(word);
        }
    }
    out
}

fn kind(kind: view::SheetKind) -> SheetKind {
    match kind {
        view::SheetKind::Procedure => SheetKind::Procedure,
        view::SheetKind::Answer => SheetKind::Answer,
        view::SheetKind::Hours => SheetKind::Hours,
        view::SheetKind::Post => SheetKind::Post,
        view::SheetKind::Dossier => SheetKind::Dossier,
        view::SheetKind::Card => SheetKind::Card,
    }
}

fn deed(deed: view::Deed) -> Deed {
    match deed {
        view::Deed::None => Deed::None,
        view::Deed::PrintChecklist => Deed::PrintChecklist,
        view::Deed::PrintApology => Deed::PrintApology,
        view::Deed::TakeNumber => Deed::TakeNumber,
        view::Deed::GoOn => Deed::GoOn,
        view::Deed::OtherCard => Deed::OtherCard,
        view::Deed::WithoutCard => Deed::WithoutCard,
    }
}

fn caption(caption: C) -> Caption {
    match caption {
        C::None => Caption::None,
        C::Papers => Caption::Papers,
        C::Forms => Caption::Forms,
        C::Time => Caption::Time,
        C::Fee => Caption::Fee,
        C::Place => Caption::Place,
        C::Reception => Caption::Reception,
        C::Online => Caption::Online,
        C::Territory => Caption::Territory,
        C::Post => Caption::Post,
        C::Dossier => Caption::Dossier,
        C::Procedure => Caption::Procedure,
        C::Status => Caption::Status,
        C::Received => Caption::Received,
        C::Due => Caption::Due,
        C::NewDue => Caption::NewDue,
        C::Next => Caption::Next,
        C::AsOf => Caption::AsOf,
        C::Name => Caption::Name,
        C::Number => Caption::Number,
        C::Birth => Caption::Birth,
        C::Proof => Caption::Proof,
        C::Monday => Caption::Monday,
        C::Tuesday => Caption::Tuesday,
        C::Wednesday => Caption::Wednesday,
        C::Thursday => Caption::Thursday,
        C::Friday => Caption::Friday,
        C::Saturday => Caption::Saturday,
        C::Sunday => Caption::Sunday,
        C::Holiday => Caption::Holiday,
    }
}

fn word(word: W) -> PartWord {
    match word {
        W::Text => PartWord::Text,
        W::AtOnce => PartWord::AtOnce,
        W::ByAppointment => PartWord::ByAppointment,
        W::EitherWay => PartWord::EitherWay,
        W::NotOnline => PartWord::NotOnline,
        W::OnlineInPart => PartWord::OnlineInPart,
        W::OnlineWhole => PartWord::OnlineWhole,
        W::AnyHall => PartWord::AnyHall,
        W::ThisHall => PartWord::ThisHall,
        W::ByPost => PartWord::ByPost,
        W::NotByPost => PartWord::NotByPost,
        W::Closed => PartWord::Closed,
        W::ProofCode => PartWord::ProofCode,
        W::ProofVerified => PartWord::ProofVerified,
        W::ProofUnverified => PartWord::ProofUnverified,
        W::ProofFailed => PartWord::ProofFailed,
        W::Registered => PartWord::Registered,
        W::Accepted => PartWord::Accepted,
        W::NotAccepted => PartWord::NotAccepted,
        W::InProgress => PartWord::InProgress,
        W::PapersWanted => PartWord::PapersWanted,
        W::PaymentWanted => PartWord::PaymentWanted,
        W::Withdrawn => PartWord::Withdrawn,
        W::Stopped => PartWord::Stopped,
        W::Finished => PartWord::Finished,
        W::HandedOut => PartWord::HandedOut,
        W::Late => PartWord::Late,
        W::NextWait => PartWord::NextWait,
        W::NextWaitNew => PartWord::NextWaitNew,
        W::NextPapers => PartWord::NextPapers,
        W::NextPay => PartWord::NextPay,
        W::NextCollect => PartWord::NextCollect,
        W::NextNothing => PartWord::NextNothing,
        W::NextAsk => PartWord::NextAsk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_words_and_lose_none() {
        let text = "một hai ba bốn năm sáu bảy tám chín mười ".repeat(30);
        let cut = pieces(&text, 100);
        assert!(cut.len() > 10 && cut.iter().all(|p| p.chars().count() <= 100));
        assert_eq!(cut.join(" "), text.trim());
    }

    #[test]
    fn papers_stand_below_their_heading_and_facts_end_the_list() {
        let part = |caption, text: &str| Part { caption, text: text.into(), ..Part::default() };
        let parts = [part(C::Papers, "Tờ khai"), part(C::None, "Giấy chứng sinh"), part(C::Time, "1 ngày")];
        let kinds: Vec<RowKind> = rows(&parts, 9).iter().map(|r| r.kind).collect();
        assert_eq!(kinds, [RowKind::Heading, RowKind::Item, RowKind::Item, RowKind::Fact]);
    }
}
