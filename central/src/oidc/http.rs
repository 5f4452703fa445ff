// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way to the provider: our client with our cryptography, no redirects, no
//! answer without end, nothing in the clear but on this machine.

use super::config::{Config, ConfigError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::time::Duration;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Of one answer.
const MOST: usize = 1 << 20;

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum HttpFault {
    /// The network, or TLS.
    #[error(transparent)]
    Reqwest(#[from] reqwest::Error),
    /// Nothing that a provider sends.
    #[error("the answer is longer than {MOST} bytes")]
    Long,
    /// Not HTTP.
    #[error("the answer cannot be read: {0}")]
    Http(#[from] openidconnect::http::Error),
}

/// A client for one provider.
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

impl Http {
    pub(super) fn new(config: &Config) -> Result<Http, ConfigError> {
        motcua_link::trust::ready();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .timeout(ANSWER_LIMIT)
            .https_only(!config.is_on_this_machine());
        if let Some(pem) = &config.ca {
            let roots =
                reqwest::Certificate::from_pem_bundle(pem).map_err(|e| ConfigError::Ca(e.to_string()))?;
            builder = builder.tls_certs_only(roots);
        }
        Ok(Http(builder.build().map_err(|e| ConfigError::Ca(e.to_string()))?))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFault;
    type Future = BoxFuture<'c, Result<HttpResponse, HttpFault>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        async move {
            let (parts, body) = request.into_parts();
            let ask = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
            let mut answer = ask.send().await?;
            let mut made = openidconnect::http::Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                made = made.header(name, value);
            }
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > MOST {
                    return Err(HttpFault::Long);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(made.body(body)?)
        }
        .boxed()
    }
}
