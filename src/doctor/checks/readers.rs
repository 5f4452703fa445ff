// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scanner and the card reader: as the running role says, or opened here.

use crate::doctor::{Finding, Look, Words};
use crate::kiosk::hands::{self, PartSays};
use motcua_hal::scanner::{ScannerConfig, ScannerHandle};
use motcua_link::data::{Part, PartState};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// A reader that is there is open within this time.
const OPEN: Duration = Duration::from_secs(4);
/// Its thread ends within this time.
const ENDING: Duration = Duration::from_secs(1);

pub fn scanner(look: &Look) -> Finding {
    if let Some(part) = look.part("scanner") {
        return super::told("scanner", part);
    }
    let Some(url) = look.device.as_ref().and_then(|device| device.scanner.as_ref()) else {
        return super::none_here("scanner");
    };
    if look.in_use() {
        return super::in_use("scanner");
    }
    let Ok(config) = url.parse::<ScannerConfig>() else {
        let found =
            Words::new(format!("địa chỉ không dùng được: {url}"), format!("this is no address: {url}"));
        let to_do =
            Words::new("sửa mục [scanner] trong motcua.toml", "mend the part [scanner] of motcua.toml");
        return Finding::fail("scanner", found, to_do);
    };
    let (tell, told) = channel();
    let handle = ScannerHandle::spawn(config, move |_| wake(&tell));
    let says = wait(&told, || hands::scanner(&handle.state()));
    handle.shutdown(ENDING);
    opened("scanner", says, url)
}

#[cfg(feature = "pcsc")]
pub fn card_reader(look: &Look) -> Finding {
    use motcua_hal::card::{CardHandle, TrustStore};
    if let Some(part) = look.part("card-reader") {
        return super::told("card-reader", part);
    }
    let Some(name) = look.device.as_ref().and_then(|device| device.card_reader.as_ref()) else {
        return super::none_here("card-reader");
    };
    if look.in_use() {
        return super::in_use("card-reader");
    }
    let (tell, told) = channel();
    let handle = CardHandle::spawn(name, TrustStore::default(), move |_| wake(&tell));
    let says = wait(&told, || hands::card_reader(&handle.state()));
    handle.shutdown(ENDING);
    opened("card-reader", says, name)
}

#[cfg(not(feature = "pcsc"))]
pub fn card_reader(_: &Look) -> Finding {
    super::none_here("card-reader")
}

/// News are looked at where they are waited for, and by nobody after.
fn wake(tell: &Sender<()>) {
    let _ = tell.send(());
}

/// What is said in the end; a reader that says nothing is silent. `told` wakes at news.
fn wait(told: &Receiver<()>, says: impl Fn() -> Option<PartSays>) -> PartSays {
    let end = Instant::now() + OPEN;
    loop {
        let now = says();
        let left = end.saturating_duration_since(Instant::now());
        match now {
            Some(well @ (PartState::Ok, _)) => return well,
            // It is tried again meanwhile.
            _ if left.is_zero() => return now.unwrap_or((PartState::Fault, Some("silent"))),
            _ => {
                let _ = told.recv_timeout(left);
            }
        }
    }
}

fn opened(name: &'static str, (state, fault): PartSays, which: &str) -> Finding {
    let found = super::told(name, &Part { state, fault: fault.map(str::to_owned) });
    if found.what_to_do.is_some() {
        return found;
    }
    Finding::pass(
        name,
        Words::new(format!("sẵn sàng {which}").trim_end(), format!("ready {which}").trim_end()),
    )
}
