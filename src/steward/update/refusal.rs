// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an update is not taken, in the words of the log and of the technician's screen.

use super::rauc::RaucError;

/// An update is refused before anything is written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// RAUC's.
    #[error(transparent)]
    Rauc(#[from] RaucError),
    /// For other devices.
    #[error("the update is for {found}, this device is {own}; take the update for {own}")]
    Compatible {
        /// In the update.
        found: String,
        /// Of the device.
        own: String,
    },
    /// Too old.
    #[error("version {found} is older than {floor}, the oldest that may follow {own}; take a newer update")]
    Floor {
        /// In the update.
        found: String,
        /// Below which nothing goes.
        floor: String,
        /// That runs.
        own: String,
    },
    /// It contradicts itself.
    #[error(
        "the update is not right: it is version {found} and says itself that nothing older than {floor} may be installed; \
         build it anew, or take another one"
    )]
    Malformed {
        /// Its version.
        found: String,
        /// Its floor.
        floor: String,
    },
    /// Nothing to do.
    #[error("version {0} runs already")]
    Same(String),
    /// Tried before.
    #[error("version {version} was tried on this device and did not prove itself: {why}")]
    Tried {
        /// Which.
        version: String,
        /// Why not.
        why: String,
        /// The same in Vietnamese.
        why_vi: String,
    },
    /// No slots.
    #[error("this device was not started from an image with two slots; it cannot be updated")]
    NoSlots,
    /// Disk.
    #[error("the record of updates cannot be written")]
    Record(#[from] std::io::Error),
}

impl Refusal {
    /// In Vietnamese, for the technician's screen.
    pub fn vi(&self) -> String {
        match self {
            Refusal::Rauc(e) => {
                format!("Bản cập nhật không dùng được: {}. Chép lại tệp hoặc lấy bản khác.", e.vi())
            }
            Refusal::Compatible { found, own } => {
                format!("Bản cập nhật dành cho {found}, thiết bị này là {own}. Lấy bản dành cho {own}.")
            }
            Refusal::Floor { found, floor, .. } => {
                format!("Phiên bản {found} cũ hơn {floor} là phiên bản thấp nhất được phép. Lấy bản mới hơn.")
            }
            Refusal::Malformed { found, floor } => format!(
                "Bản cập nhật không đúng: phiên bản {found} mà lại tự ghi thấp nhất là {floor}. Lấy bản khác."
            ),
            Refusal::Same(version) => format!("Thiết bị đang chạy phiên bản {version} rồi."),
            Refusal::Tried { version, why_vi, .. } => {
                format!("Phiên bản {version} đã thử trên thiết bị này và không đạt: {why_vi}.")
            }
            Refusal::NoSlots => {
                "Thiết bị này không khởi động từ thẻ có hai ngăn nên không cập nhật được.".to_owned()
            }
            Refusal::Record(e) => format!("Không ghi được sổ cập nhật ({e}). Kiểm tra thẻ nhớ."),
        }
    }
}
