// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub and the central: reached with this device's certificate, and for how
//! many days that is good; the database of a running role.

use crate::client::HubClient;
use crate::doctor::{Finding, Look, Words};
use crate::enrolled::{at_central, at_hub};
use crate::machine::Device;
use crate::watch::HubWay;
use motcua_link::trust::{Enrolled, Place};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A certificate is renewed by itself long before.
const DAYS_LEFT: i64 = 14;
/// For a connection.
const PATIENCE: Duration = Duration::from_secs(4);

/// Where the roles of this device keep their things.
fn places(look: &Look) -> Vec<PathBuf> {
    let data = look.roots.data.join("motcua");
    ["", "kiosk", "panel", "display", "hub"].iter().map(|role| data.join(role)).collect()
}

fn enrolled(look: &Look, at: fn(&Path) -> Place) -> Option<Enrolled> {
    places(look).iter().find_map(|dir| at(dir).read().ok().flatten())
}

/// To who may not read what the roles keep, the running role's word is all there is.
fn told(name: &'static str, reached: bool) -> Finding {
    if reached {
        let vi = "ứng dụng đang chạy báo đã kết nối; tài khoản này không xem được chứng thư";
        let en = "the running role says that it is connected; this account cannot read its certificate";
        return Finding::pass(name, Words::new(vi, en));
    }
    let vi = "tài khoản này không xem được; xem ở trang kỹ thuật của thiết bị";
    let en = "this account cannot look at it; see the device's technician's menu";
    Finding::skipped(name, Words::new(vi, en))
}

pub fn hub(look: &Look) -> Finding {
    let inside = look.device.as_ref().is_some_and(Device::is_hub);
    let here = inside || look.state("hub").is_some();
    if let Some(state) = look.states.iter().find(|s| s.facts.hub == Some(HubWay::Alone)) {
        let found = Words::new(
            format!("{} chưa liên lạc được với máy chủ", state.role),
            format!("the {} does not reach its hub", state.role),
        );
        let to_do = if here {
            Words::new(
                "máy chủ nằm trong thiết bị này: khởi động lại; vẫn vậy thì chép nhật ký ra USB gửi đơn vị hỗ trợ",
                "the hub is inside this device: restart it; if that stays, copy the logs to a USB stick for support",
            )
        } else {
            Words::new(
                "xem mục mạng; xem máy chủ của bộ phận có bật không",
                "see the network; look whether the hall's hub is switched on",
            )
        };
        return Finding::fail("hub", found, to_do);
    }
    if here {
        return of_this_device(look);
    }
    if look.device.is_none() {
        return Finding::skipped(
            "hub",
            Words::new("thiết bị chưa được cài đặt", "this device is not set up"),
        );
    }
    if look.outside() {
        return told("hub", look.states.iter().any(|s| s.facts.hub == Some(HubWay::Reached)));
    }
    let Some(enrolled) = enrolled(look, at_hub) else {
        return Finding::fail(
            "hub",
            Words::new("chưa ghi danh với máy chủ bộ phận", "not enrolled at the hub"),
            Words::new(
                "lấy phiếu ghi danh ở trang Thiết bị của máy chủ rồi cài đặt lại",
                "take a ticket from the hub's page of devices and set this device up again",
            ),
        );
    };
    let days = enrolled.identity.days_left(look.now_ms);
    match asked(&enrolled, look) {
        Ok(()) if days >= DAYS_LEFT => Finding::pass("hub", certified("đã kết nối", "connected", days)),
        Ok(()) => Finding::warn(
            "hub",
            certified("đã kết nối", "connected", days),
            Words::new(
                "chứng thư phải tự gia hạn; xem đồng hồ của thiết bị và của máy chủ",
                "it is renewed by itself; look at the clocks of this device and of the hub",
            ),
        ),
        Err(why) => Finding::fail(
            "hub",
            Words::new(format!("không kết nối được: {why}"), format!("not reached: {why}")),
            Words::new(
                "xem mục mạng và địa chỉ máy chủ; ghi danh lại nếu máy chủ đã được thay",
                "see the network and the hub's address; enrol again if the hub was replaced",
            ),
        ),
    }
}

fn certified(vi: &str, en: &str, days: i64) -> Words {
    Words::new(format!("{vi}; chứng thư còn {days} ngày"), format!("{en}; certificate good for {days} days"))
}

fn of_this_device(look: &Look) -> Finding {
    match look.state("hub") {
        Some(state) if state.database.as_deref() != Some("fault") => {
            let waiting = state.facts.waiting.unwrap_or(0);
            Finding::pass(
                "hub",
                Words::new(
                    format!("chạy trên thiết bị này, {waiting} người đang chờ"),
                    format!("runs on this device, {waiting} people waiting"),
                ),
            )
        }
        Some(_) => Finding::fail(
            "hub",
            Words::new("chạy trên thiết bị này nhưng không ghi được", "runs on this device and cannot write"),
            Words::new("xem mục ổ lưu trữ", "see the disk"),
        ),
        None => Finding::skipped("hub", Words::new("máy chủ đang dừng", "the hub is stopped")),
    }
}

/// A question under this device's certificate.
fn asked(enrolled: &Enrolled, look: &Look) -> Result<(), String> {
    let url = look.device.as_ref().and_then(|device| device.hub.as_deref());
    let url = url.filter(|url| url.starts_with("https://"));
    let client = HubClient::new(enrolled, url).map_err(|e| crate::hub::chain(&e))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(client.me()).map(drop).map_err(|e| crate::hub::chain(&e))
}

pub fn central(look: &Look) -> Finding {
    if !look.device.as_ref().is_some_and(Device::is_hub) {
        return Finding::skipped("central", Words::new("qua máy chủ bộ phận", "by way of the hub"));
    }
    if look.outside() {
        return told("central", false);
    }
    let Some(enrolled) = enrolled(look, at_central) else {
        return Finding::skipped("central", Words::new("bộ phận này không có", "this hall has none"));
    };
    let days = enrolled.identity.days_left(look.now_ms);
    match reached(&enrolled) {
        Ok(()) if days >= DAYS_LEFT => Finding::pass("central", certified("kết nối được", "reached", days)),
        Ok(()) => Finding::warn(
            "central",
            certified("kết nối được", "reached", days),
            Words::new(
                "xem đồng hồ; ghi danh lại nếu chứng thư hết hạn",
                "look at the clock; enrol again if it ends",
            ),
        ),
        Err(why) => Finding::warn(
            "central",
            Words::new(format!("không kết nối được: {why}"), format!("not reached: {why}")),
            Words::new(
                "bộ phận vẫn phục vụ bình thường; xem đường ra internet và đồng hồ; nếu báo 401 hoặc 403 thì ghi danh lại",
                "the hall serves all the same; look at the way to the internet and at the clock; enrol again at 401 or 403",
            ),
        ),
    }
}

/// Asks the central where a lane of this hall stands, as the uplink does: its certificate is checked, and so is ours.
fn reached(enrolled: &Enrolled) -> Result<(), String> {
    motcua_link::trust::ready();
    let name = enrolled.identity.name();
    let url = format!("{}/v1/devices/{name}/lanes/health", enrolled.url.trim_end_matches('/'));
    let client = motcua_link::trust::client::client(&enrolled.identity).map_err(|e| crate::hub::chain(&e))?;
    let client = client.timeout(PATIENCE).build().map_err(|e| crate::hub::chain(&e))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    // The limit is a timer of the runtime, so the request begins inside it.
    let answer =
        runtime.block_on(async { client.get(url).send().await }).map_err(|e| crate::hub::chain(&e))?;
    let status = answer.status();
    // A central that is busy was reached; one that does not let this hall in was not.
    if status.is_success() || status.is_server_error() { Ok(()) } else { Err(status.to_string()) }
}

pub fn database(look: &Look) -> Finding {
    if let Some(part) = look.part("database").filter(|part| part.fault.is_some()) {
        return super::told("database", part);
    }
    let told: Vec<&str> = look.states.iter().filter_map(|state| state.database.as_deref()).collect();
    if told.contains(&"fault") {
        let (found, to_do) = super::fault_words("cannot-write");
        return Finding::fail("database", found, to_do);
    }
    if told.is_empty() {
        return Finding::skipped("database", Words::new("không có ứng dụng nào đang chạy", "no role runs"));
    }
    Finding::pass("database", Words::new("trả lời tốt", "answers"))
}
