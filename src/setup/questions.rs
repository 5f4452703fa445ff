// SPDX-License-Identifier: MIT OR Apache-2.0
//! The questions of the first-run screen: which are asked follows from the answers before; what can be chosen, what
//! was answered.

use super::session::Session;
use super::view::*;
use crate::machine::network::{self, Way};
use crate::machine::write::{Answers, PROXY, parts};
use crate::machine::{self, GENERIC, Role};
use motcua_hal::printer::Profile;
use zeroize::Zeroizing;

/// The questions that the answers so far lead to; a printer in the network is asked for its address.
pub(crate) fn steps(a: &Answers, network_printer: bool) -> Vec<Step> {
    let mut steps = vec![Step::Role];
    if a.role == Some(Role::Kiosk) || a.role.is_none() {
        steps.push(Step::Hub);
    }
    if a.has_hub() {
        steps.push(Step::Hall);
    } else {
        steps.extend([Step::Address, Step::Ticket]);
    }
    steps.extend([Step::Name, Step::Network]);
    if a.wifi {
        steps.extend([Step::Ssid, Step::Passphrase]);
    }
    steps.push(Step::Addressing);
    if a.fixed {
        steps.extend([Step::IpAddress, Step::Gateway, Step::Dns]);
    }
    steps.push(Step::Extras);
    if a.extras {
        steps.extend([Step::Proxy, Step::Ntp]);
    }
    if a.role == Some(Role::Kiosk) {
        steps.push(Step::Printer);
        if network_printer {
            steps.push(Step::PrinterAddress);
        }
        steps.push(Step::Profile);
    }
    if a.role != Some(Role::Hub) {
        steps.push(Step::Rotation);
    }
    steps.push(Step::Pin);
    steps
}

impl Session {
    pub(super) fn steps(&self) -> Vec<Step> {
        steps(&self.answers, self.network_printer)
    }

    /// What is there is enough to go on.
    pub(super) fn ready(&self) -> bool {
        self.step().is_some_and(|step| self.is_ready(step))
    }

    /// That question has its answer.
    pub(super) fn is_ready(&self, step: Step) -> bool {
        let a = &self.answers;
        match step {
            Step::Role => a.role.is_some(),
            Step::Hub => a.here || !a.hub.is_empty(),
            Step::Address => a.hub.trim().len() > "https://".len(),
            Step::Ticket => !a.ticket.is_empty(),
            Step::Hall => !a.hall.trim().is_empty(),
            Step::Name => machine::is_name(a.name.trim()),
            Step::Ssid => !a.ssid.is_empty(),
            Step::Passphrase => a.passphrase.len() >= 8,
            Step::IpAddress => network::is_network(a.address.trim()),
            Step::Gateway => {
                network::is_address(a.gateway.trim())
                    && network::way(a.address.trim(), a.gateway.trim()) == Way::Good
            }
            Step::Dns => parts(&a.dns).all(network::is_address),
            Step::Proxy => matches!(a.proxy.trim(), "" | PROXY) || network::is_proxy(a.proxy.trim()),
            Step::Ntp => parts(&a.ntp).all(network::is_host),
            Step::Printer => self.network_printer || !a.printer.is_empty(),
            Step::PrinterAddress => a.printer.len() > "tcp:".len(),
            Step::Pin => machine::is_pin(&a.pin),
            Step::Network | Step::Addressing | Step::Extras | Step::Profile | Step::Rotation => true,
        }
    }

    pub(super) fn picks(&self, step: Step) -> Vec<Pick> {
        match step {
            Step::Role => Role::ALL.map(Pick::Role).to_vec(),
            Step::Hub => vec![Pick::Here, Pick::Elsewhere],
            Step::Network => vec![Pick::Cable, Pick::Wifi],
            Step::Addressing => vec![Pick::Dhcp, Pick::Fixed],
            Step::Extras => vec![Pick::NoExtras, Pick::Extras],
            Step::Profile => Profile::names().iter().copied().map(Pick::Profile).collect(),
            Step::Printer => {
                let found = self.finds.printers.iter().take(4).cloned().map(Pick::Printer);
                found.chain([Pick::NetworkPrinter]).collect()
            }
            Step::Rotation => [0, 90, 180, 270].map(Pick::Rotation).to_vec(),
            _ => Vec::new(),
        }
    }

    pub(super) fn chosen(&self, pick: &Pick) -> bool {
        let a = &self.answers;
        match pick {
            Pick::Role(role) => a.role == Some(*role),
            Pick::Here => a.here,
            Pick::Elsewhere => a.role.is_some() && !a.here && !a.hub.is_empty(),
            Pick::Cable => !a.wifi,
            Pick::Wifi => a.wifi,
            Pick::Dhcp => !a.fixed,
            Pick::Fixed => a.fixed,
            Pick::NoExtras => !a.extras,
            Pick::Extras => a.extras,
            Pick::Printer(url) => !self.network_printer && a.printer == *url,
            Pick::NetworkPrinter => self.network_printer,
            Pick::Profile(name) => *name == self.profile(),
            Pick::Rotation(degrees) => a.rotation == *degrees,
        }
    }

    fn profile(&self) -> &str {
        if self.answers.profile.is_empty() { GENERIC } else { &self.answers.profile }
    }

    /// The question whose answer stands in that line of the settings.
    pub(super) fn step_of(&self, line: usize) -> Option<Step> {
        let text = Zeroizing::new(self.answers.text());
        let (mut table, mut key) = ("", "");
        for line in text.lines().take(line) {
            if let Some(name) = line.strip_prefix('[') {
                (table, key) = (name.trim_end_matches(']'), "");
            } else if let Some((name, _)) = line.split_once('=') {
                key = name.trim();
            }
        }
        let step = match (table, key) {
            ("", "role") => Step::Role,
            ("", "name") => Step::Name,
            ("", "hub") if self.answers.has_hub() => Step::Hub,
            ("", "hub") => Step::Address,
            ("hall", _) => Step::Hall,
            ("enrolment", _) => Step::Ticket,
            ("network", "address") => Step::IpAddress,
            ("network", "gateway") => Step::Gateway,
            ("network", "dns") => Step::Dns,
            ("network", "proxy") => Step::Proxy,
            ("network", "ntp") => Step::Ntp,
            ("network.wifi", "passphrase") => Step::Passphrase,
            ("network.wifi", _) => Step::Ssid,
            ("printer", "profile") => Step::Profile,
            ("printer", _) if self.network_printer => Step::PrinterAddress,
            ("printer", _) => Step::Printer,
            ("screen", _) => Step::Rotation,
            ("technician", _) => Step::Pin,
            _ => return None,
        };
        (line > 0).then_some(step)
    }

    /// Everything that was answered. A choice that leads to a text is said by the text.
    pub(super) fn rows(&self) -> Vec<(Step, Answer)> {
        let a = &self.answers;
        let typed = |text: &str| (!text.is_empty()).then(|| Answer::Text(text.to_owned()));
        let row = |step| {
            let answer = match step {
                Step::Role => Some(Answer::Pick(Pick::Role(a.role?))),
                Step::Hub => a.here.then_some(Answer::Pick(Pick::Here)),
                Step::Network => (!a.wifi).then_some(Answer::Pick(Pick::Cable)),
                Step::Addressing => (!a.fixed).then_some(Answer::Pick(Pick::Dhcp)),
                Step::Rotation => Some(Answer::Pick(Pick::Rotation(a.rotation))),
                Step::Address => typed(&a.hub),
                Step::Hall => typed(&a.hall),
                Step::Name => typed(&a.name),
                Step::Ssid => typed(&a.ssid),
                Step::IpAddress => typed(&a.address),
                Step::Gateway => typed(&a.gateway),
                Step::Dns => typed(a.dns.trim()),
                Step::Ntp => typed(a.ntp.trim()),
                Step::Printer => typed(&a.printer),
                Step::Profile => typed(self.profile()),
                Step::Proxy => (!matches!(a.proxy.trim(), "" | PROXY)).then_some(Answer::Hidden),
                Step::Ticket | Step::Passphrase | Step::Pin => Some(Answer::Hidden),
                Step::Extras | Step::PrinterAddress => None,
            };
            Some((step, answer?))
        };
        self.steps().into_iter().filter_map(row).collect()
    }
}

/// The choice to which a question belongs: its own, or the one that leads to it.
pub(super) fn group(step: Step) -> Step {
    match step {
        Step::Address | Step::Ticket => Step::Hub,
        Step::Ssid | Step::Passphrase => Step::Network,
        Step::IpAddress | Step::Gateway | Step::Dns => Step::Addressing,
        Step::Proxy | Step::Ntp => Step::Extras,
        Step::PrinterAddress => Step::Printer,
        other => other,
    }
}

/// Where the answer of a typed question is kept.
pub(super) fn text_of(a: &mut Answers, step: Step) -> Option<&mut String> {
    Some(match step {
        Step::Address => &mut a.hub,
        Step::Ticket => &mut a.ticket,
        Step::Hall => &mut a.hall,
        Step::Name => &mut a.name,
        Step::Ssid => &mut a.ssid,
        Step::Passphrase => &mut a.passphrase,
        Step::IpAddress => &mut a.address,
        Step::Gateway => &mut a.gateway,
        Step::Dns => &mut a.dns,
        Step::Proxy => &mut a.proxy,
        Step::Ntp => &mut a.ntp,
        Step::PrinterAddress => &mut a.printer,
        Step::Pin => &mut a.pin,
        _ => return None,
    })
}
