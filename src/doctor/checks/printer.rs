// SPDX-License-Identifier: MIT OR Apache-2.0
//! The printer: as the running role says, or opened here and, when asked for,
//! with a slip that really comes out.

use crate::doctor::{Finding, Look, Words, slip};
use crate::kiosk::hands;
use motcua_hal::printer::{
    Document, Fault, JobId, JobState, Options, PrinterConfig, PrinterEvent, PrinterHandle, PrinterState,
    Profile,
};
use motcua_link::data::{Part, PartState};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A printer that is there answers within this time: its driver may have to open a silent link anew once or twice, as a
/// role let go of it a moment ago.
const ANSWER: Duration = Duration::from_secs(15);
/// A slip is out within this time.
const PAPER: Duration = Duration::from_secs(20);

pub fn printer(look: &Look) -> Finding {
    if let Some(part) = look.part("printer") {
        return super::told("printer", part);
    }
    let Some(config) = look.device.as_ref().and_then(|device| device.printer.as_ref()) else {
        return super::none_here("printer");
    };
    if look.in_use() {
        return super::in_use("printer");
    }
    let mut printer = match Printer::open(&config.url, &config.profile) {
        Ok(printer) => printer,
        Err(fault) => return fault,
    };
    let state = printer.state();
    if state.fault().is_some() || !look.slip {
        return said(&state, &config.url);
    }
    match printer.print(slip::test()) {
        JobState::Printed => Finding::pass(
            "printer",
            Words::new(
                "đã in phiếu thử; xem phiếu có rõ không",
                "a test slip was printed; look whether it is clear",
            ),
        ),
        JobState::Failed(fault) | JobState::Unknown(fault) | JobState::Waiting(fault) => {
            said_of(&printer.state(), Some(fault), &config.url)
        }
        JobState::Sending => said_of(&printer.state(), Some(Fault::NoProof), &config.url),
    }
}

/// What the printer's thread tells.
enum Told {
    State,
    Job(JobState),
}

/// A printer that nobody else uses.
pub struct Printer {
    handle: PrinterHandle,
    told: Receiver<Told>,
}

impl std::fmt::Debug for Printer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printer").field("handle", &self.handle).finish_non_exhaustive()
    }
}

impl Printer {
    /// Opens it; the finding says what is wrong with its address or its profile.
    pub fn open(url: &str, profile: &str) -> Result<Printer, Finding> {
        let (Ok(address), Some(profile)) = (url.parse(), Profile::builtin(profile)) else {
            let found = Words::new(
                format!("cài đặt không dùng được: {url}, {profile}"),
                format!("the settings cannot be used: {url}, {profile}"),
            );
            let to_do =
                Words::new("sửa mục [printer] trong motcua.toml", "mend the part [printer] of motcua.toml");
            return Err(Finding::fail("printer", found, to_do));
        };
        let (tell, told) = channel();
        let options = Options { proof_limit: PAPER, silence_limit: PAPER, ..Options::default() };
        let handle =
            PrinterHandle::spawn_with(PrinterConfig { url: address, profile }, options, move |event| {
                // Nobody listens to a printer whose test is over.
                let _ = tell.send(match event {
                    PrinterEvent::Job { state, .. } => Told::Job(state),
                    PrinterEvent::State(_) => Told::State,
                });
            });
        Ok(Printer { handle, told })
    }

    /// How it is, once it has answered or had time enough to.
    pub fn state(&self) -> PrinterState {
        let end = Instant::now() + ANSWER;
        loop {
            let state = self.handle.state();
            let silent = matches!(state.fault(), Some(Fault::NotAnswering | Fault::NotFound));
            let left = end.saturating_duration_since(Instant::now());
            if !silent || left.is_zero() {
                return state;
            }
            let _ = self.told.recv_timeout(left);
        }
    }

    /// Prints, and waits for the paper.
    pub fn print(&mut self, document: Document) -> JobState {
        self.handle.print(JobId(uuid::Uuid::now_v7().as_u128()), document);
        let end = Instant::now() + PAPER + ANSWER;
        let mut last = JobState::Sending;
        while let Ok(told) = self.told.recv_timeout(end.saturating_duration_since(Instant::now())) {
            let Told::Job(state) = told else { continue };
            last = state;
            // A slip that waits for paper would come out long after this test.
            if state.is_final() || matches!(state, JobState::Waiting(_)) {
                break;
            }
        }
        last
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.handle.shutdown(Duration::from_secs(1));
    }
}

fn said(state: &PrinterState, url: &str) -> Finding {
    said_of(state, None, url)
}

fn said_of(state: &PrinterState, of_job: Option<Fault>, url: &str) -> Finding {
    let (part, fault) = match of_job {
        Some(fault) => (PartState::Fault, Some(hands::fault_word(fault))),
        None => hands::printer(state),
    };
    let found = super::told("printer", &Part { state: part, fault: fault.map(str::to_owned) });
    match found.state {
        crate::doctor::Verdict::Pass => {
            Finding::pass("printer", Words::new(format!("sẵn sàng ({url})"), format!("ready ({url})")))
        }
        _ => found,
    }
}

/// Opens the printer and prints; says what is the matter otherwise.
pub fn put_out(url: &str, profile: &str, document: Document) -> Result<(), Words> {
    let mut printer = Printer::open(url, profile).map_err(|finding| finding.found)?;
    // A job that is given to a printer before it has answered would wait.
    if let Some(why) = printer.state().fault() {
        return Err(fault(why));
    }
    match printer.print(document) {
        JobState::Printed => Ok(()),
        JobState::Failed(why) | JobState::Unknown(why) | JobState::Waiting(why) => Err(fault(why)),
        JobState::Sending => Err(fault(Fault::NoProof)),
    }
}

/// What is the matter, for who asked for a slip.
fn fault(fault: Fault) -> Words {
    let (found, to_do) = super::fault_words(hands::fault_word(fault));
    Words::new(format!("{}: {}", found.vi, to_do.vi), format!("{}: {}", found.en, to_do.en))
}
