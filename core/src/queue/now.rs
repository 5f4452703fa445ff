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
}

impl HallNow {
    /// The hall as `state` and the clock say.
    pub fn of(hall: &Hall, state: &State, now: Now) -> HallNow {
        // A day that is over counts nothing any more, even before the first command turns it.
        let turned;
        let day_state = match day::step(hall, state.day, state.last_ms, now) {
            day::DayStep::Next(day) => {
                let mut next = state.clone();
                next.apply(&Event::DayOpened { day, by_hand: false }, now.unix_ms);
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
                ServiceNow {
                    code: s.code.clone(),
                    count,
                    wait: state.wait(&s.code, count.waiting),
                    paused: day_state.paused.contains_key(&s.code),
                    cap_reached: s.daily_cap.is_some_and(|cap| count.given >= cap),
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
