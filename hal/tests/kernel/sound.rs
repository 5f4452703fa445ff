// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ALSA driver against the kernel's loop-back card: what is played is recorded back by a program that nobody here wrote,
//! and the card is pulled out in the middle of a sound.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use motcua_hal::speaker::alsa::{AlsaConfig, AlsaSpeaker};
use motcua_hal::speaker::{Pcm, SoundId, Speaker, SpeakerEvent, SpeakerFault, SpeakerHandle};

use crate::bench::{LIMIT, wait_until};

/// The recorder's rate, in samples per second.
const RATE_HZ: u32 = 48_000;
/// What the kernel says of the recording end.
const CAPTURE: &str = "/proc/asound/Loopback/pcm1c/sub0/status";
/// Where the kernel takes the card away and gives it back.
const DRIVER: &str = "/sys/bus/platform/drivers/snd_aloop";

fn speaker() -> (SpeakerHandle, Receiver<SpeakerEvent>) {
    let config = AlsaConfig { device: "plughw:CARD=Loopback,DEV=0".to_owned() };
    let (sender, events) = channel();
    let speaker = SpeakerHandle::spawn(
        move || AlsaSpeaker::open(&config).map(|speaker| Box::new(speaker) as Box<dyn Speaker>),
        move |event| {
            let _ = sender.send(event);
        },
    );
    wait_until("the card is open", || speaker.state().fault.is_none());
    (speaker, events)
}

fn next(events: &Receiver<SpeakerEvent>) -> SpeakerEvent {
    loop {
        match events.recv_timeout(LIMIT).unwrap() {
            SpeakerEvent::State(_) => {}
            event => return event,
        }
    }
}

/// Records the other end of the loop for so many seconds, which have begun when this returns.
fn record(file: &Path, seconds: u32) -> Child {
    let arecord = Command::new("arecord")
        .args(["-q", "-D", "plughw:CARD=Loopback,DEV=1", "-f", "S16_LE", "-c", "1", "--buffer-time=2000000"])
        .args(["-r", &RATE_HZ.to_string(), "-d", &seconds.to_string()])
        .arg(file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both ends at once would agree upon different rates now and then, and then the loop carries silence.
    wait_until("the recorder runs", || {
        std::fs::read_to_string(CAPTURE).unwrap_or_default().contains("state: RUNNING")
    });
    arecord
}

/// From the first to the last sample that is not silence.
fn sounding(recorded: &Pcm) -> Pcm {
    let loud = |sample: &i16| sample.unsigned_abs() > 300;
    let first = recorded.samples.iter().position(loud).unwrap_or(0);
    let last = recorded.samples.iter().rposition(loud).unwrap_or(0);
    Pcm::new(recorded.rate_hz, recorded.samples[first..=last].to_vec())
}

fn assert_near(what: &str, value: f64, wanted: f64, tolerance: f64) {
    assert!((value - wanted).abs() <= tolerance, "{what}: {value} instead of {wanted}");
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn a_tone_is_heard_at_its_level_for_its_length() {
    let (speaker, events) = speaker();
    for (id, rate_hz, volume, level) in [(1, 22_050, 100, -9.0), (2, 48_000, 50, -21.0)] {
        let file = std::env::temp_dir().join(format!("recorded-{id}.wav"));
        let arecord = record(&file, 4);
        let tone = Pcm::tone(rate_hz, 440.0, Duration::from_millis(1500), -6.0);
        speaker.play(SoundId(id), tone.clone(), volume);
        assert_eq!(next(&events), SpeakerEvent::Started(SoundId(id)));
        assert_eq!(next(&events), SpeakerEvent::Finished(SoundId(id)));
        let recorded = arecord.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&recorded.stderr);
        assert!(recorded.status.success() && !said.contains("overrun"), "{said}");
        let heard = sounding(&Pcm::read_wav(File::open(&file).unwrap()).unwrap());
        assert_near("RMS in dBFS", heard.rms_dbfs(), level, 0.5);
        assert_near("seconds", heard.duration().as_secs_f64(), tone.duration().as_secs_f64(), 0.03);
        let crossings = heard.samples.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert_near("hertz", crossings as f64 / heard.duration().as_secs_f64(), 440.0, 5.0);
    }
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn a_card_that_is_pulled_out_is_said_and_found_again() {
    let (speaker, events) = speaker();
    let long = Pcm::tone(48_000, 440.0, Duration::from_secs(20), -6.0);
    speaker.play(SoundId(1), long, 100);
    assert_eq!(next(&events), SpeakerEvent::Started(SoundId(1)));
    // Returns only when the driver has let go of the card.
    let unbind = std::thread::spawn(|| std::fs::write(format!("{DRIVER}/unbind"), "snd_aloop.0"));
    assert_eq!(next(&events), SpeakerEvent::Failed(SoundId(1), SpeakerFault::Lost));
    unbind.join().unwrap().unwrap();
    wait_until("no card is shown", || speaker.state().fault == Some(SpeakerFault::NotFound));
    speaker.play(SoundId(2), Pcm::tone(48_000, 440.0, Duration::from_millis(100), -6.0), 100);
    assert_eq!(next(&events), SpeakerEvent::Failed(SoundId(2), SpeakerFault::NotFound));
    std::fs::write(format!("{DRIVER}/bind"), "snd_aloop.0").unwrap();
    wait_until("the card is found", || speaker.state().fault.is_none());
    speaker.play(SoundId(3), Pcm::tone(48_000, 440.0, Duration::from_millis(100), -6.0), 100);
    assert_eq!(next(&events), SpeakerEvent::Started(SoundId(3)));
    assert_eq!(next(&events), SpeakerEvent::Finished(SoundId(3)));
    // Pulled out while nothing is played: noticed as well.
    let unbind = std::thread::spawn(|| std::fs::write(format!("{DRIVER}/unbind"), "snd_aloop.0"));
    wait_until("the loss is shown", || speaker.state().fault.is_some());
    unbind.join().unwrap().unwrap();
    std::fs::write(format!("{DRIVER}/bind"), "snd_aloop.0").unwrap();
    wait_until("the card is found", || speaker.state().fault.is_none());
}
