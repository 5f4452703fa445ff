// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the screens that ask one thing or say one thing: typing, readers,
//! consent, plan, payment, what came of it.

use std::rc::Rc;

use motcua_core::citizen;
use motcua_core::hall::Direction;
use motcua_core::view::{self, Intent, ReaderNow};
use slint::{ComponentHandle, Image, ModelRc, VecModel};

use super::generated::*;
use super::keyboard::{Board, Keys};
use super::list::count;
use super::services::set_rows;
use super::{Sender, notice, number, qr};

/// Rows that the screens draw.
pub(super) struct Models {
    sides: [Rc<VecModel<PlanCounter>>; 3],
    keys: Keys,
}

impl Models {
    pub(super) fn new(window: &AppWindow) -> Self {
        let sides: [Rc<VecModel<PlanCounter>>; 3] = std::array::from_fn(|_| Rc::new(VecModel::default()));
        let bridge = window.global::<PlanBridge>();
        bridge.set_left(ModelRc::from(sides[0].clone()));
        bridge.set_ahead(ModelRc::from(sides[1].clone()));
        bridge.set_right(ModelRc::from(sides[2].clone()));
        Self { sides, keys: Keys::of_entry(window) }
    }

    pub(super) fn show_plan(&self, window: &AppWindow, plan: &view::Plan) {
        let bridge = window.global::<PlanBridge>();
        let counts = [Direction::Left, Direction::Ahead, Direction::Right].map(|side| {
            let of_side = plan.counters.iter().filter(|c| c.side == side);
            let rows: Vec<PlanCounter> = of_side
                .map(|c| PlanCounter { id: c.id.as_str().into(), name: c.name.as_str().into() })
                .collect();
            let model = match side {
                Direction::Left => &self.sides[0],
                Direction::Ahead => &self.sides[1],
                Direction::Right => &self.sides[2],
            };
            let n = count(rows.len());
            set_rows(model, rows.into_iter());
            n
        });
        bridge.set_left_count(counts[0]);
        bridge.set_ahead_count(counts[1]);
        bridge.set_right_count(counts[2]);
    }

    pub(super) fn show_entry(&self, window: &AppWindow, entry: &view::Entry) {
        let bridge = window.global::<EntryBridge>();
        bridge.set_kind(match entry.kind {
            view::EntryKind::Booking => EntryKind::Booking,
            view::EntryKind::Dossier => EntryKind::Dossier,
            view::EntryKind::Factor => EntryKind::Factor,
            view::EntryKind::Feedback => EntryKind::Feedback,
            view::EntryKind::Contact => EntryKind::Contact,
        });
        bridge.set_text(entry.text.as_str().into());
        bridge.set_method(entry.method.into());
        bridge.set_ready(entry.ready);
        bridge.set_left(count(entry.left));
        self.keys.show(window, Board::of(entry.kind, entry.method));
    }

    /// Takes back what a citizen typed.
    pub(super) fn forget_entry(&self, window: &AppWindow) {
        window.global::<EntryBridge>().set_text("".into());
        self.keys.forget();
    }

    pub(super) fn connect(&self, window: &AppWindow, send: &Sender) {
        window.global::<EntryBridge>().on_press(self.keys.on_press(window, send));
        connect_reader(window, send);
        connect_answers(window, send);
    }
}

fn connect_reader(window: &AppWindow, send: &Sender) {
    let bridge = window.global::<ReaderBridge>();
    let to = send.clone();
    bridge.on_type_instead(move || to(Intent::TypeInstead));
    let to = send.clone();
    bridge.on_use_card(move || to(Intent::UseCard));
    let to = send.clone();
    bridge.on_decline(move || to(Intent::Decline));
    let to = send.clone();
    bridge.on_back(move || to(Intent::Back));
    let bridge = window.global::<ConsentBridge>();
    let to = send.clone();
    bridge.on_agree(move || to(Intent::Agree));
    let to = send.clone();
    bridge.on_decline(move || to(Intent::Decline));
    let to = send.clone();
    bridge.on_back(move || to(Intent::Back));
}

fn connect_answers(window: &AppWindow, send: &Sender) {
    let to = send.clone();
    window.global::<PlanBridge>().on_back(move || to(Intent::Back));
    let to = send.clone();
    window.global::<PayBridge>().on_back(move || to(Intent::Back));
    let to = send.clone();
    window.global::<SorryBridge>().on_do_main(move || to(Intent::Main));
    let to = send.clone();
    window.global::<KeptBridge>().on_done(move || to(Intent::Home));
}

pub(super) fn show_reader(window: &AppWindow, reader: view::Reader) {
    let bridge = window.global::<ReaderBridge>();
    bridge.set_what(match reader.what {
        view::ReaderWhat::Card => ReaderWhat::Card,
        view::ReaderWhat::Chip => ReaderWhat::Chip,
        view::ReaderWhat::Booking => ReaderWhat::Booking,
        view::ReaderWhat::Receipt => ReaderWhat::Receipt,
    });
    if let ReaderNow::Unfit(why) = reader.now {
        bridge.set_unfit(unfit(why));
    }
    if let ReaderNow::Trouble(trouble) = reader.now {
        bridge.set_trouble(match trouble {
            citizen::CardTrouble::HoldStill => CardTrouble::HoldStill,
            citizen::CardTrouble::OtherNumber => CardTrouble::OtherNumber,
            citizen::CardTrouble::OtherCard => CardTrouble::OtherCard,
            citizen::CardTrouble::Reader => CardTrouble::Reader,
        });
    }
    bridge.set_now(match reader.now {
        ReaderNow::Waiting => ReaderKind::Waiting,
        ReaderNow::Reading => ReaderKind::Reading,
        ReaderNow::Unfit(_) => ReaderKind::Unfit,
        ReaderNow::Trouble(_) => ReaderKind::Trouble,
    });
    bridge.set_can_type(reader.can_type);
    bridge.set_can_card(reader.can_card);
}

fn unfit(why: view::Unfit) -> Unfit {
    match why {
        view::Unfit::Again => Unfit::Again,
        view::Unfit::HealthInsurance => Unfit::HealthInsurance,
        view::Unfit::OldCard => Unfit::OldCard,
        view::Unfit::Card => Unfit::Card,
        view::Unfit::NotACard => Unfit::NotACard,
        view::Unfit::Ticket => Unfit::Ticket,
        view::Unfit::Payment => Unfit::Payment,
        view::Unfit::Other => Unfit::Other,
    }
}

pub(super) fn show_consent(window: &AppWindow, consent: view::Consent) {
    let bridge = window.global::<ConsentBridge>();
    bridge.set_purpose(match consent.purpose {
        view::Purpose::Number => Purpose::Number,
        view::Purpose::Booking => Purpose::Booking,
        view::Purpose::Contact => Purpose::Contact,
    });
    bridge.set_chip(consent.chip);
    bridge.set_per_day(consent.per_day.map_or(0, |n| i32::try_from(n).unwrap_or(i32::MAX)));
    bridge.set_priority_from(consent.priority_from.map_or(0, i32::from));
}

pub(super) fn show_pay(window: &AppWindow, before: Option<&view::View>, pay: &view::Pay) {
    let bridge = window.global::<PayBridge>();
    bridge.set_name(pay.name.as_str().into());
    bridge.set_amount(pay.amount.as_str().into());
    bridge.set_content(pay.content.as_str().into());
    bridge.set_bank(pay.bank.as_str().into());
    bridge.set_holder(pay.holder.as_str().into());
    bridge.set_account(pay.account.as_str().into());
    // A new picture is a repaint even when it looks the same.
    let same = matches!(before.map(|b| &b.screen), Some(view::Screen::Pay(b)) if b.qr == pay.qr);
    if !same {
        bridge.set_code(qr::image(&pay.qr));
    }
}

pub(super) fn forget_pay(window: &AppWindow) {
    window.global::<PayBridge>().set_code(Image::default());
}

pub(super) fn show_sorry(window: &AppWindow, sorry: &view::Sorry) {
    let bridge = window.global::<SorryBridge>();
    bridge.set_about(sorry.about.as_str().into());
    bridge.set_opens(notice::opening(sorry.opens));
    bridge.set_reason(match sorry.reason {
        view::SorryReason::NoBooking => SorryReason::NoBooking,
        view::SorryReason::BookingEarly => SorryReason::BookingEarly,
        view::SorryReason::BookingLate => SorryReason::BookingLate,
        view::SorryReason::BookingUsed => SorryReason::BookingUsed,
        view::SorryReason::NoDossier => SorryReason::NoDossier,
        view::SorryReason::DossierAway => SorryReason::DossierAway,
        view::SorryReason::HubAway => SorryReason::HubAway,
        view::SorryReason::PersonDay => SorryReason::PersonDay,
        view::SorryReason::PersonService => SorryReason::PersonService,
        view::SorryReason::NoProcedure => SorryReason::NoProcedure,
        view::SorryReason::NoService => SorryReason::NoService,
        view::SorryReason::NotKept => SorryReason::NotKept,
    });
    bridge.set_main(match sorry.main {
        view::SorryDeed::Home => SorryDeed::Home,
        view::SorryDeed::Again => SorryDeed::Again,
        view::SorryDeed::TakeNumber => SorryDeed::TakeNumber,
    });
}

pub(super) fn show_asking(window: &AppWindow, what: view::Asking) {
    window.global::<AskingBridge>().set_what(match what {
        view::Asking::Bookings => Asking::Bookings,
        view::Asking::Dossier => Asking::Dossier,
        view::Asking::Feedback => Asking::Feedback,
    });
}

pub(super) fn show_kept(window: &AppWindow, kept: &view::Kept) {
    let bridge = window.global::<KeptBridge>();
    bridge.set_code(kept.code.as_str().into());
    bridge.set_kind(match kept.kind {
        citizen::FeedbackKind::Report => FeedbackKind::Report,
        citizen::FeedbackKind::Proposal => FeedbackKind::Proposal,
        citizen::FeedbackKind::Praise => FeedbackKind::Praise,
    });
    bridge.set_answer_days(i32::try_from(kept.answer_days).unwrap_or(i32::MAX));
    bridge.set_with_contact(kept.with_contact);
    bridge.set_paper(number::step(kept.paper).0);
}
