// SPDX-License-Identifier: MIT OR Apache-2.0
//! A table as CSV, and tables as the sheets of an XLSX book.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, with so many decimals.
    Number(f64, u8),
    /// Not known.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<u32> for Cell {
    fn from(n: u32) -> Cell {
        Cell::Number(f64::from(n), 0)
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Cell {
        Cell::Number(n as f64, 0)
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Cell {
        value.map_or(Cell::Empty, |v| Cell::Number(v, 1))
    }
}

/// A heading, columns and rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Above the table and name of the sheet.
    pub title: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// RFC 4180 with a byte-order mark, without which spreadsheets take Vietnamese for Latin-1. A cell
    /// that would start a formula is kept as text.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut out = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
        out.write_record(&self.columns)?;
        for row in &self.rows {
            out.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t']) => format!("'{text}"),
                Cell::Text(text) => text.clone(),
                Cell::Number(n, decimals) => format!("{n:.*}", usize::from(*decimals)),
                Cell::Empty => String::new(),
            }))?;
        }
        out.into_inner().map_err(|e| e.into_error().into())
    }
}

/// Tables as the sheets of a book, each with its name and a bold heading that stays in view.
///
/// # Errors
/// A name is no sheet's name, or the book is too large.
pub fn book(sheets: &[(&str, &Table)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    for (name, table) in sheets {
        sheet(book.add_worksheet().set_name(sheet_name(name))?, table)?;
    }
    book.save_to_buffer()
}

/// Spreadsheets take 31 characters, without these.
fn sheet_name(name: &str) -> String {
    let clean = name.chars().map(|c| if "[]:*?/\\".contains(c) { ' ' } else { c });
    clean.take(31).collect()
}

fn sheet(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let (bold, one) = (Format::new().set_bold(), Format::new().set_num_format("0.0"));
    sheet.write_with_format(0, 0, &table.title, &bold)?;
    for (column, name) in (0_u16..).zip(&table.columns) {
        sheet.write_with_format(2, column, name, &bold)?;
    }
    for (at, row) in (3_u32..).zip(&table.rows) {
        for (column, cell) in (0_u16..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write_string(at, column, text)?,
                Cell::Number(n, 0) => sheet.write_number(at, column, *n)?,
                Cell::Number(n, _) => sheet.write_number_with_format(at, column, *n, &one)?,
                Cell::Empty => continue,
            };
        }
    }
    sheet.set_freeze_panes(3, 1)?;
    sheet.autofit();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_gets_text_as_text() {
        let table = Table {
            title: "t".into(),
            columns: vec!["Tên".into(), "Số".into(), "Tỷ lệ".into()],
            rows: vec![
                vec!["=HYPERLINK(\"x\")".into(), 3_u32.into(), Some(66.7).into()],
                vec!["An, Bình".into(), 0_u64.into(), None.into()],
            ],
        };
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(csv, "\u{feff}Tên,Số,Tỷ lệ\n\"'=HYPERLINK(\"\"x\"\")\",3,66.7\n\"An, Bình\",0,\n");
        let book =
            book(&[("Số liệu", &table), ("Nơi/đâu: [một tên rất dài cho một trang tính]", &table)]).unwrap();
        assert!(book.starts_with(b"PK"));
    }
}
