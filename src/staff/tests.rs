// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::store::tests::Dir;

const MINUTE: i64 = 60_000;

fn staff(dir: &Dir) -> Staff {
    Staff::open(dir.path()).unwrap()
}

fn with_manager(dir: &Dir) -> Staff {
    let s = staff(dir);
    let code = s.setup_code().unwrap().to_owned();
    s.set_up(&code, "lan", "Trần Thị Ví Dụ", "correct horse", 0).unwrap();
    s
}

#[test]
fn the_first_manager_needs_the_code_and_is_the_only_one_made_so() {
    let dir = Dir::new();
    let s = staff(&dir);
    let code = s.setup_code().unwrap().to_owned();
    assert!(matches!(s.set_up("guess", "lan", "Lan", "correct horse", 0), Err(AccountFault::SetupCode)));
    s.set_up(&format!(" {code}\n"), "lan", "Lan", "correct horse", 0).unwrap();
    assert_eq!(s.setup_code(), None);
    assert!(matches!(s.set_up(&code, "eve", "Eve", "correct horse", 0), Err(AccountFault::SetupCode)));
}

#[test]
fn weak_secrets_are_refused() {
    let dir = Dir::new();
    let s = with_manager(&dir);
    for weak in ["12345", "123456", "000000", "987654", "short", ""] {
        let made = s.add("an", "An", StaffRole::Officer, weak, ("lan", 0));
        assert!(matches!(made, Err(AccountFault::Weak(_))), "{weak}");
    }
    s.add("an", "An", StaffRole::Officer, "250981", ("lan", 0)).unwrap();
}

#[test]
fn five_wrong_pins_lock_the_account_and_a_restart_does_not_open_it() {
    let dir = Dir::new();
    let s = with_manager(&dir);
    s.add("an", "An", StaffRole::Officer, "250981", ("lan", 0)).unwrap();
    for _ in 0..5 {
        assert_eq!(s.sign_in("an", "111111", "vi", 0), Err(SignInFault::Wrong));
    }
    drop(s);
    let s = staff(&dir);
    assert_eq!(s.sign_in("an", "250981", "vi", MINUTE), Err(SignInFault::Locked { minutes: 14 }));
    assert!(s.sign_in("an", "250981", "vi", 16 * MINUTE).is_ok());
    // The manager can help at once.
    for _ in 0..5 {
        let _ = s.sign_in("an", "111111", "vi", 20 * MINUTE);
    }
    s.set_secret("an", "730194", ("lan", 21 * MINUTE)).unwrap();
    assert!(s.sign_in("an", "730194", "vi", 21 * MINUTE).is_ok());
    assert_eq!(s.sign_in("nobody", "730194", "vi", 0), Err(SignInFault::Wrong));
}

#[test]
fn guesses_sent_all_at_once_are_counted_like_any_others() {
    let dir = Dir::new();
    let s = with_manager(&dir);
    s.add("an", "An", StaffRole::Officer, "250981", ("lan", 0)).unwrap();
    let looked_at = std::thread::scope(|scope| {
        let guess = |n: i32| s.sign_in("an", &format!("{}", 300_000 + n), "vi", 0);
        let guesses: Vec<_> = (0..24).map(|n| scope.spawn(move || guess(n))).collect();
        guesses.into_iter().map(|g| g.join().unwrap()).filter(|g| *g == Err(SignInFault::Wrong)).count()
    });
    assert_eq!(looked_at, 5, "of 24 guesses");
}

#[test]
fn a_session_survives_a_restart_and_ends_with_its_day_or_its_account() {
    let dir = Dir::new();
    let s = with_manager(&dir);
    s.add("an", "An", StaffRole::Officer, "250981", ("lan", 0)).unwrap();
    let token = s.sign_in("an", "250981", "en", 0).unwrap();
    drop(s);
    let s = staff(&dir);
    let session = s.session(&token, MINUTE).unwrap().unwrap();
    assert_eq!((session.account.id.as_str(), session.lang.as_str()), ("an", "en"));
    assert!(s.session("something else", MINUTE).unwrap().is_none());
    assert!(s.session(&token, SESSION_HOURS * 60 * MINUTE + 1).unwrap().is_none());
    s.change("an", "An", StaffRole::Officer, false, ("lan", 0)).unwrap();
    assert!(s.session(&token, MINUTE).unwrap().is_none());
    // What stands in the file is no token.
    let raw = std::fs::read(dir.path().join(FILE)).unwrap();
    let held = |needle: &[u8]| raw.windows(needle.len()).any(|w| w == needle);
    assert!(!held(token.as_bytes()) && !held(b"250981") && !held(b"correct horse"));
}

#[test]
fn somebody_stays_manager() {
    let dir = Dir::new();
    let s = with_manager(&dir);
    let last = s.change("lan", "Lan", StaffRole::Officer, true, ("lan", 0));
    assert!(matches!(last, Err(AccountFault::LastManager)));
    s.add("an", "An", StaffRole::Manager, "250981", ("lan", 0)).unwrap();
    s.change("lan", "Lan", StaffRole::Officer, true, ("an", 0)).unwrap();
}

#[test]
fn the_file_wins_when_it_changes_and_the_page_wins_otherwise() {
    let dir = Dir::new();
    let s = staff(&dir);
    assert_eq!(s.hall_text("file 1", 0).unwrap(), "file 1");
    s.add_hall("page 1", "lan", "hours", 0).unwrap();
    assert_eq!(s.hall_text("file 1", 0).unwrap(), "page 1");
    assert_eq!(s.hall_text("file 2", 0).unwrap(), "file 2");
    assert_eq!(s.hall_versions().unwrap().len(), 3);
}
