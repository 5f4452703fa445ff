// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file behind `--oidc`: which provider, and what its word gives a person
//! here. Nobody has a role who was not given one.

use crate::people::Role;
use motcua_link::wire::Source;
use openidconnect::ClientSecret;
use openidconnect::url::{Host, Url};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// In place of halls: all of them, for roles that need not be bound to any.
const EVERY: &str = "*";

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not there, or not readable.
    #[error("{}: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or a key too many or too few.
    #[error("{}: {source}", .path.display())]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A value.
    #[error("{}: `{key}`: {why}", .path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What to do.
        why: String,
    },
    /// The provider's authority.
    #[error("the authority of the OpenID provider's certificate: {0}")]
    Ca(String),
}

/// The words on the button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// One value of the claim and what it gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    value: String,
    role: String,
    #[serde(default)]
    sites: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    /// Address of the pages, as browsers see it.
    pages: String,
    ca: Option<PathBuf>,
    #[serde(default)]
    scopes: Vec<String>,
    button: Option<Button>,
    claim: String,
    sites_claim: Option<String>,
    #[serde(default = "yes")]
    local_sign_in: bool,
    #[serde(default)]
    grant: Vec<Grant>,
}

fn yes() -> bool {
    true
}

/// A file that was read and checked.
#[derive(Clone)]
pub struct Config {
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    secret: Option<String>,
    /// Address of the pages without a stroke at its end.
    pub pages: String,
    /// PEM of the authority that signed the provider's certificate, instead of the system's.
    pub ca: Option<Vec<u8>>,
    /// Asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The words on the button, where the province wants its own.
    pub button: Option<Button>,
    claim: String,
    sites_claim: Option<String>,
    /// Passwords of this central are taken as well.
    pub local_sign_in: bool,
    grants: Vec<(String, Role, Vec<String>)>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What somebody may do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Rights.
    pub role: Role,
    /// Halls it is bound to; none: all that the role may see.
    pub sites: Vec<String>,
}

/// Why somebody whom the provider knows may do nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// No value that gives a role.
    #[error("no role")]
    Role,
    /// Halls should have been told, and were not.
    #[error("no hall")]
    Site,
}

impl Config {
    /// Reads the file and those it names, which stand beside it unless their paths are whole.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let read = |p: &Path| {
            std::fs::read_to_string(p).map_err(|source| ConfigError::Read { path: p.to_owned(), source })
        };
        let text: Text = toml::from_str(&read(path)?)
            .map_err(|e| ConfigError::Toml { path: path.to_owned(), source: Box::new(e) })?;
        let beside = |p: &Path| path.parent().unwrap_or(Path::new(".")).join(p);
        let bad = |key, why: &str| ConfigError::Value { path: path.to_owned(), key, why: why.to_owned() };
        let secret = match &text.client_secret_file {
            None => None,
            Some(file) => {
                let file = beside(file);
                let secret = read(&file)?.trim().to_owned();
                if secret.is_empty() {
                    return Err(bad("client_secret_file", "the file is empty"));
                }
                only_ours(&file).map_err(|why| bad("client_secret_file", &why))?;
                Some(secret)
            }
        };
        let ca = text.ca.as_deref().map(|p| read(&beside(p))).transpose()?.map(String::into_bytes);
        let (grants, pages) = checked(&text).map_err(|(key, why)| bad(key, &why))?;
        let scopes = if text.scopes.is_empty() { vec!["profile".into()] } else { text.scopes };
        Ok(Config {
            issuer: text.issuer,
            client_id: text.client_id,
            secret,
            pages,
            ca,
            scopes: scopes.into_iter().filter(|s| s != "openid").collect(),
            button: text.button,
            claim: text.claim,
            sites_claim: text.sites_claim,
            local_sign_in: text.local_sign_in,
            grants,
        })
    }

    pub(super) fn secret(&self) -> Option<ClientSecret> {
        self.secret.clone().map(ClientSecret::new)
    }

    /// Nothing leaves the machine, so nothing need be encrypted; for trying it out.
    pub(super) fn is_on_this_machine(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|u| u.scheme() == "http")
    }

    /// The pages are reached over TLS, so cookies may be kept off anything else.
    pub fn is_secure(&self) -> bool {
        self.pages.starts_with("https://")
    }

    /// The token says something of roles, so that nothing else need be asked.
    pub(super) fn is_told(&self, claims: &Value) -> bool {
        let there = |path: &str| find(claims, path).is_some();
        there(&self.claim) && self.sites_claim.as_deref().is_none_or(there)
    }

    /// What these claims give. Of several values the first in the file counts; the halls of all values with its
    /// role add up.
    ///
    /// # Errors
    /// Nothing.
    pub fn grant(&self, claims: &Value) -> Result<Granted, NotGranted> {
        let values = values(claims, &self.claim);
        let mut given = self.grants.iter().filter(|(value, _, _)| values.contains(value)).peekable();
        let role = given.peek().map(|(_, role, _)| *role).ok_or(NotGranted::Role)?;
        let mut sites = Vec::new();
        for (_, _, more) in given.filter(|(_, r, _)| *r == role) {
            // A grant without halls is for all halls, unless the other claim tells which.
            let all = more.is_empty() && (self.sites_claim.is_none() || role == Role::Province);
            if (all && !role.is_bound()) || more.iter().any(|s| s == EVERY) {
                return Ok(Granted { role, sites: Vec::new() });
            }
            sites.extend(more.clone());
        }
        if let Some(path) = &self.sites_claim {
            sites.extend(self::values(claims, path).into_iter().filter(|s| is_site(s)));
        }
        sites.sort();
        sites.dedup();
        // Never "all", because nothing was said.
        if sites.is_empty() { Err(NotGranted::Site) } else { Ok(Granted { role, sites }) }
    }
}

fn is_site(text: &str) -> bool {
    Source::new(text, "hub").is_ok()
}

type Checked = (Vec<(String, Role, Vec<String>)>, String);

fn checked(text: &Text) -> Result<Checked, (&'static str, String)> {
    for (key, url) in [("issuer", &text.issuer), ("pages", &text.pages)] {
        let url = Url::parse(url).map_err(|e| (key, e.to_string()))?;
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err((key, "give an address that begins with https://".into()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err((key, "give the address without ? and #".into()));
        }
    }
    if text.client_id.is_empty() || text.claim.is_empty() {
        return Err(("claim", "give client_id and claim".into()));
    }
    if text.grant.is_empty() {
        let why = "nobody would have a role; add [[grant]] with value and role for each group";
        return Err(("grant", why.into()));
    }
    let mut grants = Vec::new();
    for grant in &text.grant {
        let role = Role::read(&grant.role).ok_or_else(|| {
            let roles = Role::ALL.map(Role::word).join(", ");
            ("grant", format!("`{}` is no role; there are {roles}", grant.role))
        })?;
        if role.is_bound() && grant.sites.is_empty() && text.sites_claim.is_none() {
            let why = "a hall manager needs sites here, or a sites_claim that names them";
            return Err(("grant", why.into()));
        }
        let site = |s: &String| is_site(s) || (s == EVERY && !role.is_bound());
        if let Some(bad) = grant.sites.iter().find(|s| !site(s)) {
            return Err(("grant", format!("`{bad}` is no key of a hall")));
        }
        grants.push((grant.value.clone(), role, grant.sites.clone()));
    }
    Ok((grants, text.pages.trim_end_matches('/').to_owned()))
}

/// Others on the machine must not read the secret.
fn only_ours(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_err(|e| e.to_string())?.permissions().mode();
    if mode & 0o007 == 0 { Ok(()) } else { Err(format!("others can read {}; chmod 0600 it", path.display())) }
}

/// A claim by its name, or by the way to it with dots between, such as `realm_access.roles`.
fn find<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| path.split('.').try_fold(claims, |at, name| at.get(name)))
}

/// A text is one value, a list is many.
fn values(claims: &Value, path: &str) -> Vec<String> {
    match find(claims, path) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
