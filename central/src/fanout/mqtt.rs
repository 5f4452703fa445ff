// SPDX-License-Identifier: MIT OR Apache-2.0
//! MQTT 5, quality 1, as the binary mode of CloudEvents' binding says: the data
//! are the payload, the attributes are user properties. Topic
//! `motcua/SITE/TYPE`. After any failure the client is thrown away and the whole
//! round is published again, so that no acknowledgement of an old session is
//! ever counted for a new one.

use super::{Broker, FanoutError, Published};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason, PublishProperties};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Largest packet: an event has at most 64 KiB, its attributes some hundred bytes.
const LARGEST: u32 = 128 * 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(20);

pub(super) struct Mqtt {
    options: MqttOptions,
    session: Option<(AsyncClient, EventLoop)>,
}

impl Mqtt {
    pub(super) fn new(url: &str, ca: Option<&Path>) -> Result<Mqtt, FanoutError> {
        let wrong = || FanoutError::Address(url.to_owned());
        let parsed = reqwest::Url::parse(url).map_err(|_| wrong())?;
        let secure = match parsed.scheme() {
            "mqtt" => false,
            "mqtts" => true,
            _ => return Err(wrong()),
        };
        let host = parsed.host_str().ok_or_else(wrong)?;
        let port = parsed.port().unwrap_or(if secure { 8883 } else { 1883 });
        let mut options = MqttOptions::new(format!("motcua-{}", uuid::Uuid::now_v7().simple()), host, port);
        options.set_keep_alive(KEEP_ALIVE).set_clean_start(true).set_max_packet_size(Some(LARGEST));
        options.set_request_channel_capacity(super::ROUND);
        if let Some(password) = parsed.password() {
            options.set_credentials(parsed.username(), password);
        }
        if secure {
            options.set_transport(Transport::tls_with_config(tls(ca)?));
        }
        Ok(Mqtt { options, session: None })
    }
}

/// Trusts the authority of the file, or those of the system.
fn tls(ca: Option<&Path>) -> Result<TlsConfiguration, FanoutError> {
    let Some(path) = ca else { return Ok(TlsConfiguration::default()) };
    let fail = |why: String| FanoutError::Authority { path: path.to_owned(), why };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| fail(e.to_string()))? {
        roots.add(certificate.map_err(|e| fail(e.to_string()))?).map_err(|e| fail(e.to_string()))?;
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConfiguration::Rustls(Arc::new(config)))
}

impl Broker for Mqtt {
    fn adapter(&self) -> &'static str {
        "mqtt"
    }

    fn publish<'a>(&'a mut self, round: &'a [Published]) -> BoxFuture<'a, Result<(), FanoutError>> {
        async move {
            // Taken out: whatever breaks this off, the session is not used again.
            let (client, mut events) =
                self.session.take().unwrap_or_else(|| AsyncClient::new(self.options.clone(), super::ROUND));
            for event in round {
                let topic = format!("motcua/{}/{}", event.site, event.kind);
                let sent = client.try_publish_with_properties(
                    topic,
                    QoS::AtLeastOnce,
                    false,
                    event.data.clone(),
                    properties(event),
                );
                sent.map_err(|e| FanoutError::Broker(e.to_string()))?;
            }
            let mut missing = round.len();
            while missing > 0 {
                match events.poll().await.map_err(|e| FanoutError::Broker(e.to_string()))? {
                    Event::Incoming(Packet::PubAck(ack)) => match ack.reason {
                        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => missing -= 1,
                        reason => return Err(FanoutError::Broker(format!("it refuses: {reason:?}"))),
                    },
                    Event::Incoming(Packet::Disconnect(bye)) => {
                        return Err(FanoutError::Broker(format!("it disconnects: {:?}", bye.reason_code)));
                    }
                    _ => {}
                }
            }
            self.session = Some((client, events));
            Ok(())
        }
        .boxed()
    }
}

fn properties(event: &Published) -> PublishProperties {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    PublishProperties {
        payload_format_indicator: Some(1),
        content_type: Some("application/json".into()),
        user_properties: vec![
            pair("specversion", "1.0"),
            pair("id", &event.id),
            pair("source", &event.source),
            pair("type", &event.kind),
            pair("time", &event.time),
        ],
        ..PublishProperties::default()
    }
}
