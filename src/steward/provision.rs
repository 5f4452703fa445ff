// SPDX-License-Identifier: MIT OR Apache-2.0
//! Settings into force: from the boot partition at a start, from a screen later. New ones are kept before the old
//! ones go; wrong ones change nothing. The file with secrets is removed once it was used.

use super::kept::{Kept, KeptError};
use super::layout::Layout;
use super::lock::{Lock, LockError};
use super::partition::Data;
use super::release::{Booted, Release};
use super::scrub::Scrub;
use super::system::{Program, System};
use super::units::{SETUP, TECHNICIAN, screen_unit, units};
use super::update::Limits;
use super::update::agent::Parts;
use super::{guard, hall, network, reset, screen, session};
use crate::clock::unix_ms;
use crate::disk::keep;
use crate::hub::SETUP_CODE;
use crate::machine::{Fault, Settings};
use motcua_core::hall::Hall;
use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Most bytes of a settings file: it fits into one QR code, and a stranger's gigabyte does not fill the memory.
pub const LARGEST: u64 = 64 * 1024;

/// Settings were not put in force.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// They are wrong.
    #[error("the settings are wrong")]
    Faults(Vec<Fault>),
    /// Not on disk.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The codes are not on disk.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A ticket or the hall is not on disk.
    #[error("cannot write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What changes.
#[derive(Debug)]
pub(super) struct Inner {
    pub kept: Option<Kept>,
    /// What was in force before the technician's last change.
    pub before: Option<Kept>,
    pub faults: Vec<Fault>,
    pub technician: bool,
    pub lock: Lock,
}

/// The one that is root.
#[derive(Debug)]
pub struct Steward {
    pub(super) layout: Layout,
    pub(super) system: System,
    pub(super) release: Release,
    pub(super) booted: Booted,
    pub(super) data: Data,
    inner: Mutex<Inner>,
}

impl Steward {
    /// Of the device under that root.
    ///
    /// # Errors
    /// `/run` cannot be written.
    pub fn new(layout: Layout) -> std::io::Result<Steward> {
        fs::create_dir_all(layout.run())?;
        let data = Data::open(&layout);
        let lock = Lock::open(&layout.device(), unix_ms());
        let technician = session::mark(&layout).exists();
        let inner = Inner { kept: None, before: None, faults: Vec::new(), technician, lock };
        Ok(Steward {
            system: System::new(layout.clone()),
            release: Release::read(&layout),
            booted: Booted::read(&layout),
            inner: Mutex::new(inner),
            data,
            layout,
        })
    }

    /// What the agent of updates works with.
    pub(super) fn update_parts(&self, bus: Option<String>, limits: Limits) -> Parts {
        let (layout, release, booted) = (self.layout.clone(), self.release.clone(), self.booted.clone());
        Parts { layout, release, booted, data: self.data, bus, limits }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens once, before the socket is there.
    pub fn start(&self) {
        if self.data == Data::Missing {
            return self.system.try_run(Program::Systemctl, &["start", "--no-block", SETUP]);
        }
        match reset::finish(&self.layout) {
            Ok(true) => {
                tracing::warn!("the device is blank again, as it was ordered");
                self.inner().lock = Lock::open(&self.layout.device(), unix_ms());
            }
            Ok(false) => {}
            Err(e) => {
                tracing::error!(error = crate::hub::chain(&e), "the reset that was ordered is not done");
            }
        }
        let mut inner = self.inner();
        inner.kept = Kept::read(&self.layout.device()).unwrap_or_else(|e| {
            tracing::error!(error = crate::hub::chain(&e), "the settings in force are lost");
            inner.faults.push(Fault::whole(
                "cấu hình đã lưu không đọc được; cấp lại motcua.toml",
                "the settings that were kept cannot be read; give motcua.toml again",
            ));
            None
        });
        self.boot_partition(&mut inner);
        match &inner.kept {
            // A steward that starts again under a running hall interrupts nothing.
            Some(kept) => self.apply(kept, inner.technician, "start"),
            None => self.system.try_run(Program::Systemctl, &["start", "--no-block", SETUP]),
        }
    }

    /// Uses what lies on the boot partition.
    fn boot_partition(&self, inner: &mut Inner) {
        let path = self.layout.boot_settings();
        let Some(text) = read_small(&path, &mut inner.faults) else { return };
        let hall = read_small(&self.layout.boot_hall(), &mut inner.faults);
        match self.accept(inner, &text, hall.as_ref().map(|h| h.as_str())) {
            Ok(()) => {
                tracing::info!("the settings of the boot partition are in force");
                // A hall that stayed would go before what its manager changes, with the next settings.
                let used = hall.is_some().then(|| self.layout.boot_hall());
                self.forget(&[Some(path), used].into_iter().flatten().collect::<Vec<_>>(), &mut inner.faults);
            }
            Err(AcceptError::Faults(faults)) => {
                tracing::warn!(
                    faults = faults.len(),
                    "motcua.toml on the boot partition is wrong and not used"
                );
                inner.faults.extend(faults);
            }
            Err(e) => {
                let said = crate::hub::chain(&e);
                tracing::error!(error = said, "the settings of the boot partition are not used");
                inner.faults.push(Fault::whole(
                    format!("không lưu được cấu hình ({said}); kiểm tra thẻ nhớ rồi khởi động lại"),
                    format!("the settings cannot be kept ({said}); look at the card, then start again"),
                ));
            }
        }
    }

    /// Settings came another way: what lies on the card was wrong, and its secrets are in the way.
    pub(super) fn forget_boot_settings(&self, inner: &mut Inner) {
        inner.faults.clear();
        let path = self.layout.boot_settings();
        if path.exists() {
            self.forget(&[path], &mut inner.faults);
        }
    }

    /// Removes files of the boot partition, so that secrets in them do not stay in free blocks of a plain disk either.
    fn forget(&self, paths: &[PathBuf], faults: &mut Vec<Fault>) {
        let wipe_all = || paths.iter().filter(|path| path.exists()).try_for_each(|path| wipe(path));
        let gone = wipe_all().or_else(|_| {
            // The partition is mounted for reading only.
            let place = self.layout.boot_settings();
            let at = place.parent().unwrap_or(&place).to_string_lossy().into_owned();
            self.system.try_run(Program::Mount, &["-o", "remount,rw", &at]);
            let gone = wipe_all();
            self.system.try_run(Program::Mount, &["-o", "remount,ro", &at]);
            gone
        });
        if let Err(e) = gone {
            tracing::error!(error = %e, "motcua.toml with its secrets stays on the boot partition");
            faults.push(Fault::whole(
                "không xóa được motcua.toml trên phân vùng khởi động; rút thẻ, xóa tệp đó vì trong tệp có bí mật",
                "motcua.toml cannot be removed from the boot partition; take the card out and delete it, there are \
                 secrets in it",
            ));
        }
    }

    /// What is wrong with settings for this device, which has `kept`. A screen gives back what it was shown, which has
    /// no secrets: in the technician's menu those that are left out stay.
    pub(super) fn faults_of(
        &self,
        text: &str,
        hall: Option<&str>,
        (kept, technician): (Option<&Kept>, bool),
    ) -> Result<Settings, Vec<Fault>> {
        let mut settings = Settings::parse(text)?;
        let mut faults = Vec::new();
        if let Some(kept) = kept {
            remember(&mut settings, kept, technician);
        }
        // One that is written and empty takes the proxy out.
        settings.private.proxy = settings.private.proxy.take().filter(|proxy| !proxy.is_empty());
        if settings.device.network.ssid.is_some() && settings.private.passphrase.is_none() {
            faults.push(Fault::whole(
                "mạng Wi-Fi này cần mật khẩu: thêm `passphrase` vào [network.wifi]",
                "this Wi-Fi network needs its passphrase: add `passphrase` to [network.wifi]",
            ));
        }
        let parsed = hall.map(|text| (text, Hall::parse(text)));
        if let Some((text, Ok(hall))) = &parsed
            && settings.device.is_hub()
        {
            faults.extend(hall::other(&self.layout, text, hall));
        }
        if let Some((_, Err(wrong))) = parsed {
            faults.extend(wrong.into_iter().map(|f| Fault {
                line: f.line,
                message_vi: format!("hall.toml: {}", f.vi),
                message_en: format!("hall.toml: {}", f.message),
            }));
        }
        let device = &settings.device;
        if device.is_hub() && hall.is_none() && device.hall.is_none() && !self.layout.hall().exists() {
            faults.push(Fault::whole(
                "máy chủ cần biết bộ phận: đặt hall.toml cạnh motcua.toml, hoặc thêm [hall] với `name`",
                "a hub needs its hall: put hall.toml beside motcua.toml, or add [hall] with a `name`",
            ));
        }
        let place = crate::enrolled::at_hub(&self.layout.role_data(device.role.word()));
        let enrolled = place.read().is_ok_and(|e| e.is_some());
        if !device.is_hub() && settings.once.ticket.is_none() && !enrolled {
            faults.push(Fault::whole(
                "thiết bị chưa ghi danh: lấy phiếu ghi danh trên trang thiết bị của máy chủ, ghi vào [enrolment] `ticket`",
                "this device is not enrolled: take a ticket on the hub's page of devices, write it at [enrolment] \
                 `ticket`",
            ));
        }
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
    }

    /// Checks settings and keeps them. What is in force is changed by [`Steward::apply`].
    pub(super) fn accept(
        &self,
        inner: &mut Inner,
        text: &str,
        hall: Option<&str>,
    ) -> Result<(), AcceptError> {
        let known = (inner.kept.as_ref(), inner.technician);
        let mut settings = self.faults_of(text, hall, known).map_err(AcceptError::Faults)?;
        let once = &settings.once;
        inner.lock.set(once.pin.as_deref(), once.day_code_secret.as_deref(), unix_ms())?;
        for (path, line) in
            [(self.layout.ticket(), &once.ticket), (self.layout.central_ticket(), &once.central)]
        {
            if let Some(line) = line {
                self.hand_over(&path, line.as_bytes())?;
            }
        }
        let start = settings.device.hall.as_ref().filter(|_| !self.layout.hall().exists());
        let hall = hall
            .map(str::to_owned)
            .or_else(|| start.map(|start| hall::starting(start, has_battery(&self.layout))));
        if let Some(hall) = hall.filter(|_| settings.device.is_hub()) {
            self.hand_over(&self.layout.hall(), hall.as_bytes())?;
        }
        let kept = Kept { device: settings.device.clone(), private: std::mem::take(&mut settings.private) };
        kept.write(&self.layout.device())?;
        inner.kept = Some(kept);
        Ok(())
    }

    /// A file for a role, which removes it once used.
    fn hand_over(&self, path: &Path, bytes: &[u8]) -> Result<(), AcceptError> {
        let file = |source| AcceptError::File { path: path.to_owned(), source };
        keep(path, bytes).and_then(|()| self.layout.give(path)).map_err(file)
    }

    /// Brings network, screen and roles to what is kept; `verb` is what becomes of units that run.
    pub(super) fn apply(&self, kept: &Kept, technician: bool, verb: &str) {
        if let Err(e) = self.write_files(kept) {
            tracing::error!(error = %e, "not all files of the settings are written");
        }
        let ctl = |args: &[&str]| self.system.try_run(Program::Systemctl, args);
        // At the start of the device networkd waits for this program and reads the files when it comes; asked by
        // networkctl, it would be waited for in vain.
        ctl(&["try-reload-or-restart", "--no-block", "systemd-networkd.service"]);
        if kept.device.network.ssid.is_some() {
            ctl(&[verb, "--no-block", &format!("wpa_supplicant@{}.service", self.wireless())]);
        } else if wireless(&self.layout).is_some() {
            ctl(&["stop", "--no-block", &format!("wpa_supplicant@{}.service", self.wireless())]);
        }
        if !kept.device.network.ntp.is_empty() {
            ctl(&["try-restart", "--no-block", "systemd-timesyncd.service"]);
        }
        self.system.try_run(Program::Udevadm, &["control", "--reload"]);
        self.system.try_run(Program::Udevadm, &["trigger", "--subsystem-match=input", "--action=change"]);
        guard::let_scanner_in(&self.system, &self.layout, kept.device.keyboard_scanner());
        ctl(&[if kept.device.support { "start" } else { "stop" }, "--no-block", "ssh.service"]);
        ctl(&["stop", "--no-block", SETUP]);
        for unit in units(&kept.device).iter().filter(|u| !(technician && **u == screen_unit(&kept.device))) {
            ctl(&[verb, "--no-block", unit]);
        }
        if technician && !session::is_trial(&self.layout) {
            ctl(&["start", "--no-block", TECHNICIAN]);
        }
    }

    fn write_files(&self, kept: &Kept) -> std::io::Result<()> {
        let Kept { device, private } = kept;
        let at = |path: &str| self.layout.path(path);
        let public = toml::to_string(device).map_err(std::io::Error::other)?;
        open_to_all(&self.layout.public(), &public, 0o644)?;
        open_to_all(&at("/run/motcua/screen.env"), &screen::environment(device.rotation), 0o644)?;
        open_to_all(&at("/run/udev/rules.d/70-motcua-touch.rules"), &screen::rule(device.rotation), 0o644)?;
        open_to_all(&at("/run/systemd/network/10-motcua.network"), &network::networkd(device), 0o644)?;
        let wiring = self.layout.run().join("wiring.toml");
        match &device.wiring {
            Some(table) => open_to_all(&wiring, &table.to_string(), 0o644)?,
            None => remove(&wiring)?,
        }
        let times = at("/run/systemd/timesyncd.conf.d/motcua.conf");
        match network::timesyncd(device) {
            Some(text) => open_to_all(&times, &text, 0o644)?,
            None => remove(&times)?,
        }
        let wireless = at(&format!("/run/wpa_supplicant/wpa_supplicant-{}.conf", self.wireless()));
        match network::wpa(device, private) {
            Some(text) => keep(&wireless, Zeroizing::new(text).as_bytes())?,
            None => remove(&wireless)?,
        }
        let proxy = self.layout.run().join("proxy.env");
        open_to_all(&proxy, &Zeroizing::new(network::proxy(device, private)), 0o640)?;
        self.layout.show(&proxy)?;
        let keys = self.layout.run().join("ssh/authorized_keys");
        match &private.ssh_key {
            Some(key) => open_to_all(&keys, &format!("{key}\n"), 0o644)?,
            None => remove(&keys)?,
        }
        // The name in the network; the root cannot be written.
        let name = at("/proc/sys/kernel/hostname");
        if name.exists() {
            fs::write(name, &device.name)?;
        }
        Ok(())
    }

    /// The wireless interface; the usual name where the driver is not there yet.
    fn wireless(&self) -> String {
        wireless(&self.layout).unwrap_or_else(|| "wlan0".to_owned())
    }

    /// Everything of the hall goes, then the device starts anew.
    pub(super) fn factory_reset(&self, inner: &mut Inner) -> Result<(), reset::ResetError> {
        reset::order(&self.layout)?;
        if let Some(kept) = &inner.kept {
            units(&kept.device).iter().for_each(|u| self.system.try_run(Program::Systemctl, &["stop", u]));
        }
        reset::finish(&self.layout)?;
        inner.kept = None;
        self.system.try_run(Program::Systemctl, &["reboot", "--no-block"]);
        Ok(())
    }

    /// Of files that leave the device.
    pub(super) fn name(&self) -> String {
        self.inner().kept.as_ref().map_or_else(|| "moi".to_owned(), |k| k.device.name.clone())
    }

    /// Removes from logs, with what this device must not say.
    pub(super) fn scrub(&self) -> Scrub {
        let inner = self.inner();
        let private = inner.kept.as_ref().map(|k| &k.private);
        let known =
            private.map(|p| [&p.passphrase, &p.proxy].into_iter().flatten().cloned().collect::<Vec<_>>());
        let code = std::fs::read_to_string(self.layout.run().join("state").join(SETUP_CODE)).ok();
        Scrub::new(known.unwrap_or_default().into_iter().chain(code))
    }
}

/// Secrets that new settings leave out: the passphrase of the same network always, the others where a screen asks.
fn remember(settings: &mut Settings, kept: &Kept, technician: bool) {
    let private = &mut settings.private;
    if private.passphrase.is_none() && settings.device.network.ssid == kept.device.network.ssid {
        private.passphrase.clone_from(&kept.private.passphrase);
    }
    if technician && private.proxy.is_none() {
        private.proxy.clone_from(&kept.private.proxy);
        settings.device.network.proxied = private.proxy.is_some();
    }
    if technician && private.ssh_key.is_none() {
        private.ssh_key.clone_from(&kept.private.ssh_key);
        settings.device.support = private.ssh_key.is_some();
    }
}

/// The clock goes on while the device has no power: a PC's does. A board may have a chip without a battery.
fn has_battery(layout: &Layout) -> bool {
    fs::read_to_string(layout.path("/sys/class/rtc/rtc0/name")).is_ok_and(|name| name.starts_with("rtc_cmos"))
}

pub(super) fn wireless(layout: &Layout) -> Option<String> {
    let entries = fs::read_dir(layout.path("/sys/class/net")).into_iter().flatten().flatten();
    let mut names = entries.filter(|e| e.path().join("wireless").exists());
    names.next().and_then(|e| e.file_name().into_string().ok())
}

/// A text file of the technician; none where there is none.
fn read_small(path: &Path, faults: &mut Vec<Fault>) -> Option<Zeroizing<String>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let length = fs::metadata(path).ok()?.len();
    let text = fs::read_to_string(path).ok().filter(|_| length <= LARGEST).map(Zeroizing::new);
    if text.is_none() {
        faults.push(Fault::whole(
            format!("{name} không phải tệp văn bản UTF-8 dưới 64 KB; lưu lại tệp bằng UTF-8"),
            format!("{name} is not a UTF-8 text below 64 KB; save the file as UTF-8"),
        ));
    }
    text
}

/// Overwrites, makes that durable, removes.
fn wipe(path: &Path) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    file.rewind()?;
    file.write_all(&vec![b' '; length])?;
    file.sync_all()?;
    fs::remove_file(path)?;
    fs::File::open(path.parent().unwrap_or(path))?.sync_all()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Writes a file that others than root may read. It lives in memory, so nothing is made durable.
pub(super) fn open_to_all(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let dir = path.parent().unwrap_or(path);
    fs::create_dir_all(dir)?;
    let beside = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())?;
    fs::rename(&beside, path)
}
