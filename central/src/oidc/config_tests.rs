// SPDX-License-Identifier: MIT OR Apache-2.0
#![allow(clippy::unwrap_used, reason = "tests say what they expect by unwrapping it")]
use super::*;
use serde_json::json;

const HEAD: &str =
    "issuer = 'https://id.example/realms/tinh'\nclient_id = 'motcua'\npages = 'https://mc.example/'\n";

fn read(rest: &str) -> Result<Config, ConfigError> {
    let dir = std::env::temp_dir().join(format!("motcua-oidc-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("provider.toml");
    std::fs::write(&path, format!("{HEAD}{rest}")).unwrap();
    let config = Config::read(&path);
    std::fs::remove_dir_all(dir).unwrap();
    config
}

const GRANTS: &str = "claim = 'realm_access.roles'
[[grant]]
value = 'tinh'
role = 'province'
[[grant]]
value = 'ql-ngo-quyen'
role = 'hall-manager'
sites = ['ngo-quyen']
[[grant]]
value = 'ql-hai'
role = 'hall-manager'
sites = ['le-chan', 'ngo-quyen']
[[grant]]
value = 'kiem-tra'
role = 'auditor'
";

fn roles(roles: &[&str]) -> Value {
    json!({ "realm_access": { "roles": roles }, "halls": ["do-son", "Not A Hall"] })
}

#[test]
fn the_first_grant_that_fits_gives_the_role_and_its_halls_add_up() {
    let config = read(GRANTS).unwrap();
    assert_eq!(config.pages, "https://mc.example");
    assert!(config.local_sign_in && config.is_secure());
    let granted = |given: &[&str]| config.grant(&roles(given)).map(|g| (g.role, g.sites.join(" ")));
    assert_eq!(granted(&["kiem-tra", "tinh", "khác"]), Ok((Role::Province, String::new())));
    assert_eq!(granted(&["ql-hai", "ql-ngo-quyen"]), Ok((Role::HallManager, "le-chan ngo-quyen".into())));
    assert_eq!(granted(&["kiem-tra"]), Ok((Role::Auditor, String::new())));
    assert_eq!(granted(&["ai-do"]), Err(NotGranted::Role));
    assert_eq!(config.grant(&json!({})), Err(NotGranted::Role));
    assert_eq!(config.grant(&json!({ "realm_access.roles": "kiem-tra" })).unwrap().role, Role::Auditor);
    assert!(config.is_told(&roles(&[])) && !config.is_told(&json!({ "roles": ["tinh"] })));
}

#[test]
fn where_halls_are_told_apart_nobody_has_all_because_nothing_was_said() {
    let text = "claim = 'groups'\nsites_claim = 'halls'
[[grant]]
value = 'tinh'
role = 'province'
[[grant]]
value = 'ky-thuat'
role = 'technician'
[[grant]]
value = 'kiem-tra'
role = 'auditor'
sites = ['*']
[[grant]]
value = 'quan-ly'
role = 'hall-manager'
";
    let config = read(text).unwrap();
    let granted = |group: &str, halls: Value| {
        config.grant(&json!({ "groups": [group], "halls": halls })).map(|g| g.sites.join(" "))
    };
    assert_eq!(granted("quan-ly", json!(["do-son", "Not A Hall"])), Ok("do-son".into()));
    for group in ["quan-ly", "ky-thuat"] {
        assert_eq!(granted(group, json!([])), Err(NotGranted::Site), "{group}");
        assert_eq!(granted(group, json!(["Not A Hall"])), Err(NotGranted::Site), "{group}");
    }
    assert_eq!(granted("ky-thuat", json!("do-son")), Ok("do-son".into()));
    assert_eq!(granted("kiem-tra", json!(["do-son"])), Ok(String::new()));
    assert_eq!(granted("tinh", json!(["do-son"])), Ok(String::new()));
}

#[test]
fn a_file_that_would_be_unsafe_or_useless_is_refused_with_what_to_do() {
    for (rest, says) in [
        ("", "missing field `claim`"),
        ("claim = 'groups'", "nobody would have a role"),
        ("claim = 'groups'\nclaims = 'x'", "unknown field"),
        ("claim = 'g'\n[[grant]]\nvalue = 'a'\nrole = 'chief'", "there are province, hall-manager"),
        ("claim = 'g'\n[[grant]]\nvalue = 'a'\nrole = 'hall-manager'", "needs sites"),
        ("claim = 'g'\n[[grant]]\nvalue = 'a'\nrole = 'hall-manager'\nsites = ['*']", "no key of a hall"),
        ("claim = 'g'\n[[grant]]\nvalue = 'a'\nrole = 'auditor'\nsites = ['Đồ Sơn']", "no key of a hall"),
        ("client_secret_file = 'none'\nclaim = 'g'", "No such file"),
    ] {
        let error = read(rest).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let text: Text = toml::from_str(&format!("{HEAD}{GRANTS}")).unwrap();
    for (issuer, good) in [
        ("http://id.example", false),
        ("https://id.example?x=1", false),
        ("http://127.0.0.1:8080/realm", true),
        ("http://localhost.example", false),
    ] {
        let text = Text { issuer: issuer.into(), ..text.clone() };
        assert_eq!(checked(&text).is_ok(), good, "{issuer}");
    }
}

#[test]
fn the_sample_of_the_servers_pages_is_taken() {
    use std::os::unix::fs::PermissionsExt;
    let dir = std::env::temp_dir().join(format!("motcua-oidc-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&dir).unwrap();
    let (path, secret) = (dir.join("provider.toml"), dir.join("oidc-secret"));
    std::fs::write(&path, include_str!("../../../deploy/central/oidc.toml")).unwrap();
    std::fs::write(&secret, "the secret\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = Config::read(&path).map(|_| ()).unwrap_err().to_string();
    assert!(open.contains("others can read"), "{open}");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = Config::read(&path).unwrap();
    assert_eq!(config.secret.as_deref(), Some("the secret"));
    let granted = config.grant(&json!({ "groups": ["motcua-ky-thuat"] })).unwrap();
    assert_eq!(granted, Granted { role: Role::Technician, sites: Vec::new() });
    std::fs::remove_dir_all(dir).unwrap();
}
