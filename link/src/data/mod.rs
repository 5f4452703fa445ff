// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the events say: one structure for each type. Their JSON Schemas are
//! generated from here (`docs/link-schemas.json`). A field is only ever added,
//! with a default; anything else is a new type with a higher `vN`.
//!
//! Nobody's name, number or address stands in them. An officer is a key of the
//! hall's own list; what a citizen leaves for being reached is sealed.

mod counter;
mod day;
mod device;
mod dossier;
mod rating;
mod ticket;

pub use counter::*;
pub use day::*;
pub use device::*;
pub use dossier::*;
pub use rating::*;
pub use ticket::*;

use serde_json::value::RawValue;

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident = $kind:literal,)*) => {
        /// Every event that motcua knows, with its data.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Body {
            $($(#[$doc])* $name($name),)*
        }

        impl Body {
            /// Every type, in the order of the document.
            pub const KINDS: &[&str] = &[$($kind,)*];

            /// Its `type`.
            pub fn kind(&self) -> &'static str {
                match self { $(Body::$name(_) => $kind,)* }
            }

            /// Reads the data of an event; `None` for a type that this program does not know, which a newer
            /// one may send.
            ///
            /// # Errors
            /// The data is not as the type's schema says.
            pub fn read(kind: &str, data: &RawValue) -> Result<Option<Body>, serde_json::Error> {
                match kind {
                    $($kind => serde_json::from_str(data.get()).map(|d| Some(Body::$name(d))),)*
                    _ => Ok(None),
                }
            }

            /// The JSON Schema of each type's data.
            pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($kind, schemars::schema_for!($name)),)*]
            }
        }

        impl serde::Serialize for Body {
            /// Only the data.
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self { $(Body::$name(data) => data.serialize(to),)* }
            }
        }

        $(impl From<$name> for Body {
            fn from(data: $name) -> Body {
                Body::$name(data)
            }
        })*
    };
}

bodies! {
    /// A business day began.
    DayOpened = "motcua.day.opened.v1",
    /// A business day ended.
    DayEnded = "motcua.day.ended.v1",
    /// Tickets wait again on the next day.
    DayCarriedOver = "motcua.day.carried-over.v1",
    /// Intake closed for the rest of the day, or paused.
    IntakePaused = "motcua.intake.paused.v1",
    /// Numbers again.
    IntakeResumed = "motcua.intake.resumed.v1",
    /// A number was given.
    TicketIssued = "motcua.ticket.issued.v1",
    /// News of a ticket's paper.
    TicketPaper = "motcua.ticket.paper.v1",
    /// A ticket left the queue.
    TicketVoided = "motcua.ticket.voided.v1",
    /// Called and did not come.
    TicketAbsent = "motcua.ticket.absent.v1",
    /// Back in the queue.
    TicketReturned = "motcua.ticket.returned.v1",
    /// To another service or counter.
    TicketTransferred = "motcua.ticket.transferred.v1",
    /// Beside the queue.
    TicketHeld = "motcua.ticket.held.v1",
    /// Goes on after being held.
    TicketResumed = "motcua.ticket.resumed.v1",
    /// The visit has a further service.
    TicketServiceAdded = "motcua.ticket.service-added.v1",
    /// A kiosk's own ticket was handed to its hub.
    TicketDelivered = "motcua.ticket.delivered.v1",
    /// A number was called.
    CallMade = "motcua.call.made.v1",
    /// The same call was asked for twice; nothing new.
    CallRepeated = "motcua.call.repeated.v1",
    /// The citizen is at the desk.
    ServiceStarted = "motcua.service.started.v1",
    /// The citizen was served.
    ServiceFinished = "motcua.service.finished.v1",
    /// The officer asks for a rating.
    RatingAsked = "motcua.rating.asked.v1",
    /// A citizen rated.
    RatingGiven = "motcua.rating.given.v1",
    /// A manager has seen a flagged rating.
    RatingAlarmSeen = "motcua.rating.alarm-seen.v1",
    /// A citizen left a word.
    FeedbackGiven = "motcua.feedback.given.v1",
    /// The apology for a late dossier was printed.
    DossierApologyPrinted = "motcua.dossier.apology-printed.v1",
    /// An officer sat down or left, a counter opened, paused or closed.
    CounterChanged = "motcua.counter.changed.v1",
    /// How a device is.
    DeviceHealth = "motcua.device.health.v1",
    /// A line of a device's log.
    DeviceLog = "motcua.device.log.v1",
    /// A configuration was taken or refused.
    ConfigReported = "motcua.config.reported.v1",
    /// A command was carried out or refused.
    CommandReported = "motcua.command.reported.v1",
    /// Something that an auditor wants to know.
    AuditNoted = "motcua.audit.noted.v1",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_alike_and_once() {
        for kind in Body::KINDS {
            let parts: Vec<&str> = kind.split('.').collect();
            assert!(matches!(parts[..], ["motcua", _, _, "v1"]), "{kind}");
        }
        let mut sorted = Body::KINDS.to_vec();
        sorted.dedup();
        assert_eq!(sorted.len(), Body::KINDS.len());
        assert_eq!(Body::schemas().len(), Body::KINDS.len());
    }

    #[test]
    fn data_is_read_as_it_was_written_and_strange_data_is_refused() {
        let body = Body::from(TicketVoided { ticket: uuid::Uuid::nil(), reason: "hai lần".into() });
        let raw = serde_json::value::to_raw_value(&body).unwrap();
        assert_eq!(Body::read(body.kind(), &raw).unwrap(), Some(body));
        assert_eq!(Body::read("motcua.ticket.new.v1", &raw).unwrap(), None);
        assert!(Body::read("motcua.call.made.v1", &raw).is_err());
    }
}
