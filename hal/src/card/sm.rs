// SPDX-License-Identifier: MIT OR Apache-2.0
//! Secure messaging (Doc 9303-11, 9.8): commands and answers encrypted and authenticated under the session's keys, each
//! with a counter, so that none can be repeated, changed or left out unnoticed.

use zeroize::Zeroizing;

use super::CardError;
use super::apdu::{Command, Response};
use super::ber::{self, tlv};
use super::suite::{Key, Suite, pad, same, unpadded};

/// A session with a chip.
pub(crate) struct SecureMessaging {
    suite: Suite,
    encryption: Key,
    authentication: Key,
    /// The send sequence counter, as long as a block.
    counter: Zeroizing<Vec<u8>>,
}

impl SecureMessaging {
    /// A session whose counter is at its start: zero after PACE, from both random numbers after basic access control.
    pub(crate) fn new(suite: Suite, encryption: Key, authentication: Key, counter: &[u8]) -> SecureMessaging {
        let mut full = Zeroizing::new(vec![0; suite.block()]);
        for (to, from) in full.iter_mut().rev().zip(counter.iter().rev()) {
            *to = *from;
        }
        SecureMessaging { suite, encryption, authentication, counter: full }
    }

    fn count(&mut self) {
        for byte in self.counter.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// With AES, the counter encrypted; with triple DES, zero (9.8.6.1 and 9.8.7.1).
    fn iv(&self) -> Option<Vec<u8>> {
        let zero = vec![0; self.suite.block()];
        match self.suite {
            Suite::Tdes => Some(zero),
            _ => self.suite.encrypt(&self.encryption, &zero, &self.counter),
        }
    }

    /// The code over the counter and what was said.
    fn code(&self, said: &[u8]) -> Option<[u8; 8]> {
        let mut input = Zeroizing::new(self.counter.to_vec());
        input.extend_from_slice(said);
        match self.suite {
            // Pads by itself.
            Suite::Tdes => self.suite.mac(&self.authentication, &input),
            _ => self.suite.mac(&self.authentication, &pad(&input, self.suite.block())),
        }
    }

    /// Wraps a command (9.8.4).
    pub(crate) fn protect(&mut self, command: &Command) -> Result<Vec<u8>, CardError> {
        self.count();
        let [class, instruction, p1, p2] = command.header;
        let header = [class | 0x0C, instruction, p1, p2];
        let mut body = Vec::new();
        if !command.data.is_empty() {
            let iv = self.iv().ok_or(CardError::Altered)?;
            let padded = Zeroizing::new(pad(&command.data, self.suite.block()));
            let hidden = self.suite.encrypt(&self.encryption, &iv, &padded).ok_or(CardError::Altered)?;
            body.extend(tlv(0x87, &[&[0x01], hidden.as_slice()].concat()));
        }
        if let Some(le) = command.le {
            body.extend(tlv(0x97, &[le]));
        }
        let said = [pad(&header, self.suite.block()), body.clone()].concat();
        let code = self.code(&said).ok_or(CardError::Altered)?;
        body.extend(tlv(0x8E, &code));
        Command::new(header, body, Some(0)).bytes()
    }

    /// Unwraps an answer (9.8.4). An answer without protection is the chip's way to say that it ended the session.
    pub(crate) fn unprotect(&mut self, answer: &[u8]) -> Result<Response, CardError> {
        self.count();
        let plain = Response::parse(answer)?;
        if plain.data.is_empty() {
            return Err(CardError::Refused { step: "secure messaging", status: plain.status });
        }
        let blocks = ber::all(&plain.data).ok_or(CardError::Altered)?;
        let code = ber::find(&blocks, 0x8E).ok_or(CardError::Altered)?;
        let said: Vec<u8> =
            blocks.iter().filter(|block| block.tag != 0x8E).flat_map(|block| block.raw).copied().collect();
        if !self.code(&said).is_some_and(|expected| same(&expected, code)) {
            return Err(CardError::Altered);
        }
        let Some(&[high, low]) = ber::find(&blocks, 0x99) else { return Err(CardError::Altered) };
        let mut data = Zeroizing::new(Vec::new());
        if let Some([0x01, hidden @ ..]) = ber::find(&blocks, 0x87) {
            let iv = self.iv().ok_or(CardError::Altered)?;
            let mut shown = self.suite.decrypt(&self.encryption, &iv, hidden).ok_or(CardError::Altered)?;
            let length = unpadded(&shown).ok_or(CardError::Altered)?;
            shown.truncate(length);
            data = shown;
        }
        Ok(Response { data, status: u16::from_be_bytes([high, low]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::hex;

    /// Doc 9303-11, appendix D.4: SELECT of EF.COM and its reading in two parts.
    #[test]
    fn messages_are_those_of_appendix_d() {
        let mut session = SecureMessaging::new(
            Suite::Tdes,
            Zeroizing::new(hex("979EC13B1CBFE9DCD01AB0FED307EAE5")),
            Zeroizing::new(hex("F1CB1F1FB5ADF208806B89DC579DC1F8")),
            &hex("887022120C06C226"),
        );
        for (command, protected, answer, data) in [
            (
                Command::select_file(0x011E),
                "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
                "990290008E08FA855A5D4C50A8ED9000",
                "",
            ),
            (
                Command::read(0, 4),
                "0CB000000D9701048E08ED6705417E96BA5500",
                "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
                "60145F01",
            ),
            (
                Command::read(4, 18),
                "0CB000040D9701128E082EA28A70F3C7B53500",
                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
                "04303130365F36063034303030305C026175",
            ),
        ] {
            assert_eq!(session.protect(&command).unwrap(), hex(protected));
            let response = session.unprotect(&hex(answer)).unwrap();
            assert_eq!((response.data.to_vec(), response.status), (hex(data), 0x9000));
        }
    }

    #[test]
    fn a_changed_answer_is_noticed_at_every_byte() {
        let session = || {
            let key = |text| Zeroizing::new(hex(text));
            let (encryption, authentication) =
                (key("979EC13B1CBFE9DCD01AB0FED307EAE5"), key("F1CB1F1FB5ADF208806B89DC579DC1F8"));
            // After SELECT and its answer, with the command counted.
            SecureMessaging::new(Suite::Tdes, encryption, authentication, &hex("887022120C06C229"))
        };
        let answer = hex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000");
        assert!(session().unprotect(&answer).is_ok());
        for at in 0..answer.len() - 2 {
            let mut changed = answer.clone();
            changed[at] ^= 0x01;
            assert!(session().unprotect(&changed).is_err(), "byte {at}");
        }
    }
}
