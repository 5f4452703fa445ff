// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that nobody here wrote, fetched by `tests/peers/setup.sh` into `.tools`: our driver prints through the emupos
//! printer, and python-escpos and receiptio drive our simulator. Where a peer is missing its test passes with a note, or
//! fails when MOTCUA_REQUIRE_PEERS=1.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use motcua_hal::printer::profile::Proof;
use motcua_hal::printer::sim::{SimConfig, SimFault, SimPrinter, SimTransport};
use motcua_hal::printer::{Fault, JobState, Options, PrinterState, Profile};

use crate::bench::{Driver, QR_TEXT, Way, profile, quick, settle, sim_config, ticket};
use crate::paper::read_qr;
use crate::slip::{SLIP_QR, slip};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The peer's program in `.tools`, if it has been fetched.
fn peer(path: &str) -> Option<PathBuf> {
    let program = root().join(".tools").join(path);
    if program.exists() {
        return Some(program);
    }
    let required = std::env::var_os("MOTCUA_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(!required, "{} is missing: run tests/peers/setup.sh", program.display());
    println!("skipped: {} is missing, tests/peers/setup.sh fetches it", program.display());
    None
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// What a program says, whatever its exit status: receiptio's is not zero even when all is well.
fn say(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).trim().to_owned()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The emupos printer, in a directory of its own.
struct Emupos {
    program: PathBuf,
    process: Child,
    api: String,
    port: u16,
    directory: tempfile::TempDir,
}

impl Emupos {
    fn start(program: PathBuf) -> Emupos {
        let directory = tempfile::tempdir().unwrap();
        let (port, api_port) = (free_port(), free_port());
        let config = format!(
            "schema: 1\napi: {{ host: 127.0.0.1, port: {api_port} }}\ndevices:\n  - id: front\n    type: printer\n    \
             profile: xprinter-xp80t\n    connections:\n      - tcp: {{ port: {port} }}\n    \
             job_idle_timeout_ms: 500\n    receipts_dir: ./receipts\n"
        );
        std::fs::write(directory.path().join("emupos.yaml"), config).unwrap();
        let process = Command::new(&program)
            .arg("run")
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Emupos { program, process, api: format!("http://127.0.0.1:{api_port}"), port, directory }
    }

    fn fault(&self, action: &str, kind: &str) {
        run(Command::new(&self.program).args(["--api", &self.api, "fault", action, "front", kind]));
    }

    fn receipts(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.path().join("receipts")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if entry.path().extension().is_some_and(|extension| extension == "png") {
                    found.push(entry.path());
                }
            }
        }
        found
    }
}

impl Drop for Emupos {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The codes that a slow link gets, drawn at half resolution and in strips, as emupos puts them on paper and zbar reads
/// them.
#[test]
fn emupos_prints_the_small_pictures_as_we_mean_them() {
    let Some(program) = peer("emupos/bin/emupos") else { return };
    let slow = |name| Profile { fast_text: None, fast_hero: None, ..profile(name) };
    // emupos has neither GS ( H nor a Vietnamese page; the code is what is looked at.
    let strips = Profile { proof: Proof::QueuedStatus, ..slow("epson-tm") };
    for (what, profile) in [("half", slow("generic")), ("strips", strips)] {
        let emupos = Emupos::start(program.clone());
        let url = format!("tcp:127.0.0.1:{}", emupos.port).parse().unwrap();
        let options = Options { poll: Duration::from_millis(300), ..quick() };
        let mut driver = Driver::with_profile(url, profile, options);
        driver.wait_state("ready", PrinterState::ready);
        assert_eq!(driver.print_to_end(slip("A017")), JobState::Printed, "{what}");
        let begun = Instant::now();
        while emupos.receipts().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(10), "emupos wrote no receipt");
            driver.rounds(1);
        }
        let receipt = &emupos.receipts()[0];
        if let Ok(directory) = std::env::var("MOTCUA_PAPER_DIR") {
            std::fs::copy(receipt, format!("{directory}/emupos-{what}.png")).unwrap();
        }
        let read = run(Command::new("zbarimg").args(["--quiet", "--raw"]).arg(receipt));
        assert_eq!(read, SLIP_QR, "{what}");
    }
}

#[test]
fn our_driver_prints_through_emupos_and_understands_its_faults() {
    let Some(program) = peer("emupos/bin/emupos") else { return };
    let emupos = Emupos::start(program);
    let url = format!("tcp:127.0.0.1:{}", emupos.port).parse().unwrap();
    let options = Options { poll: Duration::from_millis(300), ..quick() };
    let mut driver = Driver::new(url, "xprinter-xp80", options);
    driver.wait_state("ready", PrinterState::ready);
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    let begun = Instant::now();
    while emupos.receipts().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "emupos wrote no receipt");
        driver.rounds(1);
    }
    let receipts = emupos.receipts();
    assert_eq!(receipts.len(), 1, "one slip: {receipts:?}");
    if let Ok(directory) = std::env::var("MOTCUA_PAPER_DIR") {
        std::fs::copy(&receipts[0], format!("{directory}/emupos.png")).unwrap();
    }
    let read = run(Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&receipts[0]));
    assert_eq!(read, QR_TEXT);
    for (kind, fault) in [("paper-out", Fault::PaperEnd), ("cover-open", Fault::CoverOpen)] {
        emupos.fault("set", kind);
        driver.wait_state(kind, |state| state.fault() == Some(fault));
        assert_eq!(driver.print_to_end(ticket()), JobState::Failed(fault));
        emupos.fault("clear", kind);
        driver.wait_state("ready again", PrinterState::ready);
    }
}

#[test]
fn python_escpos_drives_our_simulator() {
    let Some(python) = peer("python-escpos/bin/python") else { return };
    let sim = SimPrinter::start(sim_config("epson-tm", Way::Tcp, 20.0)).unwrap();
    let port = sim.url().to_string().rsplit(':').next().unwrap().to_owned();
    let script = root().join("tests/peers/drive_with_python_escpos.py");
    let drive = |what: &str| run(Command::new(&python).arg(&script).args(["127.0.0.1", &port, what]));
    assert_eq!(drive("status"), "online=True paper=2");
    sim.set_fault(SimFault::NearEnd);
    assert_eq!(drive("status"), "online=True paper=1");
    sim.clear_fault();
    sim.set_fault(SimFault::PaperEnd);
    assert_eq!(drive("status"), "online=False paper=0");
    sim.clear_fault();
    drive("print");
    settle(&sim);
    let slips = sim.slips();
    assert_eq!(slips.len(), 1);
    assert!(
        slips[0].text.contains("python-escpos\n") && slips[0].text.contains("one line"),
        "{:?}",
        slips[0].text
    );
    assert_eq!(slips[0].qr, ["https://motcua.example/peer"], "drawn by the printer");
    let mut read = read_qr(&slips[0]);
    read.sort();
    assert_eq!(read, ["https://motcua.example/drawn", "https://motcua.example/peer"]);
}

#[test]
fn receiptio_drives_our_simulator() {
    let Some(program) = peer("receiptio/node_modules/.bin/receiptio") else { return };
    // The port is fixed in receiptio.
    let transport = SimTransport::Tcp(SocketAddr::from(([127, 0, 0, 1], 9100)));
    let config = SimConfig { transport, time_scale: 20.0, ..SimConfig::tcp(profile("epson-tm")) };
    let sim = SimPrinter::start(config).expect("port 9100, which receiptio cannot change, must be free");
    let inquire = || say(Command::new(&program).args(["-d", "127.0.0.1", "-q"]));
    assert_eq!(inquire(), "online");
    sim.set_fault(SimFault::PaperEnd);
    assert_eq!(inquire(), "paperempty");
    sim.clear_fault();
    sim.set_fault(SimFault::CoverOpen);
    assert_eq!(inquire(), "coveropen");
    sim.clear_fault();
    let directory = tempfile::tempdir().unwrap();
    let receipt = directory.path().join("slip.receipt");
    std::fs::write(&receipt, "^^^RECEIPT\n\n{code:https://motcua.example/receiptio; option:qrcode,6,M}\n")
        .unwrap();
    let said = say(Command::new(&program).args(["-d", "127.0.0.1", "-c", "48"]).arg(&receipt));
    assert_eq!(said, "success");
    settle(&sim);
    let slips = sim.slips();
    assert_eq!(slips.len(), 1);
    assert!(slips[0].text.contains("RECEIPT"), "{:?}", slips[0].text);
    assert_eq!(read_qr(&slips[0]), ["https://motcua.example/receiptio"]);
}
