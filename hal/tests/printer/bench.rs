// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench that every test stands on: a ticket, a simulated printer, a driver, and the events in the order in which
//! they came.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use motcua_hal::printer::sim::{SimConfig, SimPrinter, SimTransport};
use motcua_hal::printer::{
    Align, Block, Document, JobId, JobState, Options, PrinterConfig, PrinterEvent, PrinterHandle,
    PrinterState, PrinterUrl, Profile, Style,
};

pub const QR_TEXT: &str = "https://motcua.example/t/0193c5a2-A017";

/// The ticket of the design.
pub fn ticket() -> Document {
    let text = |text: &str, style| Block::text(text, style, Align::Center);
    Document::new(vec![
        text("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", Style::Title),
        text("PHƯỜNG NGÔ QUYỀN", Style::Title),
        Block::Rule,
        text("SỐ THỨ TỰ", Style::Body),
        text("A017", Style::Hero),
        text("Chứng thực bản sao, chữ ký", Style::Strong),
        text("Quầy 2, 3", Style::Strong),
        text("Trước ông/bà: 4 người · Dự kiến chờ 10–15 phút", Style::Small),
        Block::Qr { data: QR_TEXT.to_owned(), size_mm: 22.0, beside: vec![] },
        text("Thứ Hai, 23/11/2026 14:05", Style::Body),
        text("Cảm ơn ông/bà đã chờ. Mời theo dõi số trên màn hình.", Style::Small),
        Block::Cut,
    ])
}

/// How a test reaches its printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Pty,
    Tcp,
}

pub fn profile(name: &str) -> Profile {
    Profile::builtin(name).unwrap()
}

/// A printer `scale` times faster than a real one.
pub fn sim_config(name: &str, way: Way, scale: f64) -> SimConfig {
    let config = match way {
        Way::Pty => SimConfig::pty(profile(name)),
        Way::Tcp => SimConfig::tcp(profile(name)),
    };
    SimConfig { time_scale: scale, ..config }
}

/// The same, plugged in. A pty is reached through a link that outlives a replug, as `/dev/serial/by-id` does: its own
/// number goes to whoever opens one next.
pub fn sim(name: &str, way: Way, scale: f64) -> SimPrinter {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut config = sim_config(name, way, scale);
    if way == Way::Pty {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let link = std::env::temp_dir().join(format!("motcua-test-{}-{number}", std::process::id()));
        config.transport = SimTransport::Pty { link: Some(link) };
    }
    SimPrinter::start(config).unwrap()
}

/// A pty printer behind that link.
pub fn sim_by_id(name: &str, scale: f64, link: std::path::PathBuf) -> SimPrinter {
    let transport = SimTransport::Pty { link: Some(link) };
    SimPrinter::start(SimConfig { transport, ..sim_config(name, Way::Pty, scale) }).unwrap()
}

/// Limits short enough for tests.
pub fn quick() -> Options {
    Options {
        poll: Duration::from_millis(100),
        reopen: Duration::from_millis(50),
        silence_limit: Duration::from_millis(1500),
        proof_limit: Duration::from_secs(6),
        ..Options::default()
    }
}

/// A driver and what it says.
pub struct Driver {
    pub handle: PrinterHandle,
    events: Receiver<PrinterEvent>,
    next_job: u128,
}

impl Driver {
    pub fn new(url: PrinterUrl, name: &str, options: Options) -> Driver {
        Driver::with_profile(url, profile(name), options)
    }

    pub fn with_profile(url: PrinterUrl, profile: Profile, options: Options) -> Driver {
        let (sender, events) = channel();
        let config = PrinterConfig { url, profile };
        let handle = PrinterHandle::spawn_with(config, options, move |event| {
            let _ = sender.send(event);
        });
        Driver { handle, events, next_job: 0x0193_C5A2_0000_7000_8000_0000_0000_0000 }
    }

    /// A driver that has found its printer ready.
    pub fn ready(url: PrinterUrl, name: &str, options: Options) -> Driver {
        let driver = Driver::new(url, name, options);
        driver.wait_state("ready", PrinterState::ready);
        driver
    }

    /// Waits until the printer's state is as `wanted` says.
    pub fn wait_state(&self, what: &str, wanted: impl Fn(&PrinterState) -> bool) -> PrinterState {
        let begun = Instant::now();
        loop {
            let state = self.handle.state();
            if wanted(&state) {
                return state;
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "never {what}: {state:?}");
            let _ = self.events.recv_timeout(Duration::from_millis(10));
        }
    }

    pub fn print(&mut self, document: Document) -> JobId {
        self.next_job += 0x1_0001;
        let job = JobId(self.next_job);
        self.handle.print(job, document);
        job
    }

    /// The next thing said of the job.
    pub fn next(&self, job: JobId, limit: Duration) -> Option<JobState> {
        let until = Instant::now() + limit;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if let Ok(PrinterEvent::Job { job: of, state }) = self.events.recv_timeout(left) {
                assert_eq!(of, job, "an event of another job");
                return Some(state);
            }
        }
        None
    }

    /// Waits until the job is said to be waiting, or has ended.
    pub fn stops(&self, job: JobId) -> JobState {
        loop {
            let state = self.next(job, Duration::from_secs(15)).expect("the job neither stops nor ends");
            if state != JobState::Sending {
                return state;
            }
        }
    }

    /// Waits for the end of the job.
    pub fn ends(&self, job: JobId) -> JobState {
        loop {
            let state = self.next(job, Duration::from_secs(20)).expect("the job never ends");
            if state.is_final() {
                return state;
            }
        }
    }

    /// Lets so many rounds of status questions pass, so that the driver has seen what the test has changed.
    pub fn rounds(&self, count: u32) {
        let until = Instant::now() + quick().poll * count;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let _ = self.events.recv_timeout(left);
        }
        self.wait_state("ready", PrinterState::ready);
    }

    /// Prints once the printer is ready again: a refused job is surely not on paper and may be given anew.
    pub fn print_when_ready(&mut self, document: &Document) -> JobState {
        for _ in 0..20 {
            self.wait_state("ready again", PrinterState::ready);
            let end = self.print_to_end(document.clone());
            if !matches!(end, JobState::Failed(_)) {
                return end;
            }
        }
        panic!("refused again and again");
    }

    pub fn print_to_end(&mut self, document: Document) -> JobState {
        let job = self.print(document);
        self.ends(job)
    }
}

/// Waits until the simulator has nothing left to do.
pub fn settle(sim: &SimPrinter) {
    let begun = Instant::now();
    let (_keep, never) = channel::<()>();
    loop {
        let _ = never.recv_timeout(Duration::from_millis(15));
        if sim.is_idle() || begun.elapsed() > Duration::from_secs(10) {
            let _ = never.recv_timeout(Duration::from_millis(15));
            if sim.is_idle() {
                return;
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(12), "the simulator never comes to rest");
    }
}
