// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated RAUC on a bus of its own, which speaks the interface of RAUC 1.13 (`de.pengutronix.rauc.Installer.xml`).
//! Its updates are files of lines: `compatible`, `version`, `floor` where the manifest has one, and `signature` or `image` where those are not good.

use crate::support::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use zbus::fdo::Error;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};

type Args = HashMap<String, OwnedValue>;

/// What RAUC knows and did.
#[derive(Debug, Default)]
struct Book {
    /// Installed and marked, in order.
    done: Vec<String>,
    operation: String,
    last_error: String,
    percent: i32,
}

/// RAUC and its bus, until dropped.
pub struct Rauc {
    pub address: String,
    book: Arc<Mutex<Book>>,
    _connection: zbus::Connection,
    _bus: Bus,
}

impl Rauc {
    pub async fn start() -> Rauc {
        let bus = Bus::start();
        let book = Arc::new(Mutex::new(Book { operation: "idle".into(), ..Book::default() }));
        let connection = zbus::connection::Builder::address(bus.address.as_str())
            .unwrap()
            .name("de.pengutronix.rauc")
            .unwrap()
            .serve_at("/", Installer(book.clone()))
            .unwrap()
            .build()
            .await
            .unwrap();
        Rauc { address: bus.address.clone(), book, _connection: connection, _bus: bus }
    }

    /// What it did since the last look.
    pub fn done(&self) -> Vec<String> {
        std::mem::take(&mut self.book.lock().unwrap().done)
    }
}

struct Installer(Arc<Mutex<Book>>);

/// The lines of an update; RAUC checks the signature before anything else.
fn manifest(bundle: &str) -> Result<HashMap<String, String>, Error> {
    let text =
        std::fs::read_to_string(bundle).map_err(|e| Error::Failed(format!("failed to open bundle: {e}")))?;
    let lines = text.lines().filter_map(|l| l.split_once('='));
    let found: HashMap<String, String> = lines.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    match found.get("signature") {
        Some(why) => Err(Error::Failed(format!("signature verification failed: {why}"))),
        None => Ok(found),
    }
}

fn value(value: impl Into<Value<'static>>) -> OwnedValue {
    value.into().try_into().unwrap()
}

/// A dictionary as RAUC 1.13 gives it: in a variant within the variant.
fn wrapped(of: impl Into<Value<'static>>) -> OwnedValue {
    value(Value::Value(Box::new(of.into())))
}

#[zbus::interface(name = "de.pengutronix.rauc.Installer")]
impl Installer {
    async fn install_bundle(
        &self,
        source: String,
        _args: Args,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Error> {
        let manifest = manifest(&source)?;
        {
            let mut book = self.0.lock().unwrap();
            if book.operation != "idle" {
                return Err(Error::Failed("already processing a different method".into()));
            }
            book.operation = "installing".into();
        }
        let (book, emitter) = (self.0.clone(), emitter.to_owned());
        tokio::spawn(async move {
            for percent in [20, 60, 99] {
                book.lock().unwrap().percent = percent;
                tokio::time::sleep(std::time::Duration::from_millis(600)).await;
            }
            let result = {
                let mut book = book.lock().unwrap();
                book.operation = "idle".into();
                book.percent = 100;
                book.last_error = manifest.get("image").cloned().unwrap_or_default();
                if book.last_error.is_empty() {
                    book.done.push(format!("installed {}", manifest["version"]));
                }
                i32::from(!book.last_error.is_empty())
            };
            Installer::completed(&emitter, result).await.unwrap();
        });
        Ok(())
    }

    fn inspect_bundle(&self, bundle: &str, _args: Args) -> Result<Args, Error> {
        let manifest = manifest(bundle)?;
        let update: HashMap<String, Value<'static>> = ["compatible", "version", "description", "build"]
            .map(|key| (key.to_owned(), manifest.get(key).cloned().unwrap_or_default().into()))
            .into();
        let floor = manifest.get("floor").map(|f| ("floor".to_owned(), f.clone()));
        let meta = HashMap::from([("motcua".to_owned(), floor.into_iter().collect::<HashMap<_, _>>())]);
        Ok(HashMap::from([
            ("manifest-hash".to_owned(), value("0".repeat(64))),
            ("update".to_owned(), wrapped(update)),
            ("meta".to_owned(), wrapped(meta)),
        ]))
    }

    fn mark(&self, state: &str, slot_identifier: &str) -> (String, String) {
        self.0.lock().unwrap().done.push(format!("marked {slot_identifier} {state}"));
        let slot = if slot_identifier == "booted" { "rootfs.0" } else { "rootfs.1" };
        (slot.to_owned(), format!("marked slot {slot} as {state}"))
    }

    #[zbus(property)]
    fn operation(&self) -> String {
        self.0.lock().unwrap().operation.clone()
    }

    #[zbus(property)]
    fn last_error(&self) -> String {
        self.0.lock().unwrap().last_error.clone()
    }

    #[zbus(property)]
    fn progress(&self) -> (i32, String, i32) {
        (self.0.lock().unwrap().percent, "Copying image to rootfs.0".to_owned(), 3)
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, result: i32) -> zbus::Result<()>;
}
