// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::store::tests::Dir;
use motcua_core::announce::clips;
use motcua_core::feed::Call;
use motcua_core::hall::{Digits, LANGUAGES, Voice};
use std::time::Duration;

fn call(label: &str, counter: &str) -> Call {
    Call { seq: 1, label: label.into(), counter: counter.into(), at_ms: 0 }
}

fn voice(lang: &str, digits: Digits) -> Voice {
    Voice { digits, languages: vec![lang.to_owned()], ..Voice::default() }
}

/// Every label and counter that can be, in every language and way of reading.
#[test]
fn no_announcement_misses_a_clip() {
    let bank = Bank::default();
    let mut needed = std::collections::HashSet::new();
    for lang in LANGUAGES {
        for digits in [Digits::Each, Digits::EachWithoutZeros, Digits::Number] {
            let voice = voice(lang, digits);
            for number in 1..=1_200 {
                needed.extend(clips(&call(&format!("A{number:03}"), &(number % 100).to_string()), &voice));
            }
            for letter in 'A'..='Z' {
                needed.extend(clips(&call(&format!("{letter}001"), &letter.to_string()), &voice));
            }
            needed.extend(clips(&call("K99-001", "1"), &voice));
        }
    }
    for clip in needed {
        bank.clip(&clip).unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn every_clip_is_as_loud_as_the_others_and_none_clips() {
    let bank = Bank::default();
    for (lang, name, ..) in CLIPS {
        let pcm = bank.clip(&Clip { lang: (*lang).into(), name: (*name).into() }).unwrap();
        assert_eq!(pcm.rate_hz, rate(), "{lang}/{name}");
        assert!(pcm.peak_dbfs() <= PEAK_DBFS + 0.2, "{lang}/{name} peaks at {}", pcm.peak_dbfs());
        // A short sharp letter reaches its peak first.
        let quietest = LEVEL_DBFS - 6.0;
        let level = pcm.rms_dbfs();
        assert!((quietest..=LEVEL_DBFS + 0.5).contains(&level), "{lang}/{name} is {level} dBFS");
        let length = pcm.duration();
        let longest = Duration::from_millis(2_600);
        assert!((Duration::from_millis(80)..longest).contains(&length), "{lang}/{name} lasts {length:?}");
    }
}

#[test]
fn a_whole_sentence_is_loud_and_short_enough() {
    let bank = Bank::default();
    for lang in LANGUAGES {
        let all = clips(&call("A017", "2"), &voice(lang, Digits::Each));
        let (sound, faults) = bank.join(&all);
        assert!(faults.is_empty(), "{faults:?}");
        let level = sound.rms_dbfs();
        assert!((LEVEL_DBFS - 5.0..=LEVEL_DBFS + 1.0).contains(&level), "{lang}: {level} dBFS");
        assert!((3..9).contains(&sound.duration().as_secs()), "{lang}: {:?}", sound.duration());
        // The joint is as long as its clips and the silences between them.
        let parts: f64 = all.iter().map(|c| bank.clip(c).unwrap().duration().as_secs_f64()).sum();
        let gaps = PAUSE + BETWEEN * (all.len() - 2) as f64;
        assert!((sound.duration().as_secs_f64() - parts - gaps).abs() < 0.01, "{lang}");
    }
}

#[test]
fn a_hall_s_own_recording_replaces_the_clip_at_the_same_loudness() {
    let dir = Dir::new();
    std::fs::create_dir_all(dir.path().join("vi")).unwrap();
    let record = |name: &str, pcm: &Pcm| {
        pcm.write_wav(std::fs::File::create(dir.path().join(name)).unwrap()).unwrap();
    };
    record("vi/invite.wav", &Pcm::tone(rate(), 440.0, Duration::from_millis(700), -40.0));
    record("vi/1.wav", &Pcm::tone(8_000, 440.0, Duration::from_millis(700), -20.0));
    let bank = Bank::new(Some(dir.path()));
    let clip = |name: &str| Clip { lang: "vi".into(), name: name.into() };
    let own = bank.clip(&clip("invite")).unwrap();
    assert!((own.duration().as_secs_f64() - 0.7).abs() < 0.01);
    assert!((own.rms_dbfs() - LEVEL_DBFS).abs() < 0.5, "{}", own.rms_dbfs());
    assert!(bank.clip(&clip("2")).is_ok(), "what is not recorded is made");
    // A recording of the wrong kind is named, and the sentence is spoken without it.
    let (sound, faults) = bank.join(&[clip("invite"), clip("1"), clip("nothing"), clip("2")]);
    assert!(sound.duration() > Duration::from_millis(800));
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("1.wav") && said[1].contains("nothing"), "{said:?}");
}
