// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wireless networks in the air, as wpa_supplicant hears them. On a device with a cable it is started for that,
//! without a network of its own.

use super::network;
use super::provision::{Steward, wireless};
use super::session::supplicant;
use super::system::{Program, SystemError, rest};
use crate::disk::keep;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A radio needs a few seconds for all channels.
const LISTEN: Duration = Duration::from_secs(4);
/// Attempts at a wpa_supplicant that was just started.
const ATTEMPTS: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(300);
/// More are no help to anybody.
const MOST: usize = 20;

/// A network in the air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Its name.
    pub ssid: String,
    /// How strong, dBm.
    pub signal: i32,
}

/// Nothing is heard.
#[derive(Debug, thiserror::Error)]
pub enum AirError {
    /// No radio.
    #[error("this device has no Wi-Fi")]
    NoRadio,
    /// Its file.
    #[error("cannot prepare the radio")]
    File(#[from] std::io::Error),
    /// wpa_supplicant does not answer.
    #[error(transparent)]
    Asked(#[from] SystemError),
}

/// Listens for some seconds.
pub(super) fn listen(steward: &Steward) -> Result<Vec<Heard>, AirError> {
    let radio = wireless(&steward.layout).ok_or(AirError::NoRadio)?;
    let file = steward.supplicant_file(&radio);
    if !file.exists() {
        keep(&file, network::listening().as_bytes())?;
        steward.system.run(Program::Systemctl, &["start", &supplicant(&radio)])?;
    }
    let ask = |word| ["-p", network::CONTROL, "-i", &radio, word].map(str::to_owned);
    let scan = ask("scan");
    let scan: Vec<&str> = scan.iter().map(String::as_str).collect();
    let mut tried = 0;
    while let Err(e) = steward.system.run(Program::WpaCli, &scan) {
        tried += 1;
        if tried == ATTEMPTS {
            return Err(e.into());
        }
        rest(BETWEEN);
    }
    rest(LISTEN);
    let results = ask("scan_results");
    let results: Vec<&str> = results.iter().map(String::as_str).collect();
    let mut heard: Vec<Heard> = Vec::new();
    steward.system.lines(Program::WpaCli, &results, |line| {
        heard.extend(network_of(line));
        Ok(())
    })?;
    Ok(strongest(heard))
}

/// Each name once, the strongest first.
fn strongest(mut heard: Vec<Heard>) -> Vec<Heard> {
    heard.sort_by_key(|h| std::cmp::Reverse(h.signal));
    let mut names = std::collections::HashSet::new();
    heard.retain(|h| names.insert(h.ssid.clone()));
    heard.truncate(MOST);
    heard
}

/// A line of `wpa_cli scan_results`: address, frequency, signal, flags, name. Open networks and hidden ones are none
/// that a device can be given.
fn network_of(line: &str) -> Option<Heard> {
    let mut fields = line.splitn(5, '\t');
    let signal = fields.nth(2)?.parse().ok()?;
    let flags = fields.next()?;
    let ssid = plain(fields.next()?)?;
    let known = flags.contains("PSK") || flags.contains("SAE");
    (known && !ssid.is_empty() && !ssid.chars().any(char::is_control)).then_some(Heard { ssid, signal })
}

/// wpa_supplicant prints bytes beyond ASCII as `\xHH`.
fn plain(printed: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = printed.bytes();
    while let Some(byte) = rest.next() {
        let made = match byte {
            b'\\' => match rest.next()? {
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'e' => 0x1b,
                other => other,
            },
            byte => byte,
        };
        bytes.push(made);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_once_with_their_accents_and_the_strongest_first() {
        let printed = "bssid / frequency / signal level / flags / ssid\n\
                       02:00:00:00:00:01\t2412\t-71\t[WPA2-PSK-CCMP][ESS]\tM\\xe1\\xbb\\x99t c\\xe1\\xbb\\xada\n\
                       02:00:00:00:00:02\t5180\t-40\t[WPA2-SAE-CCMP][ESS]\tUBND \\\"T\\\\1\\\"\n\
                       02:00:00:00:00:03\t2437\t-60\t[WPA2-PSK-CCMP][ESS]\tM\\xe1\\xbb\\x99t c\\xe1\\xbb\\xada\n\
                       02:00:00:00:00:04\t2437\t-30\t[ESS]\tKhach\n\
                       02:00:00:00:00:05\t2437\t-30\t[WPA2-PSK-CCMP][ESS]\t\n\
                       02:00:00:00:00:06\t2437\t-30\t[WPA2-EAP-CCMP][ESS]\tSo\n\
                       02:00:00:00:00:07\t2437\t-30\t[WPA2-PSK-CCMP][ESS]\t\\x00\\x00\n";
        let heard = strongest(printed.lines().filter_map(network_of).collect());
        let names: Vec<_> = heard.iter().map(|h| (h.ssid.as_str(), h.signal)).collect();
        assert_eq!(names, [("UBND \"T\\1\"", -40), ("Một cửa", -60)]);
    }
}
