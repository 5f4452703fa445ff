// SPDX-License-Identifier: MIT OR Apache-2.0
//! RAUC over D-Bus, as `de.pengutronix.rauc.Installer.xml` of RAUC 1.13 describes it.

use std::collections::HashMap;
use std::time::Duration;
use zbus::zvariant::{OwnedValue, Value};

/// RAUC does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RaucError {
    /// Its service is not there, or says no.
    #[error("{}", said(.0))]
    Bus(#[from] zbus::Error),
    /// It was asked for something and gave another thing.
    #[error("RAUC does not say {0} of the update")]
    Silent(&'static str),
    /// The installation ended with this.
    #[error("RAUC: {0}")]
    Failed(String),
}

/// RAUC's own words, without those of D-Bus around them and behind them.
fn own_words(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(_, Some(text), _) => {
            text.split(": org.gtk.GDBus").next().unwrap_or_default().to_owned()
        }
        other => other.to_string(),
    }
}

/// What a technician meets most, in Vietnamese and English.
fn plain(words: &str) -> Option<(&'static str, &'static str)> {
    let says = |part: &str| words.to_ascii_lowercase().contains(part);
    if says("invalid bundle format") || says("exceeds bundle size") || says("not a bundle") {
        return Some((
            "tệp hỏng hoặc không phải bản cập nhật của motcua",
            "the file is damaged or no update of motcua",
        ));
    }
    if says("signature") && (says("verif") || says("cert")) {
        return Some((
            "chữ ký không phải của đơn vị mà thiết bị tin",
            "it is not signed by somebody whom this device believes",
        ));
    }
    None
}

fn said(error: &zbus::Error) -> String {
    let words = own_words(error);
    plain(&words).map_or_else(|| format!("RAUC: {words}"), |(_, en)| format!("{en} (RAUC: {words})"))
}

impl RaucError {
    /// In Vietnamese; what RAUC says itself is English.
    pub fn vi(&self) -> String {
        match self {
            RaucError::Bus(error) => {
                let words = own_words(error);
                plain(&words).map_or_else(|| format!("RAUC: {words}"), |(vi, _)| vi.to_owned())
            }
            other => other.to_string(),
        }
    }
}

#[zbus::proxy(
    interface = "de.pengutronix.rauc.Installer",
    default_service = "de.pengutronix.rauc",
    default_path = "/"
)]
trait Installer {
    fn install_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>) -> zbus::Result<()>;
    fn inspect_bundle(
        &self,
        source: &str,
        args: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<HashMap<String, OwnedValue>>;
    fn mark(&self, state: &str, slot: &str) -> zbus::Result<(String, String)>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn operation(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn last_error(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;
    #[zbus(signal)]
    fn completed(&self, result: i32) -> zbus::Result<()>;
}

/// What an update says of itself, after RAUC has checked its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// For which devices.
    pub compatible: String,
    /// Of the system in it.
    pub version: String,
    /// The oldest version that may follow it.
    pub floor: Option<String>,
}

/// From where an update comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// A path, or an address of https.
    pub place: String,
    /// Certificate, key and authority of the connection, as files; for an address.
    pub tls: Option<[String; 3]>,
}

impl Source {
    fn args(&self) -> HashMap<&'static str, Value<'_>> {
        let mut args = HashMap::new();
        if let Some([cert, key, ca]) = &self.tls {
            args.insert("tls-cert", Value::from(cert.as_str()));
            args.insert("tls-key", Value::from(key.as_str()));
            args.insert("tls-ca", Value::from(ca.as_str()));
        }
        args
    }
}

/// The service.
#[derive(Clone, Debug)]
pub struct Rauc(InstallerProxy<'static>);

impl Rauc {
    /// Over the bus at `address`; the system's without one.
    ///
    /// # Errors
    /// No bus.
    pub async fn connect(address: Option<&str>) -> Result<Rauc, RaucError> {
        let bus = match address {
            Some(address) => zbus::connection::Builder::address(address)?.build().await?,
            None => zbus::Connection::system().await?,
        };
        Ok(Rauc(InstallerProxy::new(&bus).await?))
    }

    /// What an update says of itself.
    ///
    /// # Errors
    /// It is not signed by whom this device believes, not for this device, or not there.
    pub async fn inspect(&self, source: &Source) -> Result<Info, RaucError> {
        let info = self.0.inspect_bundle(&source.place, source.args()).await?;
        let update = info.get("update").and_then(dictionary).ok_or(RaucError::Silent("what it updates"))?;
        let text = |key: &'static str| {
            update.get(key).and_then(|v| String::try_from(v.clone()).ok()).ok_or(RaucError::Silent(key))
        };
        Ok(Info { compatible: text("compatible")?, version: text("version")?, floor: floor(&info) })
    }

    /// Writes the update into the slot that is not running; `told` hears how far it is, in percent.
    ///
    /// # Errors
    /// RAUC's last words.
    pub async fn install(&self, source: &Source, mut told: impl FnMut(u8)) -> Result<(), RaucError> {
        use futures_util::StreamExt;
        let mut completed = self.0.receive_completed().await?;
        self.0.install_bundle(&source.place, source.args()).await?;
        loop {
            tokio::select! {
                end = completed.next() => {
                    let result = end.and_then(|e| e.args().ok().map(|a| *a.result())).unwrap_or(-1);
                    if result == 0 {
                        return Ok(());
                    }
                    return Err(RaucError::Failed(self.0.last_error().await?));
                }
                () = tokio::time::sleep(Duration::from_secs(1)) => {
                    let (percent, _, _) = self.0.progress().await?;
                    told(u8::try_from(percent.clamp(0, 100)).unwrap_or(0));
                }
            }
        }
    }

    /// The slot that runs proved itself.
    ///
    /// # Errors
    /// RAUC's.
    pub async fn mark_good(&self) -> Result<(), RaucError> {
        self.0.mark("good", "booted").await?;
        Ok(())
    }

    /// The slot that runs (`booted`) or the other one (`other`) is not to be started again.
    ///
    /// # Errors
    /// RAUC's.
    pub async fn mark_bad(&self, slot: &str) -> Result<(), RaucError> {
        self.0.mark("bad", slot).await?;
        Ok(())
    }
}

fn dictionary(value: &OwnedValue) -> Option<HashMap<String, OwnedValue>> {
    HashMap::<String, OwnedValue>::try_from(unwrapped(value)?).ok()
}

/// RAUC puts each of its dictionaries into a variant within the variant that D-Bus asks for.
fn unwrapped(value: &OwnedValue) -> Option<OwnedValue> {
    let mut value: &Value<'_> = value;
    while let Value::Value(inner) = value {
        value = inner;
    }
    value.try_to_owned().ok()
}

/// `[meta.motcua] floor=` of the manifest.
fn floor(info: &HashMap<String, OwnedValue>) -> Option<String> {
    let meta = HashMap::<String, HashMap<String, String>>::try_from(unwrapped(info.get("meta")?)?).ok()?;
    meta.get("motcua")?.get("floor").cloned()
}
