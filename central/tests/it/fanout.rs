// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events at real brokers, which are killed in the middle: everything arrives,
//! in order but for what is told again, and can be told apart by its id.

use crate::process::{Central, Hub, wait_until};
use motcua_link::trust::{Authority, PrivateKey, ServerNames};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A broker of Debian's in a directory of its own.
struct Broker {
    dir: tempfile::TempDir,
    port: u16,
    /// Where it speaks TLS; NATS has one port for one or the other.
    secure: Option<u16>,
    nats: bool,
    child: Option<Child>,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Broker {
    fn start(nats: bool) -> Broker {
        Broker::with(nats, None)
    }

    /// With a certificate for `localhost` by an authority of its own, whose own one is `ca.pem`.
    fn secure(nats: bool) -> Broker {
        let made = Broker::with(nats, Some(free_port()));
        assert!(made.file("ca.pem").exists());
        made
    }

    fn with(nats: bool, secure: Option<u16>) -> Broker {
        let port = free_port();
        let mut made = Broker { dir: tempfile::tempdir().unwrap(), port, secure, nats, child: None };
        if secure.is_some() {
            made.certify();
        }
        made.go();
        made
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn certify(&self) {
        let authority = Authority::open_or_make(&self.file("authority"), "brokers").unwrap();
        let key = PrivateKey::generate().unwrap();
        let names = ServerNames { dns: vec!["localhost".into()], ..ServerNames::default() };
        let now_ms = motcua_central::audit::now_ms();
        let issued = authority.issue_server(&key.request("broker").unwrap(), &names, now_ms, 30).unwrap();
        for (name, text) in [
            ("ca.pem", authority.certificate().pem().as_str()),
            ("cert.pem", issued.chain_pem.as_str()),
            ("key.pem", key.pem().as_str()),
        ] {
            std::fs::write(self.file(name), text).unwrap();
        }
    }

    /// Options of a central that publishes to it over TLS.
    fn options(&self) -> [String; 4] {
        let (name, scheme, port) =
            if self.nats { ("--nats", "tls", self.port) } else { ("--mqtt", "mqtts", self.secure.unwrap()) };
        let ca = self.file("ca.pem").display().to_string();
        [name.into(), format!("{scheme}://localhost:{port}"), "--broker-ca".into(), ca]
    }

    fn go(&mut self) {
        let path = self.dir.path().to_str().unwrap().to_owned();
        let mut command = if self.nats {
            let mut command = Command::new(found("nats-server"));
            command.args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-js", "-sd", &path]);
            if self.secure.is_some() {
                command.arg("--tls").arg("--tlscert").arg(self.file("cert.pem"));
                command.arg("--tlskey").arg(self.file("key.pem"));
            }
            command
        } else {
            let secure = self.secure.map_or(String::new(), |port| {
                format!("listener {port} 127.0.0.1\ncertfile {path}/cert.pem\nkeyfile {path}/key.pem\n")
            });
            let text = format!(
                "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {path}/\n\
                 max_queued_messages 0\nautosave_on_changes true\nautosave_interval 1\nuser root\n{secure}",
                self.port
            );
            let file = self.dir.path().join("conf");
            std::fs::write(&file, text).unwrap();
            let mut command = Command::new(found("mosquitto"));
            command.arg("-c").arg(file);
            command
        };
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Debian puts servers where a user's path does not lead.
fn found(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/bin"];
    let path = places.iter().map(|p| PathBuf::from(p).join(name)).find(|p| p.exists());
    path.unwrap_or_else(|| panic!("install Debian's {name}"))
}

/// Ids of everything that came, in the order of coming.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// The last number of every id, whatever came twice.
fn numbers(heard: &Heard) -> BTreeSet<u64> {
    heard.lock().unwrap().iter().map(|(id, _)| id.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

async fn survives(mut broker: Broker, central: Central, heard: Heard) {
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(1_500).await.unwrap();
    hub.delivered(1_500).await;
    wait_until(|| numbers(&heard).len() >= 300, || central.log()).await;
    broker.kill();
    // Ingest goes on as if nothing were the matter.
    hub.fill(4_000).await.unwrap();
    hub.delivered(4_000).await;
    broker.go();
    hub.fill(4_500).await.unwrap();
    hub.delivered(4_500).await;
    let name = if broker.nats { "nats" } else { "mqtt" };
    let cursor = "SELECT seq FROM fanout WHERE adapter = $1";
    let mut seq = 0;
    while seq < 4_500 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let rows = central.rows(cursor, vec![name.into()]).await;
        seq = rows.first().map_or(0, |r| r.number(0).unwrap());
    }
    wait_until(|| numbers(&heard).len() == 4_500, || format!("{} heard", numbers(&heard).len())).await;
    assert_eq!(numbers(&heard).into_iter().collect::<Vec<_>>(), (1..=4_500).collect::<Vec<_>>());
    assert_eq!(central.prefix(hub.source(), &hub.script).await, 4_500);
    let heard = heard.lock().unwrap();
    assert!(heard.iter().all(|(_, place)| place.contains("ngo-quyen")), "{:?}", heard.first());
}

/// A broker whose certificate the central's authority has not signed is told nothing, and the log says why.
async fn another_authority(broker: &Broker) {
    let strange = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_make(strange.path(), "somebody else").unwrap();
    let ca = strange.path().join("other.pem");
    std::fs::write(&ca, authority.certificate().pem()).unwrap();
    let mut options = broker.options();
    options[3] = ca.display().to_string();
    let central = Central::with(None, &options.each_ref().map(String::as_str));
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(20).await.unwrap();
    hub.delivered(20).await;
    wait_until(|| central.log().to_lowercase().contains("certificate"), || central.log()).await;
    assert_eq!(central.number("SELECT count(*) FROM fanout").await, 0);
}

#[cfg(feature = "mqtt")]
#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_killed_in_the_middle_hears_everything() {
    let broker = Broker::start(false);
    let heard = mqtt_listener(broker.port);
    let url = format!("mqtt://127.0.0.1:{}", broker.port);
    survives(broker, Central::with(None, &["--mqtt", &url]), heard).await;
}

#[cfg(feature = "mqtt")]
#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_behind_tls_hears_everything_from_who_trusts_it() {
    let broker = Broker::secure(false);
    another_authority(&broker).await;
    let heard = mqtt_listener(broker.port);
    let options = broker.options();
    survives(broker, Central::with(None, &options.each_ref().map(String::as_str)), heard).await;
}

#[cfg(feature = "mqtt")]
fn mqtt_listener(port: u16) -> Heard {
    use rumqttc::v5::mqttbytes::{QoS, v5::Packet};
    use rumqttc::v5::{AsyncClient, Event, MqttOptions};
    let heard = Heard::default();
    let mut options = MqttOptions::new("listener", "127.0.0.1", port);
    options.set_max_packet_size(Some(1 << 20)).set_keep_alive(Duration::from_secs(5));
    let (client, mut events) = AsyncClient::new(options, 10);
    let into = heard.clone();
    tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    client.try_subscribe("motcua/#", QoS::AtLeastOnce).unwrap();
                }
                Ok(Event::Incoming(Packet::Publish(p))) => {
                    let properties = p.properties.unwrap_or_default().user_properties;
                    let id = properties.into_iter().find(|(name, _)| name == "id").unwrap().1;
                    let topic = String::from_utf8(p.topic.to_vec()).unwrap();
                    into.lock().unwrap().push((id, topic));
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    });
    heard
}

#[cfg(feature = "nats")]
#[tokio::test(flavor = "multi_thread")]
async fn jetstream_killed_in_the_middle_hears_everything_once() {
    let broker = Broker::start(true);
    let url = format!("nats://127.0.0.1:{}", broker.port);
    let heard = nats_listener(&url, None);
    survives(broker, Central::with(None, &["--nats", &url]), heard.clone()).await;
    kept_once(&heard);
}

#[cfg(feature = "nats")]
#[tokio::test(flavor = "multi_thread")]
async fn jetstream_behind_tls_hears_everything_from_who_trusts_it() {
    let broker = Broker::secure(true);
    another_authority(&broker).await;
    let options = broker.options();
    let heard = nats_listener(&options[1], Some(broker.file("ca.pem")));
    survives(broker, Central::with(None, &options.each_ref().map(String::as_str)), heard.clone()).await;
    kept_once(&heard);
}

#[cfg(feature = "nats")]
fn kept_once(heard: &Heard) {
    let heard = heard.lock().unwrap();
    let once: BTreeSet<_> = heard.iter().collect();
    assert_eq!(once.len(), heard.len(), "the stream kept something twice");
    assert!(heard.iter().any(|(_, subject)| subject == "motcua.ngo-quyen.ticket.issued.v1"));
}

#[cfg(feature = "nats")]
fn nats_listener(url: &str, ca: Option<PathBuf>) -> Heard {
    use futures_util::StreamExt;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let heard = Heard::default();
    let (into, at) = (heard.clone(), url.to_owned());
    tokio::spawn(async move {
        loop {
            // The stream keeps everything: a listener that was cut off begins anew and hears it again.
            let _ = listen(&at, ca.clone(), &into).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    async fn listen(url: &str, ca: Option<PathBuf>, into: &Heard) -> Result<(), async_nats::Error> {
        let mut options = async_nats::ConnectOptions::new().max_reconnects(1);
        if let Some(ca) = ca {
            options = options.add_root_certificates(ca).require_tls(true);
        }
        let client = options.connect(url).await?;
        let stream = async_nats::jetstream::new(client).get_stream("MOTCUA").await?;
        let consumer =
            stream.create_consumer(async_nats::jetstream::consumer::pull::OrderedConfig::default()).await?;
        let mut messages = consumer.messages().await?;
        into.lock().unwrap().clear();
        while let Some(message) = messages.next().await {
            let message = message?;
            let id = message.headers.as_ref().and_then(|h| h.get("ce-id")).unwrap().to_string();
            into.lock().unwrap().push((id, message.subject.to_string()));
        }
        Ok(())
    }
    heard
}
