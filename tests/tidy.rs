// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules of the repository that a compiler does not know, each with its reason.

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
