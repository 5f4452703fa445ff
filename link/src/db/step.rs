// SPDX-License-Identifier: MIT OR Apache-2.0
//! Steps of a schema, and which programs a file or database still lets in after
//! them: an update that did not prove itself brings the older program back to
//! what the newer one left.

/// One step of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Statements for SQLite.
    pub sqlite: &'static str,
    /// Statements for PostgreSQL.
    pub postgres: &'static str,
    /// Which programs can go on working with what it made.
    pub needs: Needs,
}

/// What a program must know to work with what a step made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The step itself.
    Itself,
    /// Nothing of it: the step only adds.
    Nothing,
    /// So many steps from the first one.
    First(usize),
}

impl Step {
    /// The same statements for both, which shut out every program that does not know them.
    pub const fn both(sql: &'static str) -> Step {
        Step { sqlite: sql, postgres: sql, needs: Needs::Itself }
    }

    /// The step only adds: tables, indexes that are not unique, columns that may be null or have a default. A program
    /// that does not know it reads and writes as before, and what it writes meanwhile is right for the newer one, too.
    #[must_use]
    pub const fn expands(self) -> Step {
        Step { needs: Needs::Nothing, ..self }
    }

    /// The step takes away what programs that know the first `steps` do without already.
    #[must_use]
    pub const fn contracts(self, steps: usize) -> Step {
        Step { needs: Needs::First(steps), ..self }
    }
}

/// How many of these steps a program must know at least to work with what they made.
pub fn lowest(steps: &[Step]) -> i64 {
    let each = steps.iter().enumerate().map(|(at, step)| match step.needs {
        Needs::Itself => at + 1,
        Needs::Nothing => 0,
        Needs::First(known) => known,
    });
    count(each.max().unwrap_or(0))
}

/// A number of steps as databases keep it.
pub fn count(steps: usize) -> i64 {
    i64::try_from(steps).unwrap_or(i64::MAX)
}

/// Whether a program that knows `known` steps may work with what `found` steps made, of which it must know `lowest`.
/// 0 is of a program that did not tell yet: then all of them.
pub fn lets_in(known: i64, found: i64, lowest: i64) -> bool {
    found <= known || (lowest > 0 && lowest <= known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHUT: Step = Step::both("");
    const OPEN: Step = SHUT.expands();

    #[test]
    fn the_last_step_that_shuts_says_what_must_be_known() {
        assert_eq!(lowest(&[]), 0);
        assert_eq!(lowest(&[SHUT]), 1);
        assert_eq!(lowest(&[SHUT, OPEN, OPEN]), 1);
        assert_eq!(lowest(&[SHUT, OPEN, SHUT, OPEN]), 3);
        // The second adds, the third takes away what the second replaced.
        assert_eq!(lowest(&[SHUT, OPEN, SHUT.contracts(2)]), 2);
    }

    #[test]
    fn an_older_program_is_let_in_where_it_knows_enough() {
        assert!(lets_in(3, 3, 3) && lets_in(3, 2, 1), "its own and older ones");
        assert!(lets_in(3, 5, 3) && lets_in(3, 5, 2));
        assert!(!lets_in(3, 5, 4));
        assert!(!lets_in(3, 4, 0), "nobody said that it may");
    }
}
