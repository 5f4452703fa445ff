// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated printer's connector: a pty or a TCP socket, its pace, and the thread that serves it. What the bytes mean
//! is the machine's business.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Shared, SimTransport};
use crate::printer::transport::{Flow, PrinterUrl};
use crate::pty::Pty;

/// The connector, plugged in or not.
pub(super) struct Port {
    transport: SimTransport,
    plug: Option<Plug>,
}

enum Plug {
    Pty(Pty),
    Tcp { listener: TcpListener, client: Option<TcpStream>, address: SocketAddr },
}

impl Port {
    pub(super) fn open(transport: &SimTransport) -> std::io::Result<Port> {
        let mut transport = transport.clone();
        let plug = Plug::new(&transport)?;
        if let (SimTransport::Tcp(wanted), Plug::Tcp { address, .. }) = (&mut transport, &plug) {
            // After a replug it is found at the same place.
            *wanted = *address;
        }
        Ok(Port { transport, plug: Some(plug) })
    }

    pub(super) fn url(&self, baud: Option<u32>) -> PrinterUrl {
        let baud = baud.unwrap_or(115_200);
        match (&self.transport, &self.plug) {
            (SimTransport::Tcp(address), _) => PrinterUrl::Tcp { address: *address },
            (SimTransport::Pty { link: Some(link) }, _) => {
                PrinterUrl::Serial { path: link.clone(), baud, flow: Flow::None }
            }
            (_, Some(Plug::Pty(pty))) => {
                PrinterUrl::Serial { path: pty.path.clone(), baud, flow: Flow::None }
            }
            _ => PrinterUrl::Serial { path: PathBuf::from("/dev/null"), baud, flow: Flow::None },
        }
    }

    fn unplug(&mut self) {
        self.plug = None;
        if let SimTransport::Pty { link: Some(link) } = &self.transport {
            let _ = std::fs::remove_file(link);
        }
    }

    /// `false` when it cannot be plugged in just now (its port is taken); tried again later.
    fn plug_in(&mut self) -> bool {
        self.plug = Plug::new(&self.transport).ok();
        self.plug.is_some()
    }

    /// Bytes from the driver. Nothing now is 0.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let result = match self.plug.as_mut() {
            Some(Plug::Pty(pty)) => pty.master.read(buffer),
            Some(Plug::Tcp { client: Some(stream), .. }) => stream.read(buffer),
            _ => return 0,
        };
        match result {
            Ok(0) => {
                self.hang_up();
                0
            }
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => {
                self.hang_up();
                0
            }
        }
    }

    fn hang_up(&mut self) {
        if let Some(Plug::Tcp { client, .. }) = self.plug.as_mut() {
            *client = None;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let result = match self.plug.as_mut() {
            Some(Plug::Pty(pty)) => pty.master.write(bytes),
            Some(Plug::Tcp { client: Some(stream), .. }) => stream.write(bytes),
            // Nobody listens: a printer's answers go nowhere.
            _ => return bytes.len(),
        };
        result.unwrap_or(0)
    }

    fn accept(&mut self) {
        if let Some(Plug::Tcp { listener, client, .. }) = self.plug.as_mut()
            && client.is_none()
            && let Ok((stream, _)) = listener.accept()
            && stream.set_nonblocking(true).is_ok()
        {
            let _ = stream.set_nodelay(true);
            *client = Some(stream);
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(match self.plug.as_ref()? {
            Plug::Pty(pty) => pty.master.as_fd(),
            Plug::Tcp { client: Some(stream), .. } => stream.as_fd(),
            Plug::Tcp { listener, .. } => listener.as_fd(),
        })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.unplug();
    }
}

impl Plug {
    fn new(transport: &SimTransport) -> std::io::Result<Plug> {
        match transport {
            SimTransport::Pty { link } => Ok(Plug::Pty(Pty::open(link.as_deref())?)),
            SimTransport::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                let address = listener.local_addr()?;
                Ok(Plug::Tcp { listener, client: None, address })
            }
        }
    }
}

/// Serves the port until the machine is told to stop.
pub(super) fn serve(shared: &Shared, mut port: Port, baud: Option<u32>) {
    let mut answers: Vec<u8> = Vec::new();
    let mut buffer = vec![0; 4096];
    loop {
        let now = Instant::now();
        let (wait, room) = {
            let mut machine = shared.machine();
            if machine.stop {
                return;
            }
            if std::mem::take(&mut machine.pulled) {
                // Also when the cable is back already: the link was broken in between.
                answers.clear();
                port.unplug();
            }
            if machine.plugged() && port.plug.is_none() && port.plug_in() {
                *shared.url.lock().unwrap_or_else(PoisonError::into_inner) = port.url(baud);
            }
            if std::mem::take(&mut machine.drop_connection) {
                port.hang_up();
            }
            port.accept();
            let room = machine.room(now).min(buffer.len());
            let count = if room > 0 { port.read(&mut buffer[..room]) } else { 0 };
            machine.receive(&buffer[..count], now);
            machine.run(now);
            answers.append(&mut machine.answers);
            let wait = if machine.pulled { Duration::ZERO } else { machine.next_event(now) };
            (wait, machine.room(now) > 0)
        };
        let written = port.write(&answers);
        answers.drain(..written);
        sleep(shared, &port, wait, room, !answers.is_empty());
    }
}

fn sleep(shared: &Shared, port: &Port, wait: Duration, room: bool, answers: bool) {
    let timeout = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
    let mut descriptors = vec![PollFd::new(&shared.wake, PollFlags::IN)];
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, room);
    flags.set(PollFlags::OUT, answers);
    if let Some(descriptor) = port.descriptor()
        && !flags.is_empty()
    {
        descriptors.push(PollFd::from_borrowed_fd(descriptor, flags));
    }
    let _ = poll(&mut descriptors, Some(&timeout));
    let _ = rustix::io::read(&shared.wake, &mut [0u8; 8]);
}
