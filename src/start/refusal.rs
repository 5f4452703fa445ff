// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a device does not come to its hub, as a word that the screen has in its languages.

use crate::devices::NoCounter;
use crate::enrolled::EnrolFault;
use crate::setup::view::Refusal;
use motcua_link::trust::PlaceError;
use motcua_link::trust::client::EnrolError;
use std::error::Error;

/// The word of that error.
pub(super) fn of(error: &(dyn Error + Send + Sync + 'static)) -> Refusal {
    if error.is::<NoCounter>() {
        return Refusal::NoCounter;
    }
    if error.is::<std::io::Error>() {
        return Refusal::Disk;
    }
    match error.downcast_ref::<EnrolFault>() {
        Some(EnrolFault::NotEnrolled) => Refusal::NoTicket,
        Some(EnrolFault::File { .. } | EnrolFault::Place(PlaceError::File { .. })) => Refusal::Disk,
        Some(EnrolFault::Place(PlaceError::Ticket(_))) => Refusal::Unknown,
        Some(EnrolFault::Place(PlaceError::Enrol(e))) => of_enrolment(e),
        _ => Refusal::Other(crate::hub::chain(error)),
    }
}

fn of_enrolment(error: &EnrolError) -> Refusal {
    match error {
        EnrolError::Refused { problem, .. } => match problem.code() {
            "token-used" => Refusal::Used,
            "token-expired" => Refusal::Expired,
            "token-unknown" => Refusal::Unknown,
            "token-other-device" => Refusal::OtherDevice,
            _ => Refusal::Other(problem.detail.clone()),
        },
        EnrolError::Ticket(_) => Refusal::Unknown,
        EnrolError::Clock { .. } => Refusal::Clock,
        EnrolError::SomebodyElse { .. }
        | EnrolError::OtherAuthority { .. }
        | EnrolError::OtherHost { .. }
        | EnrolError::NotAHub { .. }
        | EnrolError::AnswerOfAnother { .. } => Refusal::OtherHub,
        e => Refusal::Other(crate::hub::chain(e)),
    }
}
