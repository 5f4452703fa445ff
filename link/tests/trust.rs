// SPDX-License-Identifier: MIT OR Apache-2.0
//! Trust over real TLS on the loopback interface: the one integration binary.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by stopping")]

mod trust {
    mod authority;
    mod enrolment;
    mod files;
    mod impostors;
    mod lines;
    mod serving;
    mod support;
}
