// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kiosk of the sample hall under a citizen's hands, for the tests of what he
//! does by himself.

use super::*;
use crate::citizen::{Booked, CardNews, CardTrouble, DossierAnswer, DossierNow};
use crate::hall::SAMPLE;
use crate::procedures::{Field, Online, Procedure, Reception, Text};
use crate::scan::{Rules, read};
use crate::view::*;
use jiff::civil::{date, time};

pub(super) const CARD: &str =
    "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|10072024||||";
/// Born in 1945: 81 years old.
pub(super) const OLD: &str = "079045000024||Nguyễn Văn Mẫu|01011945|Nam|Số 2 Phố Mẫu, Hà Nội|20062021";
/// Monday 23 November 2026, 09:00 in Viet Nam.
pub(super) const NINE_MS: i64 = 1_795_399_200_000;

fn text(vi: &str) -> Text {
    Text { vi: vi.to_owned(), en: None }
}

fn procedure(code: &str, name: &str, field: &str) -> Procedure {
    Procedure {
        code: code.into(),
        name: text(name),
        field: Field { code: field.into(), name: text("Hộ tịch") },
        online: Online::Full,
        time: text("Trong ngày"),
        fee: text("Không"),
        papers: Vec::new(),
        forms: Vec::new(),
        place: text("Quầy 2"),
        reception: Reception::AtOnce,
        non_territorial: true,
        by_post: false,
    }
}

pub(super) struct Kiosk {
    pub session: Session,
    pub at: Moment,
    ids: u128,
}

impl Kiosk {
    pub fn new() -> Kiosk {
        Kiosk::with(|_| {})
    }

    /// A kiosk of the sample hall, changed.
    pub fn with(change: impl FnOnce(&mut Hall)) -> Kiosk {
        let mut hall = Hall::parse(SAMPLE).unwrap();
        change(&mut hall);
        let at = Moment { steady_ms: 0, now: Now::new(NINE_MS, 420, true) };
        let now = HallNow::of(&hall, &crate::queue::State::default(), at.now);
        let mut k = Kiosk { session: Session::new(hall, at), at, ids: 0 };
        k.give(Input::Hall(Box::new(now)));
        k.give(Input::Abilities(Abilities { scanner: true, card: true, voice: false }));
        let list =
            vec![procedure("1.001193", "Đăng ký khai sinh", "G15-HT01"), procedure("9.999999", "Lạ", "X")];
        k.give(Input::Procedures(Arc::new(Procedures::new(list))));
        k
    }

    pub fn give(&mut self, input: Input) -> Vec<Effect> {
        let ids = &mut self.ids;
        self.session.step(input, self.at, || {
            *ids += 1;
            Uuid::from_u128(*ids)
        })
    }

    pub fn touch(&mut self, intent: Intent) -> Vec<Effect> {
        self.give(Input::Touched(intent))
    }

    pub fn choose(&mut self, code: &str) -> Vec<Effect> {
        self.touch(Intent::Choose(code.into()))
    }

    pub fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.give(Input::Scanned(Box::new(read(text.as_bytes(), &Rules::default()))))
    }

    pub fn screen(&self) -> Screen {
        self.session.view().screen
    }

    #[track_caller]
    pub fn is(&self, name: &str) {
        assert_eq!(self.screen().name(), name, "{:?}", self.screen());
    }

    /// Up to the consent for a number of a service.
    pub fn reach_consent(&mut self) {
        self.touch(Intent::TakeNumber);
        self.touch(Intent::Service("certify".into()));
        self.is("consent");
    }

    /// A card's code was scanned and accepted; gives what that asked for.
    pub fn with_code(&mut self, card: &str) -> Vec<Effect> {
        self.reach_consent();
        self.touch(Intent::Agree);
        self.scan(card);
        self.give(Input::Card(CardNews::Failed(CardTrouble::Reader)));
        self.is("sheet");
        self.touch(Intent::Main)
    }
}

pub(super) fn booked(code: &str, from: i8) -> Booked {
    let service = Some("certify".into());
    Booked {
        code: code.into(),
        service,
        procedure: None,
        from: time(from, 0, 0, 0),
        to: time(from + 1, 0, 0, 0),
    }
}

pub(super) fn found(late: bool) -> DossierAnswer {
    DossierAnswer::Found(Box::new(DossierNow {
        code: "H56.14-261103-0007".into(),
        procedure: "1.001193".into(),
        status: 4,
        received: None,
        due: Some(date(2026, 11, 20)),
        late,
        new_due: None,
        next: None,
        as_of: None,
    }))
}
