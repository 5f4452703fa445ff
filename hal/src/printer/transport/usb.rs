// SPDX-License-Identifier: MIT OR Apache-2.0
//! USB printers through the kernel's printer class driver (`/dev/usb/lp*`), found by node or by USB ids in sysfs. No
//! libusb: it would have to take the printer away from that driver.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{Roots, Transport, TransportError, write_now};

/// An open USB printer.
pub(super) struct UsbPrinter {
    file: File,
    place: String,
}

impl UsbPrinter {
    pub(super) fn open(path: &Path) -> Result<UsbPrinter, TransportError> {
        let place = path.display().to_string();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32)
            .open(path)
            .map_err(|source| TransportError::opening(place.clone(), source))?;
        Ok(UsbPrinter { file, place })
    }
}

/// The node of the first USB printer with these ids. `class/usbmisc/lpN/device` is the USB interface; the ids stand in
/// the directory above it (kernel: Documentation/ABI/stable/sysfs-bus-usb).
pub(super) fn find(roots: &Roots, vendor: u16, product: u16) -> Result<PathBuf, TransportError> {
    let wanted = (format!("{vendor:04x}"), format!("{product:04x}"));
    let mut nodes: Vec<PathBuf> = std::fs::read_dir(roots.sys.join("class/usbmisc"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lp")))
        .collect();
    nodes.sort();
    let id = |node: &Path, file: &str| {
        // Follow the link first: ".." of a symbolic link would be the class directory.
        let interface = node.join("device").canonicalize().ok()?;
        let text = std::fs::read_to_string(interface.parent()?.join(file)).ok()?;
        Some(text.trim().to_ascii_lowercase())
    };
    nodes
        .iter()
        .find(|node| {
            id(node, "idVendor").as_ref() == Some(&wanted.0)
                && id(node, "idProduct").as_ref() == Some(&wanted.1)
        })
        .and_then(|node| node.file_name())
        .map(|name| roots.dev.join("usb").join(name))
        .ok_or_else(|| TransportError::absent(format!("usb:{}:{}", wanted.0, wanted.1)))
}

impl AsFd for UsbPrinter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Transport for UsbPrinter {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        // A printer may answer with an empty packet, so 0 is not the end here; a lost printer is ENODEV.
        write_now(self.file.read(buffer), &self.place)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportError> {
        write_now(self.file.write(bytes), &self.place)
    }
}
