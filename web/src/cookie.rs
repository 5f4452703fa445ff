// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cookie that carries a session's token.

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie by name. Programs on one computer need different names: browsers do not tell ports apart.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    /// Its name.
    pub name: &'static str,
    /// How long it lives.
    pub hours: i64,
}

impl Cookie {
    /// The header that sets it; an empty token ends it. Strict, so that no other site's page acts in this
    /// person's name. `secure` keeps it off connections in the clear.
    pub fn set(self, token: &str, secure: bool) -> HeaderValue {
        self.header(token, secure, "Strict", "/")
    }

    /// The same for a token that another site's page must send the browser back with; only below `path`.
    pub fn set_for_return(self, token: &str, secure: bool, path: &str) -> HeaderValue {
        self.header(token, secure, "Lax", path)
    }

    fn header(self, token: &str, secure: bool, same_site: &str, path: &str) -> HeaderValue {
        let age = if token.is_empty() { 0 } else { self.hours * 3600 };
        let secure = if secure { "; Secure" } else { "" };
        let name = self.name;
        let text =
            format!("{name}={token}; HttpOnly; SameSite={same_site}; Path={path}; Max-Age={age}{secure}");
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The token in a request.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        cookies.flat_map(|c| c.split(';')).find_map(|c| c.trim().strip_prefix(self.name)?.strip_prefix('='))
    }
}
