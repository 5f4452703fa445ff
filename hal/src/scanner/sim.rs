// SPDX-License-Identifier: MIT OR Apache-2.0
//! A GM-class scanner module on a pseudo-terminal: its settings in zones, its replies, its factory encoding, its faults.
//! Someone holds codes before it with [`SimScanner::show`].

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::gm::crc16;
use crate::pty::Pty;

/// What may be wrong with a module.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// It replies to nothing.
    pub silent: bool,
    /// It says yes to every setting and keeps none.
    pub stubborn: bool,
    /// Data leave it in packets of so many bytes, with a moment between them; 0 for all at once.
    pub packet: usize,
    /// Between any two packets comes the reply to a heartbeat that nobody sent.
    pub chatty: bool,
}

/// Zones of the GM65 that the simulator keeps to (manual, appendix on zone bits).
mod zone {
    /// Bits 1 and 0: by hand, by command, always, by induction.
    pub const MODE: usize = 0x0000;
    /// Bit 0 starts a reading.
    pub const TRIGGER: u16 = 0x0002;
    /// Bits 3 and 2: 00 GBK, 01 as it is, 10 Big5.
    pub const ENCODING: usize = 0x000D;
    /// Bits 6 and 5: 00 CR, 01 CR LF, 10 TAB, 11 none.
    pub const TAIL: usize = 0x0060;
}

struct Machine {
    zones: [u8; 256],
    faults: Faults,
    /// Codes that lie before it, as they are.
    before: VecDeque<Vec<u8>>,
    triggered: bool,
    received: Vec<u8>,
    pty: Option<Pty>,
    link: PathBuf,
}

/// The module. Clones speak of the same one; it ends with the last.
#[derive(Clone)]
pub struct SimScanner {
    machine: Arc<Mutex<Machine>>,
    _stop: Arc<Sender<()>>,
}

impl std::fmt::Debug for SimScanner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SimScanner")
    }
}

/// How often the module looks at its line: the time between two bytes at 9600 baud.
const TICK: Duration = Duration::from_millis(1);

impl SimScanner {
    /// A module with factory settings (continuous reading, GBK, no suffix), plugged in at `link`, which a driver opens.
    ///
    /// # Errors
    /// When no pseudo-terminal is to be had.
    pub fn new(link: &Path, faults: Faults) -> std::io::Result<SimScanner> {
        let mut zones = [0; 256];
        zones[zone::MODE] = 0xD6;
        zones[zone::ENCODING] = 0x00;
        zones[zone::TAIL] = 0x60;
        let machine = Machine {
            zones,
            faults,
            before: VecDeque::new(),
            triggered: false,
            received: Vec::new(),
            pty: Some(Pty::open(Some(link))?),
            link: link.to_owned(),
        };
        let machine = Arc::new(Mutex::new(machine));
        let (stop, stopped) = channel();
        let thread_machine = Arc::clone(&machine);
        std::thread::Builder::new()
            .name("sim-scanner".to_owned())
            .spawn(move || serve(&thread_machine, &stopped))?;
        Ok(SimScanner { machine, _stop: Arc::new(stop) })
    }

    /// Someone holds a code with these bytes before it.
    pub fn show(&self, bytes: &[u8]) {
        self.machine().before.push_back(bytes.to_vec());
    }

    /// A byte of its settings.
    pub fn zone(&self, address: u8) -> u8 {
        self.machine().zones[usize::from(address)]
    }

    /// Sets a byte of its settings, as a set-up code does.
    pub fn set_zone(&self, address: u8, value: u8) {
        self.machine().zones[usize::from(address)] = value;
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.machine().faults = faults;
    }

    /// Its cable is pulled out.
    pub fn unplug(&self) {
        let mut machine = self.machine();
        machine.pty = None;
        machine.received.clear();
        let _ = std::fs::remove_file(&machine.link);
    }

    /// Its cable is in again.
    ///
    /// # Errors
    /// When no pseudo-terminal is to be had.
    pub fn plug_in(&self) -> std::io::Result<()> {
        let mut machine = self.machine();
        let pty = Pty::open(Some(&machine.link))?;
        machine.pty = Some(pty);
        Ok(())
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(machine: &Mutex<Machine>, stopped: &Receiver<()>) {
    // The end of the handles' channel is the end.
    let pause = |limit| stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
    while pause(TICK) {
        let (packets, chatty) = {
            let mut machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
            machine.receive();
            let data = machine.read_code();
            let size = if machine.faults.packet == 0 { data.len().max(1) } else { machine.faults.packet };
            (data.chunks(size).map(<[u8]>::to_vec).collect::<Vec<_>>(), machine.faults.chatty)
        };
        for packet in packets {
            machine.lock().unwrap_or_else(PoisonError::into_inner).send(&packet);
            if chatty {
                machine.lock().unwrap_or_else(PoisonError::into_inner).send(&reply(0x03, &[0]));
            }
            if !pause(TICK) {
                return;
            }
        }
    }
}

fn reply(kind: u8, data: &[u8]) -> Vec<u8> {
    let body = [&[0x00, data.len() as u8], data].concat();
    [&[kind, 0x00], body.as_slice(), &crc16(&body).to_be_bytes()].concat()
}

impl Machine {
    fn send(&mut self, bytes: &[u8]) {
        if let Some(pty) = &mut self.pty {
            // A line that nobody reads drops what does not fit, as wires do.
            let _ = pty.master.write(bytes);
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; 256];
        let count = match self.pty.as_mut().map(|pty| pty.master.read(&mut buffer)) {
            Some(Ok(count)) => count,
            Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => 0,
            _ => 0,
        };
        self.received.extend_from_slice(&buffer[..count]);
        while let Some(start) = self.received.iter().position(|byte| *byte == 0x7E) {
            self.received.drain(..start);
            // 7E 00, type, length, address, data, CRC.
            let Some(&length) = self.received.get(3) else { return };
            let end = 6 + usize::from(length);
            if self.received.len() < end + 2 {
                return;
            }
            let command: Vec<u8> = self.received.drain(..end + 2).collect();
            let crc = &command[end..];
            if crc == crc16(&command[2..end]).to_be_bytes() || crc == [0xAB, 0xCD] {
                self.obey(&command[2..end]);
            }
        }
        self.received.clear();
    }

    fn obey(&mut self, command: &[u8]) {
        if self.faults.silent {
            return;
        }
        let [kind, _length, high, low, data @ ..] = command else { return };
        let address = u16::from_be_bytes([*high, *low]);
        let at = usize::from(address) % self.zones.len();
        let answer = match kind {
            0x07 => {
                let count = usize::from(data.first().copied().unwrap_or(1));
                reply(0x02, self.zones.get(at..at + count).unwrap_or_default())
            }
            0x08 => {
                if address == zone::TRIGGER {
                    self.triggered = true;
                } else if !self.faults.stubborn {
                    for (zone, value) in self.zones[at..].iter_mut().zip(data) {
                        *zone = *value;
                    }
                }
                reply(0x02, &[0])
            }
            0x09 => reply(0x02, &[0]),
            0x0A => reply(0x03, &[0]),
            _ => return,
        };
        self.send(&answer);
    }

    /// What it sends of the code that lies before it, if it reads now.
    fn read_code(&mut self) -> Vec<u8> {
        let by_command = self.zones[zone::MODE] & 0x03 == 1;
        if self.pty.is_none() || self.before.is_empty() || by_command && !self.triggered {
            return Vec::new();
        }
        self.triggered = false;
        let code = self.before.pop_front().unwrap_or_default();
        let mut data = if self.zones[zone::ENCODING] & 0x0C == 0x04 { code } else { garbled(&code) };
        data.extend_from_slice(match self.zones[zone::TAIL] & 0x60 {
            0x00 => b"\r",
            0x20 => b"\r\n",
            0x40 => b"\t",
            _ => b"",
        });
        data
    }
}

/// What becomes of a code in GBK: the few letters with an accent that Chinese transcription has get two bytes, all others are
/// lost.
fn garbled(code: &[u8]) -> Vec<u8> {
    const PINYIN: [(char, u8); 12] = [
        ('á', 0xA2),
        ('à', 0xA4),
        ('é', 0xA6),
        ('è', 0xA8),
        ('í', 0xAA),
        ('ì', 0xAC),
        ('ó', 0xAE),
        ('ò', 0xB0),
        ('ú', 0xB2),
        ('ù', 0xB4),
        ('ê', 0xBA),
        ('ü', 0xB9),
    ];
    let mut out = Vec::new();
    for chunk in code.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match PINYIN.iter().find(|(known, _)| *known == letter) {
                Some((_, second)) => out.extend([0xA8, *second]),
                None if letter.is_ascii() => out.push(letter as u8),
                None => out.push(b'?'),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}
