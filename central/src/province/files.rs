// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files in a directory. A file is taken once it did not change between two
//! looks, kept in the database, and only then moved: after a crash at any point
//! it is taken again, which changes nothing. A file of bookings may hold
//! identity numbers and is deleted instead of moved.

use super::input::Media;
use super::take::{Adapter, Origin, Taken, take};
use motcua_link::db::Db;
use motcua_link::province::{Fault, Kind, LARGEST, Said, What};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How long moved files stay.
const KEPT_DAYS: u64 = 30;
/// Faults that a note lists.
const TOLD: usize = 20;

/// The directory.
#[derive(Debug)]
pub struct DropFolder {
    at: PathBuf,
    /// Size and time of each file at the last look.
    seen: HashMap<PathBuf, (u64, SystemTime)>,
}

/// What a file is, by its name.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    kind: Kind,
    site: String,
    media: Media,
}

/// `catalogue*.csv`, `bookings-SITE*.json`: the hall's name ends at the first sign that cannot be in it.
fn named(file: &str) -> Option<Named> {
    let (stem, ending) = file.rsplit_once('.')?;
    let media = match ending.to_ascii_lowercase().as_str() {
        "csv" => Media::Csv,
        "json" => Media::Json,
        _ => return None,
    };
    if stem.starts_with("catalogue") {
        return Some(Named { kind: Kind::Catalogue, site: String::new(), media });
    }
    let (word, rest) = stem.split_once('-')?;
    let kind = word.parse().ok().filter(|k| *k != Kind::Catalogue)?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let site: String = rest.chars().take_while(|c| good(*c)).collect();
    (!site.is_empty()).then_some(Named { kind, site, media })
}

impl DropFolder {
    /// The directory, made when missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(at: &Path) -> std::io::Result<DropFolder> {
        for dir in ["done", "refused"] {
            std::fs::create_dir_all(at.join(dir))?;
        }
        Ok(DropFolder { at: at.to_owned(), seen: HashMap::new() })
    }

    /// Takes what is complete. Whatever fails for the system's sake is tried again at the next look.
    pub async fn look(&mut self, db: &Db) {
        let ready = match self.ready() {
            Ok(ready) => ready,
            Err(e) => {
                tracing::error!(error = %e, inbox = %self.at.display(), "the directory of the province's files");
                return;
            }
        };
        for (path, changed) in ready {
            if let Err(e) = self.one(db, &path, changed).await {
                tracing::error!(error = %e, file = %path.display(), "a file of the province waits; tried again");
            }
        }
    }

    /// Files that are as they were at the last look, in the order of their names.
    fn ready(&mut self) -> std::io::Result<Vec<(PathBuf, SystemTime)>> {
        let mut now = HashMap::new();
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(&self.at)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ending = name.to_ascii_lowercase();
            let ours = ending.ends_with(".csv") || ending.ends_with(".json");
            // A link could name any file of the machine.
            if !ours || name.starts_with('.') || !entry.file_type()?.is_file() {
                continue;
            }
            let meta = entry.metadata()?;
            let (path, is) = (entry.path(), (meta.len(), meta.modified()?));
            if self.seen.get(&path) == Some(&is) {
                ready.push((path.clone(), is.1));
            }
            now.insert(path, is);
        }
        self.seen = now;
        ready.sort();
        Ok(ready)
    }

    async fn one(&self, db: &Db, path: &Path, changed: SystemTime) -> Result<(), Box<dyn std::error::Error>> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(Named { kind, site, media }) = named(&file) else {
            return Ok(self.settle(path, changed, false, "refused", &misnamed())?);
        };
        let private = kind == Kind::Bookings;
        if std::fs::metadata(path)?.len() > LARGEST as u64 {
            let said = refused(&[Fault::whole(What::TooLarge)]);
            return Ok(self.settle(path, changed, private, "refused", &said)?);
        }
        let from = path.to_owned();
        let bytes = tokio::task::spawn_blocking(move || std::fs::read(from)).await??;
        let origin = Origin { adapter: Adapter::File, by: motcua_link::data::blot(&file) };
        match take(db, &origin, (kind, &site), bytes, media).await? {
            Ok(taken) => self.settle(path, changed, private, "done", &said(kind, &taken))?,
            Err(faults) => self.settle(path, changed, private, "refused", &refused(&faults))?,
        }
        Ok(())
    }

    /// Writes the note, then moves the file beside it. Named by the file's own time, so that a repetition after a
    /// crash writes the same.
    fn settle(
        &self,
        path: &Path,
        changed: SystemTime,
        private: bool,
        to: &str,
        text: &str,
    ) -> std::io::Result<()> {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let at = jiff::Timestamp::try_from(changed).unwrap_or_default();
        let name = format!("{}-{file}", at.strftime("%Y%m%d-%H%M%S-%3f"));
        let dir = self.at.join(to);
        let private_note = "\nTệp có thể chứa số định danh nên đã được xóa.\n\
                            The file may hold identity numbers and was deleted.\n";
        let text = if private { format!("{text}{private_note}") } else { text.to_owned() };
        let mut note = std::fs::File::create(dir.join(format!("{name}.txt")))?;
        note.write_all(text.as_bytes())?;
        note.sync_all()?;
        if private {
            std::fs::remove_file(path)?;
        } else {
            std::fs::rename(path, dir.join(&name))?;
        }
        std::fs::File::open(&dir)?.sync_all()?;
        std::fs::File::open(&self.at)?.sync_all()
    }

    /// Deletes what was moved long ago.
    pub fn tidy(&self, now: SystemTime) {
        let old = |path: &Path| {
            let changed = std::fs::metadata(path).and_then(|m| m.modified()).ok();
            let age = changed.and_then(|c| now.duration_since(c).ok());
            age.is_some_and(|a| a.as_secs() > KEPT_DAYS * 86_400)
        };
        for dir in ["done", "refused"] {
            let Ok(entries) = std::fs::read_dir(self.at.join(dir)) else { continue };
            for path in entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| old(p)) {
                if let Err(e) = std::fs::remove_file(&path) {
                    tracing::warn!(error = %e, file = %path.display(), "an old file stays");
                }
            }
        }
    }
}

fn misnamed() -> String {
    "Tên tệp không đúng. Đặt tên: catalogue*.csv|json, bookings-MÃ_BỘ_PHẬN.csv|json, dossiers-MÃ_BỘ_PHẬN.csv|json.\n\
     The name is none of: catalogue*.csv|json, bookings-SITE.csv|json, dossiers-SITE.csv|json; what follows SITE begins \
     with _ or a dot. Rename it and drop it again.\n"
        .into()
}

fn said(kind: Kind, taken: &Taken) -> String {
    let Taken { version, entries, changed, over } = taken;
    let (vi, en) = if *changed { ("đã nhận", "taken") } else { ("không có gì mới", "nothing new") };
    format!(
        "{kind}: {vi}, phiên bản {version}, {entries} mục, bỏ {over} mục đã qua ngày.\n\
         {kind}: {en}, version {version}, {entries} entries, {over} of days that are over left out.\n"
    )
}

fn refused(faults: &[Fault]) -> String {
    let said: Vec<Said> = faults.iter().take(TOLD).map(Fault::said).collect();
    let lines =
        |each: fn(&Said) -> String| said.iter().map(|s| format!("- {}\n", each(s))).collect::<String>();
    format!(
        "Tệp không được nhận; dữ liệu đang dùng không thay đổi. Sửa rồi gửi lại cả tệp:\n{}\n\
         The file was not taken; what is in use is unchanged. Correct it and drop the whole file again:\n{}",
        lines(Said::in_vi),
        lines(Said::in_en)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_is_and_for_whom() {
        let is = |kind, site: &str, media| Some(Named { kind, site: site.into(), media });
        for (file, found) in [
            ("catalogue.csv", is(Kind::Catalogue, "", Media::Csv)),
            ("catalogue-2026-11-26.JSON", is(Kind::Catalogue, "", Media::Json)),
            ("bookings-ngo-quyen.json", is(Kind::Bookings, "ngo-quyen", Media::Json)),
            ("dossiers-phuong-12_20261126.csv", is(Kind::Dossiers, "phuong-12", Media::Csv)),
            ("bookings.csv", None),
            ("bookings-.csv", None),
            ("anything.csv", None),
            ("catalogue.xlsx", None),
        ] {
            assert_eq!(named(file), found, "{file}");
        }
    }
}
