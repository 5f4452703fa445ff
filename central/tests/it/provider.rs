// SPDX-License-Identifier: MIT OR Apache-2.0
//! An OpenID provider that nobody here wrote (npm oidc-provider, certified), as
//! a process of its own over TLS, and a central that knows it.

use crate::support::*;
use crate::visitor::*;
use motcua_central::audit::now_ms;
use motcua_central::oidc::{Config, Oidc};
use motcua_link::trust::{PrivateKey, ServerNames};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const CLIENT_SECRET: &str = "a secret of the tests that is long enough";
pub const GRANTS: &str = "claim = 'groups'
sites_claim = 'halls'
[[grant]]
value = 'motcua-tinh'
role = 'province'
[[grant]]
value = 'motcua-kiem-tra'
role = 'auditor'
sites = ['*']
[[grant]]
value = 'motcua-ky-thuat'
role = 'technician'
sites = ['*']
[[grant]]
value = 'motcua-quan-ly'
role = 'hall-manager'
";

/// The provider on a port of its own, over TLS, and the file that leads to it.
pub struct Peer {
    child: Option<Child>,
    pub at: String,
    argument: String,
    file: PathBuf,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Peer {
    /// `in_token`: it says everything in the ID token, and not only when asked again.
    fn start(app: &App, dir: &Path, pages: &str, client: &str, in_token: bool) -> Peer {
        let port = free_port();
        let key = PrivateKey::generate().unwrap();
        let names = ServerNames { dns: vec!["localhost".into()], ..ServerNames::default() };
        let request = key.request("a provider").unwrap();
        let issued = app.authority.issue_server(&request, &names, now_ms(), 30).unwrap();
        std::fs::write(dir.join("ca.pem"), app.authority.certificate().pem()).unwrap();
        let secret = dir.join("secret");
        std::fs::write(&secret, format!("{CLIENT_SECRET}\n")).unwrap();
        std::process::Command::new("chmod").arg("600").arg(&secret).status().unwrap();
        let at = format!("https://localhost:{port}");
        let head = format!(
            "issuer = '{at}'\nclient_id = '{client}'\nclient_secret_file = 'secret'\npages = '{pages}'\nca = 'ca.pem'\n\
             scopes = ['openid', 'profile', 'motcua']\n"
        );
        let file = dir.join("oidc.toml");
        std::fs::write(&file, format!("{head}{GRANTS}")).unwrap();
        let argument = json!({ "port": port, "pages": pages, "key": key.pem().as_str(), "cert": issued.chain_pem, "in_token": in_token });
        let mut peer = Peer { child: None, at, argument: argument.to_string(), file };
        peer.go();
        peer
    }

    pub fn go(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc/provider.js");
        let mut child = Command::new("node")
            .arg(script)
            .arg(&self.argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is there: tools/setup.sh installs Debian's nodejs and the provider");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the provider is installed by tools/setup.sh test");
        self.child = Some(child);
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn oidc(&self) -> Oidc {
        Oidc::new(Config::read(&self.file).unwrap()).unwrap()
    }

    pub async fn ask(&self, path: &str) -> String {
        let http = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
        http.get(format!("{}{path}", self.at)).send().await.unwrap().text().await.unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A central that knows the provider, with a person who has a password.
pub struct Hall {
    pub app: App,
    pub url: String,
    pub peer: Peer,
    _dir: Dir,
}

impl Hall {
    pub async fn start(client: &str, in_token: bool) -> Hall {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = Dir::new();
        let mut app = sqlite(&dir).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pages = format!("http://{}", listener.local_addr().unwrap());
        let peer = Peer::start(&app, dir.path(), &pages, client, in_token);
        app.oidc = Some(Arc::new(peer.oidc()));
        let url = serve_on(listener, &app);
        Hall { app, url, peer, _dir: dir }
    }

    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        let read = self.app.db().read(move |tx| {
            Box::pin(async move { tx.rows(sql, &[]).await?.iter().map(|r| r.text(0)).collect() })
        });
        read.await.unwrap()
    }
}
