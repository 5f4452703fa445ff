// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall without its machines: configuration, queue, tickets and the
//! citizen's session as pure state machines.
//!
//! Nothing here reads a clock, draws a random number, opens a file or knows a
//! database, a screen or a network. Times and ids come in as arguments, so
//! every decision can be replayed.
//!
//! | module | what |
//! |---|---|
//! | [`hall`] | `hall.toml`: services, counters, hours, holidays, checked with line numbers |
//! | [`announce`] | what the waiting room hears, as clips |
//! | [`citizen`] | what a citizen who helps himself asks for, and the answers |
//! | [`day`] | business day and opening hours |
//! | [`label`] | series and printed labels |
//! | [`misspelt`] | which key of a file was meant |
//! | [`queue`] | `decide(state, command, now) -> events`, `apply` |
//! | [`estimate`] | waiting time range from service times |
//! | [`feed`] | pictures for the devices of the waiting room and the desks |
//! | [`display`] | the waiting room's screen: every call its time, notices, counts |
//! | [`panel`] | the rating panel at a desk: one rating for each session |
//! | [`scan`] | what a scanner or a card's chip gave: ID cards, codes, everything else refused kindly |
//! | [`score`] | satisfaction rates, the nine indices, the satisfaction group |
//! | [`session`] | one citizen at the glass: intents in, effects out |
//! | [`view`] | what the glass shows, as data |
//! | [`fold`] | accent-less search |
//! | [`pay`] | payments to the account of the hall as VietQR codes |
//! | [`procedures`] | what a citizen brings for which procedure |
//! | [`search`] | finding a procedure with slips |
//! | [`toml_words`] | what the TOML reader says, for people |
//! | [`typing`] | Telex and VNI |

pub mod announce;
pub mod citizen;
pub mod day;
pub mod display;
pub mod estimate;
pub mod feed;
pub mod fold;
pub mod hall;
pub mod label;
pub mod misspelt;
pub mod panel;
pub mod pay;
pub mod procedures;
pub mod queue;
pub mod scan;
pub mod score;
pub mod search;
pub mod session;
pub mod toml_words;
pub mod typing;
pub mod view;
