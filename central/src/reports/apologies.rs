// SPDX-License-Identifier: MIT OR Apache-2.0
//! Apologies that were printed for late dossiers, by hall and field.

use super::{Period, Scope};
use motcua_link::db::{DbError, Tx};

/// Those of one hall in one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apologies {
    /// Hall.
    pub site: String,
    /// Code of the field; empty where the hall did not know it.
    pub field: String,
    /// How many.
    pub printed: u64,
    /// Days past the promised one, in all.
    pub days: u64,
    /// Of the latest dossier.
    pub longest: u64,
}

impl Apologies {
    /// Days that a dossier was late in the mean.
    pub fn mean(&self) -> Option<f64> {
        (self.printed > 0).then(|| self.days as f64 / self.printed as f64)
    }

    /// Those of several lines together.
    pub fn sum(lines: &[Apologies]) -> Apologies {
        lines.iter().fold(Apologies::default(), |sum, a| Apologies {
            printed: sum.printed + a.printed,
            days: sum.days + a.days,
            longest: sum.longest.max(a.longest),
            ..sum
        })
    }
}

/// The apologies of a period.
///
/// # Errors
/// The database's.
pub async fn apologies(tx: &mut Tx<'_>, scope: &Scope, period: Period) -> Result<Vec<Apologies>, DbError> {
    let sql = format!(
        "SELECT a.site, a.field, COUNT(*), CAST(SUM(a.days_late) AS BIGINT), MAX(a.days_late) FROM apologies a
         WHERE a.day BETWEEN $1 AND $2{} GROUP BY a.site, a.field ORDER BY a.site, a.field",
        scope.clause("a.site", 2)
    );
    let rows = tx.rows(&sql, &period.values(scope)).await?;
    let read = |r: &motcua_link::db::Row| {
        Ok(Apologies {
            site: r.text(0)?,
            field: r.text(1)?,
            printed: r.number(2)?,
            days: r.number(3)?,
            longest: r.number(4)?,
        })
    };
    rows.iter().map(read).collect()
}
