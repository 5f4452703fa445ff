// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speaks the words of `voice/words.toml` with espeak-ng, trims and levels each
//! clip, and writes the table that the program includes. The chime is made here
//! as well.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

/// What espeak-ng gives.
const RATE: u32 = 22_050;
/// Root mean square of every clip, of full scale: -20 dBFS, loud enough and far from clipping.
const LEVEL: f64 = 0.1;
/// Highest sample, of full scale: -1 dBFS.
const PEAK: f64 = 0.89;
/// Quieter than this at an end is silence, of full scale: -46 dBFS.
const SILENCE: f64 = 0.005;
/// Left at both ends, seconds, so that no consonant is cut.
const MARGIN: f64 = 0.02;

#[derive(serde::Deserialize)]
struct Language {
    voice: String,
    speed: u32,
    clips: BTreeMap<String, String>,
}

/// Writes `voice.rs` and its WAV files into `out`.
pub fn build(words: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let languages: BTreeMap<String, Language> = toml::from_str(&std::fs::read_to_string(words)?)?;
    let mut table = String::from("pub(super) const CLIPS: &[(&str, &str, &str, &[u8])] = &[\n");
    let mut keep = |lang: &str, name: &str, text: &str, samples: &[f64]| -> Result<(), Box<dyn Error>> {
        let path = out.join(format!("voice-{lang}-{name}.wav"));
        write(&path, samples)?;
        writeln!(table, "    ({lang:?}, {name:?}, {text:?}, include_bytes!({path:?})),")?;
        Ok(())
    };
    keep("", "chime", "", &chime())?;
    for (lang, language) in &languages {
        for (name, text) in &language.clips {
            let spoken = speak(&language.voice, language.speed, text)?;
            keep(lang, name, text, &level(trim(&spoken)))?;
        }
    }
    table.push_str("];\n");
    std::fs::write(out.join("voice.rs"), table)?;
    Ok(())
}

fn speak(voice: &str, speed: u32, text: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let run = Command::new("espeak-ng")
        .args(["-v", voice, "-s", &speed.to_string(), "--stdout", text])
        .output()
        .map_err(|e| {
            format!("espeak-ng speaks the clips of the voice ({e}); install it: tools/setup.sh run")
        })?;
    if !run.status.success() {
        return Err(format!("espeak-ng: {}", String::from_utf8_lossy(&run.stderr)).into());
    }
    // The length in the header of a stream is unknown: the samples are what follows it.
    let samples = match hound::WavReader::new(Cursor::new(&run.stdout)) {
        Ok(wav) if wav.spec().sample_rate == RATE && wav.spec().channels == 1 => {
            let data = run.stdout.get(44..).unwrap_or_default();
            data.chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0).collect()
        }
        Ok(wav) => return Err(format!("espeak-ng gave {:?}", wav.spec()).into()),
        Err(e) => return Err(e.into()),
    };
    Ok(samples)
}

fn trim(samples: &[f64]) -> &[f64] {
    let loud = |s: &f64| s.abs() > SILENCE;
    let margin = (MARGIN * f64::from(RATE)) as usize;
    let from = samples.iter().position(loud).unwrap_or(0).saturating_sub(margin);
    let to = samples.iter().rposition(loud).map_or(samples.len(), |i| (i + margin).min(samples.len()));
    samples.get(from..to).unwrap_or_default()
}

fn level(samples: &[f64]) -> Vec<f64> {
    let rms = (samples.iter().map(|s| s * s).sum::<f64>() / samples.len().max(1) as f64).sqrt();
    let peak = samples.iter().fold(0.0_f64, |p, s| p.max(s.abs()));
    if rms <= 0.0 {
        return samples.to_vec();
    }
    let gain = (LEVEL / rms).min(PEAK / peak);
    samples.iter().map(|s| s * gain).collect()
}

/// Two soft strokes, a third apart, as halls have them.
fn chime() -> Vec<f64> {
    let stroke = |from: f64, hertz: f64, at: f64| {
        let t = at - from;
        if t < 0.0 {
            return 0.0;
        }
        let attack = (t / 0.008).min(1.0);
        let tone =
            |h: f64, part: f64, fade: f64| part * (std::f64::consts::TAU * h * t).sin() * (-t * fade).exp();
        attack * (tone(hertz, 1.0, 4.0) + tone(hertz * 2.0, 0.35, 7.0) + tone(hertz * 3.0, 0.12, 10.0))
    };
    let length = (1.1 * f64::from(RATE)) as usize;
    let samples: Vec<f64> = (0..length)
        .map(|i| {
            let at = i as f64 / f64::from(RATE);
            let end = ((1.1 - at) / 0.1).min(1.0);
            end * (stroke(0.0, 659.26, at) + stroke(0.32, 523.25, at))
        })
        .collect();
    level(&samples)
}

fn write(path: &Path, samples: &[f64]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    for s in samples {
        wav.write_sample((s * 32767.0) as i16)?;
    }
    wav.finalize()
}
