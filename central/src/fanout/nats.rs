// SPDX-License-Identifier: MIT OR Apache-2.0
//! NATS JetStream, as the binary mode of CloudEvents' binding says. Subject
//! `motcua.SITE.THING.HAPPENED.vN`; `Nats-Msg-Id` is source and id, so that the
//! stream itself drops what comes twice within its window.

use super::{Broker, FanoutError, Published};
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, HeaderMap};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, try_join_all};
use std::path::{Path, PathBuf};

/// Made where no stream takes the subjects yet; an operator who wants other limits makes it before.
const STREAM: &str = "MOTCUA";
const SUBJECTS: &str = "motcua.>";

pub(super) struct Nats {
    url: String,
    ca: Option<PathBuf>,
    session: Option<Context>,
}

impl Nats {
    pub(super) fn new(url: &str, ca: Option<&Path>) -> Nats {
        Nats { url: url.to_owned(), ca: ca.map(Path::to_owned), session: None }
    }

    async fn connect(&self) -> Result<Context, FanoutError> {
        let mut options = ConnectOptions::new().name("motcua-central").max_reconnects(1);
        if let Some(ca) = &self.ca {
            options = options.add_root_certificates(ca.clone()).require_tls(true);
        }
        let client = options.connect(&self.url).await.map_err(|e| broker(&e))?;
        let context = jetstream::new(client);
        let config = Config { name: STREAM.into(), subjects: vec![SUBJECTS.into()], ..Config::default() };
        context.get_or_create_stream(config).await.map_err(|e| broker(&e))?;
        Ok(context)
    }
}

fn broker(e: &dyn std::error::Error) -> FanoutError {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    FanoutError::Broker(text)
}

impl Broker for Nats {
    fn adapter(&self) -> &'static str {
        "nats"
    }

    fn publish<'a>(&'a mut self, round: &'a [Published]) -> BoxFuture<'a, Result<(), FanoutError>> {
        async move {
            let context = match self.session.take() {
                Some(context) => context,
                None => self.connect().await?,
            };
            let mut acks = Vec::with_capacity(round.len());
            for event in round {
                let payload = event.data.clone().into();
                let sent = context.publish_with_headers(subject(event), headers(event), payload).await;
                acks.push(sent.map_err(|e| broker(&e))?.into_future());
            }
            try_join_all(acks).await.map_err(|e| broker(&e))?;
            self.session = Some(context);
            Ok(())
        }
        .boxed()
    }
}

/// A type may have dots side by side, a subject not.
fn subject(event: &Published) -> String {
    let kind = event.kind.strip_prefix("motcua.").unwrap_or(&event.kind);
    let parts: Vec<&str> = kind.split('.').filter(|part| !part.is_empty()).collect();
    format!("motcua.{}.{}", event.site, if parts.is_empty() { "_".into() } else { parts.join(".") })
}

fn headers(event: &Published) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", format!("{}#{}", event.source, event.id));
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", event.id.as_str());
    headers.insert("ce-source", event.source.as_str());
    headers.insert("ce-type", event.kind.as_str());
    headers.insert("ce-time", event.time.as_str());
    headers.insert("content-type", "application/json");
    headers
}
