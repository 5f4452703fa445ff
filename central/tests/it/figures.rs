// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures and ratings: right by hand, and the same from SQLite and PostgreSQL.

use crate::sites::*;
use crate::support::*;
use motcua_central::reports::{self, Figures, Group, Line, Period, Ratings, Scope, Wording};
use motcua_core::score::Source;
use motcua_link::data::{TicketTransferred, TicketVoided};
use motcua_link::testing::Postgres;

const DAY: &str = "2026-11-23";

/// A moment of that day on the wall clock.
fn at(clock: &str) -> i64 {
    ms(&format!("{DAY}T{clock}:00+07:00"))
}

/// Six numbers at one hall, three ratings at another with another scale.
async fn told(app: &App) {
    let (first, second) = (("1", "an"), ("2", "binh"));
    let mut hub = Hub::new("ngo-quyen");
    configured(app, "ngo-quyen", "PHƯỜNG NGÔ QUYỀN", at("07:00")).await;
    hub.open(at("07:30"), DAY);
    hub.seat(at("07:30"), "1", "an");
    let t = hub.give(at("08:00"), "certify");
    let held = hub.call(at("08:10"), t, "certify", first);
    hub.serve((at("08:11"), at("08:16")), held, "certify", first);
    hub.rate(at("08:17"), held, "certify", first, &GLAD);
    let t = hub.give(at("08:05"), "certify");
    let held = hub.call(at("08:25"), t, "certify", first);
    hub.serve((at("08:26"), at("08:36")), held, "certify", first);
    hub.rate(at("09:01"), held, "certify", first, &CROSS);
    let t = hub.give(at("08:10"), "birth");
    let held = hub.call(at("09:10"), t, "birth", second);
    hub.absent(at("09:12"), held, "2");
    let left = hub.give(at("09:00"), "birth");
    let voided = hub.give(at("09:30"), "certify");
    hub.lane.tell(at("09:31"), TicketVoided { ticket: voided, reason: "hai lần".into() });
    let t = hub.give(at("09:40"), "birth");
    let held = hub.call(at("09:50"), t, "birth", second);
    let moved = TicketTransferred {
        ticket: t,
        session: held.session,
        from: "2".into(),
        service: "certify".into(),
        counter: None,
    };
    hub.lane.tell(at("09:55"), moved);
    let held = hub.call(at("10:20"), t, "certify", first);
    hub.serve((at("10:21"), at("10:24")), held, "certify", first);
    hub.rate(at("10:25"), held, "certify", first, &HARASSED);
    hub.end(at("17:00"), &[left]);
    hub.lane.send(app, at("17:01")).await;

    // No configuration of it ever came here, as at a central above a province: its day says its name.
    let mut hub = Hub::new("le-chan");
    hub.open_as(at("07:30"), DAY, "ỦY BAN NHÂN DÂN · PHƯỜNG LÊ CHÂN");
    for (minute, level, code) in [("10", 1, "good"), ("20", 2, "fair"), ("30", 3, "bad")] {
        let start = at(&format!("08:{minute}"));
        let t = hub.give(start, "certify");
        let held = hub.call(start + 5 * MINUTE, t, "certify", first);
        hub.serve((start + 5 * MINUTE, start + 7 * MINUTE), held, "certify", first);
        let said = Said { level, scale: 3, code, ..Said::default() };
        hub.rate(start + 8 * MINUTE, held, "certify", first, &said);
    }
    hub.lane.send(app, at("17:01")).await;
}

fn period() -> Period {
    Period::day(DAY.parse().unwrap())
}

async fn figures(app: &App, scope: Scope, by: Group) -> Figures {
    app.db()
        .read(move |tx| Box::pin(async move { reports::figures(tx, &scope, period(), by).await }))
        .await
        .unwrap()
}

async fn ratings(app: &App, scope: Scope, by: Group) -> Ratings {
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let words = Wording::read(tx, &scope).await?;
            reports::ratings(tx, &scope, period(), by, &words).await
        })
    });
    read.await.unwrap()
}

fn of<'f>(figures: &'f Figures, key: &str) -> &'f Line {
    figures.lines.iter().find(|l| l.key == key).unwrap_or_else(|| panic!("{key} in {figures:#?}"))
}

fn only(site: &str) -> Scope {
    Scope::Sites(vec![site.into()])
}

async fn are_right(app: &App) {
    let hall = figures(app, only("ngo-quyen"), Group::Service).await;
    let sum = &hall.sum;
    assert_eq!((sum.given, sum.served, sum.absent, sum.unserved, hall.days), (6, 3, 1, 2, 1));
    // Waits of 10, 20, 60 and 10 minutes; the wait after a transfer is no wait for the first call.
    assert_eq!(sum.waits.count(), 4);
    assert_eq!(
        (sum.waits.mean(), sum.waits.percentile(50), sum.waits.percentile(90)),
        (Some(25.0), Some(10.0), Some(60.0))
    );
    assert_eq!(
        (sum.services.mean(), sum.services.percentile(50), sum.services.percentile(90)),
        (Some(6.0), Some(5.0), Some(10.0))
    );
    assert_eq!(sum.absent_rate(), Some(25.0));
    assert_eq!((of(&hall, "birth").given, of(&hall, "birth").absent), (2, 1));
    assert_eq!((of(&hall, "certify").served, of(&hall, "certify").unserved), (3, 1));
    let counters = figures(app, Scope::All, Group::Counter).await;
    let second = of(&counters, "ngo-quyen/2");
    assert_eq!((second.given, second.served, second.absent, second.waits.mean()), (0, 0, 1, Some(35.0)));
    assert_eq!(of(&counters, "ngo-quyen/1").served, 3);
    assert_eq!(of(&counters, "le-chan/1").served, 3);
    let hours = figures(app, only("ngo-quyen"), Group::Hour).await;
    assert_eq!(
        hours.lines.iter().map(|l| (l.key.as_str(), l.given, l.served)).collect::<Vec<_>>(),
        [("08", 3, 2), ("09", 3, 0), ("10", 0, 1)]
    );
    assert_eq!(figures(app, Scope::All, Group::Hall).await.sum.given, 9);
    assert_eq!(figures(app, Scope::Sites(Vec::new()), Group::Hall).await, Figures::default());
    ratings_are_right(app).await;
}

async fn ratings_are_right(app: &App) {
    let hall = ratings(app, only("ngo-quyen"), Group::Officer).await;
    assert_eq!((hall.sum.forms, hall.sum.satisfied, hall.sum.rate()), (3, 1, Some(33.3)));
    assert_eq!(hall.groups[0].key, "ngo-quyen/an");
    assert_eq!(hall.levels, ["very-satisfied", "dissatisfied"]);
    let mut reasons = hall.reasons.clone();
    reasons.sort();
    assert_eq!(reasons, [("attitude".into(), 1), ("harassment".into(), 1), ("wait".into(), 1)]);
    assert_eq!(hall.low.len(), 2);
    assert!(hall.low[0].alarm && !hall.low[1].alarm, "the newest comes first");
    // Two and one point of two forms; the others are not known, so there is no total.
    let third = hall.nine.indices[2].unwrap();
    assert_eq!((third.points, third.forms, third.source), (1.5, 2, Source::Panels));
    assert_eq!((hall.nine.total, hall.nine.class), (None, None));
    assert_eq!(hall.group_766.reception_satisfied, Some(33.3));
    assert_eq!(hall.group_766.petitions_on_time, None);
    // A scale that the hall's words do not know: the upper half is satisfied, the last one low.
    let other = ratings(app, only("le-chan"), Group::Hall).await;
    assert_eq!((other.sum.forms, other.sum.satisfied), (3, 1));
    assert_eq!(other.levels, ["good", "fair", "bad"]);
    let all = ratings(app, Scope::All, Group::Hall).await;
    assert_eq!((all.sum.forms, all.groups.len()), (6, 2));
    let hours = ratings(app, only("ngo-quyen"), Group::Hour).await;
    assert_eq!(hours.groups.iter().map(|g| g.key.as_str()).collect::<Vec<_>>(), ["08", "09", "10"]);
    let scores = app.db().read(|tx| {
        Box::pin(async move {
            let words = Wording::read(tx, &Scope::All).await?;
            assert_eq!(words.hall_name("ngo-quyen"), "PHƯỜNG NGÔ QUYỀN");
            assert_eq!(words.hall_name("le-chan"), "PHƯỜNG LÊ CHÂN");
            assert_eq!(words.counter("ngo-quyen", "3", "en"), "3 · Certification");
            reports::compare(tx, &Scope::All, period(), &words).await
        })
    });
    let scores = scores.await.unwrap();
    assert_eq!(
        scores.iter().map(|s| (s.site.as_str(), s.line.served, s.ratings.forms)).collect::<Vec<_>>(),
        [("le-chan", 3, 3), ("ngo-quyen", 3, 3)]
    );
    assert_eq!(scores[1].nine.indices[2].map(|i| i.points), Some(1.5));
}

/// Everything that reports say, as text.
async fn everything(app: &App) -> String {
    let mut out = String::new();
    for scope in [Scope::All, only("ngo-quyen")] {
        for (_, by) in Group::WORDS {
            out += &format!("{:#?}\n", figures(app, scope.clone(), by).await);
            out += &format!("{:#?}\n", ratings(app, scope.clone(), by).await);
        }
    }
    let now = at("09:52");
    let live = app.db().read(move |tx| {
        Box::pin(async move {
            let halls = reports::halls_now(tx, &Scope::All, now).await?;
            // One was heard of so far; the hall has six.
            let ngo_quyen = halls.iter().find(|h| h.site == "ngo-quyen").unwrap();
            assert_eq!((ngo_quyen.counters, ngo_quyen.counters_told), (6, 1), "{ngo_quyen:?}");
            let counters = reports::counters_now(tx, "ngo-quyen", now).await?;
            let services = reports::services_now(tx, "ngo-quyen", now).await?;
            let devices = reports::devices(tx, &Scope::All).await?;
            let past = reports::history(tx, "ngo-quyen.kiosk-1", 0).await?;
            assert!(past.len() > 100);
            Ok(format!("{halls:#?}\n{counters:#?}\n{services:#?}\n{devices:#?}\n{past:#?}"))
        })
    });
    out + &live.await.unwrap()
}

async fn a_busy_day(app: &App) {
    let (mut hub, mut dice) = (Hub::new("hong-bang"), Dice::new(7));
    configured(app, "hong-bang", "PHƯỜNG HỒNG BÀNG", at("06:00")).await;
    hub.open(at("07:30"), DAY);
    a_day(&mut hub, &mut dice, at("07:30"), 150, 560);
    hub.lane.send(app, at("17:00")).await;
    healths(app, "ngo-quyen", "kiosk-1", "kiosk", at("17:00"), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_are_right_by_hand_and_say_the_same() {
    let (dir, server) = (Dir::new(), Postgres::start());
    let (one, other) = (sqlite(&dir).await, postgres(&server).await);
    for app in [&one, &other] {
        told(app).await;
        are_right(app).await;
        a_busy_day(app).await;
    }
    let (left, right) = (everything(&one).await, everything(&other).await);
    for (l, r) in left.lines().zip(right.lines()) {
        assert_eq!(l, r);
    }
    assert_eq!(left.len(), right.len());
}
