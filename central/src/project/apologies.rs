// SPDX-License-Identifier: MIT OR Apache-2.0
//! Apologies for late dossiers. One told twice is one row.

use crate::reports::day_of;
use motcua_link::data::DossierApologyPrinted;
use motcua_link::db::{DbError, Tx};
use motcua_link::wire::Source;

/// Keeps one.
pub(super) async fn printed(
    tx: &mut Tx<'_>,
    source: &Source,
    at_ms: i64,
    e: &DossierApologyPrinted,
) -> Result<(), DbError> {
    let sql = "INSERT INTO apologies(site, apology, day, at_ms, procedure, field, days_late, new_due)
               VALUES($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT(site, apology) DO NOTHING";
    let values = [
        source.site().into(),
        e.apology.to_string().into(),
        day_of(at_ms).to_string().into(),
        at_ms.into(),
        e.procedure.as_str().into(),
        e.field.as_deref().unwrap_or_default().into(),
        e.days_late.into(),
        e.new_due.clone().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}
