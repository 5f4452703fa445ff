// SPDX-License-Identifier: MIT OR Apache-2.0
//! The elliptic curves of Doc 9303-11 (9.5.1): those whose arithmetic is to be had in well-kept crates. Points are
//! uncompressed (`04`, x, y), private keys and shared secrets are big-endian and as long as the curve's field.

use elliptic_curve::group::Group;
use elliptic_curve::ops::Reduce;
use elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, ProjectivePoint, Scalar};
use zeroize::Zeroizing;

/// A curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    BrainpoolP256r1,
    BrainpoolP384r1,
}

/// Does something with the type of a curve.
macro_rules! with_curve {
    ($curve:expr, $C:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                type $C = p256::NistP256;
                $body
            }
            Curve::P384 => {
                type $C = p384::NistP384;
                $body
            }
            Curve::P521 => {
                type $C = p521::NistP521;
                $body
            }
            Curve::BrainpoolP256r1 => {
                type $C = bp256::BrainpoolP256r1;
                $body
            }
            Curve::BrainpoolP384r1 => {
                type $C = bp384::BrainpoolP384r1;
                $body
            }
        }
    };
}
pub(crate) use with_curve;

impl Curve {
    /// By the number of the standardised domain parameters (9.5.1, table 6); `None` for those that are not supported:
    /// prime fields (0 to 2), 192 and 224 bits, brainpoolP320r1 and brainpoolP512r1.
    pub(crate) fn standardised(number: u8) -> Option<Curve> {
        match number {
            12 => Some(Curve::P256),
            13 => Some(Curve::BrainpoolP256r1),
            15 => Some(Curve::P384),
            16 => Some(Curve::BrainpoolP384r1),
            18 => Some(Curve::P521),
            _ => None,
        }
    }

    /// Bytes of a coordinate, of a private key, of a shared secret.
    pub(crate) fn size(self) -> usize {
        match self {
            Curve::P256 | Curve::BrainpoolP256r1 => 32,
            Curve::P384 | Curve::BrainpoolP384r1 => 48,
            Curve::P521 => 66,
        }
    }

    /// A random private key.
    pub(crate) fn private(self) -> Result<Zeroizing<Vec<u8>>, super::CardError> {
        // Reduced modulo the order where it is used. The order is a few bits short of the size at most, or begins with
        // ones, so that no value is noticeably likelier than another, and the keys live for one reading.
        let mut key = Zeroizing::new(vec![0; self.size()]);
        super::random(&mut key)?;
        Ok(key)
    }

    /// `private` times the curve's generator, or times `base`. `None` when `base` is no point of the curve or the result
    /// is none.
    pub(crate) fn multiply(self, private: &[u8], base: Option<&[u8]>) -> Option<Vec<u8>> {
        with_curve!(self, C => multiply::<C>(private, base))
    }

    /// Generic mapping (4.4.3.3.1): `nonce` times the generator, plus `private` times the `peer`'s point.
    pub(crate) fn map(self, nonce: &[u8], private: &[u8], peer: &[u8]) -> Option<Vec<u8>> {
        with_curve!(self, C => map::<C>(nonce, private, peer))
    }

    /// The x coordinate of `private` times the `peer`'s point.
    pub(crate) fn agree(self, private: &[u8], peer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let point = Zeroizing::new(self.multiply(private, Some(peer))?);
        Some(Zeroizing::new(point.get(1..=self.size())?.to_vec()))
    }
}

fn scalar<C: CurveArithmetic>(bytes: &[u8]) -> Option<Zeroizing<Scalar<C>>> {
    let mut field = FieldBytes::<C>::default();
    let start = field.len().checked_sub(bytes.len())?;
    field[start..].copy_from_slice(bytes);
    Some(Zeroizing::new(<Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&field)))
}

/// A point of the curve that is not its neutral element. The curves have prime order, so that no small subgroups exist.
fn point<C>(bytes: &[u8]) -> Option<ProjectivePoint<C>>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C>,
{
    if bytes.first() != Some(&0x04) {
        return None;
    }
    Some(ProjectivePoint::<C>::from(AffinePoint::<C>::from_sec1_bytes(bytes).ok()?))
}

fn bytes<C>(point: ProjectivePoint<C>) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: ToSec1Point<C>,
{
    if bool::from(point.is_identity()) {
        return None;
    }
    let affine: AffinePoint<C> = point.into();
    Some(affine.to_sec1_point(false).as_bytes().to_vec())
}

fn multiply<C>(private: &[u8], base: Option<&[u8]>) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    let base = match base {
        Some(base) => point::<C>(base)?,
        None => ProjectivePoint::<C>::generator(),
    };
    bytes::<C>(base * *scalar::<C>(private)?)
}

fn map<C>(nonce: &[u8], private: &[u8], peer: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    let shared = point::<C>(peer)? * *scalar::<C>(private)?;
    if bool::from(shared.is_identity()) {
        return None;
    }
    bytes::<C>(ProjectivePoint::<C>::generator() * *scalar::<C>(nonce)? + shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_agree_on_every_curve_and_points_elsewhere_are_refused() {
        for (number, curve) in (0..32).filter_map(|number| Some((number, Curve::standardised(number)?))) {
            let (ours, theirs) = (curve.private().unwrap(), curve.private().unwrap());
            let our_point = curve.multiply(&ours, None).unwrap();
            let their_point = curve.multiply(&theirs, None).unwrap();
            assert_eq!(our_point.len(), 2 * curve.size() + 1);
            assert_eq!(curve.agree(&ours, &their_point), curve.agree(&theirs, &our_point), "{number}");
            let nonce = [7; 16];
            assert_eq!(
                curve.map(&nonce, &ours, &their_point),
                curve.map(&nonce, &theirs, &our_point),
                "{number}"
            );
            let mut elsewhere = their_point.clone();
            *elsewhere.last_mut().unwrap() ^= 1;
            for wrong in [&elsewhere[..], &their_point[..9], &[0], &[]] {
                assert!(curve.agree(&ours, wrong).is_none() && curve.map(&nonce, &ours, wrong).is_none());
            }
            assert!(curve.multiply(&vec![0; curve.size()], None).is_none());
        }
    }
}
