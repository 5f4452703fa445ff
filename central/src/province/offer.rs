// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a hall should have, and the bytes of it.

use motcua_link::db::{DbError, Tx};
use motcua_link::province::{Kind, Offer};

/// Documents of which the hall has another version than the newest. `known` has an entry for each kind that the
/// hub understands.
///
/// # Errors
/// The database's.
pub async fn offers(tx: &mut Tx<'_>, site: &str, known: &[(Kind, u64)]) -> Result<Vec<Offer>, DbError> {
    let mut out = Vec::new();
    for (kind, has) in known {
        let of = if *kind == Kind::Catalogue { "" } else { site };
        let sql = "SELECT version, digest, bytes FROM province_documents WHERE site = $1 AND name = $2";
        let Some(row) = tx.one(sql, &[of.into(), kind.word().into()]).await? else { continue };
        let version = row.number(0)?;
        if version != *has {
            out.push(Offer { name: *kind, version, digest: row.text(1)?, bytes: row.number(2)? });
        }
    }
    Ok(out)
}

/// The packed text of a version, where it is still the newest.
///
/// # Errors
/// The database's.
pub async fn packed(
    tx: &mut Tx<'_>,
    site: &str,
    kind: Kind,
    version: u64,
) -> Result<Option<Vec<u8>>, DbError> {
    let of = if kind == Kind::Catalogue { "" } else { site };
    let sql = "SELECT packed FROM province_documents WHERE site = $1 AND name = $2 AND version = $3";
    let row = tx.one(sql, &[of.into(), kind.word().into(), version.into()]).await?;
    row.map(|r| r.blob(0)).transpose()
}
