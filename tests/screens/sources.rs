// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules of the screens' sources that no compiler checks: every shown word can
//! be translated and is, Slint and Rust name the same things, icons have files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{none, root};

/// Every .slint file with its text.
pub(super) fn slint_files() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "slint") {
                let source = std::fs::read_to_string(&path).unwrap();
                into.push((path, source));
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join("ui"), &mut files);
    assert!(files.len() > 10);
    files
}

/// The parts of `source` inside the parentheses of each `what(`.
fn calls(source: &str, what: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = source[from..].find(what) {
        let start = from + at + what.len();
        let (mut depth, mut quoted, mut end) = (1, false, start);
        let mut before = ' ';
        for (i, c) in source[start..].char_indices() {
            match c {
                '"' if before != '\\' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            before = c;
            end = start + i;
            if depth == 0 {
                break;
            }
        }
        found.push((start, end));
        from = end;
    }
    found
}

fn literals(source: &str) -> Vec<String> {
    let parts: Vec<&str> = source.split('"').collect();
    parts.iter().skip(1).step_by(2).map(|&s| s.to_owned()).collect()
}

/// Message to its plural form.
fn messages() -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for (_, source) in slint_files() {
        for (start, end) in calls(&source, "@tr(") {
            let inside = &source[start..end];
            let plural = inside.contains("\" | \"");
            let mut strings = literals(inside).into_iter();
            let first = strings.next().unwrap();
            found.insert(first, plural.then(|| strings.next().unwrap()));
        }
    }
    assert!(found.len() > 50);
    found
}

/// Words that are not shown: names for the compiler, for the hall file, for pictures.
fn not_shown(line: &str, word: &str) -> bool {
    line.contains("Icons.named(\"")
        || line.contains("(name == \"")
        || line.contains("@image-url(\"")
        || line.trim_start().starts_with("import ")
        || line.contains(" from \"")
        || word == "Be Vietnam Pro"
        || (line.trim() == "title: \"motcua\";" && word == "motcua")
}

#[test]
fn every_shown_word_can_be_translated() {
    let mut faults = Vec::new();
    for (path, source) in slint_files() {
        let mut bare = source.clone();
        for (start, end) in calls(&source, "@tr(").into_iter().rev() {
            bare.replace_range(start..end, "");
        }
        for (number, line) in bare.lines().enumerate() {
            let code = line.split("// ").next().unwrap_or_default();
            for word in literals(code) {
                if word.chars().any(char::is_alphabetic) && word != "\\n" && !not_shown(code, &word) {
                    faults.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    none(&faults);
}

/// One entry of a catalogue.
#[derive(Debug, Default)]
struct Entry {
    plural: Option<String>,
    texts: Vec<String>,
}

fn catalogue(lang: &str) -> BTreeMap<String, Entry> {
    let path = root().join(format!("lang/{lang}/LC_MESSAGES/motcua.po"));
    let source = std::fs::read_to_string(path).unwrap();
    let mut entries = BTreeMap::new();
    let mut id = String::new();
    for line in source.lines() {
        let value = || literals(line).into_iter().next().unwrap_or_default();
        if line.starts_with("msgid_plural ") {
            entries.entry(id.clone()).or_insert_with(Entry::default).plural = Some(value());
        } else if line.starts_with("msgid ") {
            id = value();
            assert!(!entries.contains_key(&id), "{lang}: {id} stands twice");
            entries.insert(id.clone(), Entry::default());
        } else if line.starts_with("msgstr") {
            entries.entry(id.clone()).or_insert_with(Entry::default).texts.push(value());
        }
    }
    entries.remove("");
    entries
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|p| p.split('}').next()).collect()
}

#[test]
fn every_message_stands_in_every_catalogue_and_nothing_else_does() {
    let messages = messages();
    let mut faults = Vec::new();
    for lang in ["vi", "en"] {
        let catalogue = catalogue(lang);
        for (id, plural) in &messages {
            let Some(entry) = catalogue.get(id) else {
                faults.push(format!("{lang}: no “{id}”"));
                continue;
            };
            let forms = if plural.is_some() && lang == "en" { 2 } else { 1 };
            if entry.plural != *plural || entry.texts.len() != forms {
                faults.push(format!("{lang}: plural forms of “{id}”"));
            }
            for text in &entry.texts {
                if text.is_empty() || placeholders(text) != placeholders(id) {
                    faults.push(format!("{lang}: “{id}” is “{text}”"));
                }
            }
        }
        faults.extend(
            catalogue
                .keys()
                .filter(|id| !messages.contains_key(*id))
                .map(|id| format!("{lang}: stale “{id}”")),
        );
    }
    none(&faults);
}

#[test]
fn vietnamese_is_polite() {
    for (id, entry) in catalogue("vi") {
        for text in entry.texts {
            // "xin lỗi" begs pardon.
            let text = text.replace("xin lỗi", "");
            for rude in ["Vui lòng", "thao tác", "Lỗi", "lỗi", "thất bại", "không hợp lệ"] {
                assert!(!text.contains(rude), "“{id}”: {text}");
            }
        }
    }
}

/// Variants of `enum name` in Slint or Rust, in capitals without hyphens.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let start = source.find(&format!("enum {name} {{")).unwrap_or_else(|| panic!("no enum {name}"));
    let body = &source[start..];
    let body = &body[body.find('{').unwrap() + 1..];
    let mut depth = 1;
    let mut flat = String::new();
    for line in body.lines().map(|l| l.split("//").next().unwrap_or_default()) {
        for c in line.chars() {
            match c {
                '{' | '(' => depth += 1,
                '}' | ')' => depth -= 1,
                _ if depth == 1 => flat.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        if depth == 0 {
            break;
        }
        flat.push(' ');
    }
    flat.split(',')
        .map(|v| v.split_whitespace().last().unwrap_or_default().replace('-', "").to_uppercase())
        .filter(|v| !v.is_empty())
        .collect()
}

#[test]
fn slint_and_rust_have_the_same_kinds() {
    let slint = std::fs::read_to_string(root().join("ui/types.slint")).unwrap();
    let of_view = |file: &str| std::fs::read_to_string(root().join("core/src/view").join(file)).unwrap();
    let rust = ["mod.rs", "help.rs", "sheet.rs"].map(of_view).concat();
    for (here, there) in [
        ("ScreenKind", "Screen"),
        ("TileState", "TileState"),
        ("PaperStep", "PaperStep"),
        ("RefusedReason", "RefusedReason"),
        ("OutOfOrder", "OutOfOrder"),
        ("ListKind", "ListKind"),
        ("RowWord", "RowWord"),
        ("EntryKind", "EntryKind"),
        ("ReaderWhat", "ReaderWhat"),
        ("ReaderKind", "ReaderNow"),
        ("Unfit", "Unfit"),
        ("Purpose", "Purpose"),
        ("SheetKind", "SheetKind"),
        ("Caption", "Caption"),
        ("PartWord", "PartWord"),
        ("Deed", "Deed"),
        ("SorryReason", "SorryReason"),
        ("SorryDeed", "SorryDeed"),
        ("Asking", "Asking"),
    ] {
        assert_eq!(variants(&slint, here), variants(&rust, there), "{here}");
    }
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (room, desk) = (read("core/src/display/view.rs"), read("core/src/panel/view.rs"));
    for (here, there, rust) in [
        ("StageKind", "Stage", &room),
        ("ClosedReason", "ClosedReason", &room),
        ("DeskScreen", "PanelScreen", &desk),
        ("DeskNow", "DeskNow", &desk),
        ("Face", "Face", &desk),
        ("CardTrouble", "CardTrouble", &read("core/src/citizen.rs")),
        ("FeedbackKind", "FeedbackKind", &read("core/src/citizen.rs")),
        ("TypingMethod", "Method", &read("core/src/typing/mod.rs")),
    ] {
        assert_eq!(variants(&slint, here), variants(rust, there), "{here}");
    }
    let mut way = variants(&slint, "Way");
    assert!(way.remove("NONE"));
    assert_eq!(way, variants(&read("core/src/hall/mod.rs"), "Direction"));
    let mut fault = variants(&slint, "PaperFault");
    assert!(fault.remove("NONE"));
    assert_eq!(fault, variants(&rust, "PaperFault"));
}

#[test]
fn every_icon_a_hall_may_name_has_a_picture() {
    let source = std::fs::read_to_string(root().join("ui/icons.slint")).unwrap();
    for name in motcua_core::hall::ICONS {
        assert!(root().join(format!("ui/icons/{name}.svg")).is_file(), "no file for {name}");
        assert!(source.contains(&format!("@image-url(\"icons/{name}.svg\")")), "{name} is not mapped");
        assert!(*name == "help" || source.contains(&format!("(name == \"{name}\")")), "{name} is not mapped");
    }
}

#[test]
fn fingers_go_through_one_component() {
    for (path, source) in slint_files() {
        let uses = source.lines().filter(|l| l.contains("TouchArea {")).count();
        let allowed = match path.file_name().and_then(|name| name.to_str()) {
            Some("target.slint" | "overlay.slint") => 1,
            // The hidden corners, the ground below everything, what covers the screen under the pad.
            Some("door.slint") => 3,
            // The grid that is wiped and the plain colours, which are no buttons.
            Some("window.slint") => 2,
            _ => 0,
        };
        assert_eq!(uses, allowed, "{}", path.display());
        assert!(!source.contains("Flickable") && !source.contains("ScrollView"), "{}", path.display());
    }
}

/// A text that is seen is a `Print` (ui/components/words.slint says why); a bare one only measures.
#[test]
fn every_text_that_is_seen_is_a_print() {
    for (path, text) in slint_files() {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let bare = line.contains(": Text {") || line.contains(":= Text {") || line.trim() == "Text {";
            let inherits = line.contains("inherits Text {") && !line.contains("component Print ");
            if bare || inherits {
                let measures = lines[n + 1..].iter().take(2).any(|l| l.trim() == "visible: false;");
                assert!(measures, "{}:{}: {line}", path.display(), n + 1);
            }
        }
    }
}
