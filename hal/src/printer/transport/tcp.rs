// SPDX-License-Identifier: MIT OR Apache-2.0
//! Printers on the network (port 9100). Most take one client at a time and close an idle connection after some tens of
//! seconds, and a printer that loses its power leaves a connection that looks alive: keep-alive and a limit on
//! unacknowledged data make the kernel notice within ten seconds.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::{Transport, TransportError, read_now, write_now};

/// How long a connection may take to be accepted.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long sent data may stay unacknowledged before the connection is given up.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(10);

/// An open connection to a printer.
pub(super) struct Tcp {
    stream: TcpStream,
    place: String,
}

impl Tcp {
    pub(super) fn open(address: SocketAddr) -> Result<Tcp, TransportError> {
        let place = address.to_string();
        let opening = |source| TransportError::opening(place.clone(), source);
        let stream = TcpStream::connect_timeout(&address, CONNECT_LIMIT).map_err(opening)?;
        stream.set_nonblocking(true).map_err(opening)?;
        // A status question is three bytes and must not wait for company.
        stream.set_nodelay(true).map_err(opening)?;
        let socket = SockRef::from(&stream);
        let keepalive = TcpKeepalive::new()
            .with_time(Duration::from_secs(4))
            .with_interval(Duration::from_secs(2))
            .with_retries(3);
        socket.set_tcp_keepalive(&keepalive).map_err(opening)?;
        socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_LIMIT)).map_err(opening)?;
        Ok(Tcp { stream, place })
    }
}

impl AsFd for Tcp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Transport for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        read_now(self.stream.read(buffer), &self.place)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportError> {
        write_now(self.stream.write(bytes), &self.place)
    }
}
