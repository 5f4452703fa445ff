// SPDX-License-Identifier: MIT OR Apache-2.0
//! One reading of a card: find out how the chip wants to be opened, open it, read the two data groups and the document
//! security object, check the signatures.

use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use super::apdu::{Channel, Command, OK};
use super::pace::Parameters;
use super::passive::{self, TrustStore};
use super::{Access, CardData, CardError, CardLink, Protocol, bac, ber, pace};

/// The application of electronic documents (Doc 9303-10, 4.1).
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// EF.CardAccess, below the master file.
const CARD_ACCESS: u16 = 0x011C;
const SOD: u16 = 0x011D;
const DG1: u16 = 0x0101;
const DG13: u16 = 0x010D;

/// Bytes asked for at once. Under secure messaging 223 become some 250, which is what readers without extended lengths
/// carry in one answer.
const CHUNK: u8 = 0xDF;
/// More than any of the files read here: the document security object of Vietnamese cards has some 2 KB.
const MOST: usize = 16 * 1024;

/// Reads a card: DG1 and, where it is there, DG13. `limit` is for the whole reading; the time between two commands is the
/// reader's. `now` is for the validity of certificates.
///
/// # Errors
/// Why it could not be read. A card whose signatures are wrong is read: see [`CardData::authenticity`].
pub fn read_card(
    link: &mut dyn CardLink,
    access: &Access,
    trust: &TrustStore,
    now: SystemTime,
    limit: Duration,
) -> Result<CardData, CardError> {
    let begun = Instant::now();
    let mut channel = Channel::new(link, begun + limit);
    let protocol = open(&mut channel, access)?;
    let dg1 = file(&mut channel, DG1, "DG1")?.ok_or(CardError::Malformed { what: "DG1" })?;
    let dg13 = file(&mut channel, DG13, "DG13")?;
    let sod = file(&mut channel, SOD, "the document security object")?;
    let mut groups: Vec<(u8, &[u8])> = vec![(1, &dg1)];
    groups.extend(dg13.as_ref().map(|bytes| (13, bytes.as_slice())));
    let authenticity = passive::authenticate(sod.as_ref().map(|bytes| bytes.as_slice()), &groups, trust, now);
    Ok(CardData { protocol, dg1, dg13, authenticity, took: begun.elapsed() })
}

/// Opens the chip by PACE, or by basic access control where PACE is not offered or the number was refused.
fn open(channel: &mut Channel<'_>, access: &Access) -> Result<Protocol, CardError> {
    let mut refusal = CardError::NoAccess;
    if let (Some(can), Some(parameters)) = (&access.can, offered(channel)?) {
        match pace::open(channel, &parameters, can) {
            Ok(()) => {
                let step = "SELECT of the application";
                channel.send(&Command::new([0x00, 0xA4, 0x04, 0x0C], APPLICATION, None))?.ok(step)?;
                return Ok(Protocol::Pace);
            }
            Err(error @ (CardError::WrongAccess | CardError::Refused { .. })) => {
                refusal = error;
                channel.reset()?;
            }
            Err(error) => return Err(error),
        }
    }
    for mrz in &access.mrz {
        let selected = channel.send(&Command::new([0x00, 0xA4, 0x04, 0x0C], APPLICATION, None))?;
        if selected.status != OK {
            return Err(CardError::NoAccess);
        }
        match bac::open(channel, mrz) {
            Ok(()) => return Ok(Protocol::Bac),
            Err(error @ (CardError::WrongAccess | CardError::Refused { .. })) => {
                refusal = error;
                channel.reset()?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(refusal)
}

/// What the chip offers for PACE. Vietnamese chips answer 6D00 to the selection of the master file, others want it before
/// EF.CardAccess: the file is selected at once, and after the master file where that fails.
fn offered(channel: &mut Channel<'_>) -> Result<Option<Parameters>, CardError> {
    if channel.send(&Command::select_file(CARD_ACCESS))?.status != OK {
        let master = Command::new([0x00, 0xA4, 0x00, 0x0C], [0x3F, 0x00], None);
        channel.send(&master)?;
        if channel.send(&Command::select_file(CARD_ACCESS))?.status != OK {
            return Ok(None);
        }
    }
    let what = "EF.CardAccess";
    Ok(Parameters::offered(&contents(channel, what)?))
}

/// A file of the application; `None` when the card does not have it.
fn file(
    channel: &mut Channel<'_>,
    file: u16,
    what: &'static str,
) -> Result<Option<Zeroizing<Vec<u8>>>, CardError> {
    let selected = channel.send(&Command::select_file(file))?;
    match selected.status {
        OK => Ok(Some(contents(channel, what)?)),
        0x6A82 | 0x6A83 => Ok(None),
        status => Err(CardError::Refused { step: what, status }),
    }
}

/// The whole of the selected file: one block, whose header says how long it is.
fn contents(channel: &mut Channel<'_>, what: &'static str) -> Result<Zeroizing<Vec<u8>>, CardError> {
    let malformed = || CardError::Malformed { what };
    let first = channel.send(&Command::read(0, 6))?.ok(what)?;
    let (_, header, length) = ber::header(&first).ok_or_else(malformed)?;
    let total = header + length;
    if total > MOST {
        return Err(malformed());
    }
    // Reserved, so that it does not move and leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST));
    bytes.extend_from_slice(&first);
    while bytes.len() < total {
        let count = u8::try_from(total - bytes.len()).unwrap_or(CHUNK).min(CHUNK);
        let offset = u16::try_from(bytes.len()).map_err(|_| malformed())?;
        let part = channel.send(&Command::read(offset, count))?.ok(what)?;
        if part.is_empty() || part.len() > usize::from(count) {
            return Err(malformed());
        }
        bytes.extend_from_slice(&part);
    }
    bytes.truncate(total);
    Ok(bytes)
}
