// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock: set by a time server, by a chip, or by nobody; how far it was from the server at the last look, and
//! whether the chip keeps its time while the power is away.

use crate::doctor::roots::text;
use crate::doctor::{Finding, Look, Words};
use std::time::Duration;

/// Before this no clock can be right: 2026-01-01.
const FLOOR_MS: i64 = 1_767_225_600_000;
/// From the time server, milliseconds: a number's minute is still right, and no longer.
const NEAR_MS: i64 = 2_000;
const FAR_MS: i64 = 60_000;
/// A chip that is further from a clock that was set over the network is not running, seconds.
const CHIP_S: u64 = 120;
/// For the bus.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn clock(look: &Look) -> Finding {
    let synchronised = look.roots.run.join("systemd/timesync/synchronized").exists();
    if look.now_ms < FLOOR_MS {
        return Finding::fail(
            "clock",
            Words::new("giờ của thiết bị sai hẳn", "the clock is wrong by years"),
            Words::new(
                "nối mạng có máy chủ giờ (ntp trong motcua.toml)",
                "connect it to a time server (ntp in motcua.toml)",
            ),
        );
    }
    let chip = Chip::of(look);
    if let Some(finding) = chip.as_ref().filter(|_| synchronised).and_then(|c| c.stopped(look.now_ms)) {
        return finding;
    }
    let with_chip = match &chip {
        Some(chip) => Words::new(format!("chip {}", chip.name), format!("chip {}", chip.name)),
        None => Words::new("không có chip đồng hồ", "no clock chip"),
    };
    match (synchronised, chip.is_some()) {
        (true, _) => match offset(look) {
            Some(ms) => apart(ms, &with_chip),
            None => Finding::pass(
                "clock",
                Words::new(
                    format!("đã đồng bộ, {}", with_chip.vi),
                    format!("synchronised, {}", with_chip.en),
                ),
            ),
        },
        (false, true) => Finding::warn(
            "clock",
            Words::new(
                format!("chưa đồng bộ, chạy theo {}", with_chip.vi),
                format!("not synchronised, runs by its {}", with_chip.en),
            ),
            Words::new(
                "xem máy chủ giờ (ntp trong motcua.toml)",
                "look at the time server (ntp in motcua.toml)",
            ),
        ),
        (false, false) => Finding::fail(
            "clock",
            Words::new("chưa đồng bộ và không có chip đồng hồ", "not synchronised and without a clock chip"),
            Words::new(
                "đặt ntp trong motcua.toml bằng máy chủ giờ trong mạng, ví dụ địa chỉ bộ định tuyến; nên lắp chip đồng hồ",
                "set ntp in motcua.toml to a time server of the network, such as the router; fit a clock chip",
            ),
        ),
    }
}

/// What the time server said at the last look.
fn apart(ms: i64, chip: &Words) -> Finding {
    let seconds = format!("{}.{}", ms.abs() / 1_000, ms.abs() / 100 % 10);
    let found = Words::new(
        format!("lệch {seconds} giây so với máy chủ giờ, {}", chip.vi),
        format!("{seconds} s from the time server, {}", chip.en),
    );
    let to_do = Words::new(
        "chờ vài phút rồi kiểm tra lại; nếu vẫn lệch, đổi máy chủ giờ (ntp trong motcua.toml)",
        "look again in a few minutes; if it stays, take another time server (ntp in motcua.toml)",
    );
    match ms.abs() {
        ms if ms >= FAR_MS => Finding::fail("clock", found, to_do),
        ms if ms >= NEAR_MS => Finding::warn("clock", found, to_do),
        _ => Finding::pass("clock", found),
    }
}

/// The board's own clock; a Raspberry Pi 5 has one that runs only with a battery at its connector.
struct Chip {
    name: String,
    epoch_s: Option<i64>,
}

impl Chip {
    fn of(look: &Look) -> Option<Chip> {
        let dir = look.roots.sys.join("class/rtc/rtc0");
        let epoch_s = text(&dir.join("since_epoch")).and_then(|s| s.parse().ok());
        dir.exists().then(|| Chip { name: text(&dir.join("name")).unwrap_or_default(), epoch_s })
    }

    fn stopped(&self, now_ms: i64) -> Option<Finding> {
        let apart_s = self.epoch_s?.abs_diff(now_ms / 1_000);
        (apart_s > CHIP_S).then(|| {
            let name = &self.name;
            Finding::warn(
                "clock",
                Words::new(
                    format!("đã đồng bộ, nhưng chip {name} không giữ giờ"),
                    format!("synchronised, but the chip {name} does not keep the time"),
                ),
                Words::new(
                    "lắp hoặc thay pin của chip đồng hồ; thiếu pin, giờ sai mỗi lần bật khi không có mạng",
                    "fit or replace the battery of the clock chip; without it the time is wrong at each start without a network",
                ),
            )
        })
    }
}

/// Of systemd-timesyncd: leap, version, mode, stratum, precision, delay, dispersion, reference, the four times of an
/// exchange in microseconds, ignored, exchanges so far, jitter.
type Message = (u32, u32, u32, u32, i32, u64, u64, Vec<u8>, u64, u64, u64, u64, bool, u64, u64);

#[zbus::proxy(
    interface = "org.freedesktop.timesync1.Manager",
    default_service = "org.freedesktop.timesync1",
    default_path = "/org/freedesktop/timesync1"
)]
trait TimeSync {
    #[zbus(property(emits_changed_signal = "false"), name = "NTPMessage")]
    fn ntp_message(&self) -> zbus::Result<Message>;
}

/// Milliseconds that this clock was behind the server's at the last exchange; none where nobody says. The first exchange
/// after a start tells how far it was before it was set.
fn offset(look: &Look) -> Option<i64> {
    if !look.roots.live && look.roots.bus.is_none() {
        return None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, message(look)).await });
    match asked {
        Ok(Ok(m)) if m.13 > 1 && !m.12 => {
            let [sent, received, answered, back] =
                [m.8, m.9, m.10, m.11].map(|us| i64::try_from(us).unwrap_or(i64::MAX));
            let twice = received.saturating_sub(sent).saturating_add(answered.saturating_sub(back));
            Some(twice / 2_000)
        }
        Ok(Err(e)) => {
            tracing::debug!(error = crate::hub::chain(&e), "systemd-timesyncd");
            None
        }
        _ => None,
    }
}

async fn message(look: &Look) -> zbus::Result<Message> {
    let bus = match &look.roots.bus {
        Some(address) => zbus::connection::Builder::address(address.as_str())?.build().await?,
        None => zbus::Connection::system().await?,
    };
    TimeSyncProxy::new(&bus).await?.ntp_message().await
}
