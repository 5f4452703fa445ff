// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buttons and lamps, as the wiring names them. Whether each button is felt and
//! each lamp lights, only a person can tell: technician mode asks.

use crate::doctor::{Finding, Look, Words};
use crate::machine::Device;
use motcua_hal::buttons::{LineError, PanelConfig};

pub fn buttons(look: &Look) -> Finding {
    wired(look, "buttons", |config| {
        let names: Vec<&str> = config.buttons.iter().map(|b| b.name.as_str()).collect();
        (!names.is_empty()).then(|| (names.join(", "), motcua_hal::buttons::open(config).map(drop)))
    })
}

pub fn lamps(look: &Look) -> Finding {
    wired(look, "lamps", |config| {
        let names: Vec<&str> = config.lamps.iter().map(|l| l.name.as_str()).collect();
        (!names.is_empty()).then(|| (names.join(", "), motcua_hal::lamps::open(config).map(drop)))
    })
}

/// Names of the lines, and whether they could be opened; none where there are none.
type Lines = Option<(String, Result<(), LineError>)>;

fn wired(look: &Look, name: &'static str, open: impl FnOnce(&PanelConfig) -> Lines) -> Finding {
    if let Some(part) = look.part(name) {
        return super::told(name, part);
    }
    let Some(config) = look.device.as_ref().and_then(Device::lines) else {
        return super::none_here(name);
    };
    if look.in_use() {
        return super::in_use(name);
    }
    match open(&config) {
        None => super::none_here(name),
        Some((names, Ok(()))) => Finding::pass(name, Words::same(names)),
        Some((_, Err(e))) => Finding::fail(
            name,
            Words::new(format!("không mở được chân tín hiệu: {e}"), e.to_string()),
            Words::new(
                "so lại sơ đồ nối dây trong motcua.toml; xem docs/panel-hardware.md",
                "compare the wiring in motcua.toml; see docs/panel-hardware.md",
            ),
        ),
    }
}
