// SPDX-License-Identifier: MIT OR Apache-2.0
//! A virtual ID card. It speaks the protocol of vpcd, the virtual reader of the vsmartcard project, to a real pcscd: the
//! driver reaches it the way it reaches any card. It opens by PACE and by basic access control, holds data groups 1, 2, 3,
//! 13 and a signed document security object, and takes faults.
//!
//! | module | what lives there |
//! |---|---|
//! | `chip` | what the chip answers |
//! | `session` | the chip's side of secure messaging |
//! | `issuer` | a state that issues cards: its certificates and signatures |
//! | `document` | the contents of a card |
//! | `reader` | a pcscd of its own with a virtual reader |
//! | `direct` | a reader without pcscd, for users who may not start one |
//! | this one | the link to vpcd, and the faults |

mod chip;
mod direct;
mod document;
mod issuer;
mod reader;
mod session;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use chip::Chip;
pub use direct::DirectReader;
pub use document::Document;
pub use issuer::Issuer;
pub use reader::VirtualReader;

/// What may go wrong with a card. Counted in commands since it was laid down.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// It is taken away before it answers this command.
    pub remove_at: Option<u32>,
    /// From this command on its answers are noise.
    pub garbage_from: Option<u32>,
    /// This answer arrives with one bit changed.
    pub flip_at: Option<u32>,
    /// Each answer takes so long.
    pub delay: Duration,
    /// It is no ID card: whatever it is asked, it does not know the command (6D00).
    pub stranger: bool,
}

/// What the thread and the handle share.
struct Shared {
    chip: Mutex<Chip>,
    faults: Faults,
}

/// A card that lies on a virtual reader; dropped, it is taken away.
pub struct VirtualCard {
    stream: TcpStream,
    /// Dropped, it ends a delay.
    stop: Option<Sender<()>>,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl std::fmt::Debug for VirtualCard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("VirtualCard")
    }
}

/// The answer to reset: `3B 80 80 01 01`, that of a contactless chip with nothing to say (PC/SC part 3, 3.1.3.2.3).
const ATR: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];

impl VirtualCard {
    /// Lays a card on the virtual reader that listens at this port of the local host.
    ///
    /// # Errors
    /// When no virtual reader listens there.
    pub fn insert(port: u16, chip: Chip, faults: Faults) -> std::io::Result<VirtualCard> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        let shared = Arc::new(Shared { chip: Mutex::new(chip), faults });
        let (stop, stopped) = channel::<()>();
        let (thread_stream, thread_shared) = (stream.try_clone()?, Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("virtual-card".to_owned()).spawn(move || {
            let pause = |limit| stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            // Ends when the card is taken away or the reader is gone.
            let _ = serve(thread_stream, &thread_shared, pause);
        })?;
        Ok(VirtualCard { stream, stop: Some(stop), shared, thread: Some(thread) })
    }

    /// Whether it lies there still: a fault takes it away too.
    pub fn lies_there(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// The files that were selected so far, in order.
    pub fn selected(&self) -> Vec<u16> {
        self.chip().selected().to_vec()
    }

    /// How many commands it has answered.
    pub fn commands(&self) -> u32 {
        self.chip().commands()
    }

    fn chip(&self) -> MutexGuard<'_, Chip> {
        self.shared.chip.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        self.stop = None;
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Messages are a length of two bytes and so many bytes: one byte is a control (0 off, 1 on, 2 reset, 4 answer to reset),
/// more are a command.
fn serve(mut stream: TcpStream, shared: &Shared, pause: impl Fn(Duration) -> bool) -> std::io::Result<()> {
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        // vpcd sends length and message apart, and the kernel would hold the second back for 40 ms until the first is
        // acknowledged. Said again each time, because the kernel forgets it.
        let _ = socket2::SockRef::from(&stream).set_tcp_quickack(true);
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let mut chip = shared.chip.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match message.as_slice() {
            [] => continue,
            [4] => ATR.to_vec(),
            [_] => {
                chip.reset();
                continue;
            }
            command => match answered(&mut chip, &shared.faults, command) {
                Some(answer) => answer,
                None => {
                    stream.shutdown(Shutdown::Both)?;
                    return Ok(());
                }
            },
        };
        drop(chip);
        if message.len() > 1 && !shared.faults.delay.is_zero() && !pause(shared.faults.delay) {
            return Ok(());
        }
        let length = u16::try_from(answer.len()).unwrap_or_default();
        stream.write_all(&[length.to_be_bytes().as_slice(), &answer].concat())?;
    }
}

/// What a card with these faults answers; `None` when it is taken away before it does.
fn answered(chip: &mut Chip, faults: &Faults, command: &[u8]) -> Option<Vec<u8>> {
    let number = chip.commands() + 1;
    let mut answer = chip.answer(command);
    if faults.remove_at == Some(number) {
        return None;
    }
    if faults.stranger {
        return Some(vec![0x6D, 0x00]);
    }
    if faults.garbage_from.is_some_and(|from| number >= from) {
        answer = noise(number);
    }
    if faults.flip_at == Some(number) {
        let middle = answer.len() / 2;
        answer[middle] ^= 0x10;
    }
    Some(answer)
}

/// Bytes without a meaning that end in 9000, so that they are looked into; always the same for the same command.
fn noise(number: u32) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9) | 1;
    let mut bytes: Vec<u8> = (0..number % 97)
        .map(|_| {
            // xorshift32 (Marsaglia).
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        })
        .collect();
    bytes.extend([0x90, 0x00]);
    bytes
}
