// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules of what comes down (chapter 9), and those that only a hub can try:
//! it speaks for its hall (2.3, 2.4).

use super::rules::{kept, problem};
use super::send::{Answer, Peer};
use super::{CheckError, Finding, NO_COMMAND, NO_OFFER};
use crate::province::{Offer, digest};
use crate::trust::{CommandKey, Role, SignedCommand};
use crate::wire::{Lane, ProblemKind, Source};
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// The answer to 9.1.
#[derive(Deserialize)]
struct Desired {
    command_key: String,
    #[serde(rename = "documents")]
    _documents: Vec<serde_json::Value>,
    #[serde(default)]
    offers: Vec<Offer>,
    commands: Vec<SignedCommand>,
}

/// A device of the same hall that the check relays as its hub.
pub(super) fn relayed(source: &Source) -> Result<Source, CheckError> {
    Ok(Source::new(source.site(), "link-check-relayed")?)
}

pub(super) async fn all(
    peer: &Peer,
    role: Role,
    not_tried: &mut Vec<&'static str>,
) -> Result<Vec<Finding>, CheckError> {
    let mut out = Vec::new();
    let (finding, desired) = desired(peer, "desired?wait=0", "9.1 what is desired is answered").await?;
    out.push(finding);
    let question = "desired?wait=0&added-later=1";
    let later = self::desired(peer, question, "11 a parameter that is not known is passed over").await?;
    out.push(later.0);
    if let Some(desired) = desired {
        if desired.commands.is_empty() {
            not_tried.push(NO_COMMAND);
            out.push(held(peer).await?);
        } else {
            out.push(kept("9.3 commands carry the signature of the command key", signed(&desired)));
        }
    }
    let elsewhere = peer.named(Source::new("khong-co", "hub")?);
    let said = elsewhere.get("desired?wait=0").await?;
    out.push(problem("2.3 nobody asks for another hall's", &said, ProblemKind::NotYours));
    if role == Role::Hub {
        out.extend(hall(peer).await?);
        out.extend(offered(peer, not_tried).await?);
    } else {
        let said = peer.put("reported/hall", &nothing()).await?;
        let broken = (!matches!(said.status, 403 | 404)).then(|| came("403", &said));
        out.push(kept("9.2 what serves in the hall is the hub's to say", broken));
    }
    Ok(out)
}

fn came(expected: &str, said: &Answer) -> String {
    format!("expected {expected}, came {}", said.words())
}

async fn desired(
    peer: &Peer,
    question: &str,
    rule: &'static str,
) -> Result<(Finding, Option<Desired>), CheckError> {
    let said = peer.get(question).await?;
    let read = (said.status == 200).then(|| serde_json::from_str::<Desired>(&said.body));
    Ok(match read {
        Some(Ok(found)) => (kept(rule, None), Some(found)),
        Some(Err(e)) => (kept(rule, Some(format!("{} ({e})", said.words()))), None),
        None => (kept(rule, Some(came("200", &said))), None),
    })
}

/// A question that may wait is not answered before there is something to say.
async fn held(peer: &Peer) -> Result<Finding, CheckError> {
    let began = Instant::now();
    let (answered, found) = desired(peer, "desired?wait=1", "9.1 … and held while there is nothing").await?;
    let empty = found.is_some_and(|d| d.commands.is_empty() && d._documents.is_empty());
    let early = empty && began.elapsed() < Duration::from_millis(900);
    let words = || format!("wait=1 was answered with nothing after {} ms", began.elapsed().as_millis());
    Ok(if early { kept(answered.rule, Some(words())) } else { answered })
}

fn signed(desired: &Desired) -> Option<String> {
    let Ok(key) = desired.command_key.parse::<CommandKey>() else {
        return Some(format!("command_key is no Ed25519 key in base64: `{}`", desired.command_key));
    };
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let bad = desired.commands.iter().find_map(|c| c.verify(&key, &c.device, now_ms, false).err());
    bad.map(|refusal| refusal.to_string())
}

/// A report that changes nothing a person has decided: no version, and not in use.
fn nothing() -> serde_json::Value {
    json!({"version": 0, "digest": digest(""), "applied": false, "detail": "link-check"})
}

/// What a hub may do for its hall.
async fn hall(peer: &Peer) -> Result<Vec<Finding>, CheckError> {
    let mut out = Vec::new();
    let other = peer.named(relayed(&peer.source)?);
    let mut shot = other.shot(Lane::Business, 1, 2);
    let mut events: Vec<serde_json::Value> = serde_json::from_slice(&shot.body).unwrap_or_default();
    if let Some(event) = events.get_mut(1).and_then(|e| e.as_object_mut()) {
        event.insert("type".into(), "motcua.unreadable".into());
        event.remove("data");
    }
    shot.body = serde_json::to_vec(&events).unwrap_or_default();
    let said = other.send(shot).await?;
    // Whether it sets the second aside as well is its own business.
    let through = said.receipt().map(|r| r.acked_through);
    let broken = (through != Some(2)).then(|| came("acked_through 2", &said));
    out.push(kept("2.4 a hub brings its devices' lanes, with what it set aside", broken));
    let said = peer.put("reported/hall", &nothing()).await?;
    let broken = (!(200..300).contains(&said.status)).then(|| came("2xx", &said));
    out.push(kept("9.2 a hub says what serves in its hall", broken));
    Ok(out)
}

/// The province's documents, as a hub that has none of them asks.
async fn offered(peer: &Peer, not_tried: &mut Vec<&'static str>) -> Result<Vec<Finding>, CheckError> {
    let question = "desired?wait=0&catalogue=0&bookings=0&dossiers=0";
    let (finding, found) = desired(peer, question, "9.4 a hub may ask for the province's documents").await?;
    let mut out = vec![finding];
    let offers = found.map(|d| d.offers).unwrap_or_default();
    if offers.is_empty() {
        not_tried.push(NO_OFFER);
    }
    for offer in &offers {
        let said = peer.get(&format!("documents/{}/{}", offer.name, offer.version)).await?;
        let right = said.status == 200 && digest(&said.body) == offer.digest;
        let broken = (!right).then(|| format!("expected a text of {}, came {}", offer.digest, said.words()));
        out.push(kept("9.4 an offered document is fetched, with its digest", broken));
    }
    let said = peer.get("documents/catalogue/9007199254740991").await?;
    out.push(super::rules::coded(
        "9.4 a version that is not the newest is not there",
        &said,
        404,
        "urn:motcua:no-such-version",
    ));
    Ok(out)
}
