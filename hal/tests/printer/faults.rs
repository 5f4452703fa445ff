// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every fault at every chunk of a ticket, over a pty and over TCP. Whatever happens: never a second slip, and what is said
//! of the job is true. *Printed*: exactly one whole slip. *Failed*: none, now or later. When the fault is gone the
//! next ticket prints without a restart.

use std::time::Duration;

use motcua_hal::printer::sim::{SimFault, SimPrinter, SimSlip};
use motcua_hal::printer::{Fault, JobState, Options, PrinterState};

use crate::bench::{Driver, QR_TEXT, Way, quick, settle, sim, ticket};
use crate::paper::read_qr;

/// Where in the ticket a fault strikes, in bytes from the moment at which the job is given. The status questions count
/// too, so the places differ a little from run to run, which is wanted.
const PLACES: [usize; 9] = [1, 5, 60, 400, 1100, 1900, 2700, 3300, 3550];

/// How long a fault lasts before someone puts it right.
const REPAIR: Duration = Duration::from_millis(450);

/// Whole tickets among the slips, and pieces of tickets.
fn count(sim: &SimPrinter) -> (usize, usize) {
    let inked: Vec<_> = sim.slips().into_iter().filter(SimSlip::has_ink).collect();
    let whole = inked.iter().filter(|slip| is_whole(slip)).count();
    (whole, inked.len() - whole)
}

/// A ticket is whole when its head, its QR and its last line are on one slip: as many inked rows as a good one has.
fn is_whole(slip: &SimSlip) -> bool {
    let inked = (0..slip.image.height()).filter(|&y| !slip.image.row_is_blank(y)).count();
    read_qr(slip) == [QR_TEXT] && inked > 480
}

struct Case {
    name: &'static str,
    way: Way,
    fault: SimFault,
    place: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {:?} {} at byte {}", self.name, self.way, self.fault.name(), self.place)
    }
}

/// One fault at one place: prints, repairs, checks what is said against what came out, prints again.
fn strike(case: &Case) {
    let sim = sim(case.name, case.way, 8.0);
    let mut driver = Driver::ready(sim.url(), case.name, quick());
    sim.fault_at_byte(case.place, case.fault);
    let job = driver.print(ticket());
    let mut said = driver.next(job, REPAIR);
    while let Some(state) = said
        && !state.is_final()
    {
        said = driver.next(job, REPAIR);
    }
    if case.fault == SimFault::Unrecoverable {
        sim.power_cycle();
    }
    sim.clear_fault();
    let end = said.unwrap_or_else(|| driver.ends(job));
    driver.wait_state("ready again", PrinterState::ready);
    driver.rounds(3);
    settle(&sim);
    let (whole, pieces) = count(&sim);
    assert!(whole <= 1, "{case}: {whole} slips of one job");
    match end {
        JobState::Printed => assert_eq!((whole, pieces), (1, 0), "{case}: said to be printed"),
        JobState::Failed(_) => assert_eq!((whole, pieces), (0, 0), "{case}: said to have failed"),
        JobState::Unknown(_) => {}
        other => panic!("{case}: {other:?} is no end"),
    }
    let again = driver.print_when_ready(&ticket());
    settle(&sim);
    let (whole_after, _) = count(&sim);
    assert_eq!(again, JobState::Printed, "{case}: the next ticket");
    assert_eq!(whole_after, whole + 1, "{case}: the next ticket is one whole slip");
}

/// The whole row of places for one fault, several printers at a time.
fn strike_everywhere(name: &'static str, fault: SimFault) {
    let cases: Vec<Case> = [Way::Pty, Way::Tcp]
        .into_iter()
        .flat_map(|way| PLACES.map(|place| Case { name, way, fault, place }))
        .collect();
    std::thread::scope(|scope| {
        for case in &cases {
            scope.spawn(move || strike(case));
        }
    });
}

macro_rules! every_place {
    ($($test:ident: $profile:literal, $fault:ident;)*) => {
        $(#[test]
        fn $test() {
            strike_everywhere($profile, SimFault::$fault);
        })*
    };
}

every_place! {
    paper_end_with_process_id: "epson-tm", PaperEnd;
    paper_end_with_queued_status: "xprinter-xp80", PaperEnd;
    near_end: "epson-tm", NearEnd;
    cover_open: "epson-tm", CoverOpen;
    cover_open_with_queued_status: "xprinter-xp80", CoverOpen;
    cutter_stuck: "epson-tm", Cutter;
    cutter_stuck_with_queued_status: "xprinter-xp80", Cutter;
    cutter_jam: "epson-tm", CutterJam;
    offline: "xprinter-xp80", Offline;
    overheated: "epson-tm", Overheated;
    silence: "epson-tm", Silence;
    silence_with_queued_status: "xprinter-xp80", Silence;
    hang: "xprinter-xp80", Hang;
    garbage: "epson-tm", Garbage;
    garbage_with_queued_status: "xprinter-xp80", Garbage;
    unplug: "epson-tm", Unplug;
    unplug_with_queued_status: "xprinter-xp80", Unplug;
    unrecoverable: "epson-tm", Unrecoverable;
    custom_paper_end: "custom-vkp80", PaperEnd;
    custom_cutter: "custom-vkp80", Cutter;
}

#[test]
fn paper_end_is_waited_for_and_the_printer_goes_on_with_its_own_buffer() {
    for way in [Way::Pty, Way::Tcp] {
        let sim = sim("epson-tm", way, 4.0);
        let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
        sim.clear_raw();
        sim.fault_at_byte(1500, SimFault::PaperEnd);
        let job = driver.print(ticket());
        assert_eq!(driver.stops(job), JobState::Waiting(Fault::PaperEnd), "{way:?}");
        assert_eq!(sim.slips().len(), 0);
        sim.clear_fault();
        assert_eq!(driver.ends(job), JobState::Printed, "{way:?}");
        assert_eq!(count(&sim), (1, 0), "{way:?}");
        // The hero's bytes went over the line once.
        let sent = sim.raw_bytes();
        assert_eq!(sent.windows(2).filter(|pair| pair == b"\x1B@").count(), 1, "{way:?}");
    }
}

#[test]
fn a_printer_that_is_not_ready_gets_nothing() {
    for (fault, said) in [
        (SimFault::PaperEnd, Fault::PaperEnd),
        (SimFault::CoverOpen, Fault::CoverOpen),
        (SimFault::Offline, Fault::Offline),
        (SimFault::Overheated, Fault::Overheated),
        (SimFault::Unrecoverable, Fault::Unrecoverable),
    ] {
        let sim = sim("epson-tm", Way::Pty, 8.0);
        let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
        sim.set_fault(fault);
        driver.wait_state("stopped", |state| state.fault() == Some(said));
        sim.clear_raw();
        let begun = std::time::Instant::now();
        assert_eq!(driver.print_to_end(ticket()), JobState::Failed(said));
        assert!(begun.elapsed() < Duration::from_millis(100), "refused at once");
        assert!(!sim.raw_bytes().windows(2).any(|pair| pair == b"\x1B@"), "{said:?}: something was sent");
    }
}

#[test]
fn near_end_is_seen_and_prints_on() {
    let sim = sim("xprinter-xp80", Way::Tcp, 8.0);
    let mut driver = Driver::ready(sim.url(), "xprinter-xp80", quick());
    sim.set_fault(SimFault::NearEnd);
    driver.wait_state("near its end", |state| state.near_end() && state.ready());
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
}

#[test]
fn a_wait_without_end_ends_as_unknown_and_the_stale_slip_never_comes() {
    let sim = sim("epson-tm", Way::Pty, 8.0);
    let options = Options { wait_limit: Duration::from_millis(400), ..quick() };
    let mut driver = Driver::ready(sim.url(), "epson-tm", options);
    sim.fault_at_byte(2000, SimFault::PaperEnd);
    assert_eq!(driver.print_to_end(ticket()), JobState::Unknown(Fault::PaperEnd));
    sim.clear_fault();
    driver.wait_state("ready again", PrinterState::ready);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    settle(&sim);
    assert_eq!(count(&sim).0, 1, "only the second ticket is whole");
}

#[test]
fn a_jam_of_the_cutter_is_freed_by_command_and_the_slip_is_printed_once() {
    let sim = sim("epson-tm", Way::Pty, 8.0);
    let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
    sim.set_fault(SimFault::CutterJam);
    let job = driver.print(ticket());
    assert_eq!(driver.ends(job), JobState::Printed);
    assert_eq!(count(&sim), (1, 0));
}

#[test]
fn an_unrecoverable_error_ends_the_job_as_unknown_at_once() {
    let sim = sim("epson-tm", Way::Tcp, 8.0);
    let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
    sim.fault_at_byte(1000, SimFault::Unrecoverable);
    let begun = std::time::Instant::now();
    assert_eq!(driver.print_to_end(ticket()), JobState::Unknown(Fault::Unrecoverable));
    assert!(begun.elapsed() < Duration::from_secs(2));
}
