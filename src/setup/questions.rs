// SPDX-License-Identifier: MIT OR Apache-2.0
//! The questions of the first-run screen: which are asked follows from the answers before; what can be chosen, what
//! was answered.

use super::session::Session;
use super::view::*;
use crate::machine::network::{self, Way};
use crate::machine::write::{Answers, PROXY, parts};
use crate::machine::{self, GENERIC, Role};
use motcua_hal::printer::Profile;

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
        let a = &self.answers;
        match self.step() {
            Some(Step::Role) => a.role.is_some(),
            Some(Step::Hub) => a.here || !a.hub.is_empty(),
            Some(Step::Address) => a.hub.trim().len() > "https://".len(),
            Some(Step::Ticket) => !a.ticket.is_empty(),
            Some(Step::Hall) => !a.hall.trim().is_empty(),
            Some(Step::Name) => machine::is_name(a.name.trim()),
            Some(Step::Ssid) => !a.ssid.is_empty(),
            Some(Step::Passphrase) => a.passphrase.len() >= 8,
            Some(Step::IpAddress) => network::is_network(a.address.trim()),
            Some(Step::Gateway) => {
                network::is_address(a.gateway.trim())
                    && network::way(a.address.trim(), a.gateway.trim()) == Way::Good
            }
            Some(Step::Dns) => parts(&a.dns).all(network::is_address),
            Some(Step::Proxy) => matches!(a.proxy.trim(), "" | PROXY) || network::is_proxy(a.proxy.trim()),
            Some(Step::Ntp) => parts(&a.ntp).all(network::is_host),
            Some(Step::Printer) => self.network_printer || !a.printer.is_empty(),
            Some(Step::PrinterAddress) => a.printer.len() > "tcp:".len(),
            Some(Step::Pin) => machine::is_pin(&a.pin),
            Some(Step::Network | Step::Addressing | Step::Extras | Step::Profile | Step::Rotation) => true,
            None => false,
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
