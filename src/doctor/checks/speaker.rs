// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loudspeaker: as the running role says, or opened here with a tone.

use crate::doctor::{Finding, Look, Words};

pub fn speaker(look: &Look) -> Finding {
    if let Some(part) = look.part("speaker") {
        return super::told("speaker", part);
    }
    let Some(device) = look.device.as_ref().and_then(|device| device.alsa()) else {
        return super::none_here("speaker");
    };
    if look.in_use() {
        return super::in_use("speaker");
    }
    match open(device, look.slip) {
        Some(Ok(())) if look.slip => {
            let vi = format!("đã phát một tiếng ({device}); nghe có rõ không");
            Finding::pass("speaker", Words::new(vi, format!("a tone was played ({device}); was it heard")))
        }
        Some(Ok(())) => Finding::pass("speaker", Words::same(device)),
        Some(Err(why)) => Finding::fail(
            "speaker",
            Words::new(
                format!("không mở được loa {device}: {why}"),
                format!("{device} cannot be opened: {why}"),
            ),
            Words::new(
                "kiểm tra dây loa và tên thiết bị âm thanh",
                "check the cable and the name of the sound device",
            ),
        ),
        None => {
            Finding::skipped("speaker", Words::new("bản này không có âm thanh", "this build has no sound"))
        }
    }
}

/// Opens the device, and plays a tone where asked.
#[cfg(feature = "linuxkms")]
pub fn open(device: &str, tone: bool) -> Option<Result<(), String>> {
    use motcua_hal::speaker::alsa::{AlsaConfig, AlsaSpeaker};
    use motcua_hal::speaker::{Pcm, SoundId, Speaker, SpeakerEvent, SpeakerHandle};
    use std::time::Duration;
    let config = AlsaConfig { device: device.to_owned() };
    if let Err(e) = AlsaSpeaker::open(&config) {
        return Some(Err(e.to_string()));
    }
    if !tone {
        return Some(Ok(()));
    }
    let open = move || AlsaSpeaker::open(&config).map(|s| Box::new(s) as Box<dyn Speaker>);
    let (tell, told) = std::sync::mpsc::channel();
    let handle = SpeakerHandle::spawn(open, move |event| {
        // Nobody listens when the tone has ended.
        let _ = match event {
            SpeakerEvent::Finished(_) => tell.send(Ok(())),
            SpeakerEvent::Failed(_, fault) => tell.send(Err(fault.to_string())),
            _ => Ok(()),
        };
    });
    handle.play(SoundId(1), Pcm::tone(48_000, 660.0, Duration::from_millis(900), -14.0), 80);
    let played = told.recv_timeout(Duration::from_secs(5));
    handle.shutdown(Duration::from_secs(1));
    Some(played.unwrap_or_else(|_| Err("the tone did not end".to_owned())))
}

/// There is sound in the device build only.
#[cfg(not(feature = "linuxkms"))]
pub fn open(_device: &str, _tone: bool) -> Option<Result<(), String>> {
    None
}
