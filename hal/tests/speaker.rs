// SPDX-License-Identifier: MIT OR Apache-2.0
//! The speaker's thread against the simulated loudspeaker: what is said of a sound is true of the file that it left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use motcua_hal::speaker::sim::{End, Heard, SimFault, WavSpeaker};
use motcua_hal::speaker::{Options, Pcm, SoundId, SpeakerEvent, SpeakerFault, SpeakerHandle};
use tempfile::TempDir;

/// For broken programs only.
const LIMIT: Duration = Duration::from_secs(30);

struct Bench {
    directory: TempDir,
    sim: WavSpeaker,
    speaker: SpeakerHandle,
    events: Receiver<SpeakerEvent>,
}

impl Bench {
    fn new(time_scale: f64) -> Bench {
        let directory = tempfile::tempdir().unwrap();
        let sim = WavSpeaker::new(directory.path(), time_scale).unwrap();
        Bench::with(directory, sim)
    }

    fn with(directory: TempDir, sim: WavSpeaker) -> Bench {
        let options = Options {
            reopen_first: Duration::from_millis(10),
            reopen_longest: Duration::from_millis(50),
            check: Duration::from_millis(20),
            stall: Duration::from_millis(300),
        };
        let (sender, events) = channel();
        let opened = sim.clone();
        let speaker = SpeakerHandle::spawn_with(
            options,
            move || opened.open(),
            move |event| {
                let _ = sender.send(event);
            },
        );
        Bench { directory, sim, speaker, events }
    }

    fn play(&self, id: u128, sound: &Pcm) {
        self.speaker.play(SoundId(id), sound.clone(), 100);
    }

    /// The next event that is not a state.
    fn next(&self) -> SpeakerEvent {
        loop {
            match self.events.recv_timeout(LIMIT).unwrap() {
                SpeakerEvent::State(_) => {}
                event => return event,
            }
        }
    }

    fn wait_for_fault(&self, fault: Option<SpeakerFault>) {
        while self.speaker.state().fault != fault {
            self.events.recv_timeout(LIMIT).unwrap();
        }
    }

    fn ready(&self) {
        self.wait_for_fault(None);
    }
}

fn tone(ms: u64, hz: f64) -> Pcm {
    Pcm::tone(22_050, hz, Duration::from_millis(ms), -6.0)
}

fn read(heard: &Heard) -> Pcm {
    Pcm::read_wav(File::open(&heard.file).unwrap()).unwrap()
}

#[test]
fn two_sounds_never_overlap_and_each_file_is_the_sound() {
    let bench = Bench::new(4.0);
    bench.ready();
    let sounds =
        [tone(700, 440.0), tone(30, 880.0), Pcm::tone(16_000, 300.0, Duration::from_millis(450), -20.0)];
    for (id, sound) in (1..).zip(&sounds) {
        bench.play(id, sound);
        assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(id)));
        assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(id)));
        assert_eq!(bench.speaker.state().playing, None);
    }
    let heard = bench.sim.heard();
    assert_eq!(heard.len(), sounds.len());
    for (heard, sound) in heard.iter().zip(&sounds) {
        assert_eq!(&read(heard), sound);
        assert_eq!((heard.length, heard.how), (sound.duration(), End::Finished));
        assert!(heard.end - heard.start >= sound.duration());
    }
    for pair in heard.windows(2) {
        assert!(pair[1].start >= pair[0].end, "{pair:?}");
    }
    check_index(bench.directory.path(), &heard);
}

fn check_index(directory: &Path, heard: &[Heard]) {
    let index = std::fs::read_to_string(directory.join("sounds.tsv")).unwrap();
    let lines: Vec<Vec<&str>> = index.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["file", "start_ms", "end_ms", "length_ms", "end"]);
    assert_eq!(lines.len(), heard.len() + 1);
    for (line, heard) in lines[1..].iter().zip(heard) {
        assert_eq!(Path::new(line[0]), heard.file.file_name().unwrap());
        assert_eq!(line[1].parse::<u128>().unwrap(), heard.start.as_millis());
        assert_eq!(line[3].parse::<u128>().unwrap(), heard.length.as_millis());
        assert_eq!(line[4], "finished");
    }
}

#[test]
fn a_second_sound_is_refused_while_the_first_is_heard() {
    let bench = Bench::new(1.0);
    bench.ready();
    bench.play(1, &tone(60_000, 440.0));
    bench.play(2, &tone(40, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(2), SpeakerFault::Playing));
    assert_eq!(bench.speaker.state().playing, Some(SoundId(1)));
    drop(bench.speaker);
    assert_eq!(
        bench.events.iter().last(),
        Some(SpeakerEvent::Failed(SoundId(1), SpeakerFault::ShuttingDown))
    );
    assert_eq!(bench.sim.heard().len(), 1);
}

#[test]
fn the_next_sound_may_be_given_from_within_the_end_of_the_last() {
    let directory = tempfile::tempdir().unwrap();
    let sim = WavSpeaker::new(directory.path(), 10.0).unwrap();
    let (sender, events) = channel();
    let speaker = SpeakerHandle::spawn(
        {
            let sim = sim.clone();
            move || sim.open()
        },
        move |event| {
            let _ = sender.send(event);
        },
    );
    let mut next = 0;
    let mut begun = false;
    loop {
        match events.recv_timeout(LIMIT).unwrap() {
            SpeakerEvent::State(state) if state.fault.is_none() && !begun => {
                begun = true;
                speaker.play(SoundId(0), tone(50, 440.0), 100);
            }
            SpeakerEvent::Finished(SoundId(id)) if id == next => {
                next += 1;
                if next == 3 {
                    break;
                }
                speaker.play(SoundId(next), tone(50, 440.0), 100);
            }
            SpeakerEvent::Failed(id, fault) => panic!("{id:?} {fault}"),
            _ => {}
        }
    }
    assert_eq!(sim.heard().len(), 3);
}

#[test]
fn without_a_card_a_sound_fails_and_with_one_it_is_heard_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let sim = WavSpeaker::new(directory.path(), 10.0).unwrap();
    for (fault, shown) in [(SimFault::NoCard, SpeakerFault::NotFound), (SimFault::Busy, SpeakerFault::Busy)] {
        sim.set_fault(fault);
        let bench = Bench::with(tempfile::tempdir().unwrap(), sim.clone());
        bench.wait_for_fault(Some(shown));
        bench.play(1, &tone(100, 440.0));
        assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(1), shown));
        sim.clear_fault();
        bench.ready();
        bench.play(2, &tone(100, 440.0));
        assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(2)));
        assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(2)));
    }
}

#[test]
fn a_card_that_is_pulled_out_in_the_middle_is_said_and_found_again() {
    let bench = Bench::new(4.0);
    bench.ready();
    bench.sim.lose_after(Duration::from_millis(300));
    let sound = tone(2000, 440.0);
    bench.play(1, &sound);
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(1), SpeakerFault::Lost));
    let heard = bench.sim.heard();
    assert_eq!(heard[0].how, End::Lost);
    let left = read(&heard[0]);
    assert!(left.duration() >= Duration::from_millis(299) && left.samples.len() < sound.samples.len());
    assert_eq!(left.samples, sound.samples[..left.samples.len()]);
    bench.sim.clear_fault();
    bench.ready();
    bench.play(2, &tone(40, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(2)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(2)));
}

#[test]
fn a_card_that_is_pulled_out_between_sounds_is_noticed() {
    let bench = Bench::new(1.0);
    bench.ready();
    bench.sim.set_fault(SimFault::NoCard);
    bench.wait_for_fault(Some(SpeakerFault::NotFound));
    bench.sim.clear_fault();
    bench.ready();
}

#[test]
fn a_slow_card_is_waited_for() {
    let bench = Bench::new(4.0);
    bench.ready();
    bench.sim.set_fault(SimFault::Slow);
    let sound = tone(400, 440.0);
    bench.play(1, &sound);
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(1)));
    let heard = bench.sim.heard();
    assert_eq!(read(&heard[0]), sound);
    assert!(heard[0].end - heard[0].start >= 3 * sound.duration());
}

#[test]
fn a_card_that_hangs_does_not_hang_the_speaker() {
    let bench = Bench::new(4.0);
    bench.ready();
    bench.sim.set_fault(SimFault::Hang);
    bench.play(1, &tone(5000, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(1), SpeakerFault::Stalled));
    bench.sim.clear_fault();
    bench.ready();
    bench.play(2, &tone(40, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(2)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(2)));
}

#[test]
fn stop_cuts_off_and_the_next_sound_plays() {
    let bench = Bench::new(1.0);
    bench.ready();
    bench.speaker.stop();
    bench.play(1, &tone(60_000, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    bench.speaker.stop();
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(1), SpeakerFault::Stopped));
    bench.play(2, &tone(40, 880.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(2)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(2)));
    let heard = bench.sim.heard();
    assert_eq!(heard.iter().map(|heard| heard.how).collect::<Vec<_>>(), [End::Stopped, End::Finished]);
    assert!(read(&heard[0]).duration() < Duration::from_secs(60));
}

#[test]
fn each_sound_has_its_end_when_the_program_ends() {
    let bench = Bench::new(1.0);
    bench.ready();
    bench.play(1, &tone(60_000, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    bench.speaker.shutdown(Duration::from_millis(20));
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(1), SpeakerFault::ShuttingDown));
    assert_eq!(bench.sim.heard()[0].how, End::Stopped);
}

#[test]
fn a_sound_may_end_before_the_program_does() {
    let bench = Bench::new(4.0);
    bench.ready();
    bench.play(1, &tone(400, 440.0));
    bench.speaker.shutdown(LIMIT);
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(1)));
}

#[test]
fn volume_is_heard_and_odd_sounds_do_no_harm() {
    let bench = Bench::new(10.0);
    bench.ready();
    let sound = tone(100, 440.0);
    bench.speaker.play(SoundId(1), sound.clone(), 50);
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(1)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(1)));
    assert_eq!(read(&bench.sim.heard()[0]), sound.at_volume(50));
    bench.play(2, &Pcm::new(22_050, Vec::new()));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(2)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(2)));
    bench.play(3, &Pcm::new(0, vec![1, 2, 3]));
    assert_eq!(bench.next(), SpeakerEvent::Failed(SoundId(3), SpeakerFault::Unsupported));
    bench.play(4, &tone(20, 440.0));
    assert_eq!(bench.next(), SpeakerEvent::Started(SoundId(4)));
    assert_eq!(bench.next(), SpeakerEvent::Finished(SoundId(4)));
}
