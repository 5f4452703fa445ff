// SPDX-License-Identifier: MIT OR Apache-2.0
//! A checksum of a table that does not depend on the order of its rows: the sum,
//! modulo 2^128, of the first half of each row's SHA-256.

use motcua_link::db::Value;
use sha2::{Digest, Sha256};

/// Rows and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// Sum of their digests.
    pub sum: u128,
}

impl Sum {
    /// Takes a row in. Each value goes in with its kind and its length, so that no two rows look alike.
    pub fn add(&mut self, row: &[Value]) {
        let mut hash = Sha256::new();
        for value in row {
            match value {
                Value::Null => hash.update([0]),
                Value::Int(n) => {
                    hash.update([1]);
                    hash.update(n.to_be_bytes());
                }
                Value::Real(n) => {
                    hash.update([2]);
                    hash.update(n.to_bits().to_be_bytes());
                }
                Value::Text(text) => part(&mut hash, 3, text.as_bytes()),
                Value::Blob(bytes) => part(&mut hash, 4, bytes),
            }
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }
}

fn part(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn order_does_not_count_and_everything_else_does() {
        let (a, b): ([Value; 2], [Value; 2]) = (["x".into(), 1_i64.into()], ["y".into(), Value::Null]);
        assert_eq!(sum(&[&a, &b]), sum(&[&b, &a]));
        assert_ne!(sum(&[&a, &a]), sum(&[&a, &b]));
        assert_ne!(sum(&[&a]), sum(&[&a, &a]));
        assert_ne!(sum(&[&["ab".into(), "c".into()]]), sum(&[&["a".into(), "bc".into()]]));
        assert_ne!(sum(&[&[Value::Null]]), sum(&[&["".into()]]));
        assert_ne!(sum(&[&["1".into()]]), sum(&[&[1_i64.into()]]));
    }
}
