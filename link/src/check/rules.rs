// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules, in the order in which they are tried; some build on what an
//! earlier one left. The numbers are the chapters of `docs/link.md`.

use super::send::{Answer, Peer, Shot};
use super::{CheckError, Finding};
use crate::wire::{
    Chain, DEVICE_EPOCH, Epoch, FIRST_SEQ, LAST_SEQ, Lane, MAX_EVENTS, PRIOR_CHAIN, ProblemKind, SENT_AT,
    Source,
};

type Found = Result<Vec<Finding>, CheckError>;

pub(super) async fn all(peer: &Peer) -> Found {
    for lane in Lane::ALL {
        if peer.cursor(lane).await?.is_ok_and(|c| c.is_some()) {
            return Err(CheckError::Used(peer.source.clone()));
        }
    }
    let mut found = taking(peer).await?;
    found.extend(refusing(peer).await?);
    found.extend(reading(peer).await?);
    found.extend(shedding(peer).await?);
    found.extend(telling_apart(peer).await?);
    Ok(found)
}

pub(super) fn kept(rule: &'static str, broken: Option<String>) -> Finding {
    Finding { rule, broken }
}

/// The answer must be a receipt up to here.
fn acked(rule: &'static str, answer: &Answer, through: u64) -> Finding {
    let right = answer.receipt().is_some_and(|r| r.acked_through == through && r.quarantined.is_empty());
    kept(rule, (!right).then(|| format!("expected acked_through {through}, came {}", answer.words())))
}

/// The answer must be this problem.
pub(super) fn problem(rule: &'static str, answer: &Answer, kind: ProblemKind) -> Finding {
    coded(rule, answer, kind.status(), kind.urn())
}

/// The answer must be the problem of this `type`.
pub(super) fn coded(rule: &'static str, answer: &Answer, status: u16, urn: &str) -> Finding {
    let right = answer.status == status && answer.problem().is_some_and(|p| p.kind == urn);
    kept(rule, (!right).then(|| format!("expected {status} {urn}, came {}", answer.words())))
}

async fn stands(peer: &Peer, rule: &'static str, through: u64) -> Result<Finding, CheckError> {
    let expected = (peer.epoch.clone(), through, peer.chain(through));
    let broken = match peer.cursor(Lane::Business).await? {
        Ok(Some(c)) if (c.epoch.clone(), c.acked_through, c.chain) == expected => None,
        Ok(c) => Some(format!("expected {expected:?}, came {c:?}")),
        Err(words) => Some(words),
    };
    Ok(kept(rule, broken))
}

/// Batches as they come from a healthy device over a bad network.
async fn taking(peer: &Peer) -> Found {
    let b = Lane::Business;
    let mut out = Vec::new();
    let first = peer.send(peer.shot(b, 1, 5)).await?;
    out.push(acked("4.1 a first batch is taken", &first, 5));
    let again = peer.send(peer.shot(b, 1, 5)).await?;
    out.push(acked("4.2 a batch that comes again is answered as before", &again, 5));
    out.push(stands(peer, "4.2 … and changes nothing", 5).await?);
    let over = peer.send(peer.shot(b, 3, 8)).await?;
    out.push(acked("4.2 of a batch that overlaps, the rest is taken", &over, 8));
    let old = peer.send(peer.shot(b, 2, 4)).await?;
    out.push(acked("4.2 an old batch is answered with what is held", &old, 8));
    let mut packed = peer.shot(b, 9, 10);
    packed.body = pack(&packed.body);
    packed.encoding = Some("zstd");
    out.push(acked("3.4 zstd is unpacked", &peer.send(packed).await?, 10));
    out.push(acked(
        "4.5 an empty batch asks where the lane stands",
        &peer.send(peer.shot(b, 11, 10)).await?,
        10,
    ));
    let mut timeless = peer.shot(b, 11, 11);
    timeless.headers.retain(|(name, _)| *name != SENT_AT);
    out.push(acked("3.3 Sent-At may be absent", &peer.send(timeless).await?, 11));
    out.push(stands(peer, "4.6 the cursor is the chain over everything", 11).await?);
    Ok(out)
}

/// What must change nothing.
async fn refusing(peer: &Peer) -> Found {
    let b = Lane::Business;
    let mut out = Vec::new();
    let hole = peer.send(peer.shot(b, 13, 14)).await?;
    out.push(problem("4.3 a hole is refused", &hole, ProblemKind::Hole));
    let expected = hole.problem().and_then(|p| p.expected_seq);
    let broken = (expected != Some(12)).then(|| format!("expected_seq is {expected:?}, not 12"));
    out.push(kept("4.3 … with the number that must come first", broken));
    for name in [DEVICE_EPOCH, FIRST_SEQ, PRIOR_CHAIN] {
        let mut shot = peer.shot(b, 12, 12);
        shot.headers.retain(|(n, _)| *n != name);
        out.push(problem(
            "3.3 a batch without a needed header is refused",
            &peer.send(shot).await?,
            ProblemKind::Malformed,
        ));
    }
    for (name, value) in [(FIRST_SEQ, "0"), (FIRST_SEQ, "-1"), (DEVICE_EPOCH, "xyz"), (SENT_AT, "yesterday")]
    {
        let shot = with(peer.shot(b, 12, 12), name, value);
        out.push(problem(
            "3.3 a header that is no value is refused",
            &peer.send(shot).await?,
            ProblemKind::Malformed,
        ));
    }
    let mut cut = peer.shot(b, 12, 12);
    cut.body.truncate(cut.body.len() - 3);
    out.push(problem(
        "3.4 a body that was cut off is refused",
        &peer.send(cut).await?,
        ProblemKind::Malformed,
    ));
    let mut broken = peer.shot(b, 12, 12);
    broken.encoding = Some("zstd");
    out.push(problem(
        "3.4 a body that is not zstd is refused",
        &peer.send(broken).await?,
        ProblemKind::Malformed,
    ));
    let mut other = peer.shot(b, 12, 12);
    other.encoding = Some("br");
    out.push(problem("3.4 another encoding is refused", &peer.send(other).await?, ProblemKind::Unsupported));
    let mut text = peer.shot(b, 12, 12);
    text.kind = "text/plain";
    out.push(problem("3.4 another type is refused", &peer.send(text).await?, ProblemKind::Unsupported));
    let many = peer.shot(b, 12, 12 + MAX_EVENTS as u64);
    out.push(problem(
        "3.4 more than 1,000 events are refused",
        &peer.send(many).await?,
        ProblemKind::TooLarge,
    ));
    let mut bomb = peer.shot(b, 12, 12);
    bomb.body = pack(&vec![b' '; 64 * 1024 * 1024]);
    bomb.encoding = Some("zstd");
    out.push(problem(
        "3.4 a body that unpacks to more than 8 MiB is refused",
        &peer.send(bomb).await?,
        ProblemKind::TooLarge,
    ));
    let short = with(peer.shot(b, 12, 14), LAST_SEQ, "15");
    out.push(problem(
        "4.4 on business nothing is left out",
        &peer.send(short).await?,
        ProblemKind::Malformed,
    ));
    let mut strange = peer.shot(b, 12, 12);
    strange.source = Source::new("khong-co", "hub")?;
    let answer = peer.send(strange).await?;
    let broken = (answer.status != 403).then(|| format!("expected 403, came {}", answer.words()));
    out.push(kept("2.3 nobody speaks for another device", broken));
    out.push(stands(peer, "4.3 nothing of this moved the lane", 11).await?);
    Ok(out)
}

/// Events that cannot be read, or not yet.
async fn reading(peer: &Peer) -> Found {
    let b = Lane::Business;
    let mut out = Vec::new();
    let mut wrong = peer.shot(b, 12, 14);
    let mut events: Vec<serde_json::Value> = serde_json::from_slice(&wrong.body).unwrap_or_default();
    if let Some(event) = events.get_mut(1) {
        event["source"] = "/sites/khong-co/devices/hub".into();
    }
    wrong.body = serde_json::to_vec(&events).unwrap_or_default();
    let answer = peer.send(wrong).await?;
    let receipt = answer.receipt();
    let right =
        receipt.is_some_and(|r| r.acked_through == 14 && r.quarantined.iter().map(|q| q.seq).eq([13]));
    let broken =
        (!right).then(|| format!("expected number 13 set aside and the rest taken, came {}", answer.words()));
    out.push(kept("5.1 an event that cannot be read is set aside, the others are taken", broken));
    out.push(stands(peer, "5.1 … and the chain goes on over it", 14).await?);
    let mut newer = peer.shot(b, 15, 15);
    let mut events: Vec<serde_json::Value> = serde_json::from_slice(&newer.body).unwrap_or_default();
    if let Some(event) = events.get_mut(0) {
        event["data"]["later"] = serde_json::json!([1, null, {"ế": "ờ"}]);
        event["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    }
    newer.body = serde_json::to_vec(&events).unwrap_or_default();
    out.push(acked(
        "5.2 attributes and members that are not known are no fault",
        &peer.send(newer).await?,
        15,
    ));
    Ok(out)
}

/// Lanes on which numbers may be missing.
async fn shedding(peer: &Peer) -> Found {
    let mut out = Vec::new();
    for lane in [Lane::Health, Lane::Log] {
        let mut shot = with(peer.shot(lane, 1, 6), LAST_SEQ, "9");
        let mut events: Vec<serde_json::Value> = serde_json::from_slice(&shot.body).unwrap_or_default();
        events.remove(2);
        shot.body = serde_json::to_vec(&events).unwrap_or_default();
        out.push(acked("4.4 health and log may leave numbers out", &peer.send(shot).await?, 9));
        let hole = peer.send(peer.shot(lane, 11, 12)).await?;
        out.push(problem("4.4 … but say so", &hole, ProblemKind::Hole));
        let mut back = peer.shot(lane, 10, 11);
        let mut events: Vec<serde_json::Value> = serde_json::from_slice(&back.body).unwrap_or_default();
        events.reverse();
        back.body = serde_json::to_vec(&events).unwrap_or_default();
        out.push(problem("4.4 … and keep their order", &peer.send(back).await?, ProblemKind::Malformed));
    }
    Ok(out)
}

/// Copies and restored back-ups.
async fn telling_apart(peer: &Peer) -> Found {
    let b = Lane::Business;
    let other = Chain::START.then("another", "past", "entirely").to_string();
    let mut out = Vec::new();
    let fork = with(peer.shot(b, 16, 16), PRIOR_CHAIN, &other);
    out.push(problem(
        "6.1 another past under the same numbers is refused",
        &peer.send(fork).await?,
        ProblemKind::Fork,
    ));
    let within = with(peer.shot(b, 14, 17), PRIOR_CHAIN, &other);
    out.push(problem("6.1 … also where the batch overlaps", &peer.send(within).await?, ProblemKind::Fork));
    let epoch = Epoch::random().map_err(|_| CheckError::Random)?;
    let clone = Peer { route: peer.route.clone(), source: peer.source.clone(), epoch };
    let answer = clone.send(clone.shot(b, 1, 1)).await?;
    out.push(problem("6.2 another epoch waits for a person", &answer, ProblemKind::Epoch));
    out.push(stands(peer, "6.2 nothing of another past was taken", 15).await?);
    out.push(acked("6.2 the known epoch goes on", &peer.send(peer.shot(b, 16, 16)).await?, 16));
    Ok(out)
}

fn with(mut shot: Shot, name: &'static str, value: &str) -> Shot {
    shot.headers.retain(|(n, _)| *n != name);
    shot.headers.push((name, value.to_owned()));
    shot
}

fn pack(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 3).unwrap_or_default()
}
