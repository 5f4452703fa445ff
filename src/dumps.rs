// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a crash leaves behind: nothing. A dump of memory would hold the card of
//! whoever stands before the machine, and lie on a disk for months.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core dump of this process, by the limit for files and by the flag that a dump handler of the system heeds as well.
/// Nobody but root can look into its memory from then on.
pub(crate) fn off() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let off =
        setrlimit(Resource::Core, none).and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(e) = off {
        tracing::error!(error = %e, "a crash of this process could leave its memory on the disk");
    }
}
