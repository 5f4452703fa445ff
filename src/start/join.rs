// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a device of the image comes to its hub without a person: a kiosk beside its hub makes its own ticket, as the
//! same user that `motcua device add` would run as; a hub uses the ticket for its central as soon as that is reached.

use super::line::OWN_HUB;
use crate::enrolled::{self, Given, at_central, at_hub};
use crate::hub::command::admit;
use crate::hub::devices::Role;
use crate::hub::trust::Address;
use crate::machine::Device;
use crate::steward::layout::Layout;
use std::error::Error;

/// Hours for which a ticket that is used at once is good.
const HOURS: u32 = 1;

/// Enrols the hub at its central beside the running hub, where there is a ticket. Tries until the central answers.
pub(super) fn central(layout: &Layout) {
    let (data, ticket) = (layout.data(), layout.central_ticket());
    let Ok(line) = std::fs::read_to_string(&ticket) else { return };
    std::thread::spawn(move || {
        let done = (|| -> Result<(), Box<dyn Error>> {
            enrolled::of_this_hall(&data, &line)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(enrolled::join(&at_central(&data), Some(&Given::File(ticket))))?;
            Ok(())
        })();
        if let Err(e) = done {
            tracing::error!(error = crate::hub::chain(&*e), "this hub is not enrolled at its central");
        }
    });
}

/// A ticket for this kiosk from the hub on the same box; none while that hub was never started or where the kiosk is
/// enrolled already.
#[cfg_attr(
    not(any(feature = "desktop", feature = "linuxkms")),
    allow(dead_code, reason = "of builds with a screen")
)]
pub(super) fn own_ticket(layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    let place = at_hub(&layout.role_data(device.role.word()));
    let ticket = layout.ticket();
    if !device.is_hub()
        || ticket.exists()
        || place.read()?.is_some()
        || Address::read(&layout.data()).is_err()
    {
        return Ok(());
    }
    let made = admit(&layout.data(), (&device.name, Role::Kiosk), None, (OWN_HUB, HOURS))?;
    crate::disk::keep(&ticket, made.line().as_bytes())?;
    tracing::info!("the hub on this box has a ticket for the kiosk on it");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::serve;
    use crate::machine::Settings;

    fn kiosk() -> Device {
        let text = "role=\"kiosk\"\nname=\"kiosk-1\"\nhub=\"here\"\nprinter.url=\"usb:/dev/usb/lp0\"";
        Settings::parse(text).unwrap().device
    }

    /// The real hub on the same box, over its encrypted door.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_kiosk_beside_its_hub_is_enrolled_there_by_itself() {
        motcua_link::trust::ready();
        let root = std::env::temp_dir().join(format!("motcua-join-{}", uuid::Uuid::now_v7().simple()));
        let layout = Layout::at(&root);
        let hall = motcua_core::hall::Hall::parse(motcua_core::hall::SAMPLE).unwrap();
        let clock = crate::clock::WallClock::device(hall.utc_offset_minutes);
        let pages = serve::start(&layout.data(), &hall, clock).await.unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        let doors = serve::Doors::open(any, any).await.unwrap();
        let address = pages.api.trust.tell_address(doors.devices.local_addr().unwrap()).unwrap();
        let restart = std::sync::Arc::new(tokio::sync::Notify::new());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let hands = serve::hands(&restart);
        let stopped = async move { drop(stopped.await) };
        let serving = tokio::spawn(serve::serve(pages, doors, hands, stopped));
        let make = || {
            let layout = layout.clone();
            tokio::task::spawn_blocking(move || own_ticket(&layout, &kiosk()).map_err(|e| e.to_string()))
        };
        make().await.unwrap().unwrap();
        let line = std::fs::read_to_string(layout.ticket()).unwrap();
        assert!(line.contains(OWN_HUB), "it asks on the box, whatever address the network gives");
        let place = at_hub(&layout.role_data("kiosk"));
        // The hub of this test listens at another port.
        place.enrol(&line.replace(OWN_HUB, &address.url)).await.unwrap();
        assert_eq!(place.read().unwrap().unwrap().identity.name().device(), "kiosk-1");
        std::fs::remove_file(layout.ticket()).unwrap();
        make().await.unwrap().unwrap();
        assert!(!layout.ticket().exists(), "once is enough");
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn there_is_no_ticket_of_a_hub_that_was_never_started() {
        let root = std::env::temp_dir().join(format!("motcua-join-{}", uuid::Uuid::now_v7().simple()));
        let layout = Layout::at(&root);
        std::fs::create_dir_all(layout.data()).unwrap();
        own_ticket(&layout, &kiosk()).unwrap();
        assert!(!layout.ticket().exists() && !layout.data().join("devices.toml").exists());
        std::fs::remove_dir_all(root).unwrap();
    }
}
