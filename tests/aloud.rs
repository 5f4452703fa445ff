// SPDX-License-Identifier: MIT OR Apache-2.0
//! The voice that reads screens, from the text through espeak-ng to the loudspeaker.

use crate::support::*;
use motcua::aloud::{Aloud, Ear};
use motcua_core::view::Speed;
use motcua_hal::speaker::sim::{End, WavSpeaker};
use motcua_hal::speaker::{Pcm, SpeakerHandle};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

/// A voice on a loudspeaker that is as fast as real, and what it is about to say.
fn voice(dir: &Dir) -> (Aloud, WavSpeaker, Receiver<String>) {
    let speaker = WavSpeaker::new(dir.path(), 1.0).unwrap();
    let opened = speaker.clone();
    let handle = SpeakerHandle::spawn(move || opened.open(), |_| {});
    let (sender, lines) = channel();
    let ear = Ear(Some(Box::new(move |line| drop(sender.send(line.to_owned())))));
    (Aloud::start(handle, ear).expect("espeak-ng is installed"), speaker, lines)
}

fn wait(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < LONG, "in vain: {what}");
        pause(Duration::from_millis(5));
    }
}

#[test]
fn lines_are_heard_one_after_the_other_and_the_next_touch_is_silence() {
    let dir = Dir::new();
    let (aloud, speaker, lines) = voice(&dir);
    aloud.say("vi", "Xin chào\n…\nLấy số thứ tự", Speed::Fast);
    assert_eq!(lines.recv_timeout(LONG).unwrap(), "Xin chào");
    assert_eq!(lines.recv_timeout(LONG).unwrap(), "Lấy số thứ tự", "what has no words is not said");
    wait("both are heard", || speaker.heard().len() == 2);
    for heard in speaker.heard() {
        assert_eq!(heard.how, End::Finished);
        let sound = Pcm::read_wav(std::fs::File::open(&heard.file).unwrap()).unwrap();
        assert!(sound.rate_hz == 22_050 && sound.rms_dbfs() > -45.0, "{sound:?}");
    }
    // A long sentence, cut off as soon as it has begun.
    let long = "Xin ông bà vui lòng chờ đến lượt của mình. ".repeat(8);
    aloud.say("vi", &long, Speed::Slow);
    lines.recv_timeout(LONG).unwrap();
    pause(Duration::from_millis(300));
    let begun = Instant::now();
    aloud.stop();
    wait("silence", || speaker.heard().len() == 3);
    assert!(begun.elapsed() < Duration::from_secs(1), "silence came after {:?}", begun.elapsed());
    let last = speaker.heard().pop().unwrap();
    assert!(last.how == End::Stopped && last.length < Duration::from_secs(3), "{last:?}");
    // Another text takes the place of the one that is said; nothing of that one follows.
    aloud.say("vi", &format!("{long}\n{long}"), Speed::Slow);
    aloud.say("en", "Take a number", Speed::Normal);
    let said = lines.recv_timeout(LONG).unwrap();
    let said = if said == long.trim() { lines.recv_timeout(LONG).unwrap() } else { said };
    assert_eq!(said, "Take a number");
    assert!(lines.recv_timeout(Duration::from_secs(2)).is_err());
}

/// Arguments of every process of this machine.
fn arguments() -> String {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|p| std::fs::read(p.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_is_said_stands_in_no_list_of_processes_and_on_no_disk_of_ours() {
    let dir = Dir::new();
    let (aloud, _speaker, lines) = voice(&dir);
    let secret = "Bí mật tám chín bảy sáu";
    let mut speaking = 0;
    for _ in 0..20 {
        aloud.say("vi", &format!("{secret}. ").repeat(20), Speed::Slow);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(100) {
            let seen = arguments();
            assert!(!seen.contains("tám chín"), "{seen}");
            speaking += usize::from(seen.contains("espeak-ng"));
        }
        if lines.try_recv().is_ok() && speaking > 0 {
            break;
        }
    }
    assert!(speaking > 0, "the voice was never seen at work");
}
