// SPDX-License-Identifier: MIT OR Apache-2.0
//! Basic access control (Doc 9303-11, 4.3): a chip is opened with what its machine-readable zone says. Old and weak, since
//! the zone is easily guessed; used only where a chip does not offer PACE.

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Channel, Command};
use super::sm::SecureMessaging;
use super::suite::{self, Key, Suite, same};

/// The keys of a document (9.7.2).
pub(crate) struct DocumentKeys {
    pub(crate) encryption: Key,
    pub(crate) authentication: Key,
}

impl DocumentKeys {
    /// From the 24 characters of the machine-readable zone.
    pub(crate) fn new(mrz: &str) -> DocumentKeys {
        let seed = Zeroizing::new(Sha1::digest(mrz.as_bytes()).to_vec());
        let seed = seed.get(..16).unwrap_or_default();
        DocumentKeys {
            encryption: Suite::Tdes.derive(seed, suite::ENC),
            authentication: Suite::Tdes.derive(seed, suite::MAC),
        }
    }

    /// What proves that we know the zone: both random numbers and our key, encrypted, with their code.
    fn challenge(&self, ours: &[u8; 8], chips: &[u8; 8], key: &[u8; 16]) -> Option<Vec<u8>> {
        let plain = Zeroizing::new([ours.as_slice(), chips, key].concat());
        let mut hidden = Suite::Tdes.encrypt(&self.encryption, &[0; 8], &plain)?;
        let code = Suite::Tdes.mac(&self.authentication, &hidden)?;
        hidden.extend(code);
        Some(hidden)
    }

    /// The session that the chip's answer opens.
    fn session(
        &self,
        ours: &[u8; 8],
        chips: &[u8; 8],
        key: &[u8; 16],
        answer: &[u8],
    ) -> Option<SecureMessaging> {
        let (hidden, code) = answer.split_at_checked(32)?;
        if !same(&Suite::Tdes.mac(&self.authentication, hidden)?, code) {
            return None;
        }
        let plain = Suite::Tdes.decrypt(&self.encryption, &[0; 8], hidden)?;
        if !same(&plain[..8], chips) || !same(&plain[8..16], ours) {
            return None;
        }
        let seed: Zeroizing<Vec<u8>> =
            Zeroizing::new(key.iter().zip(&plain[16..]).map(|(a, b)| a ^ b).collect());
        let counter = [&chips[4..], &ours[4..]].concat();
        Some(SecureMessaging::new(
            Suite::Tdes,
            Suite::Tdes.derive(&seed, suite::ENC),
            Suite::Tdes.derive(&seed, suite::MAC),
            &counter,
        ))
    }
}

/// Opens a chip whose application is selected.
///
/// # Errors
/// [`CardError::WrongAccess`] when the chip does not know the zone.
pub(crate) fn open(channel: &mut Channel<'_>, mrz: &str) -> Result<(), CardError> {
    let keys = DocumentKeys::new(mrz);
    let step = "GET CHALLENGE";
    let chips = channel.send(&Command::new([0x00, 0x84, 0x00, 0x00], [], Some(8)))?.ok(step)?;
    let chips: [u8; 8] =
        chips.as_slice().try_into().map_err(|_| CardError::Malformed { what: "the chip's challenge" })?;
    let (mut ours, mut key) = ([0; 8], Zeroizing::new([0; 16]));
    super::random(&mut ours)?;
    super::random(key.as_mut())?;
    let challenge = keys.challenge(&ours, &chips, &key).ok_or(CardError::Altered)?;
    let answer = channel.send(&Command::new([0x00, 0x82, 0x00, 0x00], challenge, Some(0x28)))?;
    let answer = match answer.status {
        super::apdu::OK => answer.data,
        // The standard leaves the status of a wrong key to the chip.
        0x6300..=0x63FF | 0x6982 | 0x6985 | 0x6988 | 0x6A80 => return Err(CardError::WrongAccess),
        status => return Err(CardError::Refused { step: "EXTERNAL AUTHENTICATE", status }),
    };
    channel.secure = Some(keys.session(&ours, &chips, &key, &answer).ok_or(CardError::Altered)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::hex;

    /// Doc 9303-11, appendix D.2 and D.3.
    #[test]
    fn the_exchange_is_that_of_appendix_d() {
        let keys = DocumentKeys::new("L898902C<369080619406236");
        let ours = hex("781723860C06C226").try_into().unwrap();
        let chips = hex("4608F91988702212").try_into().unwrap();
        let key = hex("0B795240CB7049B01C19B33E32804F0B").try_into().unwrap();
        let sent = "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7";
        assert_eq!(keys.challenge(&ours, &chips, &key).unwrap(), hex(sent));
        let answer = hex("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449");
        let mut session = keys.session(&ours, &chips, &key, &answer).unwrap();
        // D.4: the session's first command.
        let protected = "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800";
        assert_eq!(session.protect(&Command::select_file(0x011E)).unwrap(), hex(protected));
        let mut other = answer;
        other[3] ^= 1;
        assert!(keys.session(&ours, &chips, &key, &other).is_none());
    }
}
