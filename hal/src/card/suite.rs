// SPDX-License-Identifier: MIT OR Apache-2.0
//! The symmetric cryptography of Doc 9303-11: key derivation (9.7.1), CBC without padding of the mode's own, the two
//! message authentication codes, ISO/IEC 9797-1 padding method 2.

use aes::{Aes128, Aes192, Aes256};
use cbc::{Decryptor, Encryptor};
use cipher::block_padding::NoPadding;
use cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
};
use cmac::{Cmac, Mac};
use des::{Des, TdesEde2};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Key for encryption (KDF counter 1).
pub(crate) const ENC: u32 = 1;
/// Key for authentication (KDF counter 2).
pub(crate) const MAC: u32 = 2;
/// Key from a password (KDF counter 3).
pub(crate) const PASSWORD: u32 = 3;

/// Which cipher secures messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Two-key triple DES with the retail MAC: basic access control.
    Tdes,
    Aes128,
    Aes192,
    Aes256,
}

/// A secret key.
pub(crate) type Key = Zeroizing<Vec<u8>>;

impl Suite {
    /// Bytes of a cipher's block.
    pub(crate) fn block(self) -> usize {
        if self == Suite::Tdes { 8 } else { 16 }
    }

    /// Derives a key from a shared secret (Doc 9303-11, 9.7.1).
    pub(crate) fn derive(self, secret: &[u8], counter: u32) -> Key {
        let counter = counter.to_be_bytes();
        let length = match self {
            Suite::Tdes | Suite::Aes128 => 16,
            Suite::Aes192 => 24,
            Suite::Aes256 => 32,
        };
        let mut key = Zeroizing::new(match self {
            Suite::Tdes | Suite::Aes128 => {
                Sha1::new().chain_update(secret).chain_update(counter).finalize().to_vec()
            }
            Suite::Aes192 | Suite::Aes256 => {
                Sha256::new().chain_update(secret).chain_update(counter).finalize().to_vec()
            }
        });
        key.truncate(length);
        if self == Suite::Tdes {
            // DES keys carry odd parity in their lowest bits (9.7.1.1); nothing uses it, the worked examples show it.
            for byte in key.iter_mut() {
                *byte = *byte & 0xFE | u8::from((*byte & 0xFE).count_ones().is_multiple_of(2));
            }
        }
        key
    }

    /// CBC over whole blocks. `iv` is one block. `None` when lengths do not fit.
    pub(crate) fn encrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self {
            Suite::Tdes => encrypt_with::<TdesEde2>(key, iv, data),
            Suite::Aes128 => encrypt_with::<Aes128>(key, iv, data),
            Suite::Aes192 => encrypt_with::<Aes192>(key, iv, data),
            Suite::Aes256 => encrypt_with::<Aes256>(key, iv, data),
        }
    }

    /// The reverse.
    pub(crate) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Suite::Tdes => decrypt_with::<TdesEde2>(key, iv, data),
            Suite::Aes128 => decrypt_with::<Aes128>(key, iv, data),
            Suite::Aes192 => decrypt_with::<Aes192>(key, iv, data),
            Suite::Aes256 => decrypt_with::<Aes256>(key, iv, data),
        }
    }

    /// The eight-byte authentication code. The retail MAC pads by itself, as all of its uses do; CMAC needs none.
    pub(crate) fn mac(self, key: &[u8], data: &[u8]) -> Option<[u8; 8]> {
        let cut = |full: &[u8]| full.get(..8)?.try_into().ok();
        match self {
            Suite::Tdes => retail_mac(key, &pad(data, 8)),
            Suite::Aes128 => {
                cut(&Cmac::<Aes128>::new_from_slice(key).ok()?.chain_update(data).finalize().into_bytes())
            }
            Suite::Aes192 => {
                cut(&Cmac::<Aes192>::new_from_slice(key).ok()?.chain_update(data).finalize().into_bytes())
            }
            Suite::Aes256 => {
                cut(&Cmac::<Aes256>::new_from_slice(key).ok()?.chain_update(data).finalize().into_bytes())
            }
        }
    }
}

fn encrypt_with<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = data.to_vec();
    let length = buffer.len();
    Encryptor::<C>::new_from_slices(key, iv).ok()?.encrypt_padded::<NoPadding>(&mut buffer, length).ok()?;
    Some(buffer)
}

fn decrypt_with<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(data.to_vec());
    Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_padded::<NoPadding>(&mut buffer).ok()?;
    Some(buffer)
}

/// ISO/IEC 9797-1 MAC algorithm 3 with DES over padded data.
fn retail_mac(key: &[u8], padded: &[u8]) -> Option<[u8; 8]> {
    let (first, second) = (key.get(..8)?, key.get(8..16)?);
    let chained = encrypt_with::<Des>(first, &[0; 8], padded)?;
    let mut last = Block::<Des>::try_from(chained.get(chained.len().checked_sub(8)?..)?).ok()?;
    Des::new_from_slice(second).ok()?.decrypt_block(&mut last);
    Des::new_from_slice(first).ok()?.encrypt_block(&mut last);
    Some(last.into())
}

/// Padding method 2: `80`, then zeros up to a whole block.
pub(crate) fn pad(data: &[u8], block: usize) -> Vec<u8> {
    let length = (data.len() / block + 1) * block;
    let mut padded = Vec::with_capacity(length);
    padded.extend_from_slice(data);
    padded.push(0x80);
    padded.resize(length, 0);
    padded
}

/// How long the data were before they were padded; `None` when there is no padding.
pub(crate) fn unpadded(data: &[u8]) -> Option<usize> {
    let end = data.iter().rposition(|byte| *byte != 0)?;
    (data[end] == 0x80).then_some(end)
}

/// Compares two secrets in a time that does not depend on where they differ.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::hex;

    /// Doc 9303-11, appendix D.1 and D.2.
    #[test]
    fn keys_of_basic_access_control_are_those_of_appendix_d() {
        let seed = hex("239AB9CB282DAF66231DC5A4DF6BFBAE");
        assert_eq!(Suite::Tdes.derive(&seed, ENC).to_vec(), hex("AB94FDECF2674FDFB9B391F85D7F76F2"));
        assert_eq!(Suite::Tdes.derive(&seed, MAC).to_vec(), hex("7962D9ECE03D1ACD4C76089DCE131543"));
    }

    /// RFC 4493, examples 1 and 2, cut to eight bytes.
    #[test]
    fn cmac_is_that_of_rfc_4493() {
        let key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
        assert_eq!(Suite::Aes128.mac(&key, &[]).unwrap().to_vec(), hex("BB1D6929E9593728"));
        let message = hex("6BC1BEE22E409F96E93D7E117393172A");
        assert_eq!(Suite::Aes128.mac(&key, &message).unwrap().to_vec(), hex("070A16B46B4D4144"));
    }

    #[test]
    fn every_suite_decrypts_what_it_encrypts_and_refuses_half_blocks() {
        for suite in [Suite::Tdes, Suite::Aes128, Suite::Aes192, Suite::Aes256] {
            let (key, iv) = (suite.derive(b"secret", ENC), vec![0; suite.block()]);
            let padded = pad(b"twelve bytes", suite.block());
            let hidden = suite.encrypt(&key, &iv, &padded).unwrap();
            let shown = suite.decrypt(&key, &iv, &hidden).unwrap();
            assert_eq!(&shown[..unpadded(&shown).unwrap()], b"twelve bytes");
            assert!(
                suite.encrypt(&key, &iv, &[0; 7]).is_none()
                    && suite.decrypt(&key, &iv[1..], &hidden).is_none()
            );
        }
        assert_eq!((unpadded(&[0, 0]), unpadded(&[1, 2]), unpadded(&[])), (None, None, None));
        assert!(same(b"ab", b"ab") && !same(b"ab", b"ac") && !same(b"ab", b"abc"));
    }
}
