// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules of the repository that a compiler does not know, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files that git knows, by ending.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let out = Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let list = String::from_utf8(out.stdout).unwrap();
    let files: Vec<PathBuf> = list
        .lines()
        .filter(|l| endings.iter().any(|e| l.ends_with(e)))
        .map(|l| root().join(l))
        .filter(|p| p.exists())
        .collect();
    assert!(!files.is_empty());
    files
}

fn tree(args: &[&str]) -> String {
    let out = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none", "-e", "normal"])
        .args(args)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn names(tree: &str) -> Vec<&str> {
    tree.lines().filter_map(|l| l.split(' ').next()).collect()
}

/// They are usable under MIT OR Apache-2.0 alone, and quick to build.
#[test]
fn hal_and_core_never_depend_on_slint_or_a_database() {
    for package in ["motcua-core", "motcua-hal"] {
        let tree = tree(&["-p", package, "--all-features"]);
        for name in names(&tree) {
            let banned = name.contains("slint") || name == "rusqlite" || name == "axum" || name == "tokio";
            assert!(!banned, "{package} depends on {name}");
        }
    }
}

/// The central is no device: nothing of its tree is GPL, and what it shares with the hub needs no database.
#[test]
fn the_central_never_depends_on_slint_and_the_shared_pages_on_no_database() {
    let central = tree(&["-p", "motcua-central", "--all-features"]);
    assert!(names(&central).iter().all(|name| !name.contains("slint")));
    let web = tree(&["-p", "motcua-web", "--all-features"]);
    assert!(names(&web).iter().all(|name| !name.contains("slint") && *name != "rusqlite"));
}

/// The simulators are a way in, and a window system has no business on the device.
#[test]
fn the_device_build_has_no_window_system_and_no_simulator() {
    let tree = tree(&["-p", "motcua", "--no-default-features", "--features", "linuxkms", "-f", "{p} {f}"]);
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap();
        assert!(
            !name.starts_with("winit") && !name.contains("backend-testing") && !name.contains("libseat"),
            "{line}"
        );
        assert!(!(name == "motcua-hal" && line.split([' ', ',']).any(|f| f == "sim")), "{line}");
    }
    assert!(names(&tree).contains(&"i-slint-backend-linuxkms"));
}

/// Each file may be used under its own licence, so each says which that is.
#[test]
fn every_source_file_names_its_licence_first() {
    for path in files(&[".rs", ".slint", ".js"]) {
        // Files of others have their LICENSE beside them.
        if path.parent().is_some_and(|p| p.ends_with("vendor")) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let stem = name.split(['-', '.']).next().unwrap();
            assert!(
                path.with_file_name(format!("{stem}.LICENSE")).exists(),
                "{name} has no licence beside it"
            );
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("// SPDX-License-Identifier: MIT OR Apache-2.0"), "{}", path.display());
    }
}

/// A file that needs more is two files.
#[test]
fn no_source_file_passes_five_hundred_lines() {
    for path in files(&[".rs", ".slint"]) {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

/// Work left for later stands in an issue, not in the code.
#[test]
fn nothing_is_left_for_later_in_the_code() {
    for path in files(&[".rs", ".slint", ".js", ".sh"]) {
        if path.ends_with("tests/tidy.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["TODO", "FIXME", "XXX"] {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
    }
}

/// The words of the pages: key to language to text. Its form is fixed: two spaces a step, one word a line.
pub fn catalogue() -> BTreeMap<String, BTreeMap<String, String>> {
    catalogue_of("locales/console.yml")
}

fn catalogue_of(file: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let mut out: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut path: Vec<&str> = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with(['#', '_']) && !l.trim().is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let (key, value) = line.trim().split_once(':').unwrap_or_else(|| panic!("{line}"));
        path.truncate(depth);
        let value = value.trim();
        if value.is_empty() {
            path.push(key);
        } else {
            let words = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            let words = words.unwrap_or_else(|| panic!("not in quotes: {line}")).to_owned();
            let before = out.entry(path.join(".")).or_default().insert(key.to_owned(), words);
            assert_eq!(before, None, "{} twice", path.join("."));
        }
    }
    out
}

/// What stands between quotes in our source files of a folder.
fn literals(folder: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for path in files(&[".rs"]).into_iter().filter(|p| p.starts_with(root().join(folder))) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        out.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    out
}

/// A word that one language lacks is seen by an officer first; one that nobody uses is translated in vain.
#[test]
fn every_word_of_the_pages_is_there_in_both_languages_and_used() {
    let words = catalogue();
    let mut ours = literals("src/console");
    ours.extend(["src/staff", "src/reports"].iter().flat_map(|folder| literals(folder)));
    ours.extend((1..=9).map(|n| n.to_string()));
    ours.extend(["weak", "average", "fair", "good", "excellent"].map(str::to_owned));
    // What devices say of their parts.
    all_said(&words, &literals("src/console"), &ours, &["part", "part_fault", "refused_by_central"]);
    for action in literals_after("Button::new(lang, \"").into_iter().chain(literals_after("go(\"")) {
        assert!(words.contains_key(&format!("desk.do.{action}")), "a button without words: {action}");
    }
}

/// The same of the central's pages.
#[test]
fn every_word_of_the_central_is_there_in_both_languages_and_used() {
    let words = catalogue_of("central/locales/central.yml");
    let used = literals("central/src");
    let mut ours = used.clone();
    ours.extend((1..=9).map(|n| n.to_string()));
    ours.extend(["weak", "average", "fair", "good", "excellent"].map(str::to_owned));
    // Words of the link, and a state whose hyphen is written otherwise in keys.
    ours.extend(["health", "log", "rolled_back"].map(str::to_owned));
    // Lists that halls and devices may lengthen: what is not in them is shown as it came.
    let lists = [
        "action",
        "alarm",
        "by",
        "command",
        "command_end",
        "command_state",
        "counter_state",
        "fault",
        "feedback_kind",
        "part",
        "pull_fault",
        "role_of_device",
    ];
    all_said(&words, &used, &ours, &lists);
}

/// Every key has both languages with the same holes; every key that is used is there; none is in vain. Parts
/// of keys that are put together come from `ours`; `lists` are sections whose keys come from elsewhere.
fn all_said(
    words: &BTreeMap<String, BTreeMap<String, String>>,
    used: &BTreeSet<String>,
    ours: &BTreeSet<String>,
    lists: &[&str],
) {
    for (key, texts) in words {
        let languages: Vec<&str> = texts.keys().map(String::as_str).collect();
        assert_eq!(languages, ["en", "vi"], "{key}");
        let holes = |lang: &str| -> BTreeSet<String> {
            let parts = texts[lang].split("%{").skip(1);
            parts.map(|p| p.split('}').next().unwrap().to_owned()).collect()
        };
        assert!(texts.values().all(|t| !t.trim().is_empty()) && holes("vi") == holes("en"), "{key}");
    }
    let sections: BTreeSet<&str> = words.keys().filter_map(|k| k.split('.').next()).collect();
    let a_key = |text: &str| {
        let mut parts = text.split('.');
        parts.next().is_some_and(|s| sections.contains(s))
            && parts.clone().count() > 0
            && parts.all(|p| {
                !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            })
    };
    // A file's ending looks like a part of a key.
    let a_file = |text: &str| [".csv", ".xlsx", ".json", ".css", ".js"].iter().any(|e| text.ends_with(e));
    for key in used.iter().filter(|k| a_key(k) && !a_file(k)) {
        assert!(words.contains_key(key), "no words for {key}");
    }
    // `desk.do.{action}` stands for every key whose last part is a word of ours as well.
    let starts: Vec<&str> =
        used.iter().filter_map(|u| u.split_once('{')).map(|(s, _)| s).filter(|s| s.contains('.')).collect();
    for key in words.keys() {
        let list = lists.iter().any(|l| key.starts_with(&format!("{l}.")));
        let put_together =
            list || starts.iter().any(|s| key.strip_prefix(s).is_some_and(|rest| ours.contains(rest)));
        assert!(used.contains(key) || put_together, "nobody says {key}");
    }
}

/// What stands in quotes after `start` in the pages.
fn literals_after(start: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for path in files(&[".rs"]).into_iter().filter(|p| p.starts_with(root().join("src/console"))) {
        let text = std::fs::read_to_string(&path).unwrap();
        out.extend(text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    out
}
