// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values and rows, the same for both databases.

use super::DbError;

/// A value in a place or a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Integer, boolean, milliseconds.
    Int(i64),
    /// Double.
    Real(f64),
    /// UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Int(n)
    }
}

impl From<u64> for Value {
    /// Numbers of a lane stay below 2^53.
    fn from(n: u64) -> Value {
        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Value {
        Value::Int(n.into())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Int(b.into())
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Real(n)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    /// PostgreSQL keeps no NUL in a text and would refuse the whole batch for ever; both databases get U+FFFD for
    /// it, so that they hold the same.
    fn from(text: String) -> Value {
        Value::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    /// Value of a column; nothing beyond the last.
    pub fn value(&self, column: usize) -> &Value {
        self.0.get(column).unwrap_or(&Value::Null)
    }

    /// All values.
    pub fn values(self) -> Vec<Value> {
        self.0
    }

    /// An integer.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        match self.value(column) {
            Value::Int(n) => Ok(*n),
            other => Err(kind(column, other, "an integer")),
        }
    }

    /// An integer that is not negative.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn number(&self, column: usize) -> Result<u64, DbError> {
        u64::try_from(self.int(column)?).map_err(|_| kind(column, self.value(column), "a number from 0"))
    }

    /// A double; an integer counts.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn real(&self, column: usize) -> Result<f64, DbError> {
        match self.value(column) {
            Value::Real(n) => Ok(*n),
            #[allow(clippy::cast_precision_loss, reason = "figures, not keys")]
            Value::Int(n) => Ok(*n as f64),
            other => Err(kind(column, other, "a double")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn text(&self, column: usize) -> Result<String, DbError> {
        match self.value(column) {
            Value::Text(text) => Ok(text.clone()),
            other => Err(kind(column, other, "a text")),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, DbError> {
        match self.value(column) {
            Value::Blob(bytes) => Ok(bytes.clone()),
            other => Err(kind(column, other, "bytes")),
        }
    }

    /// Nothing stands there.
    pub fn is_null(&self, column: usize) -> bool {
        *self.value(column) == Value::Null
    }

    /// An integer or nothing.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn int_or_none(&self, column: usize) -> Result<Option<i64>, DbError> {
        if self.is_null(column) { Ok(None) } else { self.int(column).map(Some) }
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn text_or_none(&self, column: usize) -> Result<Option<String>, DbError> {
        if self.is_null(column) { Ok(None) } else { self.text(column).map(Some) }
    }

    /// A boolean, kept as 0 and 1.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn flag(&self, column: usize) -> Result<bool, DbError> {
        Ok(self.int(column)? != 0)
    }
}

fn kind(column: usize, value: &Value, expected: &'static str) -> DbError {
    let found = match value {
        Value::Null => "nothing",
        Value::Int(_) => "an integer",
        Value::Real(_) => "a double",
        Value::Text(_) => "a text",
        Value::Blob(_) => "bytes",
    };
    DbError::Kind { column, found: found.into(), expected }
}
