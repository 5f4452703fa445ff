// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device that never met its hub has no hall to show. Until it has, a plain screen says what is waited for, since
//! when, and what to look at; a hub that refuses is named with its reason.

use super::join::own_ticket;
use super::line::OWN_HUB;
use super::refusal;
use super::screen::Screen;
use crate::client::HubClient;
use crate::clock::unix_ms;
use crate::devices::{first_hall, panel_counter};
use crate::enrolled::{self, Given, at_hub};
use crate::machine::{Device, Role};
use crate::setup::view::{SetupIntent, SetupScreen, SetupView, Waiting};
use crate::steward::layout::Layout;
use crate::watch::{Facts, HubWay};
use motcua_link::trust::EnrolmentTicket;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Between two attempts after a refusal.
const AGAIN: Duration = Duration::from_secs(15);
/// Between two looks for the hub on the same box.
const OWN: Duration = Duration::from_millis(500);

/// It is enrolled and knows the hall; everything else the role does by itself.
pub(super) fn is_ready(layout: &Layout, device: &Device) -> bool {
    let data = layout.role_data(device.role.word());
    let enrolled = at_hub(&data).read().is_ok_and(|e| e.is_some());
    let counter = device.role != Role::Panel || data.join("counter").exists();
    enrolled && counter && !layout.ticket().exists() && data.join("hall.toml").exists()
}

/// Shows the screen until the hub was met; SIGTERM ends the process.
pub(super) fn for_hub(layout: &Layout, device: &Device) -> Result<(), Box<dyn Error>> {
    // A hub may be away for days: systemd and the agent are told that this is what the role does now.
    let alone = Facts { hub: Some(HubWay::Alone), ..Facts::default() };
    let screen = Screen::open(layout, device.role.word(), Some(alone))?;
    let since_ms = unix_ms();
    let ticket: Option<EnrolmentTicket> =
        std::fs::read_to_string(layout.ticket()).ok().and_then(|line| line.parse().ok());
    let hub = device.hub_url().map(str::to_owned).or_else(|| ticket.map(|t| t.url().to_owned()));
    let hub = if device.is_hub() { OWN_HUB.to_owned() } else { hub.unwrap_or_default() };
    let lang = Rc::new(Cell::new("vi"));
    let refused = Rc::new(RefCell::new(None));
    let (said, spoken) = (refused.clone(), lang.clone());
    let view = Rc::new(move || SetupView {
        lang: spoken.get().to_owned(),
        screen: SetupScreen::Waiting(Waiting {
            hub: hub.clone(),
            since: clock_of(since_ms),
            refused: said.borrow().clone(),
        }),
    });
    let (layout, device) = (layout.clone(), device.clone());
    let (told, news) = std::sync::mpsc::channel();
    let timer = slint::Timer::default();
    let (glass, shown) = (screen.glass().clone(), view.clone());
    timer.start(slint::TimerMode::Repeated, Duration::from_millis(500), move || {
        if let Some(why) = news.try_iter().last() {
            refused.replace(Some(why));
            glass.show(&shown());
        }
    });
    screen.runtime.spawn(async move {
        while let Err(e) = met(&layout, &device).await {
            tracing::error!(error = crate::hub::chain(&*e), "waiting for the hub");
            let _ = told.send(refusal::of(&*e));
            tokio::time::sleep(AGAIN).await;
        }
        let _ = slint::quit_event_loop();
    });
    let (first, glass) = (view(), screen.glass().clone());
    screen.run(&first, move |intent| {
        if intent == SetupIntent::Language {
            lang.set(if lang.get() == "vi" { "en" } else { "vi" });
            glass.show(&view());
        }
    })?;
    Ok(())
}

/// Enrolled, with the hall and for a panel its counter on disk.
async fn met(layout: &Layout, device: &Device) -> Result<(), Box<dyn Error + Send + Sync>> {
    let data = layout.role_data(device.role.word());
    std::fs::create_dir_all(&data)?;
    let place = at_hub(&data);
    if device.is_hub() {
        own_ticket_when_there_is_a_hub(layout, device).await?;
    }
    let enrolled = enrolled::join(&place, Some(&Given::File(layout.ticket()))).await?;
    let url = if device.is_hub() { Some(OWN_HUB) } else { device.hub_url() };
    let client = HubClient::new(&enrolled, url)?;
    meet(&client, &data, device.role).await
}

async fn own_ticket_when_there_is_a_hub(
    layout: &Layout,
    device: &Device,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    loop {
        let (layout, device) = (layout.clone(), device.clone());
        let data = layout.role_data(device.role.word());
        let ticket = layout.ticket();
        let made = tokio::task::spawn_blocking(move || {
            own_ticket(&layout, &device).map_err(|e| crate::hub::chain(&*e))
        });
        made.await??;
        if ticket.exists() || at_hub(&data).read()?.is_some() {
            return Ok(());
        }
        tokio::time::sleep(OWN).await;
    }
}

async fn meet(client: &HubClient, data: &Path, role: Role) -> Result<(), Box<dyn Error + Send + Sync>> {
    first_hall(client, data).await;
    if role == Role::Panel {
        panel_counter(client, data).await?;
    }
    Ok(())
}

/// The wall clock of Viet Nam, `09:05`.
fn clock_of(ms: i64) -> String {
    let minutes = ms.div_euclid(60_000) + 7 * 60;
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}
