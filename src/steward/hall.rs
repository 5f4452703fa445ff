// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall that a hub is set up with.

use super::layout::Layout;
use crate::machine::{Fault, HallStart};
use motcua_core::hall::Hall;
use motcua_core::toml_words::line_of;

/// A hub that served a hall goes on with that hall's id: certificates, numbers and the central know it by it. `text` is
/// the file that `hall` was read from.
pub(super) fn other(layout: &Layout, text: &str, hall: &Hall) -> Option<Fault> {
    if !layout.data().join(crate::hub::trust::FILE).exists() {
        return None;
    }
    let served = Hall::parse(&std::fs::read_to_string(layout.hall()).ok()?).ok()?.id;
    if served == hall.id {
        return None;
    }
    let typed = &hall.id;
    Some(Fault {
        line: place_of_id(text).map_or(0, |place| line_of(text, place)),
        message_vi: format!(
            "hall.toml: máy chủ này đang phục vụ bộ phận `{served}`, mã không đổi được; ghi id = \"{served}\" thay cho \
             `{typed}`, hoặc xóa về ban đầu để làm bộ phận khác"
        ),
        message_en: format!(
            "hall.toml: this hub serves the hall `{served}`, whose id does not change; write id = \"{served}\" in place of \
             `{typed}`, or do a factory reset for another hall"
        ),
    })
}

/// Where the hall's id stands in its file.
fn place_of_id(text: &str) -> Option<usize> {
    #[derive(serde::Deserialize)]
    struct File {
        hall: Named,
    }
    #[derive(serde::Deserialize)]
    struct Named {
        id: toml::Spanned<String>,
    }
    toml::from_str::<File>(text).ok().map(|file| file.hall.id.span().start)
}

/// The sample hall under another name: the manager changes it on the hub's pages.
pub(super) fn starting(start: &HallStart, battery: bool) -> String {
    let Ok(mut file) = motcua_core::hall::SAMPLE.parse::<toml_edit::DocumentMut>() else {
        return String::new();
    };
    // Two lines on the screens: what it is, and of which place; else cut at the space nearest to the middle.
    let name = start.name.as_str();
    let small = name.to_lowercase();
    let place = ["phường", "xã", "đặc khu"].iter().filter_map(|kind| small.rfind(&format!(" {kind} "))).max();
    let place = place.filter(|at| name.get(*at..).is_some_and(|rest| rest.starts_with(' ')));
    let middle = name.match_indices(' ').map(|(at, _)| at).min_by_key(|at| at.abs_diff(name.len() / 2));
    let cut = place.filter(|at| *at > 0).or(middle);
    let (first, second) = cut.map_or((name, "MỘT CỬA"), |at| (&name[..at], &name[at + 1..]));
    let lines: toml_edit::Array = [first, second].into_iter().map(str::to_uppercase).collect();
    file["hall"]["clock"] = toml_edit::value(if battery { "trusted" } else { "needs-sync" });
    file["hall"]["id"] = toml_edit::value(start.id.as_str());
    file["hall"]["lines"] = toml_edit::value(lines);
    file.to_string()
}
