// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is plugged into a blank device: printers by their device nodes, scanners by the names that udev gives them.

use crate::steward::layout::Layout;
use motcua_hal::scanner::{Connection, ScannerConfig, Suffix};

/// A pause that ends a code of several lines, in milliseconds.
const GAP_MS: u16 = 300;

/// Addresses as `hal` writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finds {
    /// Of printers, and of serial lines that may be printers.
    pub printers: Vec<String>,
    /// Device nodes of serial lines and keyboards that may be scanners.
    pub scanners: Vec<String>,
}

impl Finds {
    /// What is there now.
    pub fn look(layout: &Layout) -> Finds {
        let usb = names(layout, "/dev/usb").into_iter().filter(|n| n.starts_with("lp"));
        let serial = names(layout, "/dev/serial/by-id");
        let keyboards = names(layout, "/dev/input/by-id").into_iter().filter(|n| n.ends_with("-event-kbd"));
        let printers = usb.map(|n| format!("usb:/dev/usb/{n}"));
        let printers =
            printers.chain(serial.iter().map(|n| format!("serial:/dev/serial/by-id/{n}"))).collect();
        let scanners = serial.iter().map(|n| format!("/dev/serial/by-id/{n}"));
        let scanners = scanners.chain(keyboards.map(|n| format!("/dev/input/by-id/{n}"))).collect();
        Finds { printers, scanners }
    }
}

fn names(layout: &Layout, dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir(layout.path(dir)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// How a scanner at that node is read while settings may come: a code has several lines.
pub fn scanner(layout: &Layout, node: &str) -> ScannerConfig {
    let connection = if node.contains("/input/") { Connection::Keyboard } else { Connection::Serial };
    let mut config = ScannerConfig::new(layout.path(node).to_string_lossy(), connection);
    config.suffix = Suffix::None;
    config.gap_ms = GAP_MS;
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_and_scanners_are_found_by_their_nodes() {
        let root = std::env::temp_dir().join(format!("motcua-finds-{}", uuid::Uuid::now_v7().simple()));
        let layout = Layout::at(&root);
        assert_eq!(Finds::look(&layout), Finds::default());
        for node in [
            "/dev/usb/lp0",
            "/dev/usb/hiddev0",
            "/dev/serial/by-id/usb-GM",
            "/dev/input/by-id/usb-K-event-kbd",
        ] {
            let path = layout.path(node);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let finds = Finds::look(&layout);
        assert_eq!(finds.printers, ["usb:/dev/usb/lp0", "serial:/dev/serial/by-id/usb-GM"]);
        assert_eq!(finds.scanners, ["/dev/serial/by-id/usb-GM", "/dev/input/by-id/usb-K-event-kbd"]);
        assert_eq!(scanner(&layout, &finds.scanners[1]).connection, Connection::Keyboard);
        std::fs::remove_dir_all(root).unwrap();
    }
}
