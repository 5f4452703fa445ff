// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a printer is, as one line of configuration: `serial:/dev/serial/by-id/x?baud=115200&flow=none`,
//! `usb:04b8:0e15`, `usb:/dev/usb/lp0`, `tcp:192.0.2.7:9100`. Only the notation lives here; nothing is opened.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// Speed of a serial line when none is given: what every printer of today can do.
const DEFAULT_BAUD: u32 = 115_200;
/// The port that printers listen on (raw printing, "JetDirect").
const DEFAULT_PORT: u16 = 9100;
/// The speeds that printers know.
const BAUDS: [u32; 8] = [2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400];

/// Where a printer is and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PrinterUrl {
    /// A serial line (RS-232, or a USB adapter), 8 data bits, no parity, 1 stop bit.
    Serial {
        /// The device; use a name in `/dev/serial/by-id/`, since `ttyUSB0` may be another device after a replug.
        path: PathBuf,
        /// Bits per second.
        baud: u32,
        /// Flow control.
        flow: Flow,
    },
    /// A device node of the kernel's USB printer class driver.
    UsbNode {
        /// Usually `/dev/usb/lp0`.
        path: PathBuf,
    },
    /// The first USB printer with these ids, whatever its node is called today.
    UsbId {
        /// Vendor, `04b8` is Epson.
        vendor: u16,
        /// Product.
        product: u16,
    },
    /// A printer on the network.
    Tcp {
        /// Address and port; a name is not accepted, so that printing never waits for a name server.
        address: SocketAddr,
    },
}

/// Flow control of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flow {
    /// None: only for printers whose buffer holds a whole slip.
    #[default]
    None,
    /// XON/XOFF bytes.
    XonXoff,
    /// RTS/CTS lines.
    RtsCts,
}

/// What is wrong with a printer's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with none of the known ways.
    #[error("\"{0}\" is not a printer address: it must begin with serial:, usb: or tcp:")]
    Scheme(String),
    /// The device's path is missing or not absolute.
    #[error("\"{0}\" is not the absolute path of a device, such as /dev/serial/by-id/usb-printer")]
    Path(String),
    /// A speed that printers do not have.
    #[error(
        "baud={0} is not a speed of serial printers; use one of 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400"
    )]
    Baud(String),
    /// Not a kind of flow control.
    #[error("flow={0} is not known; use none, xonxoff or rtscts")]
    Flow(String),
    /// An option that does not exist.
    #[error("\"{0}\" is not an option of a serial printer; use baud=… or flow=…")]
    Option(String),
    /// USB ids that are not two groups of four hexadecimal digits.
    #[error(
        "\"{0}\" is neither vendor:product in hexadecimal, such as 04b8:0e15, nor a path such as /dev/usb/lp0"
    )]
    UsbId(String),
    /// Not an IP address with an optional port.
    #[error("\"{0}\" is not an IP address with a port, such as 192.0.2.7:9100")]
    Address(String),
}

impl FromStr for PrinterUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<PrinterUrl, UrlError> {
        let (scheme, rest) = text.trim().split_once(':').ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
        match scheme {
            "serial" => serial(rest),
            "usb" => usb(rest),
            "tcp" => tcp(rest),
            _ => Err(UrlError::Scheme(text.to_owned())),
        }
    }
}

fn absolute(path: &str) -> Result<PathBuf, UrlError> {
    if path.starts_with('/') && path.len() > 1 {
        Ok(PathBuf::from(path))
    } else {
        Err(UrlError::Path(path.to_owned()))
    }
}

fn serial(rest: &str) -> Result<PrinterUrl, UrlError> {
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    let path = absolute(path)?;
    let (mut baud, mut flow) = (DEFAULT_BAUD, Flow::None);
    for option in options.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("baud", value)) => {
                let known = value.parse().ok().filter(|speed| BAUDS.contains(speed));
                baud = known.ok_or_else(|| UrlError::Baud(value.to_owned()))?;
            }
            Some(("flow", "none")) => flow = Flow::None,
            Some(("flow", "xonxoff")) => flow = Flow::XonXoff,
            Some(("flow", "rtscts")) => flow = Flow::RtsCts,
            Some(("flow", value)) => return Err(UrlError::Flow(value.to_owned())),
            _ => return Err(UrlError::Option(option.to_owned())),
        }
    }
    Ok(PrinterUrl::Serial { path, baud, flow })
}

fn usb(rest: &str) -> Result<PrinterUrl, UrlError> {
    if rest.starts_with('/') {
        return Ok(PrinterUrl::UsbNode { path: absolute(rest)? });
    }
    let id = |text: &str| {
        let plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u16::from_str_radix(text, 16).ok()).flatten()
    };
    let ids = rest.split_once(':').and_then(|(vendor, product)| Some((id(vendor)?, id(product)?)));
    let (vendor, product) = ids.ok_or_else(|| UrlError::UsbId(rest.to_owned()))?;
    Ok(PrinterUrl::UsbId { vendor, product })
}

fn tcp(rest: &str) -> Result<PrinterUrl, UrlError> {
    let address = rest
        .parse()
        .ok()
        .or_else(|| rest.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, DEFAULT_PORT)))
        .filter(|address| address.port() != 0)
        .ok_or_else(|| UrlError::Address(rest.to_owned()))?;
    Ok(PrinterUrl::Tcp { address })
}

impl fmt::Display for PrinterUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrinterUrl::Serial { path, baud, flow } => {
                let flow = match flow {
                    Flow::None => "none",
                    Flow::XonXoff => "xonxoff",
                    Flow::RtsCts => "rtscts",
                };
                write!(formatter, "serial:{}?baud={baud}&flow={flow}", path.display())
            }
            PrinterUrl::UsbNode { path } => write!(formatter, "usb:{}", path.display()),
            PrinterUrl::UsbId { vendor, product } => write!(formatter, "usb:{vendor:04x}:{product:04x}"),
            PrinterUrl::Tcp { address } => write!(formatter, "tcp:{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for (text, full) in [
            ("serial:/dev/ttyS0", "serial:/dev/ttyS0?baud=115200&flow=none"),
            (
                "serial:/dev/serial/by-id/a?baud=9600&flow=rtscts",
                "serial:/dev/serial/by-id/a?baud=9600&flow=rtscts",
            ),
            ("serial:/dev/ttyS0?flow=xonxoff", "serial:/dev/ttyS0?baud=115200&flow=xonxoff"),
            ("usb:04B8:0e15", "usb:04b8:0e15"),
            ("usb:/dev/usb/lp0", "usb:/dev/usb/lp0"),
            ("tcp:192.0.2.7", "tcp:192.0.2.7:9100"),
            ("tcp:[2001:db8::7]:9101", "tcp:[2001:db8::7]:9101"),
        ] {
            let url: PrinterUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), full);
            assert_eq!(full.parse::<PrinterUrl>().unwrap(), url);
        }
    }

    #[test]
    fn every_wrong_part_is_named() {
        for (text, named) in [
            ("", "must begin with"),
            ("lpt:1", "must begin with"),
            ("serial:ttyS0", "absolute path"),
            ("serial:", "absolute path"),
            ("serial:/dev/ttyS0?baud=115201", "baud=115201"),
            ("serial:/dev/ttyS0?baud=", "baud="),
            ("serial:/dev/ttyS0?flow=dtr", "flow=dtr"),
            ("serial:/dev/ttyS0?parity=even", "\"parity=even\""),
            ("usb:04b8", "\"04b8\""),
            ("usb:04b8:+e15", "\"04b8:+e15\""),
            ("tcp:printer:9100", "\"printer:9100\""),
            ("tcp:192.0.2.7:0", "\"192.0.2.7:0\""),
            ("tcp:192.0.2.7:99999", "192.0.2.7:99999"),
        ] {
            let error = text.parse::<PrinterUrl>().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
