// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding, losing and finding again: printers that are absent, refuse, vanish, come back under their name, or sit there
//! and say nothing.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use motcua_hal::printer::sim::SimFault;
use motcua_hal::printer::transport::{ErrorKind, Roots, open};
use motcua_hal::printer::{Fault, JobId, JobState, Link, Options, PrinterState, PrinterUrl};

use crate::bench::{Driver, Way, quick, settle, sim, sim_by_id, ticket};

#[test]
fn a_printer_that_is_absent_at_the_start_is_found_when_it_comes() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("usb-printer");
    let url: PrinterUrl = format!("serial:{}", link.display()).parse().unwrap();
    let mut driver = Driver::new(url, "epson-tm", quick());
    driver.wait_state("absent", |state| state.fault() == Some(Fault::NotFound));
    assert_eq!(driver.print_to_end(ticket()), JobState::Failed(Fault::NotFound));
    let sim = sim_by_id("epson-tm", 8.0, link);
    driver.wait_state("ready", PrinterState::ready);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    assert_eq!(sim.slips().len(), 1);
}

#[test]
fn unplugged_and_plugged_in_again_it_is_found_under_its_name() {
    for way in [Way::Pty, Way::Tcp] {
        let sim = sim("epson-tm", way, 8.0);
        let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
        for round in 0..3 {
            sim.set_fault(SimFault::Unplug);
            driver.wait_state("lost", |state| state.fault() == Some(Fault::NotFound));
            sim.clear_fault();
            driver.wait_state("found again", PrinterState::ready);
            assert_eq!(driver.print_to_end(ticket()), JobState::Printed, "{way:?} round {round}");
        }
        assert_eq!(sim.slips().len(), 3, "{way:?}");
    }
}

/// Runs a test over a pty and over TCP at the same time.
fn both_ways(test: fn(Way)) {
    std::thread::scope(|scope| {
        for way in [Way::Pty, Way::Tcp] {
            scope.spawn(move || test(way));
        }
    });
}

#[test]
fn a_power_cycle_is_survived_and_automatic_status_works_again() {
    both_ways(|way| {
        let sim = sim("epson-tm", way, 0.5);
        let slow_poll = Options { poll: Duration::from_secs(1), ..quick() };
        let mut driver = Driver::ready(sim.url(), "epson-tm", slow_poll);
        sim.power_cycle();
        driver.wait_state("gone", |state| !state.ready());
        driver.wait_state("back", PrinterState::ready);
        // A round of questions takes up to a second; automatic status is there at once.
        driver.rounds(3);
        sim.set_fault(SimFault::CoverOpen);
        let set = Instant::now();
        driver.wait_state("open", |state| state.cover_open);
        assert!(set.elapsed() < Duration::from_millis(700), "{way:?}: {:?}", set.elapsed());
        sim.clear_fault();
        driver.wait_state("closed", PrinterState::ready);
        assert_eq!(driver.print_to_end(ticket()), JobState::Printed, "{way:?}");
    });
}

#[test]
fn power_lost_in_the_middle_of_a_ticket_is_never_called_printed() {
    both_ways(|way| {
        let sim = sim("epson-tm", way, 0.5);
        let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
        let job = driver.print(ticket());
        assert_eq!(driver.next(job, Duration::from_secs(1)), Some(JobState::Sending));
        let _ = driver.next(job, Duration::from_millis(150));
        sim.power_cycle();
        let end = driver.ends(job);
        assert!(matches!(end, JobState::Unknown(_)), "{way:?}: {end:?}");
        assert_eq!(driver.print_when_ready(&ticket()), JobState::Printed, "{way:?}");
    });
}

#[test]
fn the_first_byte_leaves_soon_after_the_call() {
    for (way, profile) in [(Way::Pty, "epson-tm"), (Way::Pty, "xprinter-xp80"), (Way::Tcp, "generic")] {
        let sim = sim(profile, way, 20.0);
        let mut driver = Driver::ready(sim.url(), profile, quick());
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            sim.clear_raw();
            let begun = Instant::now();
            let job = driver.print(ticket());
            while !sim.raw_bytes().windows(2).any(|pair| pair == b"\x1B@") {
                assert!(begun.elapsed() < Duration::from_secs(2), "{profile}: no byte");
                std::thread::yield_now();
            }
            slowest = slowest.max(begun.elapsed());
            assert_eq!(driver.ends(job), JobState::Printed);
        }
        println!("{profile} {way:?}: the slowest first byte after {slowest:?}");
        assert!(slowest < Duration::from_millis(300), "{profile} {way:?}: {slowest:?}");
    }
}

#[test]
fn an_open_port_that_says_nothing_is_not_answering() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: PrinterUrl = format!("tcp:{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut driver = Driver::new(url, "epson-tm", quick());
    // Takes the bytes and is silent, as a print server without a printer.
    let (mut stream, _) = listener.accept().unwrap();
    driver.wait_state("silent", |state| state.link == Link::Silent);
    assert_eq!(driver.handle.state().fault(), Some(Fault::NotAnswering));
    let mut got = [0; 64];
    let count = stream.read(&mut got).unwrap();
    assert_eq!(got[..3], [0x10, 0x04, 0x01], "{:?}", &got[..count]);
    assert_eq!(driver.print_to_end(ticket()), JobState::Failed(Fault::NotAnswering));
}

#[test]
fn a_serial_line_that_has_gone_dumb_is_opened_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (line, behind) = (directory.path().join("line"), directory.path().join("behind"));
    let dumb = sim("epson-tm", Way::Pty, 8.0);
    let PrinterUrl::Serial { path, .. } = dumb.url() else { panic!("a pty is a serial line") };
    symlink(path, &line).unwrap();
    let url: PrinterUrl = format!("serial:{}", line.display()).parse().unwrap();
    let mut driver = Driver::ready(url, "epson-tm", quick());
    // As an adapter that hands on nothing more until its port is opened anew.
    dumb.set_fault(SimFault::Silence);
    driver.wait_state("silent", |state| state.link == Link::Silent);
    let sim = sim_by_id("epson-tm", 8.0, behind.clone());
    std::fs::remove_file(&line).unwrap();
    symlink(&behind, &line).unwrap();
    driver.wait_state("ready", PrinterState::ready);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    assert_eq!((dumb.slips().len(), sim.slips().len()), (0, 1));
}

#[test]
fn a_connection_that_takes_no_bytes_is_waited_for_without_blocking() {
    let sim = sim("generic", Way::Tcp, 8.0);
    let mut driver =
        Driver::ready(sim.url(), "generic", Options { wait_limit: Duration::from_secs(3), ..quick() });
    sim.fault_at_byte(2000, SimFault::Hang);
    // A picture too large for the kernel's buffers of a connection that nobody reads.
    let mut large = ticket();
    let hero = large.blocks[4].clone();
    large.blocks.splice(4..4, std::iter::repeat_n(hero, 400));
    let job = driver.print(large);
    let asked = Instant::now();
    let _ = driver.handle.state();
    assert!(asked.elapsed() < Duration::from_millis(50), "state never blocks");
    let waiting = driver.stops(job);
    assert!(matches!(waiting, JobState::Waiting(_)), "{waiting:?}");
    assert!(matches!(driver.ends(job), JobState::Unknown(_)));
}

#[test]
fn a_printer_is_found_by_its_usb_ids() {
    let directory = tempfile::tempdir().unwrap();
    let roots = Roots { sys: directory.path().join("sys"), dev: directory.path().join("dev") };
    let node = roots.dev.join("usb");
    std::fs::create_dir_all(&node).unwrap();
    // Two printers as sysfs shows them: the class entry is a link, the ids stand one level above the interface.
    for (name, port, vendor, product) in [("lp0", "1-1", "0519", "0003"), ("lp1", "1-2", "04b8", "0e15")] {
        let device = roots.sys.join("devices/usb1").join(port);
        let class = device.join(format!("{port}:1.0/usbmisc")).join(name);
        std::fs::create_dir_all(&class).unwrap();
        std::fs::write(device.join("idVendor"), format!("{vendor}\n")).unwrap();
        std::fs::write(device.join("idProduct"), format!("{product}\n")).unwrap();
        // The link that the kernel makes: from the class entry up to the interface.
        symlink(device.join(format!("{port}:1.0")), class.join("device")).unwrap();
        let entry = roots.sys.join("class/usbmisc");
        std::fs::create_dir_all(&entry).unwrap();
        symlink(&class, entry.join(name)).unwrap();
    }
    let sim = sim_by_id("epson-tm", 8.0, node.join("lp1"));
    let options = Options { roots: roots.clone(), ..quick() };
    let mut driver = Driver::ready("usb:04b8:0e15".parse().unwrap(), "epson-tm", options);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    assert_eq!(sim.slips().len(), 1);
    let error = open(&"usb:04b8:0202".parse().unwrap(), &roots).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "no printer is plugged in as usb:04b8:0202");
}

#[test]
fn failures_to_open_have_a_kind_and_name_the_place() {
    let roots = Roots::default();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in
        [format!("tcp:{free}"), "serial:/dev/no-such-line".to_owned(), "usb:/dev/usb/no-such-lp".to_owned()]
    {
        let error = open(&url.parse().unwrap(), &roots).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{url}: {error}");
        let place = url.split_once(':').unwrap().1.split('?').next().unwrap();
        assert!(error.to_string().contains(place), "{url}: {error}");
    }
}

#[test]
fn jobs_follow_each_other_in_order_and_shutdown_waits_for_the_last() {
    let sim = sim("epson-tm", Way::Pty, 8.0);
    let driver = Driver::ready(sim.url(), "epson-tm", quick());
    for number in 1..=3u128 {
        driver.handle.print(JobId(number), ticket());
    }
    // The first is on its way; those behind it are refused when the program ends.
    driver.wait_state("printing", |_| !sim.is_idle());
    driver.handle.shutdown(Duration::from_secs(5));
    settle(&sim);
    assert_eq!(sim.slips().len(), 1);
}

#[test]
fn a_queue_of_tickets_prints_in_order() {
    let sim = sim("epson-tm", Way::Tcp, 20.0);
    let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
    let first = driver.print(ticket());
    let second = driver.print(ticket());
    assert_eq!(driver.ends(first), JobState::Printed);
    assert_eq!(driver.ends(second), JobState::Printed);
    assert_eq!(sim.slips().len(), 2);
}

#[test]
fn a_presenter_shows_its_slip_and_draws_it_back() {
    let sim = sim("custom-vkp80", Way::Pty, 8.0);
    let mut profile = crate::bench::profile("custom-vkp80");
    if let Some(presenter) = profile.presenter.as_mut() {
        presenter.retract_after_s = 1;
    }
    let mut driver = Driver::with_profile(sim.url(), profile, quick());
    driver.wait_state("ready", PrinterState::ready);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    driver.wait_state("presented", |state| state.slip_waiting);
    driver.wait_state("drawn back", |state| !state.slip_waiting);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    driver.wait_state("presented", |state| state.slip_waiting);
    sim.take_slip();
    driver.wait_state("taken", |state| !state.slip_waiting);
}
