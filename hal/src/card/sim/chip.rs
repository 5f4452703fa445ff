// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a Vietnamese ID card's chip answers, as far as programs report it: PACE with the card access number on
//! brainpoolP256r1, basic access control, 6D00 to the selection of the master file, fingerprints shut.

use zeroize::Zeroizing;

use super::document::Document;
use super::session::ChipSession;
use crate::card::bac::DocumentKeys;
use crate::card::ber::{self, tlv};
use crate::card::curve::Curve;
use crate::card::pace::Parameters;
use crate::card::random;
use crate::card::suite::{self, Suite, same};

const OK: u16 = 0x9000;

/// Where a PACE stands.
enum Pace {
    Chosen,
    Nonce(Zeroizing<Vec<u8>>),
    Mapped(Vec<u8>),
    Agreed { secret: Zeroizing<Vec<u8>>, ours: Vec<u8>, theirs: Vec<u8> },
}

/// A chip.
pub struct Chip {
    document: Document,
    pace_with: Option<Parameters>,
    bac: bool,
    has_master_file: bool,
    application: bool,
    file: Option<Vec<u8>>,
    challenge: Option<[u8; 8]>,
    pace: Option<Pace>,
    session: Option<ChipSession>,
    /// The command that runs came under secure messaging.
    secured: bool,
    selected: Vec<u16>,
    commands: u32,
}

impl std::fmt::Debug for Chip {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Chip")
    }
}

type Answer = Result<Vec<u8>, u16>;

impl Chip {
    /// A chip as Vietnamese cards have it: PACE and basic access control, no selection of the master file.
    pub fn new(document: Document) -> Chip {
        Chip {
            document,
            pace_with: Some(Parameters { suite: Suite::Aes128, curve: Curve::BrainpoolP256r1, number: 13 }),
            bac: true,
            has_master_file: false,
            application: false,
            file: None,
            challenge: None,
            pace: None,
            session: None,
            secured: false,
            selected: Vec::new(),
            commands: 0,
        }
    }

    /// The same with another curve and cipher for PACE: the number among the standardised domain parameters, and the bits
    /// of the AES key. `None` for what is not known.
    #[must_use]
    pub fn with_pace(mut self, number: u8, bits: u16) -> Option<Chip> {
        let suite = match bits {
            112 => Suite::Tdes,
            128 => Suite::Aes128,
            192 => Suite::Aes192,
            256 => Suite::Aes256,
            _ => return None,
        };
        self.pace_with = Some(Parameters { suite, curve: Curve::standardised(number)?, number });
        Some(self)
    }

    /// The same without PACE: there is no EF.CardAccess.
    #[must_use]
    pub fn without_pace(mut self) -> Chip {
        self.pace_with = None;
        self
    }

    /// The same without basic access control.
    #[must_use]
    pub fn without_bac(mut self) -> Chip {
        self.bac = false;
        self
    }

    /// The same with a master file that wants to be selected before EF.CardAccess.
    #[must_use]
    pub fn with_master_file(mut self) -> Chip {
        self.has_master_file = true;
        self
    }

    /// Another one of the same make and contents, never used.
    #[must_use]
    pub fn fresh(&self) -> Chip {
        Chip {
            pace_with: self.pace_with,
            bac: self.bac,
            has_master_file: self.has_master_file,
            ..Chip::new(self.document.clone())
        }
    }

    pub(super) fn selected(&self) -> &[u16] {
        &self.selected
    }

    pub(super) fn commands(&self) -> u32 {
        self.commands
    }

    pub(super) fn reset(&mut self) {
        self.application = false;
        self.file = None;
        self.challenge = None;
        self.pace = None;
        self.session = None;
    }

    /// Answers one command.
    pub(super) fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        self.commands += 1;
        let Some((&header, rest)) = command.split_first_chunk::<4>() else { return status(0x6700) };
        let (body, wanted) = match rest {
            [] => (&[][..], None),
            [le] => (&[][..], Some(length(*le))),
            [count, rest @ ..] => match rest.split_at_checked(usize::from(*count)) {
                Some((body, [])) => (body, None),
                Some((body, [le])) => (body, Some(length(*le))),
                _ => return status(0x6700),
            },
        };
        if header[0] & 0x0C == 0x0C {
            return self.secure(header, body);
        }
        // A command in the clear ends the session (Doc 9303-11, 9.8.1).
        self.session = None;
        plain(self.run(header, body, wanted))
    }

    fn secure(&mut self, header: [u8; 4], body: &[u8]) -> Vec<u8> {
        let Some(mut session) = self.session.take() else { return status(0x6882) };
        let Some((data, wanted)) = session.open(&header, body) else { return status(0x6988) };
        self.secured = true;
        let answer = self.run([header[0] & 0xF0, header[1], header[2], header[3]], &data, wanted);
        self.secured = false;
        let (data, code) = match answer {
            Ok(data) => (data, OK),
            Err(code) => (Vec::new(), code),
        };
        let Some(answer) = session.close(&data, code) else { return status(0x6F00) };
        self.session = Some(session);
        answer
    }

    fn run(&mut self, header: [u8; 4], data: &[u8], wanted: Option<usize>) -> Answer {
        match header {
            [0x00, 0xA4, 0x00, _] => {
                if self.has_master_file {
                    self.master()
                } else {
                    Err(0x6D00)
                }
            }
            [0x00, 0xA4, 0x04, _] => self.select_application(data),
            [0x00, 0xA4, 0x02, _] => self.select(data),
            [0x00, 0xB0, high, low] => self.read(u16::from_be_bytes([high, low]), wanted),
            [0x00, 0x84, 0, 0] => self.give_challenge(),
            [0x00, 0x82, 0, 0] => self.authenticate(data).ok_or(0x6300),
            [0x00, 0x22, 0xC1, 0xA4] => self.choose(data),
            [0x00 | 0x10, 0x86, 0, 0] => self.general_authenticate(data),
            _ => Err(0x6D00),
        }
    }

    fn master(&mut self) -> Answer {
        self.application = false;
        self.selected.push(0x3F00);
        Ok(Vec::new())
    }

    fn select_application(&mut self, name: &[u8]) -> Answer {
        if name != [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01] {
            return Err(0x6A82);
        }
        self.application = true;
        self.file = None;
        Ok(Vec::new())
    }

    fn select(&mut self, file: &[u8]) -> Answer {
        let file = u16::from_be_bytes(file.try_into().map_err(|_| 0x6700u16)?);
        let in_master = self.has_master_file && self.selected.last() != Some(&0x3F00);
        self.file = None;
        let contents = match file {
            0x011C if !self.application && !in_master => self.card_access(),
            _ if !self.application => None,
            _ if !self.secured => return Err(0x6982),
            0x0101 => Some(self.document.dg1.clone()),
            0x010D => Some(self.document.dg13.clone()),
            0x011D => self.document.sod.clone(),
            // EF.COM: version, and the tags of DG1, DG2, DG3, DG13, DG14, DG15.
            0x011E => Some(tlv(
                0x60,
                &[
                    tlv(0x5F01, b"0107"),
                    tlv(0x5F36, b"040000"),
                    tlv(0x5C, &[0x61, 0x75, 0x63, 0x6D, 0x6E, 0x6F]),
                ]
                .concat(),
            )),
            // A face that is none.
            0x0102 => Some(tlv(0x75, &[0; 64])),
            // Fingerprints want another authentication.
            0x0103 => return Err(0x6982),
            _ => None,
        };
        self.selected.push(file);
        self.file = Some(contents.ok_or(0x6A82u16)?);
        Ok(Vec::new())
    }

    fn read(&self, offset: u16, wanted: Option<usize>) -> Answer {
        let file = self.file.as_ref().ok_or(0x6986u16)?;
        let rest = file.get(usize::from(offset)..).filter(|rest| !rest.is_empty()).ok_or(0x6B00u16)?;
        Ok(rest[..rest.len().min(wanted.unwrap_or(0))].to_vec())
    }

    fn card_access(&self) -> Option<Vec<u8>> {
        let parameters = self.pace_with?;
        let info = |oid: &[u8], numbers: &[u8]| {
            let numbers: Vec<u8> = numbers.iter().flat_map(|number| tlv(0x02, &[*number])).collect();
            tlv(0x30, &[tlv(0x06, oid), numbers].concat())
        };
        // Terminal authentication, chip authentication, PACE: as Vietnamese cards list them.
        let terminal = info(&[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02], &[1]);
        let chip = info(&[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02], &[1]);
        let pace = info(&parameters.oid(), &[2, parameters.number]);
        Some(tlv(0x31, &[terminal, chip, pace].concat()))
    }

    fn give_challenge(&mut self) -> Answer {
        let mut challenge = [0; 8];
        random(&mut challenge).map_err(|_| 0x6F00u16)?;
        self.challenge = Some(challenge);
        Ok(challenge.to_vec())
    }

    /// EXTERNAL AUTHENTICATE of basic access control.
    fn authenticate(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let challenge = self.challenge.take().filter(|_| self.bac && self.application)?;
        let keys = DocumentKeys::new(&self.document.mrz_key);
        let (hidden, code) = data.split_at_checked(32)?;
        if !same(&Suite::Tdes.mac(&keys.authentication, hidden)?, code) {
            return None;
        }
        let plain = Suite::Tdes.decrypt(&keys.encryption, &[0; 8], hidden)?;
        let (theirs, rest) = plain.split_at(8);
        let (ours, their_key) = rest.split_at(8);
        if !same(ours, &challenge) {
            return None;
        }
        let mut our_key = [0; 16];
        random(&mut our_key).ok()?;
        let answer = [&challenge, theirs, &our_key].concat();
        let mut hidden = Suite::Tdes.encrypt(&keys.encryption, &[0; 8], &answer)?;
        let code = Suite::Tdes.mac(&keys.authentication, &hidden)?;
        hidden.extend(code);
        let seed: Vec<u8> = their_key.iter().zip(our_key).map(|(theirs, ours)| theirs ^ ours).collect();
        let counter =
            challenge[4..].iter().chain(&theirs[4..]).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        self.begin(Suite::Tdes, &seed, counter);
        Some(hidden)
    }

    /// The session begins with the next command.
    fn begin(&mut self, suite: Suite, secret: &[u8], counter: u128) {
        self.session = Some(ChipSession {
            suite,
            encryption: suite.derive(secret, suite::ENC),
            authentication: suite.derive(secret, suite::MAC),
            counter,
        });
    }

    fn choose(&mut self, data: &[u8]) -> Answer {
        let parameters = self.pace_with.ok_or(0x6A80u16)?;
        let blocks = ber::all(data).ok_or(0x6A80u16)?;
        if ber::find(&blocks, 0x80) != Some(&parameters.oid())
            || ber::find(&blocks, 0x84) != Some(&[parameters.number])
        {
            return Err(0x6A80);
        }
        // By the machine-readable zone PACE is refused, as real cards do.
        if ber::find(&blocks, 0x83) != Some(&[2]) {
            return Err(0x6982);
        }
        self.pace = Some(Pace::Chosen);
        Ok(Vec::new())
    }

    fn general_authenticate(&mut self, data: &[u8]) -> Answer {
        let parameters = self.pace_with.ok_or(0x6985u16)?;
        let state = self.pace.take().ok_or(0x6985u16)?;
        let objects = ber::first(data)
            .filter(|(outer, _)| outer.tag == 0x7C)
            .and_then(|(outer, _)| ber::all(outer.value));
        let objects = objects.ok_or(0x6A80u16)?;
        self.pace_step(&parameters, state, &objects).ok_or(0x6300)
    }

    fn pace_step(
        &mut self,
        parameters: &Parameters,
        state: Pace,
        objects: &[ber::Tlv<'_>],
    ) -> Option<Vec<u8>> {
        let curve = parameters.curve;
        let (tag, value) = match state {
            Pace::Chosen => {
                let mut nonce = Zeroizing::new(vec![0; 16]);
                random(&mut nonce).ok()?;
                let key = parameters.password_key(self.document.can.as_bytes());
                let hidden = parameters.suite.encrypt(&key, &vec![0; parameters.suite.block()], &nonce)?;
                self.pace = Some(Pace::Nonce(nonce));
                (0x80, hidden)
            }
            Pace::Nonce(nonce) => {
                let private = curve.private().ok()?;
                self.pace = Some(Pace::Mapped(curve.map(&nonce, &private, ber::find(objects, 0x81)?)?));
                (0x82, curve.multiply(&private, None)?)
            }
            Pace::Mapped(generator) => {
                let (private, theirs) = (curve.private().ok()?, ber::find(objects, 0x83)?.to_vec());
                let ours = curve.multiply(&private, Some(&generator))?;
                let secret = curve.agree(&private, &theirs)?;
                self.pace = Some(Pace::Agreed { secret, ours: ours.clone(), theirs });
                (0x84, ours)
            }
            Pace::Agreed { secret, ours, theirs } => {
                let authentication = parameters.suite.derive(&secret, suite::MAC);
                let expected = parameters.token(&authentication, &ours)?;
                if !same(&expected, ber::find(objects, 0x85)?) {
                    return None;
                }
                self.begin(parameters.suite, &secret, 0);
                (0x86, parameters.token(&authentication, &theirs)?.to_vec())
            }
        };
        Some(tlv(0x7C, &tlv(tag, &value)))
    }
}

fn length(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn status(code: u16) -> Vec<u8> {
    code.to_be_bytes().to_vec()
}

fn plain(answer: Answer) -> Vec<u8> {
    match answer {
        Ok(data) => [data, status(OK)].concat(),
        Err(code) => status(code),
    }
}
