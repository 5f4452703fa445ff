// SPDX-License-Identifier: MIT OR Apache-2.0
//! Password-authenticated connection establishment (Doc 9303-11, 4.4): chip and reader prove to each other that they know
//! the card access number and agree on keys, without either learning a wrong guess. Generic mapping over elliptic curves.

use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Channel, Command};
use super::ber::{self, tlv};
use super::curve::Curve;
use super::sm::SecureMessaging;
use super::suite::{self, Key, Suite, same};

/// id-PACE-ECDH-GM, 0.4.0.127.0.7.2.2.4.2, without the cipher's number behind it.
const ECDH_GM: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02];

/// How a chip wants to be opened, from its EF.CardAccess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub suite: Suite,
    pub curve: Curve,
    /// The number of the curve among the standardised domain parameters.
    pub number: u8,
}

impl Parameters {
    /// The identifier of the protocol, without tag and length.
    pub(crate) fn oid(&self) -> Vec<u8> {
        let cipher = match self.suite {
            Suite::Tdes => 1,
            Suite::Aes128 => 2,
            Suite::Aes192 => 3,
            Suite::Aes256 => 4,
        };
        [ECDH_GM.as_slice(), &[cipher]].concat()
    }

    /// Finds the first protocol in EF.CardAccess that is supported here (9.2.1). `None` when the chip offers none.
    pub(crate) fn offered(card_access: &[u8]) -> Option<Parameters> {
        let infos = ber::first(card_access).filter(|(set, _)| set.tag == 0x31)?.0;
        ber::all(infos.value)?.iter().find_map(|info| {
            let parts = ber::all(info.value).filter(|_| info.tag == 0x30)?;
            let [oid, version, number] = parts.as_slice() else { return None };
            let (&cipher, protocol) = oid.value.split_last().filter(|_| oid.tag == 0x06)?;
            if protocol != ECDH_GM || (version.tag, version.value) != (0x02, &[2]) || number.tag != 0x02 {
                return None;
            }
            let suite = match cipher {
                1 => Suite::Tdes,
                2 => Suite::Aes128,
                3 => Suite::Aes192,
                4 => Suite::Aes256,
                _ => return None,
            };
            let &[number] = number.value else { return None };
            Some(Parameters { suite, curve: Curve::standardised(number)?, number })
        })
    }

    /// The eight bytes by which each side shows that it has the keys: over the other's public key (4.4.3.4).
    pub(crate) fn token(&self, authentication: &[u8], public: &[u8]) -> Option<[u8; 8]> {
        let said = tlv(0x7F49, &[tlv(0x06, &self.oid()), tlv(0x86, public)].concat());
        self.suite.mac(authentication, &said)
    }

    /// The key under which the chip hides its nonce.
    pub(crate) fn password_key(&self, password: &[u8]) -> Key {
        self.suite.derive(password, suite::PASSWORD)
    }
}

/// The number of the card access number among passwords (4.4.4.1).
const PASSWORD_IS_CAN: u8 = 2;

/// Opens a chip with its card access number.
///
/// # Errors
/// [`CardError::WrongAccess`] when the chip has another number.
pub(crate) fn open(channel: &mut Channel<'_>, parameters: &Parameters, can: &str) -> Result<(), CardError> {
    let chosen =
        [tlv(0x80, &parameters.oid()), tlv(0x83, &[PASSWORD_IS_CAN]), tlv(0x84, &[parameters.number])]
            .concat();
    let answer = channel.send(&Command::new([0x00, 0x22, 0xC1, 0xA4], chosen, None))?;
    // 63Cx: so many tries are left, nothing is wrong yet.
    if answer.status != super::apdu::OK && answer.status & 0xFFF0 != 0x63C0 {
        return Err(CardError::Refused { step: "MSE:SET AT", status: answer.status });
    }
    let curve = parameters.curve;
    let hidden = exchange(channel, None, 0x80, false)?;
    let key = parameters.password_key(can.as_bytes());
    let zero = vec![0; parameters.suite.block()];
    let nonce = parameters
        .suite
        .decrypt(&key, &zero, &hidden)
        .filter(|nonce| !nonce.is_empty() && nonce.len() <= curve.size());
    let nonce = nonce.ok_or(CardError::Malformed { what: "the chip's nonce" })?;

    let not_a_point = || CardError::Malformed { what: "the chip's public key" };
    let private = curve.private()?;
    let public = curve.multiply(&private, None).ok_or_else(not_a_point)?;
    let chips = exchange(channel, Some((0x81, &public)), 0x82, false)?;
    let generator = Zeroizing::new(curve.map(&nonce, &private, &chips).ok_or_else(not_a_point)?);

    let private = curve.private()?;
    let public = curve.multiply(&private, Some(&generator)).ok_or_else(not_a_point)?;
    let chips = exchange(channel, Some((0x83, &public)), 0x84, false)?;
    // A mirror would agree with anybody (4.4.3.4).
    if chips.as_slice() == public {
        return Err(CardError::Malformed { what: "the chip's public key" });
    }
    let secret = curve.agree(&private, &chips).ok_or_else(not_a_point)?;
    let encryption = parameters.suite.derive(&secret, suite::ENC);
    let authentication = parameters.suite.derive(&secret, suite::MAC);

    let token = parameters.token(&authentication, &chips).ok_or_else(not_a_point)?;
    let theirs = exchange(channel, Some((0x85, &token)), 0x86, true)?;
    let expected = parameters.token(&authentication, &public).ok_or_else(not_a_point)?;
    if !same(&expected, &theirs) {
        return Err(CardError::Altered);
    }
    channel.secure = Some(SecureMessaging::new(parameters.suite, encryption, authentication, &[]));
    Ok(())
}

/// One GENERAL AUTHENTICATE: our data object, and the chip's that answers it.
fn exchange(
    channel: &mut Channel<'_>,
    ours: Option<(u16, &[u8])>,
    theirs: u16,
    last: bool,
) -> Result<Zeroizing<Vec<u8>>, CardError> {
    let data = tlv(0x7C, &ours.map(|(tag, value)| tlv(tag, value)).unwrap_or_default());
    // Chained but for the last.
    let class = if last { 0x00 } else { 0x10 };
    let answer = channel.send(&Command::new([class, 0x86, 0x00, 0x00], data, Some(0)))?;
    let data = match answer.status {
        super::apdu::OK => answer.data,
        // Only the last step shows whether both have the same password.
        0x6300..=0x63FF | 0x6982 | 0x6985 | 0x6A80 if last => return Err(CardError::WrongAccess),
        status => return Err(CardError::Refused { step: "GENERAL AUTHENTICATE", status }),
    };
    let what = "an answer of PACE";
    let objects = ber::all(ber::expect(&data, 0x7C, what)?).ok_or(CardError::Malformed { what })?;
    let value = ber::find(&objects, theirs).ok_or(CardError::Malformed { what })?;
    Ok(Zeroizing::new(value.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::hex;

    /// EF.CardAccess as programs report it of Vietnamese cards.
    const VIETNAM: &str = "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f0007020204020202010202010d";

    #[test]
    fn the_protocol_is_found_in_card_access() {
        let expected = Parameters { suite: Suite::Aes128, curve: Curve::BrainpoolP256r1, number: 13 };
        assert_eq!(Parameters::offered(&hex(VIETNAM)), Some(expected));
        // Doc 9303-11, appendix G.1: the same.
        assert_eq!(Parameters::offered(&hex("31143012060A04007F0007020204020202010202010D")), Some(expected));
        // Integrated mapping, a curve that is not supported, another version, cut off.
        for other in [
            "31143012060A04007F0007020204040202010202010D",
            "31143012060A04007F00070202040202020102020111",
            "31143012060A04007F0007020204020202010102010D",
            "31143012060A04007F00070202040202020102",
            "",
        ] {
            assert_eq!(Parameters::offered(&hex(other)), None, "{other}");
        }
    }

    /// Doc 9303-11, appendix G.1: ECDH with generic mapping on brainpoolP256r1, AES-128.
    #[test]
    fn every_step_is_that_of_appendix_g() {
        let parameters = Parameters { suite: Suite::Aes128, curve: Curve::BrainpoolP256r1, number: 13 };
        let curve = parameters.curve;
        // The password of the example is the machine-readable zone's: SHA-1 of document number, birth and expiry.
        let key = parameters.password_key(&hex("7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"));
        assert_eq!(key.to_vec(), hex("89DED1B26624EC1E634C1989302849DD"));
        let nonce =
            parameters.suite.decrypt(&key, &[0; 16], &hex("95A3A016522EE98D01E76CB6B98B42C3")).unwrap();
        assert_eq!(nonce.to_vec(), hex("3F00C4D39D153F2B2A214A078D899B22"));
        let private = hex("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99");
        let public = "047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D";
        assert_eq!(curve.multiply(&private, None).unwrap(), hex(public));
        let chips = "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54";
        let generator = curve.map(&nonce, &private, &hex(chips)).unwrap();
        let mapped = "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E28C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522";
        assert_eq!(generator, hex(mapped));
        let private = hex("A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595");
        let public = curve.multiply(&private, Some(&generator)).unwrap();
        let ours = "042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462";
        assert_eq!(public, hex(ours));
        let chips = hex(
            "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094",
        );
        let secret = curve.agree(&private, &chips).unwrap();
        assert_eq!(secret.to_vec(), hex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925"));
        let authentication = parameters.suite.derive(&secret, suite::MAC);
        assert_eq!(
            parameters.suite.derive(&secret, suite::ENC).to_vec(),
            hex("F5F0E35C0D7161EE6724EE513A0D9A7F")
        );
        assert_eq!(authentication.to_vec(), hex("FE251C7858B356B24514B3BD5F4297D1"));
        assert_eq!(parameters.token(&authentication, &chips).unwrap().to_vec(), hex("C2B0BD78D94BA866"));
        assert_eq!(parameters.token(&authentication, &public).unwrap().to_vec(), hex("3ABB9674BCE93C08"));
    }
}
