// SPDX-License-Identifier: MIT OR Apache-2.0
//! Feedback on the kiosk: sealed before it touches the disk, kept durably until
//! the hub has it. One file a letter, named by the touch it was made at, so that
//! a repeated one is the same letter with the same code.

use super::wire::{FEEDBACK, Letter, Words};
use crate::disk;
use motcua_core::citizen::Feedback;
use motcua_link::trust::seal::{SealingPublic, seal};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Directory in the kiosk's data.
pub const DIR: &str = "feedback-out";
/// No letter that can be taken for a digit, and no digit that can be taken for one.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The code on the receipt: the same for the same touch. 40 bits of a digest, so that nobody reads a time from it.
pub fn receipt(ask: Uuid) -> String {
    let digest = Sha256::digest(ask.as_bytes());
    let signs: String = digest
        .iter()
        .take(8)
        .map(|byte| char::from(SIGNS.get(usize::from(byte & 31)).copied().unwrap_or(b'2')))
        .collect();
    let (first, second) = signs.split_at(4);
    format!("PA-{first}-{second}")
}

/// Feedback is not kept.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The disk.
    #[error("feedback was not kept: {0}")]
    Disk(#[from] std::io::Error),
    /// The key.
    #[error("feedback was not sealed: {0}")]
    Seal(#[from] motcua_link::trust::seal::SealError),
}

/// Letters that wait for the hub.
#[derive(Debug)]
pub struct Mail {
    dir: PathBuf,
}

impl Mail {
    /// Those of the kiosk in `data`.
    pub fn of(data: &Path) -> Mail {
        Mail { dir: data.join(DIR) }
    }

    fn path(&self, ask: Uuid) -> PathBuf {
        self.dir.join(format!("{ask}.json"))
    }

    /// Seals and keeps it; durable when it returns. The code on the receipt.
    ///
    /// # Errors
    /// Nothing is kept.
    pub fn keep(
        &self,
        ask: Uuid,
        feedback: &Feedback,
        key: &SealingPublic,
        now_ms: i64,
    ) -> Result<String, MailError> {
        let code = receipt(ask);
        let words = Words {
            text: feedback.text.expose().to_owned(),
            contact: feedback.contact.as_ref().map(|c| c.expose().to_owned()),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&words).map_err(std::io::Error::other)?);
        let sealed = seal(key, FEEDBACK, code.as_bytes(), &plain)?;
        let (kind, lang) = (feedback.kind, feedback.lang.clone());
        let letter = Letter { ask, code: code.clone(), at_ms: now_ms, kind, lang, sealed };
        disk::keep(&self.path(ask), &serde_json::to_vec(&letter).map_err(std::io::Error::other)?)?;
        Ok(code)
    }

    /// What waits, oldest first. A file that is no letter is left and said.
    ///
    /// # Errors
    /// The disk.
    pub fn waiting(&self) -> std::io::Result<Vec<Letter>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            match serde_json::from_slice::<Letter>(&std::fs::read(&path)?) {
                Ok(letter) => found.push(letter),
                Err(e) => {
                    tracing::error!(file = %path.display(), error = %e, "a kept feedback cannot be read");
                }
            }
        }
        // Made by version 7, ids are in the order of time.
        found.sort_by_key(|l| l.ask);
        Ok(found)
    }

    /// The hub has it.
    ///
    /// # Errors
    /// The disk; it is then delivered once more, which changes nothing.
    pub fn delivered(&self, ask: Uuid) -> std::io::Result<()> {
        std::fs::remove_file(self.path(ask))?;
        std::fs::File::open(&self.dir)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Dir;
    use motcua_core::citizen::FeedbackKind;
    use motcua_core::scan::Personal;
    use motcua_link::trust::seal::SealingKey;

    #[test]
    fn a_touch_has_one_code_and_one_file_without_the_words() {
        let dir = Dir::new();
        let key = SealingKey::generate().unwrap();
        let mail = Mail::of(dir.path());
        let feedback = Feedback {
            kind: FeedbackKind::Proposal,
            text: Personal::new("Nguyễn Văn An đề nghị thêm ghế").unwrap(),
            contact: Personal::new("0912345678"),
            lang: "vi".into(),
        };
        let ask = Uuid::now_v7();
        let code = mail.keep(ask, &feedback, key.public(), 5).unwrap();
        assert_eq!(mail.keep(ask, &feedback, key.public(), 6).unwrap(), code);
        assert_eq!((code.len(), &code[..3]), (12, "PA-"));
        assert!(!code[3..].contains(['0', '1', 'I', 'O']));
        let waiting = Mail::of(dir.path()).waiting().unwrap();
        assert_eq!(waiting.len(), 1);
        let text = std::fs::read_to_string(mail.path(ask)).unwrap();
        assert!(!text.contains("Nguy") && !text.contains("0912345678"), "{text}");
        let opened = key.open(FEEDBACK, code.as_bytes(), &waiting[0].sealed).unwrap();
        assert!(String::from_utf8_lossy(&opened).contains("0912345678"));
        mail.delivered(ask).unwrap();
        assert!(mail.waiting().unwrap().is_empty());
    }
}
