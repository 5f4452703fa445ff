// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files in a directory. A file is taken once it did not change between two
//! looks, kept in the database, and only then moved: after a crash at any point
//! it is taken again, which changes nothing. A file of bookings may hold
//! identity numbers and is deleted instead of moved.

use super::take::{Adapter, Origin, Taken, take};
use crate::reports::local;
use motcua_link::db::Db;
use motcua_link::province::input::{Input, Named, read};
use motcua_link::province::{Fault, Kind, LARGEST, Said, What};
use std::collections::HashMap;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
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

/// Checks a file as the drop folder would, for whoever writes it: needs no central and no hall. How many entries it has.
///
/// # Errors
/// Everything that is wrong with it, or that its name says nothing; the text that would lie beside it.
pub fn check(file: &str, bytes: &[u8], today: jiff::civil::Date) -> Result<usize, String> {
    let Some(named) = Named::of(file) else { return Err(misnamed()) };
    let input = read(named.kind, &named.site, bytes, named.media, today).map_err(|f| refused(&f))?;
    Ok(match input {
        Input::Catalogue(c) => c.procedures.len(),
        Input::Bookings(b, _) => b.len(),
        Input::Dossiers(d) => d.dossiers.len(),
    })
}

impl DropFolder {
    /// The directory, made when missing: for its owner and the group of whoever drops files. One that is there keeps
    /// its rights.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(at: &Path) -> std::io::Result<DropFolder> {
        for (dir, mode) in [(at.to_owned(), 0o770), (at.join("done"), 0o750), (at.join("refused"), 0o750)] {
            if !dir.exists() {
                std::fs::create_dir_all(&dir)?;
                // Whatever the umask is.
                std::fs::set_permissions(&dir, Permissions::from_mode(mode))?;
            }
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
        let Some(Named { kind, site, media }) = Named::of(&file) else {
            return Ok(self.settle(path, changed, false, "refused", &misnamed())?);
        };
        let private = kind == Kind::Bookings;
        if std::fs::metadata(path)?.len() > LARGEST as u64 {
            let said = refused(&[Fault::whole(What::TooLarge)]);
            return Ok(self.settle(path, changed, private, "refused", &said)?);
        }
        let from = path.to_owned();
        let bytes = tokio::task::spawn_blocking(move || std::fs::read(from)).await??;
        let origin = Origin { adapter: Adapter::File, by: shown(&file) };
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
        // On the clock of whoever looks for the file.
        let name = format!("{}-{file}", local(at.as_millisecond(), "%Y%m%d-%H%M%S-%3f"));
        let dir = self.at.join(to);
        let private_note = "\nTệp có thể chứa số định danh nên đã được xóa.\n\
                            The file may hold identity numbers and was deleted.\n";
        let text = if private { format!("{text}{private_note}") } else { text.to_owned() };
        let mut open = std::fs::OpenOptions::new();
        open.write(true).create(true).truncate(true);
        let mut note = open.open(dir.join(format!("{name}.txt")))?;
        note.set_permissions(Permissions::from_mode(0o640))?;
        note.write_all(text.as_bytes())?;
        note.sync_all()?;
        if private {
            std::fs::remove_file(path)?;
        } else {
            let moved = dir.join(&name);
            std::fs::rename(path, &moved)?;
            // A file of another user keeps what that one gave it; the directory lets nobody else in.
            let _ = std::fs::set_permissions(&moved, Permissions::from_mode(0o640));
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

/// The file's name as people see it: long numbers are blotted out, but not the day and time that the guide asks to
/// put behind the hall. An identity number begins with 0, a telephone number too; neither is a day of this century.
fn shown(file: &str) -> String {
    let Some((stem, rest)) = file.split_once('_') else { return motcua_link::data::blot(file) };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at(digits);
    let form = match digits {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return motcua_link::data::blot(file),
    };
    let dated = number.starts_with("20")
        && (jiff::civil::Date::strptime(form, number).is_ok()
            && (digits == 8 || jiff::civil::DateTime::strptime(form, number).is_ok()));
    if !dated {
        return motcua_link::data::blot(file);
    }
    // `-1430` belongs to the day; more digits than a time has are somebody's.
    let time = rest.strip_prefix(['-', 'T']).map_or("", |r| {
        let n = r.len() - r.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if matches!(n, 4 | 6) { rest.get(..=n).unwrap_or_default() } else { "" }
    });
    let tail = rest.get(time.len()..).unwrap_or_default();
    let ends = !tail.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if !ends {
        return motcua_link::data::blot(file);
    }
    format!("{}_{number}{time}{}", motcua_link::data::blot(stem), motcua_link::data::blot(tail))
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
    let (over_vi, over_en) = match over {
        0 => (String::new(), String::new()),
        n => (format!(", bỏ {n} mục đã qua ngày"), format!(", {n} of days that are over left out")),
    };
    format!(
        "{kind}: {vi}, phiên bản {version}, {entries} mục{over_vi}.\n\
         {kind}: {en}, version {version}, {entries} entries{over_en}.\n"
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
    use motcua_link::province::input::Media;

    #[test]
    fn the_day_in_a_recommended_name_is_shown_and_a_number_is_not() {
        for same in [
            "bookings-ngo-quyen_20261130.csv",
            "dossiers-ngo-quyen_20261130-1430.json",
            "dossiers-phuong-12_202611301430.json",
            "dossiers-ngo-quyen_20261130T143005.csv",
            "catalogue_20261130143005.csv",
        ] {
            assert_eq!(shown(same), same);
        }
        for (file, is) in [
            ("bookings-ngo-quyen_001099012345.csv", "bookings-ngo-quyen_***.csv"),
            ("bookings-ngo-quyen_0912345678.csv", "bookings-ngo-quyen_***.csv"),
            ("bookings-ngo-quyen_20261330.csv", "bookings-ngo-quyen_***.csv"),
            ("bookings-ngo-quyen_20261130-001099012345.csv", "bookings-ngo-quyen_***.csv"),
            ("dossiers-ngo-quyen_20261130_001099012345.csv", "dossiers-ngo-quyen_20261130_***.csv"),
            ("bookings-001099012345_20261130.csv", "bookings-***_20261130.csv"),
        ] {
            assert_eq!(shown(file), is);
        }
    }

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
            assert_eq!(Named::of(file), found, "{file}");
        }
    }
}
