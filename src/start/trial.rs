// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test mode, `motcua start trial`: the kiosk with its real parts and a hub inside, on a directory that is thrown
//! away, with the hall of this device. Nothing of it reaches the hall's hub, the central, or the next start.

use crate::machine::{Device, device as own};
use crate::steward::layout::Layout;
use motcua_core::hall::SAMPLE;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Runs it until SIGTERM, or until nobody was at it for long.
///
/// # Errors
/// The directory, the settings, or what keeps a kiosk from running.
pub fn run(layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    prepare(layout, device)?;
    crate::kiosk::run(&super::line::trial(layout, device)?)
}

/// Where it keeps what is thrown away.
pub(super) fn place(layout: &Layout) -> PathBuf {
    layout.path("/run/motcua-trial")
}

/// A clean directory, with the hall that serves here; the sample where there is none.
fn prepare(layout: &Layout, device: &Device) -> std::io::Result<()> {
    let place = place(layout);
    std::fs::create_dir_all(&place)?;
    for entry in std::fs::read_dir(&place)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    let served = own::hall(device, &layout.data());
    std::fs::write(hall(&place), served.map_or_else(|| SAMPLE.to_owned(), |hall| hall.source.to_string()))
}

/// The hall's file.
pub(super) fn hall(place: &Path) -> PathBuf {
    place.join("hall.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Settings;

    #[test]
    fn the_hall_that_serves_is_tried_on_a_clean_directory() {
        let root = std::env::temp_dir().join(format!("motcua-trial-{}", uuid::Uuid::now_v7().simple()));
        let layout = Layout::at(&root);
        let text = "role=\"kiosk\"\nname=\"k\"\nhub=\"here\"\nprinter.url=\"usb:/dev/usb/lp0\"";
        let device = Settings::parse(text).unwrap().device;
        std::fs::create_dir_all(place(&layout).join("earlier")).unwrap();
        std::fs::write(place(&layout).join("hall.db"), "earlier").unwrap();
        let tried = || std::fs::read_to_string(hall(&place(&layout))).unwrap();
        prepare(&layout, &device).unwrap();
        assert_eq!(tried(), SAMPLE);
        assert_eq!(std::fs::read_dir(place(&layout)).unwrap().count(), 1, "nothing of an earlier one");
        let named = |name: &str| SAMPLE.replace("NGÔ QUYỀN", name);
        let own = layout.role_data("kiosk");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(layout.hall(), named("LÊ LỢI")).unwrap();
        prepare(&layout, &device).unwrap();
        assert_eq!(tried(), named("LÊ LỢI"));
        std::fs::write(own.join("hall.toml"), named("TRẦN PHÚ")).unwrap();
        prepare(&layout, &device).unwrap();
        assert_eq!(tried(), named("TRẦN PHÚ"));
        std::fs::write(own.join("hall.toml"), "[hall]").unwrap();
        prepare(&layout, &device).unwrap();
        assert_eq!(tried(), named("LÊ LỢI"), "a file that is cut is none");
        std::fs::remove_dir_all(root).unwrap();
    }
}
