// SPDX-License-Identifier: MIT OR Apache-2.0
//! The speaker's thread: opens the device, feeds it, looks after it between sounds, opens it again after a loss. Which
//! sound comes next is not decided here.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::handle::{Options, Shared};
use super::{ErrorKind, Pcm, SoundId, Speaker, SpeakerError, SpeakerEvent, SpeakerFault, SpeakerState};
use crate::supervise::{Backoff, Once};

/// How often a device that plays is offered further samples. Well below the 200 ms that drivers buffer.
const FEED_PERIOD: Duration = Duration::from_millis(20);

/// What the application asks of the thread.
#[derive(Debug)]
pub(super) enum Request {
    Play { id: SoundId, sound: Pcm, volume: u8 },
    Stop,
    End(Duration),
}

pub(super) type Open = Box<dyn FnMut() -> Result<Box<dyn Speaker>, SpeakerError> + Send>;
pub(super) type Events = Box<dyn Fn(SpeakerEvent) + Send>;

/// The sound that is being heard.
struct Playing {
    id: SoundId,
    samples: Vec<i16>,
    /// Samples handed over.
    written: usize,
    /// What `drain` said last.
    remaining: Duration,
    /// When the device last got further.
    progress: Instant,
}

pub(super) struct Worker {
    options: Options,
    open: Open,
    inbox: Receiver<Request>,
    shared: Arc<Shared>,
    events: Events,
    device: Option<Box<dyn Speaker>>,
    playing: Option<Playing>,
    backoff: Backoff,
    logged: Once,
    next_check: Instant,
    published: SpeakerState,
    end_at: Option<Instant>,
}

impl Worker {
    pub(super) fn new(
        options: Options,
        open: Open,
        inbox: Receiver<Request>,
        shared: Arc<Shared>,
        events: Events,
    ) -> Worker {
        let now = Instant::now();
        Worker {
            backoff: Backoff::new(options.reopen_first, options.reopen_longest, now),
            options,
            open,
            inbox,
            shared,
            events,
            device: None,
            playing: None,
            logged: Once::default(),
            next_check: now,
            published: SpeakerState::default(),
            end_at: None,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.device.is_none() && self.backoff.due(now) {
                self.open(now);
            }
            let mut wait = self.turn(now);
            if let Some(end_at) = self.end_at {
                if self.playing.is_none() || now >= end_at {
                    break;
                }
                wait = wait.min(end_at.saturating_duration_since(now));
            }
            match self.inbox.recv_timeout(wait) {
                Ok(request) => self.take(request, Instant::now()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.cut(SpeakerFault::ShuttingDown);
        self.refuse_the_rest();
        self.shared.ended.open();
    }

    fn open(&mut self, now: Instant) {
        match (self.open)() {
            Ok(device) => {
                tracing::info!("the sound device is open");
                self.logged.clear();
                self.device = Some(device);
                self.next_check = now + self.options.check;
                self.publish(SpeakerState { fault: None, playing: None });
            }
            Err(error) => {
                if self.logged.is_news(&error.to_string()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, kind = ?error.kind(), "no sound");
                }
                self.backoff.failed(Instant::now());
                self.publish(SpeakerState { fault: Some(error.kind().into()), playing: None });
            }
        }
    }

    /// Does what is due and says how long there is nothing to do.
    fn turn(&mut self, now: Instant) -> Duration {
        let Some(device) = self.device.as_mut() else { return self.backoff.wait(now) };
        let Some(playing) = self.playing.as_mut() else {
            if now >= self.next_check {
                self.next_check = now + self.options.check;
                if let Err(error) = device.check() {
                    self.lose(&error, now);
                    return self.backoff.wait(now);
                }
            }
            return self.next_check.saturating_duration_since(now);
        };
        match feed(device.as_mut(), playing, now) {
            Ok(true) => {
                self.finish();
                Duration::ZERO
            }
            Ok(false) if now.saturating_duration_since(playing.progress) >= self.options.stall => {
                tracing::warn!("the sound device takes no more samples; opening it anew");
                self.close(SpeakerFault::Stalled, now);
                self.backoff.wait(now)
            }
            Ok(false) => FEED_PERIOD,
            Err(error) => {
                self.lose(&error, now);
                self.backoff.wait(now)
            }
        }
    }

    fn take(&mut self, request: Request, now: Instant) {
        match request {
            Request::Play { id, sound, volume } => self.play(id, &sound, volume, now),
            Request::Stop => self.cut(SpeakerFault::Stopped),
            Request::End(limit) => self.end_at = Some(now + limit),
        }
    }

    fn play(&mut self, id: SoundId, sound: &Pcm, volume: u8, now: Instant) {
        let refusal = if self.end_at.is_some() {
            Some(SpeakerFault::ShuttingDown)
        } else if self.playing.is_some() {
            Some(SpeakerFault::Playing)
        } else {
            self.published.fault
        };
        if let Some(fault) = refusal {
            return self.fail(id, fault);
        }
        let Some(device) = self.device.as_mut() else { return self.fail(id, SpeakerFault::NotFound) };
        match device.begin(sound.rate_hz) {
            Ok(()) => {
                let samples = sound.at_volume(volume).samples;
                self.playing =
                    Some(Playing { id, samples, written: 0, remaining: Duration::MAX, progress: now });
                self.publish(SpeakerState { fault: None, playing: Some(id) });
                (self.events)(SpeakerEvent::Started(id));
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sound that cannot be played");
                self.fail(id, SpeakerFault::Unsupported);
            }
            Err(error) => {
                self.lose(&error, now);
                self.fail(id, error.kind().into());
            }
        }
    }

    fn finish(&mut self) {
        let Some(playing) = self.playing.take() else { return };
        self.publish(SpeakerState { fault: None, playing: None });
        (self.events)(SpeakerEvent::Finished(playing.id));
    }

    /// Cuts off what is being heard; the device stays open.
    fn cut(&mut self, fault: SpeakerFault) {
        let Some(playing) = self.playing.take() else { return };
        if let Some(device) = self.device.as_mut() {
            device.stop();
        }
        self.publish(SpeakerState { fault: None, playing: None });
        self.fail(playing.id, fault);
    }

    fn lose(&mut self, error: &SpeakerError, now: Instant) {
        tracing::warn!(error = error as &dyn std::error::Error, kind = ?error.kind(), "the sound device is lost");
        self.close(error.kind().into(), now);
    }

    fn close(&mut self, fault: SpeakerFault, now: Instant) {
        self.device = None;
        self.backoff.lost(now);
        let playing = self.playing.take();
        self.publish(SpeakerState { fault: Some(fault), playing: None });
        if let Some(playing) = playing {
            self.fail(playing.id, fault);
        }
    }

    fn fail(&self, id: SoundId, fault: SpeakerFault) {
        (self.events)(SpeakerEvent::Failed(id, fault));
    }

    /// Each sound has its end, also those that were asked for too late.
    fn refuse_the_rest(&self) {
        while let Ok(request) = self.inbox.try_recv() {
            if let Request::Play { id, .. } = request {
                self.fail(id, SpeakerFault::ShuttingDown);
            }
        }
    }

    fn publish(&mut self, state: SpeakerState) {
        if state == self.published {
            return;
        }
        self.published = state;
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        (self.events)(SpeakerEvent::State(state));
    }
}

/// Hands over what the device takes. `true` when the last sample has been heard.
fn feed(device: &mut dyn Speaker, playing: &mut Playing, now: Instant) -> Result<bool, SpeakerError> {
    while playing.written < playing.samples.len() {
        let count = device.write(&playing.samples[playing.written..])?;
        if count == 0 {
            return Ok(false);
        }
        playing.written += count;
        playing.progress = now;
    }
    let remaining = device.drain()?;
    if remaining < playing.remaining {
        playing.remaining = remaining;
        playing.progress = now;
    }
    Ok(remaining.is_zero())
}
