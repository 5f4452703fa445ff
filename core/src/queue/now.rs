// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of the hall that kiosks, consoles and displays are given:
//! derived from the state and the clock, never stored.

use super::*;
use crate::day::Now;

/// The hall at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HallNow {
    /// Site id.
    pub site: String,
    /// Business day.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub day: Option<Date>,
    /// The hall's wall clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub local_time: DateTime,
    /// Why no number is given in the whole hall; absent while numbers are given.
    pub refusal: Option<Refusal>,
    /// End of the present opening period.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub open_until: Option<DateTime>,
    /// The day that the clock claims while the business day is another one: an alarm.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub clock_doubted: Option<Date>,
    /// People waiting in the whole hall.
    pub waiting: u32,
    /// Waiting tickets whose paper is known to have failed or is not known: staff see these.
    pub without_paper: Vec<WithoutPaper>,
    /// Waiting tickets of which one more paper was asked for; the device that issued one prints it.
    pub reprints: Vec<Ticket>,
    /// Services in the order of the configuration.
    pub services: Vec<ServiceNow>,
    /// Counters in the order of the configuration.
    #[serde(default)]
    pub counters: Vec<CounterNow>,
    /// The last calls, newest first.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Flagged ratings that no manager has seen.
    #[serde(default)]
    pub alarms: Vec<RatingAlarm>,
    /// The hub's clock, milliseconds UTC.
    #[serde(default)]
    pub unix_ms: i64,
    /// Digest of the hall's configuration; a device fetches it anew when this changes.
    #[serde(default)]
    pub hall_version: String,
    /// Highest number of each kiosk's own series today.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u32>))]
    pub kiosk_numbers: BTreeMap<Series, u32>,
}

/// One counter at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CounterNow {
    /// Counter id.
    pub id: String,
    /// Serves, is paused, is closed.
    #[serde(flatten)]
    pub state: CounterState,
    /// Who sits here.
    pub officer: Option<Officer>,
    /// The ticket in hand.
    pub in_hand: Option<InHand>,
    /// Sequence of its newest call, 0 before the first.
    pub last_call: u64,
    /// The session that may be rated now.
    pub rating: Option<RatingOpen>,
}

/// A ticket at a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InHand {
    /// Ticket id.
    pub ticket: Uuid,
    /// `A017`.
    pub label: String,
    /// Service code.
    pub service: String,
    /// Called or being served.
    pub stage: Stage,
    /// Since when, milliseconds UTC.
    pub since_ms: i64,
}

/// A rating that the manager must see at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatingAlarm {
    /// The service session.
    pub session: Uuid,
    /// Counter id.
    pub counter: String,
    /// Service code.
    pub service: String,
}

impl CounterNow {
    pub(super) fn of(state: &State, id: &str) -> CounterNow {
        let desk = state.desks.get(id).cloned().unwrap_or_default();
        let ticket = desk.ticket.and_then(|id| state.ticket(&id));
        CounterNow {
            id: id.to_owned(),
            state: desk.state,
            officer: desk.officer,
            in_hand: ticket.map(|t| InHand {
                ticket: t.id,
                label: t.label.clone(),
                service: t.service.clone(),
                stage: t.stage,
                since_ms: t.started_ms.or(t.called_ms).unwrap_or(t.issued_ms),
            }),
            last_call: desk.last_call,
            rating: desk.rating,
        }
    }
}

/// A waiting ticket without proved paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithoutPaper {
    /// Ticket id.
    pub ticket: Uuid,
    /// `A017`.
    pub label: String,
    /// Failed or unknown.
    pub print: PrintState,
}

/// One service at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceNow {
    /// Service code.
    pub code: String,
    /// Waiting and given.
    #[serde(flatten)]
    pub count: ServiceCount,
    /// Expected wait for one more.
    pub wait: Option<WaitRange>,
    /// Paused by the office.
    pub paused: bool,
    /// All numbers of the day are given.
    pub cap_reached: bool,
    /// Counters of it that serve now.
    #[serde(default)]
    pub counters_open: u32,
    /// Somebody paused a counter of it and none serves.
    #[serde(default)]
    pub counters_paused: bool,
}

impl HallNow {
    /// The hall as `state` and the clock say.
    pub fn of(hall: &Hall, state: &State, now: Now) -> HallNow {
        // A day that is over counts nothing any more, even before the first command turns it.
        let turned;
        let day_state = match day::step(hall, state.day, state.last_ms, now) {
            day::DayStep::Next(day) => {
                let mut next = state.clone();
                let carried = decide::carried(state);
                next.apply(
                    &Event::DayOpened { day, by_hand: false, carried, alarms: Vec::new() },
                    now.unix_ms,
                );
                turned = next;
                &turned
            }
            _ => state,
        };
        let hours = day::hours(hall, now.local);
        let open_until = match &hours {
            Hours::Open { until } => Some(*until),
            _ => None,
        };
        let services: Vec<ServiceNow> = hall
            .services
            .iter()
            .map(|s| {
                let count = day_state.count(&s.code);
                let desks = || s.counters.iter().filter_map(|c| day_state.desks.get(c));
                let open = desks().filter(|d| d.state == CounterState::Open).count();
                let open = u32::try_from(open).unwrap_or(u32::MAX);
                let paused = desks().any(|d| matches!(d.state, CounterState::Paused { .. }));
                ServiceNow {
                    code: s.code.clone(),
                    count,
                    wait: state.wait(&s.code, count.waiting),
                    paused: day_state.paused.contains_key(&s.code),
                    cap_reached: s.daily_cap.is_some_and(|cap| count.given >= cap),
                    counters_open: open,
                    counters_paused: open == 0 && paused,
                }
            })
            .collect();
        HallNow {
            site: hall.id.clone(),
            day: day_state.day,
            local_time: now.local,
            refusal: whole_hall_refusal(hall, day_state, now.local),
            open_until,
            // A clock behind the business day is wrong now, or was when the day was opened.
            clock_doubted: day_state
                .doubted
                .or_else(|| day_state.day.filter(|day| now.local.date() < *day).map(|_| now.local.date())),
            waiting: services.iter().map(|s| s.count.waiting).sum(),
            without_paper: waiting(day_state, &day_state.unproved)
                .map(|t| WithoutPaper { ticket: t.id, label: t.label.clone(), print: t.print })
                .collect(),
            reprints: waiting(day_state, &day_state.reprints).cloned().collect(),
            services,
            counters: hall.counters.iter().map(|c| CounterNow::of(day_state, &c.id)).collect(),
            calls: day_state.calls.iter().cloned().collect(),
            alarms: day_state
                .alarms
                .values()
                .map(|r| RatingAlarm {
                    session: r.session,
                    counter: r.counter.clone(),
                    service: r.service.clone(),
                })
                .collect(),
            unix_ms: now.unix_ms,
            hall_version: hall.version.clone(),
            kiosk_numbers: day_state
                .last_number
                .iter()
                .filter(|(series, _)| series.is_kiosk())
                .map(|(series, number)| (*series, *number))
                .collect(),
        }
    }

    /// One service.
    pub fn service(&self, code: &str) -> Option<&ServiceNow> {
        self.services.iter().find(|s| s.code == code)
    }
}

fn waiting<'s>(state: &'s State, ids: &'s BTreeSet<Uuid>) -> impl Iterator<Item = &'s Ticket> {
    // Ids are UUIDv7, so this is the order of issue.
    ids.iter().filter_map(|id| state.ticket(id)).filter(|t| t.stage == Stage::Waiting)
}
