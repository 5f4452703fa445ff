// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated printer's body: receive buffer, faults, status bytes, and the time that a line and a motor take. What a
//! command in the buffer does is in `interpret`; what comes out is in `paper`.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use super::interpret::Interpreter;
use super::paper::PaperPath;
use super::{SimConfig, SimFault};
use crate::printer::profile::Profile;

/// Seconds that a printer takes from power-on to its first answer.
const BOOT_S: f64 = 1.0;
/// Rows per millimetre.
const ROWS_PER_MM: f64 = 8.0;

pub(super) struct Machine {
    pub(super) profile: Profile,
    /// Bytes for the driver.
    pub(super) answers: Vec<u8>,
    /// Everything that has arrived.
    pub(super) raw: Vec<u8>,
    pub(super) paper: PaperPath,
    pub(super) stop: bool,
    /// The cable has been pulled since the port last looked.
    pub(super) pulled: bool,
    /// The other end of a network connection has gone with the power.
    pub(super) drop_connection: bool,
    interpreter: Interpreter,
    buffer: VecDeque<u8>,
    buffer_bytes: usize,
    /// The last bytes that arrived, for real-time commands.
    recent: VecDeque<u8>,
    faults: BTreeSet<SimFault>,
    trigger: Option<(usize, SimFault)>,
    /// The blade is stuck half way; printing has stopped.
    pub(super) cutter_error: bool,
    pub(super) asb: u8,
    asb_sent: Option<[u8; 4]>,
    time_scale: f64,
    mm_per_s: f64,
    bytes_per_s: Option<f64>,
    line_credit: f64,
    line_since: Instant,
    /// Until when the motor turns for what has been taken from the buffer.
    motor_until: Instant,
    booting_until: Option<Instant>,
    noise: u32,
}

impl Machine {
    pub(super) fn new(config: SimConfig) -> Machine {
        let now = Instant::now();
        let scale = config.time_scale.max(0.001);
        Machine {
            answers: Vec::new(),
            raw: Vec::new(),
            paper: PaperPath::new(usize::from(config.profile.width_dots)),
            stop: false,
            pulled: false,
            drop_connection: false,
            interpreter: Interpreter::new(&config.profile),
            buffer: VecDeque::new(),
            buffer_bytes: config.buffer_bytes.max(64),
            recent: VecDeque::new(),
            faults: BTreeSet::new(),
            trigger: None,
            cutter_error: false,
            asb: 0,
            asb_sent: None,
            time_scale: scale,
            mm_per_s: config.print_mm_per_s.unwrap_or(f64::from(config.profile.speed_mm_s)) * scale,
            bytes_per_s: config.baud.map(|baud| f64::from(baud) / 10.0 * scale),
            line_credit: 0.0,
            line_since: now,
            motor_until: now,
            booting_until: None,
            noise: 0x2545_F491,
            profile: config.profile,
        }
    }

    pub(super) fn set_fault(&mut self, fault: SimFault) {
        self.pulled |= fault == SimFault::Unplug;
        self.faults.insert(fault);
    }

    pub(super) fn fault_at(&mut self, bytes: usize, fault: SimFault) {
        if bytes == 0 {
            self.set_fault(fault);
        } else {
            self.trigger = Some((bytes, fault));
        }
    }

    pub(super) fn clear(&mut self, fault: SimFault) {
        if fault != SimFault::Unrecoverable {
            self.faults.remove(&fault);
        }
        if matches!(fault, SimFault::Cutter | SimFault::CutterJam) {
            self.cutter_error = false;
        }
    }

    pub(super) fn clear_faults(&mut self) {
        self.trigger = None;
        self.cutter_error = false;
        self.faults.retain(|fault| *fault == SimFault::Unrecoverable);
    }

    pub(super) fn faults(&self) -> Vec<SimFault> {
        self.faults.iter().copied().collect()
    }

    pub(super) fn has(&self, fault: SimFault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn plugged(&self) -> bool {
        !self.has(SimFault::Unplug)
    }

    pub(super) fn power_cycle(&mut self) {
        self.buffer.clear();
        self.recent.clear();
        self.answers.clear();
        self.interpreter = Interpreter::new(&self.profile);
        self.paper.lose_line();
        self.asb = 0;
        self.asb_sent = None;
        self.cutter_error = false;
        self.faults.remove(&SimFault::Unrecoverable);
        self.faults.remove(&SimFault::Hang);
        self.drop_connection = true;
        self.booting_until = Some(Instant::now() + Duration::from_secs_f64(BOOT_S / self.time_scale));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.buffer.is_empty() && self.motor_until <= Instant::now()
    }

    fn booting(&mut self, now: Instant) -> bool {
        self.booting_until = self.booting_until.filter(|until| now < *until);
        self.booting_until.is_some()
    }

    /// Whether nothing is printed at present.
    fn stopped(&self) -> bool {
        const STOPPING: [SimFault; 6] = [
            SimFault::PaperEnd,
            SimFault::CoverOpen,
            SimFault::Offline,
            SimFault::Overheated,
            SimFault::Unrecoverable,
            SimFault::Hang,
        ];
        self.cutter_error || STOPPING.iter().any(|fault| self.has(*fault))
    }

    /// How many bytes the line could have brought by now and the buffer has room for.
    pub(super) fn room(&mut self, now: Instant) -> usize {
        if self.has(SimFault::Hang) || !self.plugged() {
            return 0;
        }
        let free = self.buffer_bytes - self.buffer.len().min(self.buffer_bytes);
        let Some(rate) = self.bytes_per_s else { return free };
        let grown = now.saturating_duration_since(self.line_since).as_secs_f64() * rate;
        // A quiet line saves nothing up beyond a few milliseconds.
        self.line_credit = (self.line_credit + grown).min((rate * 0.004).max(2.0));
        self.line_since = now;
        free.min(self.line_credit as usize)
    }

    pub(super) fn receive(&mut self, bytes: &[u8], now: Instant) {
        if self.bytes_per_s.is_some() {
            self.line_credit -= bytes.len() as f64;
        }
        if self.booting(now) {
            return;
        }
        for &byte in bytes {
            self.raw.push(byte);
            self.buffer.push_back(byte);
            self.real_time(byte);
            if let Some((left, fault)) = self.trigger.as_mut() {
                *left -= 1;
                if *left == 0 {
                    let fault = *fault;
                    self.trigger = None;
                    self.set_fault(fault);
                    if fault == SimFault::Unplug {
                        // What was still in the cable is gone.
                        return;
                    }
                }
            }
        }
    }

    /// Does what the time that has passed allows.
    pub(super) fn run(&mut self, now: Instant) {
        if self.booting(now) || self.has(SimFault::Hang) {
            return;
        }
        while !self.stopped() && self.motor_until <= now {
            let mut interpreter = std::mem::take(&mut self.interpreter);
            let mut buffer = std::mem::take(&mut self.buffer);
            let step = interpreter.step(&mut buffer, self);
            self.interpreter = interpreter;
            self.buffer = buffer;
            let Some(rows) = step else { break };
            let took = Duration::from_secs_f64(rows as f64 / ROWS_PER_MM / self.mm_per_s);
            // The motor's time runs on from where it was, so that many short steps add up exactly.
            let rested = now.checked_sub(Duration::from_millis(5)).unwrap_or(now);
            self.motor_until = self.motor_until.max(rested) + took;
        }
        self.report_change();
        if self.has(SimFault::Garbage) && self.random().is_multiple_of(8) {
            let noise = self.random() as u8;
            self.answers.push(noise);
        }
        if self.has(SimFault::Silence) {
            self.answers.clear();
        }
    }

    /// When something happens by itself next.
    pub(super) fn next_event(&mut self, now: Instant) -> Duration {
        let motor = self.motor_until.saturating_duration_since(now);
        let line =
            if self.bytes_per_s.is_some() { Duration::from_millis(1) } else { Duration::from_millis(50) };
        let noise =
            if self.has(SimFault::Garbage) { Duration::from_millis(20) } else { Duration::from_millis(50) };
        if self.booting_until.is_some() {
            return Duration::from_millis(10);
        }
        if !motor.is_zero() && !self.buffer.is_empty() {
            return motor.max(Duration::from_micros(500)).min(noise);
        }
        // Waiting for the line's pace matters only while bytes are on their way.
        if self.line_credit < 1.0 { line.min(noise) } else { noise }
    }

    fn random(&mut self) -> u32 {
        // xorshift32: noise need not be good, only the same in every run.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 17;
        self.noise ^= self.noise << 5;
        self.noise
    }

    pub(super) fn answer(&mut self, bytes: &[u8]) {
        self.answers.extend_from_slice(bytes);
    }

    /// Real-time commands are obeyed as they arrive, wherever they stand.
    fn real_time(&mut self, byte: u8) {
        self.recent.push_back(byte);
        if self.recent.len() > 10 {
            self.recent.pop_front();
        }
        let recent: Vec<u8> = self.recent.iter().copied().collect();
        match recent[..] {
            [.., 0x10, 0x04, n @ 1..=4] => {
                let status = self.status(n);
                self.answer(&[status]);
            }
            [.., 0x10, 0x04, 20] if self.profile.full_status => {
                let status = self.full_status();
                self.answer(&status);
            }
            [.., 0x10, 0x05, n @ 1..=2] if self.profile.recover && self.cutter_error => {
                if n == 2 {
                    self.buffer.clear();
                    self.interpreter.abort();
                }
                self.faults.remove(&SimFault::CutterJam);
                // A foreign body stays until someone takes it out.
                self.cutter_error = self.has(SimFault::Cutter);
            }
            [0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08] if self.profile.clear_buffer => {
                self.buffer.clear();
                self.interpreter.abort();
                self.paper.lose_line();
                self.answer(&[0x37, 0x25, 0x00]);
            }
            _ => {}
        }
    }

    /// `DLE EOT n`.
    fn status(&self, n: u8) -> u8 {
        let bit = |holds: bool, mask: u8| if holds { mask } else { 0 };
        let paper_end = self.has(SimFault::PaperEnd);
        let error = self.cutter_error || self.has(SimFault::Unrecoverable) || self.has(SimFault::Overheated);
        0x12 | match n {
            1 => bit(self.stopped(), 0x08),
            2 => bit(self.has(SimFault::CoverOpen), 0x04) | bit(paper_end, 0x20) | bit(error, 0x40),
            3 => {
                bit(self.cutter_error, 0x08)
                    | bit(self.has(SimFault::Unrecoverable), 0x20)
                    | bit(self.has(SimFault::Overheated), 0x40)
            }
            _ => bit(paper_end || self.has(SimFault::NearEnd), 0x0C) | bit(paper_end, 0x60),
        }
    }

    /// Custom's `DLE EOT 20`.
    fn full_status(&self) -> [u8; 6] {
        let bit = |holds: bool, mask: u8| if holds { mask } else { 0 };
        let roll = bit(self.has(SimFault::PaperEnd), 0x01)
            | bit(self.has(SimFault::NearEnd), 0x04)
            | bit(self.paper.presented, 0x20);
        let user = bit(self.has(SimFault::CoverOpen), 0x03);
        let recoverable = bit(self.has(SimFault::Overheated), 0x01);
        let unrecoverable = bit(self.cutter_error, 0x01) | bit(self.has(SimFault::Unrecoverable), 0x08);
        [0x10, 0x0F, roll, user, recoverable, unrecoverable]
    }

    /// `GS r 1`.
    pub(super) fn queued_status(&self) -> u8 {
        match (self.has(SimFault::PaperEnd), self.has(SimFault::NearEnd)) {
            (true, _) => 0x0F,
            (false, true) => 0x03,
            (false, false) => 0x00,
        }
    }

    /// `GS a n`: switches automatic status on, which reports at once.
    pub(super) fn enable_asb(&mut self, mask: u8) {
        if self.profile.asb {
            self.asb = mask;
            self.asb_sent = None;
        }
    }

    fn report_change(&mut self) {
        if self.asb == 0 {
            return;
        }
        let bit = |holds: bool, mask: u8| if holds { mask } else { 0 };
        let first = 0x10 | bit(self.stopped(), 0x08) | bit(self.has(SimFault::CoverOpen), 0x20);
        let second = bit(self.cutter_error, 0x08)
            | bit(self.has(SimFault::Unrecoverable), 0x20)
            | bit(self.has(SimFault::Overheated), 0x40);
        let now = [first, second, self.queued_status(), 0x00];
        if self.asb_sent != Some(now) {
            self.asb_sent = Some(now);
            self.answer(&now);
        }
    }

    /// Tries to cut. `false` when the blade is stuck.
    pub(super) fn cut(&mut self) -> bool {
        if self.has(SimFault::Cutter) || self.has(SimFault::CutterJam) {
            self.cutter_error = true;
            return false;
        }
        self.paper.cut();
        true
    }
}
