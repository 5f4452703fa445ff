// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sign-in through the province's OpenID provider: authorization code with
//! PKCE, state and nonce; who comes and what they may do by the provider's
//! word ([`config`]). Nothing of a sign-in under way is kept here: the browser's
//! cookie holds one random token, and state, nonce and the PKCE verifier are
//! digests of it, so that every gateway can finish what another began.

mod config;
mod http;
mod token;

pub use config::{Config, ConfigError, Granted, NotGranted};

use ::openidconnect::core::{CoreAuthenticationFlow, CoreClientAuthMethod};
use ::openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, CsrfToken, IssuerUrl, LanguageTag, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError,
};
use http::Http;
use motcua_web::token::{same, sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use token::{Client, Said};
use tokio::sync::Mutex;

/// A sign-in that was begun must end within this.
pub const LIMIT_MS: i64 = 10 * 60 * 1000;
/// What the provider says of itself is read again after this.
const KNOWN_FOR: Duration = Duration::from_secs(3600);
/// A key that nobody knows makes it read again, but not more often.
const KNOWN_AT_LEAST: Duration = Duration::from_secs(5);
/// It is not asked again so soon after it did not answer: strangers must not make a queue before it.
const AWAY_FOR: Duration = Duration::from_secs(3);
/// Where the provider sends browsers back to, below the address of the pages.
pub const BACK: &str = "/signin/oidc/back";

/// Nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No cookie, too late, or the answer to another question.
    #[error("this sign-in was not begun here, was begun again, or took too long")]
    Stale,
    /// The person, or the provider in its name, said no.
    #[error("the provider says no: {0}")]
    Declined(String),
    /// The code was used, is not the provider's or not ours.
    #[error("the provider does not take the code: {0}")]
    Code(String),
    /// The provider cannot be reached or does not work.
    #[error("the provider cannot be used now: {0}")]
    Away(String),
    /// What came is not signed by it, not for us, not for this sign-in, or too old.
    #[error("the provider's token is refused: {0}")]
    Token(String),
    /// Somebody with no role here.
    #[error("{who} ({}) is known to the provider but has no role here", .why)]
    NotGranted {
        /// As the provider names them.
        who: String,
        /// What is missing.
        why: NotGranted,
    },
}

/// Somebody whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Its mark for the person, which never changes.
    pub subject: String,
    /// Full name.
    pub name: String,
    /// What the person types there, for a readable sign-in name.
    pub login: String,
    /// What they may do.
    pub granted: Granted,
}

/// What the provider sends the browser back with.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    /// RFC 9207.
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

struct Known {
    metadata: ProviderMetadataWithLogout,
    at: Instant,
}

/// What came when it was asked last.
#[derive(Default)]
struct Asked {
    known: Option<Arc<Known>>,
    away: Option<(Instant, String)>,
}

/// The provider, as configured and as it says of itself.
pub struct Oidc {
    config: Config,
    http: Http,
    asked: Mutex<Asked>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Random, with the time it was made at, which the digests cover.
fn begun_at(token: &str) -> Option<i64> {
    let (ms, random) = token.split_once('.')?;
    (random.len() == 64).then(|| ms.parse().ok())?
}

fn part(token: &str, what: &str) -> String {
    sha256(&format!("motcua {what} {token}"))
}

impl Oidc {
    /// The provider is not asked anything yet: a central starts without it.
    ///
    /// # Errors
    /// The file of its authority.
    pub fn new(config: Config) -> Result<Oidc, ConfigError> {
        let http = Http::new(&config)?;
        Ok(Oidc { config, http, asked: Mutex::default() })
    }

    /// As configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The token for the browser's cookie and the provider's address to send it to.
    ///
    /// # Errors
    /// The provider cannot be reached, or the system gives no random numbers.
    pub async fn begin(&self, lang: &str, now_ms: i64) -> Result<(String, String), Fault> {
        let random = motcua_web::token::random().map_err(|e| Fault::Away(e.to_string()))?;
        let token = format!("{now_ms}.{random}");
        let client = self.client(&*self.known(false).await?)?;
        let verifier = PkceCodeVerifier::new(part(&token, "verifier"));
        let (state, nonce) = (part(&token, "state"), part(&token, "nonce"));
        let scopes = self.config.scopes.iter().map(|s| Scope::new(s.clone()));
        let code = CoreAuthenticationFlow::AuthorizationCode;
        let (url, _, _) = client
            .authorize_url(code, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scopes(scopes)
            .add_ui_locale(LanguageTag::new(lang.to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((token, url.to_string()))
    }

    /// Who came back.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn finish(&self, token: &str, back: Back, now_ms: i64) -> Result<Person, Fault> {
        let begun = begun_at(token).ok_or(Fault::Stale)?;
        let late = !(0..LIMIT_MS).contains(&(now_ms - begun));
        if late || !same(&back.state, &part(token, "state")) {
            return Err(Fault::Stale);
        }
        if let Some(error) = back.error {
            return Err(Fault::Declined(back.error_description.unwrap_or(error)));
        }
        let known = self.known(false).await?;
        // Another provider's answer, mixed up on purpose.
        if back.iss.is_some_and(|iss| iss != **known.metadata.issuer()) {
            return Err(Fault::Stale);
        }
        let client = self.client(&known)?;
        let answer = self.exchange(&client, back.code, part(token, "verifier")).await?;
        let nonce = Nonce::new(part(token, "nonce"));
        let said = match token::verify(&client, &answer, &nonce) {
            // Its keys may have changed since they were read.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            )) => token::verify(&self.client(&*self.known(true).await?)?, &answer, &nonce),
            other => other,
        };
        let mut said = said.map_err(|e| Fault::Token(chain(&e)))?;
        if !self.config.is_told(&said.claims) {
            let more = token::user_info(&client, &self.http, answer.access_token(), &said.subject).await?;
            said.add(more);
        }
        self.person(said)
    }

    fn person(&self, said: Said) -> Result<Person, Fault> {
        let (name, login) = (said.name(), said.login());
        match self.config.grant(&said.claims) {
            Ok(granted) => {
                Ok(Person { issuer: self.config.issuer.clone(), subject: said.subject, name, login, granted })
            }
            Err(why) => Err(Fault::NotGranted { who: login, why }),
        }
    }

    async fn exchange(
        &self,
        client: &Client,
        code: String,
        verifier: String,
    ) -> Result<token::Answer, Fault> {
        let ask = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| Fault::Away(chain(&e)))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        ask.request_async(&self.http).await.map_err(|e| match e {
            RequestTokenError::ServerResponse(no) => Fault::Code(no.to_string()),
            // The text that did not parse may hold tokens.
            RequestTokenError::Parse(e, _) => Fault::Away(format!("its answer cannot be read: {e}")),
            other => Fault::Away(chain(&other)),
        })
    }

    /// Where a browser ends its session at the provider, where it has such a page.
    ///
    /// # Errors
    /// The provider cannot be reached.
    pub async fn end_session(&self) -> Result<Option<String>, Fault> {
        let known = self.known(false).await?;
        let end = known.metadata.additional_metadata().end_session_endpoint.as_ref();
        Ok(end.map(|at| {
            let mut url = at.url().clone();
            url.query_pairs_mut().append_pair("client_id", &self.config.client_id);
            url.to_string()
        }))
    }

    fn client(&self, known: &Known) -> Result<Client, Fault> {
        let metadata = known.metadata.clone();
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let back = RedirectUrl::new(format!("{}{BACK}", self.config.pages));
        let back = back.map_err(|e| Fault::Away(e.to_string()))?;
        let client = ClientId::new(self.config.client_id.clone());
        let made =
            Client::from_provider_metadata(metadata, client, self.config.secret()).set_redirect_uri(back);
        // Basic is the default of the standard; some offer the other way only.
        let basic = methods.is_empty() || methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        Ok(if basic { made } else { made.set_auth_type(AuthType::RequestBody) })
    }

    async fn known(&self, anew: bool) -> Result<Arc<Known>, Fault> {
        let mut asked = self.asked.lock().await;
        let good_for = if anew { KNOWN_AT_LEAST } else { KNOWN_FOR };
        if let Some(known) = asked.known.as_ref().filter(|k| k.at.elapsed() < good_for) {
            return Ok(known.clone());
        }
        if let Some((_, why)) = asked.away.as_ref().filter(|(at, _)| at.elapsed() < AWAY_FOR) {
            return Err(Fault::Away(why.clone()));
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|e| Fault::Away(chain(&e)))?;
        match ProviderMetadataWithLogout::discover_async(issuer, &self.http).await {
            Ok(metadata) => {
                let found = Arc::new(Known { metadata, at: Instant::now() });
                *asked = Asked { known: Some(found.clone()), away: None };
                Ok(found)
            }
            Err(e) => {
                asked.away = Some((Instant::now(), chain(&e)));
                Err(Fault::Away(chain(&e)))
            }
        }
    }
}

/// An error with its causes on one line.
fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}
