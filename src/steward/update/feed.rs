// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which version the hall wants this device to run: asked of its hub now and then. The hub's own machine looks into the
//! hub's folder; every other device asks over the network, and RAUC reads the update from there, without a second copy.

use super::agent::{Agent, Asked};
use super::rauc::Source;
use super::{Limits, version};
use crate::client::HubClient;
use crate::enrolled::at_hub;
use crate::hub::software::{WANTED, Wanted, file_of, folder_of};
use crate::machine::Device;
use crate::steward::layout::Layout;
use crate::steward::release::Release;
use std::cmp::Ordering;

/// Asks until the runtime ends.
pub async fn run(
    agent: Agent,
    layout: Layout,
    release: Release,
    limits: Limits,
    settings: impl Fn() -> Option<Device> + Send + Sync + 'static,
) {
    let mut wait = limits.first;
    loop {
        tokio::time::sleep(wait).await;
        wait = limits.every;
        let Some(device) = settings() else { continue };
        let found = if device.is_hub() {
            here(&layout, &release)
        } else {
            at_the_hub(&layout, &release, &device).await
        };
        let Some((wanted, source)) = found else { continue };
        if version::compare(&wanted, &release.version) != Ordering::Equal {
            agent.ask(Asked { source, now: false, hold: None });
        }
    }
}

/// In the folder of the hub on this machine.
fn here(layout: &Layout, release: &Release) -> Option<(String, Source)> {
    let folder = folder_of(&layout.data());
    let wanted = std::fs::read_to_string(folder.join(WANTED)).ok()?;
    let file = file_of(&folder, &wanted, &release.arch);
    file.exists().then(|| (wanted, Source { place: file.to_string_lossy().into_owned(), tls: None }))
}

/// From the hub on the network, in the name of the device's role.
async fn at_the_hub(layout: &Layout, release: &Release, device: &Device) -> Option<(String, Source)> {
    let place = at_hub(&layout.role_data(device.role.word()));
    let enrolled = place.read().ok().flatten()?;
    let client = HubClient::new(&enrolled, device.hub_url()).ok()?;
    let answer = client.bytes(&format!("/v1/software/{}", release.arch)).await;
    let Wanted { version, .. } = serde_json::from_slice(&answer.ok().flatten()?).ok()?;
    // RAUC reads certificate and key from the role's file, and the hub's authority from one of ours.
    let identity = place.dir().join(motcua_link::trust::PAIR_FILE).to_string_lossy().into_owned();
    let authority = layout.run().join("update-authority.pem");
    std::fs::write(&authority, enrolled.identity.ca().pem()).ok()?;
    let (route, _) = client.route();
    let source = Source {
        place: format!("{}/v1/software/{version}/{}", route.base, release.arch),
        tls: Some([identity.clone(), identity, authority.to_string_lossy().into_owned()]),
    };
    Some((version, source))
}
