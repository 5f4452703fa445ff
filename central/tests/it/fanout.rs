// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events at real brokers, which are killed in the middle: everything arrives,
//! in order but for what is told again, and can be told apart by its id.

use crate::process::{Central, Hub, wait_until};
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
    nats: bool,
    child: Option<Child>,
}

impl Broker {
    fn start(nats: bool) -> Broker {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut made = Broker { dir: tempfile::tempdir().unwrap(), port, nats, child: None };
        made.go();
        made
    }

    fn go(&mut self) {
        let path = self.dir.path().to_str().unwrap().to_owned();
        let mut command = if self.nats {
            let mut command = Command::new(found("nats-server"));
            command.args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-js", "-sd", &path]);
            command
        } else {
            let text = format!(
                "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {path}/\n\
                 max_queued_messages 0\nautosave_on_changes true\nautosave_interval 1\nuser root\n",
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

#[cfg(feature = "mqtt")]
#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_killed_in_the_middle_hears_everything() {
    use rumqttc::v5::mqttbytes::{QoS, v5::Packet};
    use rumqttc::v5::{AsyncClient, Event, MqttOptions};
    let broker = Broker::start(false);
    let heard = Heard::default();
    let mut options = MqttOptions::new("listener", "127.0.0.1", broker.port);
    options.set_max_packet_size(Some(1 << 20)).set_keep_alive(Duration::from_secs(5));
    let (client, mut events) = AsyncClient::new(options, 10);
    let (into, port) = (heard.clone(), broker.port);
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
    let url = format!("mqtt://127.0.0.1:{port}");
    survives(broker, Central::with(None, &["--mqtt", &url]), heard).await;
}

#[cfg(feature = "nats")]
#[tokio::test(flavor = "multi_thread")]
async fn jetstream_killed_in_the_middle_hears_everything_once() {
    use futures_util::StreamExt;
    let broker = Broker::start(true);
    let heard = Heard::default();
    let url = format!("nats://127.0.0.1:{}", broker.port);
    let (into, at) = (heard.clone(), url.clone());
    tokio::spawn(async move {
        loop {
            // The stream keeps everything: a listener that was cut off begins anew and hears it again.
            let _ = listen(&at, &into).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    async fn listen(url: &str, into: &Heard) -> Result<(), async_nats::Error> {
        let client = async_nats::ConnectOptions::new().max_reconnects(1).connect(url).await?;
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
    survives(broker, Central::with(None, &["--nats", &url]), heard.clone()).await;
    let heard = heard.lock().unwrap();
    let once: BTreeSet<_> = heard.iter().collect();
    assert_eq!(once.len(), heard.len(), "the stream kept something twice");
    assert!(heard.iter().any(|(_, subject)| subject == "motcua.ngo-quyen.ticket.issued.v1"));
}
