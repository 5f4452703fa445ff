// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who did what, written in the transaction that does it.

use motcua_link::db::{DbError, Tx};
use uuid::Uuid;

/// Milliseconds UTC.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Notes an action: `who` by sign-in name, `site` empty where it is about no hall, `action` a word that does not
/// change, `subject` what it was done to, `detail` for a person.
///
/// # Errors
/// The database's.
pub async fn note(
    tx: &mut Tx<'_>,
    who: &str,
    site: &str,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), DbError> {
    let sql =
        "INSERT INTO audit(id, at_ms, who, site, action, subject, detail) VALUES($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        Uuid::now_v7().to_string().into(),
        now_ms().into(),
        who.into(),
        site.into(),
        action.into(),
        subject.into(),
        detail.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}
