// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip's side of secure messaging, written apart from the driver's so that the two check each other.

use crate::card::ber::{self, tlv};
use crate::card::suite::{Key, Suite, pad, same, unpadded};

/// A session as the chip keeps it.
pub(super) struct ChipSession {
    pub suite: Suite,
    pub encryption: Key,
    pub authentication: Key,
    pub counter: u128,
}

impl ChipSession {
    fn block(&self) -> usize {
        self.suite.block()
    }

    fn counter(&self) -> Vec<u8> {
        self.counter.to_be_bytes()[16 - self.block()..].to_vec()
    }

    fn iv(&self) -> Option<Vec<u8>> {
        let zero = vec![0; self.block()];
        if self.suite == Suite::Tdes {
            Some(zero)
        } else {
            self.suite.encrypt(&self.encryption, &zero, &self.counter())
        }
    }

    /// Over the counter and what follows, which is padded here once for AES; the retail MAC pads by itself.
    fn code(&self, parts: &[&[u8]]) -> Option<[u8; 8]> {
        let input = [self.counter().as_slice(), &parts.concat()].concat();
        let input = if self.suite == Suite::Tdes { input } else { pad(&input, self.block()) };
        self.suite.mac(&self.authentication, &input)
    }

    /// Takes a protected command apart: its data and how much it wants back. `None` ends the session.
    pub(super) fn open(&mut self, header: &[u8], body: &[u8]) -> Option<(Vec<u8>, Option<usize>)> {
        self.counter += 1;
        let blocks = ber::all(body)?;
        let said: Vec<u8> =
            blocks.iter().filter(|block| block.tag != 0x8E).flat_map(|block| block.raw).copied().collect();
        let expected = self.code(&[&pad(header, self.block()), &said])?;
        if !same(&expected, ber::find(&blocks, 0x8E)?) {
            return None;
        }
        let data = match ber::find(&blocks, 0x87) {
            Some([0x01, hidden @ ..]) => {
                let shown = self.suite.decrypt(&self.encryption, &self.iv()?, hidden)?;
                shown[..unpadded(&shown)?].to_vec()
            }
            Some(_) => return None,
            None => Vec::new(),
        };
        let wanted = ber::find(&blocks, 0x97).map(|le| match le {
            [0] | [] => 256,
            [le, ..] => usize::from(*le),
        });
        Some((data, wanted))
    }

    /// Protects an answer.
    pub(super) fn close(&mut self, data: &[u8], status: u16) -> Option<Vec<u8>> {
        self.counter += 1;
        let mut said = Vec::new();
        if !data.is_empty() {
            let hidden = self.suite.encrypt(&self.encryption, &self.iv()?, &pad(data, self.block()))?;
            said.extend(tlv(0x87, &[&[0x01], hidden.as_slice()].concat()));
        }
        said.extend(tlv(0x99, &status.to_be_bytes()));
        let code = self.code(&[&said])?;
        Some([said, tlv(0x8E, &code), status.to_be_bytes().to_vec()].concat())
    }
}
