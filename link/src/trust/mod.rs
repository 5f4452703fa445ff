// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who speaks: keys, certificates, enrolment, mutual TLS, sealing.
