// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's menu as a state machine: touches and news in, a view and
//! effects out. No clock, no device, no window.

pub use super::input::{Effect, News, PartTest, Tap};
use super::page::{Ask, Hidden, Item, ListOf, Pad, Page, View};
use super::rows::test_of;
use super::settings;
use crate::doctor::checks::network::Net;
use crate::doctor::{Finding, Verdict, Words, checks};
use crate::machine::write::parts;
use crate::machine::{Device, Role, network};
use crate::steward::air::Heard;
use crate::steward::api::Status;

/// The grid that is wiped: columns, and lines on a tall and on a wide screen.
pub const COLUMNS: usize = 6;
/// Fields in all.
pub const ZONES: usize = 48;
/// Colours that are shown one after the other.
const COLOURS: u8 = 5;
/// Typed before everything is deleted.
const WORD: &str = "XOA";
/// The longest that can be typed.
const LONGEST: usize = 43;

/// The menu.
#[derive(Debug)]
pub struct Menu {
    pub(super) lang: &'static str,
    pub(super) device: Option<Device>,
    pub(super) status: Status,
    pub(super) found: Vec<Option<Finding>>,
    pub(super) net: Net,
    pub(super) bundles: Vec<String>,
    /// Of the hub in this device, while it has no manager.
    pub(super) setup_code: Option<String>,
    /// The check that a person judges at the moment.
    judged: Option<&'static str>,
    /// Buttons and lamps are judged one by one.
    place: usize,
    /// A network that is not in force yet.
    pub(super) draft: Option<settings::Network>,
    /// The settings that are on their way are a network.
    pub(super) joining: bool,
    pub(super) air: Vec<Heard>,
    pub(super) at: Page,
}

impl Menu {
    /// At its first page, in Vietnamese (`vi`) or English (`en`).
    pub fn new(device: Option<Device>, lang: &'static str) -> Menu {
        Menu {
            lang,
            device,
            status: Status { version: env!("CARGO_PKG_VERSION").to_owned(), ..Status::default() },
            found: vec![None; checks::ALL.len()],
            net: Net::default(),
            bundles: Vec::new(),
            setup_code: None,
            judged: None,
            place: 0,
            draft: None,
            joining: false,
            air: Vec::new(),
            at: Page::Menu,
        }
    }

    /// What is on the window.
    pub fn view(&self) -> View {
        let name = self.device.as_ref().map_or("", |device| device.name.as_str());
        let page = match &self.at {
            Page::List { of, first, .. } => Page::List { of: *of, rows: self.rows(*of), first: *first },
            page => page.clone(),
        };
        View {
            lang: self.lang.to_owned(),
            device: format!("{name}\nmotcua {}", self.status.version),
            page,
            changed: self.draft.is_some(),
            faulty: !self.status.faults.is_empty(),
        }
    }

    /// Findings so far.
    pub fn findings(&self) -> Vec<Finding> {
        self.found.iter().flatten().cloned().collect()
    }

    pub(super) fn list(&mut self, of: ListOf) {
        self.at = Page::List { of, rows: Vec::new(), first: 0 };
    }

    pub(super) fn ask(&mut self, ask: Ask, fact: impl Into<String>) {
        self.at = Page::Ask { ask, fact: fact.into() };
    }

    /// Takes a touch.
    pub fn tap(&mut self, tap: Tap) -> Vec<Effect> {
        match (tap, self.at.clone()) {
            (Tap::Item(item), Page::Menu) => self.item(item),
            (Tap::Run, Page::List { of: ListOf::SelfTest, .. }) => self.test(),
            (Tap::Run, Page::List { of: ListOf::Network, .. }) => self.apply_network(),
            (Tap::Back, Page::Letters { .. } | Page::List { of: ListOf::Air, .. })
            | (Tap::Back, Page::Pad { pad: Pad::Address | Pad::Gateway | Pad::Dns, .. }) => {
                self.list(ListOf::Network);
                Vec::new()
            }
            (Tap::Back, Page::List { .. } | Page::Pad { .. }) => {
                self.draft = None;
                self.at = Page::Menu;
                Vec::new()
            }
            (Tap::Turn(by), Page::List { of, first, rows }) => {
                self.at = Page::List { of, rows, first: first.saturating_add_signed(by) };
                Vec::new()
            }
            (Tap::Row(row), Page::List { of, .. }) => self.row(of, row),
            (Tap::Answer(yes), Page::Ask { ask, .. }) => self.answer(ask, yes),
            (Tap::Zone(zone), Page::Zones(mut done)) => {
                if let Some(field) = done.get_mut(zone) {
                    *field = true;
                }
                let whole = done.iter().all(|d| *d);
                self.at = Page::Zones(done);
                if whole { self.judge(true) } else { Vec::new() }
            }
            (Tap::Colour, Page::Colour(colour)) => {
                if colour + 1 < COLOURS {
                    self.at = Page::Colour(colour + 1);
                } else {
                    self.ask(Ask::ColoursDone, "");
                }
                Vec::new()
            }
            (Tap::Key(key), Page::Pad { pad, mut typed, .. }) => {
                if typed.len() < LONGEST {
                    typed.push(key);
                }
                self.typed(pad, typed)
            }
            (Tap::Erase, Page::Pad { pad, mut typed, .. }) => {
                typed.pop();
                self.typed(pad, typed)
            }
            (Tap::Enter, Page::Pad { pad: Pad::ResetWord, complete: true, .. }) => {
                self.order("factory-reset")
            }
            (Tap::Enter, Page::Pad { pad, typed, complete: true }) => self.addressed(pad, typed),
            (Tap::Key(key), Page::Letters { line, typed, .. }) => self.letter(line, typed, key),
            (Tap::Erase, Page::Letters { line, mut typed, .. }) => {
                typed.pop();
                self.letters(line, typed)
            }
            (Tap::Enter, Page::Letters { line, typed, complete: true }) => self.lettered(line, typed),
            _ => Vec::new(),
        }
    }

    fn item(&mut self, item: Item) -> Vec<Effect> {
        match item {
            Item::SelfTest => {
                self.list(ListOf::SelfTest);
                if self.found.iter().any(Option::is_none) { self.test() } else { Vec::new() }
            }
            Item::Report => {
                self.ask(Ask::Working, "");
                vec![Effect::Print(self.findings())]
            }
            Item::Logs => {
                self.ask(Ask::Working, "");
                vec![Effect::Logs]
            }
            Item::Network => {
                self.list(ListOf::Network);
                vec![Effect::Status, Effect::Network]
            }
            Item::Rotation => {
                self.list(ListOf::Rotation);
                Vec::new()
            }
            Item::Update => {
                self.bundles.clear();
                self.ask(Ask::Working, "");
                vec![Effect::Sticks]
            }
            Item::About => {
                self.list(ListOf::About);
                vec![Effect::Status, Effect::Network, Effect::SetupCode]
            }
            Item::Trial if self.device.as_ref().is_some_and(|device| device.role == Role::Kiosk) => {
                self.asked(Ask::Trial)
            }
            Item::Trial => {
                let why = self.pick("Chỉ kiosk có chế độ thử.", "Only a kiosk has a test mode.");
                self.ask(Ask::Refused, why);
                Vec::new()
            }
            Item::Faults => {
                self.list(ListOf::Faults);
                Vec::new()
            }
            Item::Restart => self.asked(Ask::Restart),
            Item::PowerOff => self.asked(Ask::PowerOff),
            Item::FactoryReset => self.asked(Ask::Reset),
            Item::Leave => self.asked(Ask::Leave),
            Item::Language => {
                self.lang = self.pick("en", "vi");
                vec![Effect::Language(self.lang)]
            }
        }
    }

    fn asked(&mut self, ask: Ask) -> Vec<Effect> {
        self.ask(ask, "");
        Vec::new()
    }

    fn test(&mut self) -> Vec<Effect> {
        self.found = vec![None; checks::ALL.len()];
        vec![Effect::Test]
    }

    fn row(&mut self, of: ListOf, row: usize) -> Vec<Effect> {
        match of {
            ListOf::SelfTest => self.begin(row),
            ListOf::Network => self.network_row(row),
            ListOf::Air => self.air_row(row),
            ListOf::Rotation => {
                let Some(angle) = [0, 90, 180, 270].get(row) else { return Vec::new() };
                self.put(|settings| Hidden::new(&settings::rotated(settings, *angle)))
            }
            ListOf::Bundles => {
                let Some(bundle) = self.bundles.get(row).cloned() else { return Vec::new() };
                self.ask(Ask::Updating, "");
                vec![Effect::Update(bundle)]
            }
            ListOf::About | ListOf::Faults => Vec::new(),
        }
    }

    /// Changes the settings that the steward told.
    pub(super) fn put(&mut self, change: impl FnOnce(&Device) -> Hidden) -> Vec<Effect> {
        let Some(known) = &self.status.settings else {
            let why =
                self.pick("Thiết bị chưa có cài đặt để sửa.", "This device has no settings to change yet.");
            self.ask(Ask::Refused, why);
            return Vec::new();
        };
        let text = change(known);
        self.ask(Ask::Working, "");
        vec![Effect::Settings(text)]
    }

    /// A person is to judge a part.
    fn begin(&mut self, row: usize) -> Vec<Effect> {
        let Some((name, _)) = checks::ALL.get(row) else { return Vec::new() };
        (self.judged, self.place) = (Some(*name), 0);
        match *name {
            "touch" => {
                self.at = Page::Zones(vec![false; ZONES]);
                Vec::new()
            }
            "screen" => {
                self.at = Page::Colour(0);
                Vec::new()
            }
            name => self.part(name),
        }
    }

    fn part(&mut self, name: &str) -> Vec<Effect> {
        let Some((test, ask)) = test_of(name, self.place) else { return Vec::new() };
        let wiring = self.device.as_ref().and_then(Device::lines);
        let fact = match &test {
            PartTest::Button(n) => wiring.as_ref().and_then(|w| w.buttons.get(*n)).map(|b| b.name.clone()),
            PartTest::Lamp(n) => wiring.as_ref().and_then(|w| w.lamps.get(*n)).map(|l| l.name.clone()),
            _ => Some(String::new()),
        };
        // After the last button or lamp all of them are good.
        let Some(fact) = fact else { return self.judge(true) };
        match test {
            PartTest::Slip | PartTest::Tone => self.ask(Ask::Working, ""),
            _ => self.ask(ask, fact),
        }
        vec![Effect::Part(test)]
    }

    /// What the person says of the part becomes its finding.
    fn judge(&mut self, well: bool) -> Vec<Effect> {
        let Some(name) = self.judged.take() else { return Vec::new() };
        let named = self.wired_name(name);
        let finding = if well {
            Finding {
                name,
                state: Verdict::Pass,
                found: Words::new("đã thử tận tay, tốt", "tried by hand, works"),
                what_to_do: None,
            }
        } else {
            let found = Words::new(
                format!("đã thử tận tay, không tốt {named}").trim_end(),
                format!("tried by hand, does not work {named}").trim_end(),
            );
            let to_do = Words::new(
                "kiểm tra dây, lau sạch, thay nếu cần",
                "check its cable, clean it, replace it if need be",
            );
            Finding { name, state: Verdict::Fail, found, what_to_do: Some(to_do) }
        };
        self.keep(finding);
        self.list(ListOf::SelfTest);
        vec![Effect::LetGo]
    }

    fn wired_name(&self, name: &str) -> String {
        let wiring = self.device.as_ref().and_then(Device::lines);
        let found = match name {
            "buttons" => wiring.as_ref().and_then(|w| w.buttons.get(self.place)).map(|b| b.name.clone()),
            "lamps" => wiring.as_ref().and_then(|w| w.lamps.get(self.place)).map(|l| l.name.clone()),
            _ => None,
        };
        found.unwrap_or_default()
    }

    fn keep(&mut self, finding: Finding) {
        let place = checks::ALL.iter().position(|(name, _)| *name == finding.name);
        if let Some(kept) = place.and_then(|place| self.found.get_mut(place)) {
            *kept = Some(finding);
        }
    }

    fn answer(&mut self, ask: Ask, yes: bool) -> Vec<Effect> {
        match (ask, yes) {
            (Ask::Slip | Ask::Speaker | Ask::ColoursDone, well) => self.judge(well),
            (Ask::Lamp, true) => {
                self.place += 1;
                self.part("lamps")
            }
            (Ask::Lamp | Ask::Scanner | Ask::Card | Ask::Button, false) => self.judge(false),
            (Ask::ZonesDone, true) => {
                self.at = Page::Zones(vec![false; ZONES]);
                Vec::new()
            }
            (Ask::ZonesDone, false) => self.judge(false),
            (Ask::Restart, true) => self.order("reboot"),
            (Ask::PowerOff, true) => self.order("power-off"),
            (Ask::Leave, true) => self.order("technician/leave"),
            (Ask::Reset, true) => self.asked(Ask::ResetSure),
            (Ask::ResetSure, true) => self.typed(Pad::ResetWord, String::new()),
            (Ask::Trial, true) => self.order("trial"),
            (Ask::NotJoined, true) | (Ask::Joining, false) => self.take_back(),
            (Ask::NotJoined, false) | (Ask::Joined, _) => {
                self.list(ListOf::Network);
                vec![Effect::Status, Effect::Network]
            }
            (Ask::Working | Ask::Updating | Ask::Joining, _) => Vec::new(),
            _ => {
                self.at = Page::Menu;
                Vec::new()
            }
        }
    }

    fn order(&mut self, deed: &'static str) -> Vec<Effect> {
        let meanwhile = match deed {
            "factory-reset" => self.pick(
                "Thiết bị đang xóa mọi thứ rồi tự khởi động lại như mới. Màn hình tối vài phút; đừng rút điện.",
                "Everything is being deleted, then the device starts like a new one. The screen is dark for some minutes; leave the power on.",
            ),
            "reboot" => self.pick(
                "Thiết bị đang khởi động lại. Màn hình tối một, hai phút.",
                "The device restarts. The screen is dark for a minute or two.",
            ),
            "power-off" => self.pick("Thiết bị đang tắt.", "The device switches itself off."),
            _ => "",
        };
        self.ask(Ask::Working, meanwhile);
        vec![Effect::Order(deed)]
    }

    pub(super) fn typed(&mut self, pad: Pad, typed: String) -> Vec<Effect> {
        let complete = match pad {
            Pad::Address => typed.is_empty() || network::is_network(&typed),
            Pad::Gateway => {
                let own = self.network().address;
                network::is_address(&typed) && network::way(&own, &typed) == network::Way::Good
            }
            Pad::Dns => parts(&typed).all(network::is_address),
            Pad::ResetWord => typed == WORD,
        };
        self.at = Page::Pad { pad, typed, complete };
        Vec::new()
    }

    /// Takes news.
    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        match news {
            News::Found(finding) => self.keep(finding),
            News::Network(net) => self.net = net,
            News::SetupCode(code) => self.setup_code = code,
            News::Status(status) => self.status = *status,
            // Somebody may have gone elsewhere while the sticks were read.
            News::Bundles(bundles) => match &self.at {
                Page::Ask { ask: Ask::Working, .. } => {
                    self.bundles = bundles;
                    self.list(ListOf::Bundles);
                }
                Page::List { of: ListOf::Bundles, .. } => self.bundles = bundles,
                _ => {}
            },
            News::Printed(Ok(())) => self.ask(Ask::Printed, ""),
            News::Printed(Err(why)) => self.ask(Ask::NoPrinter, why.get(self.lang)),
            News::Written(file) => self.ask(Ask::Written, file),
            News::Refused(why) => {
                self.joining = false;
                self.ask(Ask::Refused, why.get(self.lang));
            }
            News::Settled => return self.settled(),
            News::Air(air) => {
                self.air = air;
                self.list(ListOf::Air);
            }
            News::Joining(seconds, why) if self.joins() => {
                self.ask(Ask::Joining, format!("{seconds} s. {}", why.get(self.lang)));
            }
            News::Joined(Ok(())) if self.joins() => self.ask(Ask::Joined, ""),
            News::Joined(Err(why)) if self.joins() => self.ask(Ask::NotJoined, why.get(self.lang)),
            News::Joining(..) | News::Joined(_) => {}
            News::Update(now) if matches!(self.at, Page::Ask { ask: Ask::Updating, .. }) => match now {
                Some(now) => self.ask(Ask::Updating, now),
                None => self.ask(Ask::Restart, ""),
            },
            News::Update(_) => {}
            News::Reacted(Ok(())) => return self.reacted(),
            News::Reacted(Err(why)) => {
                if let Some(name) = self.judged.take() {
                    let to_do = Words::new("kiểm tra dây và nguồn", "check cable and power");
                    self.keep(Finding { name, state: Verdict::Fail, found: why, what_to_do: Some(to_do) });
                    self.list(ListOf::SelfTest);
                }
            }
            News::HandsOff => {
                if let Page::Zones(done) = &self.at {
                    let missed = done.iter().filter(|d| !**d).count();
                    self.ask(Ask::ZonesDone, format!("{missed} / {ZONES}"));
                }
            }
        }
        Vec::new()
    }

    /// The network is being looked at.
    fn joins(&self) -> bool {
        matches!(self.at, Page::Ask { ask: Ask::Joining, .. })
    }

    /// The part did what it was asked for.
    fn reacted(&mut self) -> Vec<Effect> {
        match self.judged {
            Some("printer") => self.ask(Ask::Slip, ""),
            Some("speaker") => self.ask(Ask::Speaker, ""),
            Some("buttons") => {
                self.place += 1;
                return self.part("buttons");
            }
            Some("scanner" | "card-reader") => return self.judge(true),
            _ => {}
        }
        Vec::new()
    }
}
