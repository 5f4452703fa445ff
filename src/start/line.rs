// SPDX-License-Identifier: MIT OR Apache-2.0
//! Settings into the options of a role, by way of its command line: whatever a technician could type is what the
//! settings can say, and there is one place where each option is checked.

use crate::hub::run::HubOptions;
use crate::machine::network::{DEVICES, PAGES};
use crate::machine::{Device, Role};
use crate::steward::layout::Layout;
use clap::{Args, FromArgMatches};

/// Any port of this box only.
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
const NOWHERE: &str = "127.0.0.1:0";
/// The hub on the same box, whatever address the network gives it.
pub(super) const OWN_HUB: &str = "https://127.0.0.1:8611";

/// The options of a command from what could be typed.
fn parsed<T: Args + FromArgMatches>(arguments: &[String]) -> Result<T, clap::Error> {
    let command = T::augment_args(clap::Command::new("motcua").no_binary_name(true));
    T::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// Of `motcua hub`.
pub(super) fn hub(layout: &Layout) -> Result<HubOptions, clap::Error> {
    parsed(&hub_arguments(layout))
}

fn hub_arguments(layout: &Layout) -> Vec<String> {
    let mut line = Line::default();
    line.path("--data", &layout.data()).path("--hall", &layout.hall());
    // Every address of this box: officers' browsers and the hall's devices come from outside.
    line.put("--listen", &format!("0.0.0.0:{PAGES}"))
        .put("--devices", &format!("0.0.0.0:{DEVICES}"))
        .path("--state", &state(layout));
    line.0
}

/// What would be typed for this device's screen: the command, then its options.
pub(super) fn arguments(layout: &Layout, device: &Device) -> Vec<String> {
    let mut line = Line(vec![device.role.word().to_owned()]);
    line.path("--data", &layout.role_data(device.role.word()));
    line.path("--ticket-file", &layout.ticket());
    line.path("--state", &state(layout));
    let hub = if device.is_hub() { Some(OWN_HUB) } else { device.hub_url() };
    line.maybe("--hub", hub);
    line.path("--steward", &layout.socket());
    match device.role {
        Role::Kiosk => {
            line.0.push("--at-hub".to_owned());
            kiosk_part(&mut line, layout, device);
        }
        Role::Display => {
            let speaker = device.speaker.as_deref();
            line.put("--speaker", speaker.map_or("none", |s| s.strip_prefix("alsa:").unwrap_or("default")));
        }
        Role::Panel => {
            if device.wiring.is_some() {
                line.path("--wiring", &wiring(layout));
            }
            if device.screenless {
                line.0.push("--screenless".to_owned());
            }
        }
        Role::Hub => {}
    }
    line.0
}

fn kiosk_part(line: &mut Line, layout: &Layout, device: &Device) {
    if let Some(printer) = &device.printer {
        line.put("--printer", &printer.url).put("--profile", &printer.profile);
    }
    line.maybe("--speaker", device.speaker.as_deref()).maybe("--scanner", device.scanner.as_deref());
    if device.wiring.is_some() {
        line.path("--keypad", &wiring(layout));
    }
    if cfg!(feature = "pcsc")
        && let Some(name) = &device.card_reader
    {
        line.put("--card-reader", name);
        let trust = layout.data().join("csca");
        if trust.is_dir() {
            line.path("--trust", &trust);
        }
    }
}

/// Where roles tell the steward how they are.
fn state(layout: &Layout) -> std::path::PathBuf {
    layout.run().join("state")
}

/// The steward writes it beside the settings.
fn wiring(layout: &Layout) -> std::path::PathBuf {
    layout.run().join("wiring.toml")
}

/// Of `motcua kiosk`.
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
pub(super) fn kiosk(layout: &Layout, device: &Device) -> Result<crate::kiosk::Options, clap::Error> {
    parsed(&arguments(layout, device)[1..])
}

/// Of the test mode: no address that others know, no state file by which the device would be judged.
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
pub(super) fn trial(layout: &Layout, device: &Device) -> Result<crate::kiosk::Options, clap::Error> {
    let place = super::trial::place(layout);
    let mut line = Line(vec!["--trial".to_owned()]);
    line.path("--data", &place.join("hub")).path("--hall", &super::trial::hall(&place));
    line.put("--listen", NOWHERE).put("--devices", NOWHERE).put("--device", &device.name);
    line.path("--steward", &layout.socket());
    kiosk_part(&mut line, layout, device);
    parsed(&line.0)
}

/// Of `motcua display`.
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
pub(super) fn display(
    layout: &Layout,
    device: &Device,
) -> Result<crate::devices::run::DisplayOptions, clap::Error> {
    parsed(&arguments(layout, device)[1..])
}

/// Of `motcua panel`.
#[cfg(any(feature = "desktop", feature = "linuxkms"))]
pub(super) fn panel(
    layout: &Layout,
    device: &Device,
) -> Result<crate::devices::run::PanelOptions, clap::Error> {
    parsed(&arguments(layout, device)[1..])
}

/// What would be typed.
#[derive(Default)]
struct Line(Vec<String>);

impl Line {
    /// With `=`, so that a value may begin with a hyphen or be empty.
    fn put(&mut self, option: &str, value: &str) -> &mut Line {
        self.0.push(format!("{option}={value}"));
        self
    }

    fn path(&mut self, option: &str, value: &std::path::Path) -> &mut Line {
        self.put(option, &value.to_string_lossy())
    }

    fn maybe(&mut self, option: &str, value: Option<&str>) -> &mut Line {
        if let Some(value) = value {
            self.put(option, value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Settings;
    use std::path::Path;

    fn device(text: &str) -> Device {
        Settings::parse(text).unwrap().device
    }

    #[test]
    fn a_hub_is_reached_from_outside() {
        let arguments = hub_arguments(&Layout::at(Path::new("/")));
        assert!(arguments.contains(&"--devices=0.0.0.0:8611".to_owned()), "{arguments:?}");
        assert!(arguments.contains(&"--data=/data/motcua".to_owned()), "{arguments:?}");
        hub(&Layout::at(Path::new("/"))).unwrap();
    }

    #[test]
    fn a_kiosk_beside_its_hub_has_files_of_its_own_and_asks_on_the_box() {
        let layout = Layout::at(Path::new("/"));
        let text = "role=\"kiosk\"\nname=\"k\"\nhub=\"here\"\nprinter.url=\"usb:/dev/usb/lp0\"\ncard_reader={}\n\
                    speaker.device=\"alsa:plughw:1\"\nscanner.url=\"gm:/dev/serial/by-id/gm\"";
        let line = arguments(&layout, &device(text)).join(" ");
        assert!(line.starts_with("kiosk --data=/data/motcua/kiosk --ticket-file="), "{line}");
        for part in
            ["--hub=https://127.0.0.1:8611", "--at-hub", "--printer=usb:/dev/usb/lp0", "--profile=generic"]
        {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(line.contains("--speaker=alsa:plughw:1") && line.contains("--scanner=gm:/dev"), "{line}");
    }

    /// Every device that settings can describe is a command line that the role takes.
    #[cfg(any(feature = "desktop", feature = "linuxkms"))]
    #[test]
    fn what_the_settings_say_is_what_the_roles_take() {
        let layout = Layout::at(Path::new("/"));
        let hub = "hub=\"https://192.0.2.1:8611\"";
        let all = "card_reader={}\nspeaker.device=\"alsa:plughw:1\"\nscanner.url=\"gm:/dev/serial/by-id/gm\"";
        let printer = "printer.url=\"usb:/dev/usb/lp0\"";
        kiosk(&layout, &device(&format!("role=\"kiosk\"\nname=\"k\"\nhub=\"here\"\n{printer}\n{all}")))
            .unwrap();
        let remote = device(&format!("role=\"kiosk\"\nname=\"k\"\n{hub}\n{printer}"));
        kiosk(&layout, &remote).unwrap();
        trial(&layout, &remote).unwrap();
        display(&layout, &device(&format!("role=\"display\"\nname=\"d\"\n{hub}\n{all}"))).unwrap();
        panel(&layout, &device(&format!("role=\"panel\"\nname=\"p\"\n{hub}"))).unwrap();
        let wired = "panel.screenless=true\npanel.wiring.buttons=[{name=\"good\",line=\"GPIO5\"}]";
        panel(&layout, &device(&format!("role=\"panel\"\nname=\"p\"\n{hub}\n{wired}"))).unwrap();
    }
}
