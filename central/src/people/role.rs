// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a role may do.

/// What a person is to the province.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Everything.
    Province,
    /// Sees, compares and configures the halls it is bound to.
    HallManager,
    /// Reads reports and the audit log, changes nothing.
    Auditor,
    /// Devices, alarms, enrolment.
    Technician,
}

/// What a page needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See halls, figures, ratings, feedback.
    Reports,
    /// See devices and alarms.
    Devices,
    /// Mark alarms as seen.
    Tend,
    /// Let devices in, take them back, tell them what to do.
    Operate,
    /// Configurations of halls.
    Configure,
    /// Changes for many halls at once.
    Rollouts,
    /// Read the audit log.
    Audit,
    /// Change accounts.
    People,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Province, Role::HallManager, Role::Auditor, Role::Technician];

    /// As it is kept and sent.
    pub fn word(self) -> &'static str {
        match self {
            Role::Province => "province",
            Role::HallManager => "hall-manager",
            Role::Auditor => "auditor",
            Role::Technician => "technician",
        }
    }

    /// As it is kept and sent; nothing else.
    pub fn read(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.word() == word)
    }

    /// It must be bound to halls.
    pub fn is_bound(self) -> bool {
        self == Role::HallManager
    }

    /// Whether it may.
    pub fn may(self, right: Right) -> bool {
        match self {
            Role::Province => true,
            Role::HallManager => {
                matches!(right, Right::Reports | Right::Devices | Right::Tend | Right::Configure)
            }
            Role::Auditor => matches!(right, Right::Reports | Right::Audit),
            Role::Technician => matches!(right, Right::Devices | Right::Tend | Right::Operate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_the_province_changes_people_and_an_auditor_changes_nothing() {
        for role in Role::ALL {
            assert_eq!(role.may(Right::People), role == Role::Province);
            assert_eq!(role.may(Right::Rollouts), role == Role::Province);
            assert_eq!(Role::read(role.word()), Some(role));
        }
        assert!(!Role::Auditor.may(Right::Tend) && Role::Auditor.may(Right::Audit));
        assert!(Role::Technician.may(Right::Operate) && !Role::Technician.may(Right::Configure));
        assert!(Role::HallManager.may(Right::Configure) && !Role::HallManager.may(Right::Operate));
        assert!(!Role::HallManager.may(Right::Audit) && !Role::Technician.may(Right::Reports));
    }
}
