// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device application and the site hub.
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`client`] | a device's way to the hub |
//! | [`clock`] | the device's wall clock |
//! | [`devices`] | the waiting room's display and voice, the rating panel |
//! | [`enrolled`] | certificates: of a hub at its central, of a device at its hub |
//! | [`store`] | the hub's SQLite file |
//! | [`hub`] | the single writer and its HTTP API |
//! | [`doctor`] | the self-test of a device |
//! | `disk` | small files that survive a power cut |
//! | `dumps` | no core dumps |
//! | [`province`] | what the hall knows from the provincial system |
//! | [`citizen`] | what a kiosk asks for its citizens, on both sides |
//! | [`kiosk`] | the ticket kiosk: session, glass, hub link and paper tied together |
//! | [`readers`] | scans and cards on the command line |
//! | [`setup`] | the first-run screen, and the one that waits for a hub |
//! | [`start`] | a role as the device's settings say it |
//! | [`machine`] | the settings of one device, `motcua.toml` |
//! | [`steward`] | the one process that is root: provisioning, technician's lock, sticks |
//! | [`staff`] | accounts, sign-in, versions of the hall's configuration |
//! | [`reports`] | figures and ratings of days that were |
//! | [`console`] | the pages for officers, managers and the waiting room's TV |
//! | [`voice`] | the sound of an announcement |
//! | [`aloud`] | the screens read aloud |
//! | [`uplink`] | reports of the hall to the central, of devices to the hub |
//! | [`technician`] | the technician's way in and menu |
//! | [`watch`] | whether a role really works: state file, watchdog |
//! | [`ui`] | the Rust side of the screens |
//! | `sim` | the bench (feature `sim`) |

#[cfg(not(any(feature = "sim", feature = "desktop", feature = "linuxkms")))]
compile_error!("choose where the screen is: --features sim, desktop or linuxkms");

#[macro_use]
extern crate rust_i18n;

// The words of the pages; those of the screens are in `lang/`.
i18n!("locales", fallback = "vi");

pub mod aloud;
pub mod citizen;
pub mod cli;
pub mod client;
pub mod clock;
pub mod console;
pub mod devices;
mod disk;
pub mod doctor;
mod dumps;
pub mod enrolled;
pub mod hub;
pub mod kiosk;
pub mod machine;
pub mod province;
pub mod readers;
pub mod reports;
pub mod setup;
#[cfg(feature = "sim")]
pub mod sim;
pub mod staff;
pub mod start;
pub mod steward;
pub mod store;
pub mod technician;
pub mod ui;
pub mod uplink;
pub mod voice;
pub mod watch;
